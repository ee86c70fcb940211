package secret

import (
	"bytes"
	"math"
)

// entropy of the bytes of v, in bits for each.
func entropy(v []byte) float64 {
	var counts [256]int
	for _, c := range v {
		counts[c]++
	}
	h := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(v))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// minStrong is the shortest text that is random by its look, in bytes.
const minStrong = 16

// strong reports whether a text is random by its look: long, of several kinds of
// characters, with the entropy of a random one.
func strong(v []byte) bool {
	digits, letters, _ := count(v)
	return len(v) >= minStrong && digits > 1 && letters > 1 && entropy(v) > 3.2 && !wordy(v)
}

// Random reports whether a word is one that people do not write: an identifier or a
// key, by its length and its mixture.
func Random(v []byte) bool {
	digits, letters, _ := count(v)
	return len(v) >= minStrong && digits > 1 && letters > 1 && !wordy(v) && !isMark(v)
}

// tokenLike is less than strong: a text that people do not write.
func tokenLike(v []byte) bool {
	digits, letters, _ := count(v)
	return digits > 0 && letters > 0 && !isMark(v) && !placeholder(v) && !code(v) || len(v) >= 24 && !wordy(v)
}

// wordy reports whether v is made of words: letters with at most one capital at the
// beginning of each part, parts of plausible length, hardly a digit.
func wordy(v []byte) bool {
	digits, changes, upper := 0, 0, 0
	for i, c := range v {
		if isDigit(c) {
			digits++
		}
		if 'A' <= c && c <= 'Z' {
			upper++
		}
		if i > 0 && (isDigit(c) != isDigit(v[i-1]) || 'A' <= c && c <= 'Z' && 'a' <= v[i-1] && v[i-1] <= 'z') {
			changes++
		}
	}
	return digits <= len(v)/8 && changes <= len(v)/5 && (upper <= len(v)/4 || upper+digits >= len(v)*3/4)
}

func count(v []byte) (digits, letters, others int) {
	for _, c := range v {
		switch {
		case isDigit(c):
			digits++
		case isAlpha(c):
			letters++
		case c > ' ' && c != '-' && c != '_' && c != '.' && c != '/':
			others++
		}
	}
	return digits, letters, others
}

// uuid reports whether v is an identifier of RFC 9562, which is no credential by itself.
func uuid(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && hex(c) < 0 {
			return false
		}
	}
	return true
}

// pathLike reports whether v names a file, an address or a resource.
func pathLike(v []byte) bool {
	return len(v) > 0 && (v[0] == '/' || v[0] == '.' || v[0] == '~') || bytes.Contains(v, []byte("://")) || bytes.Count(v, []byte{'/'}) > 2 ||
		bytes.HasPrefix(v, []byte("arn:")) || bytes.HasPrefix(v, []byte("urn:")) || bytes.HasPrefix(v, []byte("projects/"))
}

// passwordLike reports whether a word that stands where a password may stand looks like
// one: letters and digits, and signs or both cases besides; no path, port or version.
func passwordLike(v []byte) bool {
	digits, letters, others := count(v)
	mixedCase := hasLower(v) && hasUpper(v)
	return len(v) >= 8 && digits > 0 && letters > 0 && (mixedCase || others > 0) && !pathByte.in(v) && !pathLike(v) && !assignedWord(v) && !code(v) && !placeholder(v) && !Version(v) && !knownWord(v)
}

var pathByte = bytesOf(`/\*`)

// assignedWord reports whether v is NAME=VALUE.
func assignedWord(v []byte) bool {
	i := bytes.IndexByte(v, '=')
	return i > 1 && i+1 < len(v) && identifier(v[:i])
}

// knownWord reports whether v is a name of an algorithm, an encoding or a protocol, which
// has letters and digits as passwords do.
func knownWord(v []byte) bool {
	v = bytes.Trim(v, "()[]{}.,:;\"'`")
	digits, letters, others := count(v)
	if digits == 0 || letters == 0 || others > 0 || len(v) > 24 {
		return false
	}
	i := 0
	for i < len(v) && isAlpha(v[i]) {
		i++
	}
	if _, rest, _ := count(v[i:]); i < 3 && rest > 2 {
		return false // h2 and x86 are names, h7Gd2kLq is none
	}
	return knownWords[toLower(string(v[:i]))]
}

var knownWords = words(`sha md aes des rsa ed ecdsa hs rs es ps utf base oauth oauth2 ipv http h hmac bcrypt argon scrypt x win ntlm ntlmv v version
	rfc iso windows office s ec p sect secp int uint float i u f latin cp gpt claude llama web tls ssl pkcs pbkdf cbc gcm ctr java es2 node python
	log mp utf8 ucs ascii unicode step part figure table chapter section page line col row user test option level type mode phase key value
	field item arg param`)

// phraseName reports whether a name is one of a phrase of words.
func phraseName(name []byte) bool {
	var buf [2 * maxName]byte
	if len(name) > maxName {
		return false
	}
	s := fold(buf[:0], name)
	for _, end := range [][]byte{[]byte("phrase"), []byte("mnemonic"), []byte("seed"), []byte("words"), []byte("frase"), []byte("фраза"), []byte("parola")} {
		if bytes.HasSuffix(s, end) {
			return true
		}
	}
	return false
}

// phrase reports whether v is a phrase of four or more plain words, as passphrases and the
// seeds of wallets are.
func phrase(v []byte) bool {
	n := 0
	for word := range bytes.FieldsSeq(v) {
		for _, c := range word {
			if (c < 'a' || c > 'z') && c < 0x80 {
				return false
			}
		}
		if len(word) < 3 || len(word) > 12 {
			return false
		}
		n++
	}
	return n >= 4 && n <= 25
}

// identityNumber reports whether v can be the number of a person: six digits or more, and
// little else.
func identityNumber(v []byte) bool {
	digits, letters, others := count(v)
	return (digits >= 6 || digits >= 5 && len(v) >= 9) && letters <= 8 && others == 0 && len(v) <= 24 && (!Version(v) || len(v) > 10)
}

// plainWords reports whether v is words without a digit, in small letters.
func plainWords(v []byte) bool {
	digits, _, _ := count(v)
	return digits == 0 && hasLower(v) && wordy(v)
}
