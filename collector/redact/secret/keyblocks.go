package secret

import "bytes"

const (
	// maxKeyBlock is the longest private key that is taken, in bytes: one of RSA with
	// 16,384 bits has 13 KiB.
	maxKeyBlock = 64 << 10
	// maxArmorLine is how far behind its beginning the line of a key names it one.
	maxArmorLine = 80
)

// pemBlock takes what stands between the lines of a private key; without an end,
// all that can be its body.
func pemBlock(s *scan, at int, m *matcher) {
	if at < s.keyEnd {
		s.nameEnd = max(s.nameEnd, s.keyEnd)
		return // inside of the one before
	}
	text := s.text
	from := keyLine(text, at)
	s.budget.Spend(16)
	if from < 0 {
		return
	}
	s.nameEnd = max(s.nameEnd, from)
	for from < len(text) && text[from] == '-' {
		from++
	}
	to := min(len(text), from+maxKeyBlock)
	if s.nextEnd < from {
		s.nextEnd = len(text)
		s.budget.Spend(len(text) - from)
		if end := bytes.Index(text[from:], []byte("-----END")); end >= 0 {
			s.nextEnd = from + end
		}
	}
	if s.nextEnd < to {
		to = s.nextEnd
	} else {
		for i := from; i < to; i++ {
			if c := text[i]; !isAlnum(c) && !isSpace(c) && bytes.IndexByte([]byte(`+/=\:,-"'`), c) < 0 {
				to = i
			}
		}
	}
	s.budget.Spend(to - from)
	s.keyEnd = to
	if from, to = trimSpan(text, from, to, " \t\r\n"); to-from > 8 {
		s.add(from, to, m.rule)
	}
}

// keyNames are the words by which the line that begins a key calls it private.
var keyNames = [][]byte{[]byte("PRIVATE KEY BLOCK"), []byte("PRIVATE KEY"), []byte("PRIVATE NKEY"), []byte("Static key V1"), []byte("NKEY SEED"), []byte("SECRET KEY")}

// keyLine returns where such a line names a private key, behind its words; -1 for another.
func keyLine(text []byte, at int) int {
	line := text[at+5 : min(len(text), at+maxArmorLine)]
	if end := bytes.Index(line, []byte("---")); end >= 0 {
		line = line[:end]
	}
	for _, name := range keyNames {
		if bytes.HasSuffix(line, name) {
			return at + 5 + len(line)
		}
	}
	return -1
}

// keyLines takes the base64 behind a line that introduces a private key: of PuTTY, of
// minisign.
func keyLines(s *scan, at int, m *matcher) {
	text := s.text
	from := at + len(m.anchor)
	if m.anchor[len(m.anchor)-1] != ':' {
		from = lineEnd(text, from, 256) // the comment goes on
	}
	to := from
	for to < len(text) && to < from+16<<10 && (isAlnum(text[to]) || isSpace(text[to]) || bytes.IndexByte([]byte(`+/=\`), text[to]) >= 0) {
		to++
	}
	s.budget.Spend(to - from)
	if to == len(text) {
		s.keyEnd = to // the next message may go on with it
	}
	if from, to = trimSpan(text, from, to, " \t\r\n"); to-from > 40 || s.keyEnd == len(text) && to-from > 8 {
		s.add(from, to, m.rule)
	}
}

// privateDER reports whether bytes begin like a private key in DER: of PKCS #1 and #8, of
// SEC 1, encrypted, or in a PKCS #12 store. Public keys and certificates begin otherwise.
func privateDER(b []byte) bool {
	body, ok := sequence(b)
	if !ok {
		return false
	}
	if len(body) > 4 && body[0] == 2 && body[1] == 1 { // a version
		switch version, rest := body[2], body[3:]; {
		case version == 0:
			inner, _ := sequence(rest) // PKCS #8: an algorithm; PKCS #1 and DSA: a number
			return rest[0] == 2 && len(rest) > 2 && (rest[1] >= 0x40 || rest[1]&0x80 != 0) || len(inner) > 1 && inner[0] == 6
		case version == 1:
			inner, _ := sequence(rest)
			return rest[0] == 4 && len(rest) > 1 && rest[1] >= 16 && rest[1] <= 66 || len(inner) > 1 && inner[0] == 6
		case version == 3:
			inner, _ := sequence(rest)
			return len(inner) > 1 && inner[0] == 6
		}
		return false
	}
	// EncryptedPrivateKeyInfo: a sequence that begins with an algorithm of PKCS #5 or #12.
	inner, ok := sequence(body)
	return ok && (bytes.HasPrefix(inner, []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5}) ||
		bytes.HasPrefix(inner, []byte{6, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1}))
}

// sequence returns what is at hand of the content of a SEQUENCE that b begins with.
func sequence(b []byte) ([]byte, bool) {
	if len(b) < 4 || b[0] != 0x30 {
		return nil, false
	}
	n := int(b[1])
	switch {
	case n < 0x80:
		return b[2:], n > 3
	case n <= 0x83:
		if head := 2 + n&0x7f; len(b) > head {
			return b[head:], true
		}
	}
	return nil, false
}

// privateKey reports whether decoded bytes are a private key in one of its binary forms.
func privateKey(b []byte) bool {
	switch {
	case privateDER(b), bytes.HasPrefix(b, []byte("openssh-key-v1\x00")):
		return true
	case bytes.HasPrefix(b, []byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2}), bytes.HasPrefix(b, []byte{0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2}):
		return true // key stores of Java
	case len(b) > 8 && (b[0] == 0x95 || b[0] == 0x94 || b[0] == 0xc5) && privatePGP(b):
		return true
	}
	return false
}

// privatePGP reports whether a packet of OpenPGP (RFC 9580) with tag 5, a secret key,
// begins like one: a length, version 4 and a plausible algorithm.
func privatePGP(b []byte) bool {
	head := 2
	switch {
	case b[0] == 0x95:
		head = 3
	case b[0] == 0xc5 && b[1] >= 192 && b[1] < 224:
		head = 3
	case b[0] == 0xc5 && b[1] == 0xff:
		head = 6
	}
	return len(b) > head+5 && (b[head] == 4 || b[head] == 6) && b[head+5] >= 1 && b[head+5] <= 28 && b[head+1] >= 0x30
}

// KeyRun returns the length of what text begins with that can be the body of a key.
func KeyRun(text []byte) int {
	for i, c := range text {
		if !isAlnum(c) && !isSpace(c) && c != '+' && c != '/' && c != '=' {
			return i
		}
	}
	return len(text)
}

// TokenRun returns the length of what text begins with that can belong to a token.
func TokenRun(text []byte) int {
	for i, c := range text {
		if !isAlnum(c) && c != '_' && c != '-' && c != '.' && c != '+' && c != '/' && c != '=' && c != '~' && c != '%' {
			return i
		}
	}
	return len(text)
}

const (
	// maxWebKey is how far around its kind the members of a JSON Web Key are looked for in a
	// text, in bytes: one of RSA with 4,096 bits has 3 KiB.
	maxWebKey = 4 << 10
	// minWebKeyPart is the shortest private member, in digits of base64.
	minWebKeyPart = 16
)

// webKey takes the private members of the JSON Web Key (RFC 7517) that the member kty at
// text[at:] is of. It is for keys in texts that are no JSON as a whole or that something wraps;
// the walk reads the others by their structure.
func webKey(s *scan, at int, _ *matcher) {
	text := s.text
	if at < s.webKeyEnd {
		return
	}
	from, to := max(s.webKeyEnd, at-maxWebKey), min(len(text), at+maxWebKey)
	if open := bytes.LastIndexByte(text[from:at], '{'); open >= 0 {
		from += open
	}
	if end := bytes.IndexByte(text[at:to], '}'); end >= 0 {
		to = at + end
	}
	s.budget.Spend(to - from)
	s.webKeyEnd = to
	for i := from; i < to; i++ {
		if text[i] != '"' {
			continue
		}
		name := i + 1
		for i = name; i < to && isAlpha(text[i]); i++ {
		}
		if i >= to || text[i] != '"' && text[i] != '\\' || !privateMember(text[name:i]) {
			continue
		}
		for i < to && bytes.IndexByte([]byte("\\\": \t\r\n"), text[i]) >= 0 {
			i++
		}
		value := i
		for i < to && (isAlnum(text[i]) || text[i] == '-' || text[i] == '_' || text[i] == '=') {
			i++
		}
		if i-value >= minWebKeyPart {
			s.add(value, i, privateKeyRule)
		}
	}
}

// privateMember reports whether a member of a JSON Web Key is its owner's (RFC 7518, section 6).
func privateMember(name []byte) bool {
	switch string(name) {
	case "d", "p", "q", "dp", "dq", "qi", "k":
		return true
	}
	return false
}
