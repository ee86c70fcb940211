package secret

import (
	"bytes"
	"crypto/sha256"
)

// Rules without a literal: they decide on a run of letters and digits by its form alone.
const (
	// generic: a prefix as issuers give their tokens, and a random rest.
	generic = "generic-token"
	// checksummed: an encoding of a key that proves itself by its checksum.
	checksummed = "wallet-key"
)

// maxToken is the longest run that is taken for one token, in bytes.
const maxToken = 512

// bare takes a run of text that is a token of an unknown issuer or a key with a checksum.
// text[from:to] is of letters, digits and + / _ -.
func (s *Engine) bare(spans []Span, text []byte, from, to int) []Span {
	v := text[from:to]
	switch {
	case len(v) > maxToken:
	case !s.off[generic] && (from == 0 || text[from-1] != '/' && text[from-1] != '.' && text[from-1] != '@') && prefixed(v):
		return append(spans, Span{From: from, To: to, Rule: generic})
	case to == len(text) && !s.off[generic] && len(v) < maxBegun && (from == 0 || isSpace(text[from-1]) || isQuote(text[from-1]) || text[from-1] == '=') && beginsToken(v) && randomStart(v):
		return append(spans, Span{From: from, To: to, Rule: generic, Partial: true})
	case !s.off[checksummed] && (len(v) == 51 || len(v) == 52 || len(v) == 56) && walletKey(v):
		return append(spans, Span{From: from, To: to, Rule: checksummed})
	}
	return spans
}

// prefixed reports whether v is a short word of lower-case letters, a sign, and a long
// random rest, as more and more issuers form their tokens.
func prefixed(v []byte) bool {
	sign := min(len(v), 24) - 1
	for sign > 0 && v[sign] != '_' && v[sign] != '-' {
		sign--
	}
	if sign < 2 || sign+20 > len(v) {
		return false
	}
	prefix, rest := v[:sign], v[sign+1:]
	letters := 0
	for i, c := range prefix {
		switch {
		case 'a' <= c && c <= 'z':
			letters++
		case (c == '_' || c == '-' || isDigit(c)) && i > 0:
		default:
			return false
		}
	}
	if letters < 2 || objectNames[string(prefix)] || hashNames[string(prefix[:min(len(prefix), 6)])] || hashNames[string(prefix)] {
		return false
	}
	return randomRun(rest) || keyPrefix(prefix) && len(rest) >= 32 && allHex(rest) && !upperName(prefix)
}

// maxBegun is how much of the end of a text is looked at for the beginning of a token, in bytes.
const maxBegun = 64

// beginsToken reports whether a text ends in what can be the beginning of a token of an unknown
// issuer: a short word, a sign, and some random letters.
func beginsToken(text []byte) bool {
	from := len(text)
	for from > 0 && len(text)-from < maxBegun && codedByte[text[from-1]] {
		from--
	}
	v := text[from:]
	sign := bytes.LastIndexByte(v, '_')
	if dash := bytes.LastIndexByte(v, '-'); sign < 2 && dash > 1 {
		sign = dash
	}
	return sign > 1 && sign <= 24 && len(v)-sign > 6 && !objectNames[string(v[:sign])] && begun(v[sign+1:])
}

// randomStart reports whether what stands behind the last sign of v changes as random text does.
func randomStart(v []byte) bool {
	rest := v[bytes.LastIndexAny(v, "_-")+1:]
	return len(rest) >= 8 && changes(rest)*3 >= len(rest)
}

// begun reports whether some letters look random: of both cases and with digits.
func begun(v []byte) bool {
	digits, letters, others := count(v)
	return digits > 0 && letters > 2 && others == 0 && hasLower(v) && hasUpper(v)
}

var hashNames = words("sha sha1 sha224 sha256 sha384 sha512 sha3 md5 blake blake2 blake3 etag chunk module css webpac vendor asset hash digest build commit rev git integrity")

// objectNames are the prefixes of identifiers of objects, which their issuers form like tokens:
// of Anthropic and OpenAI (platform.openai.com/docs/api-reference), Stripe (docs.stripe.com/api),
// Clerk (clerk.com/docs) and WorkOS (workos.com/docs).
var objectNames = words(`toolu srvtoolu msg msgbatch msg_batch chatcmpl cmpl call req resp run thread asst step batch file item evt event cus pi pm seti ch sub
	acct price prod txn inv order org user usr proj conv`)

// longRun reports whether v is one run of letters that is longer than words are.
func longRun(v []byte) bool {
	for _, c := range v {
		if !isAlnum(c) {
			return false
		}
	}
	return len(v) >= 40 && entropy(v) > 3.2
}

// keyPrefix reports whether a prefix has a word of keys: what follows may be hexadecimal.
func keyPrefix(prefix []byte) bool {
	for part := range bytes.FieldsFuncSeq(prefix, func(r rune) bool { return r == '_' || r == '-' }) {
		switch string(part) {
		case "key", "apikey", "token", "secret", "sk", "pat", "tok", "sec", "api", "live", "prod", "test", "sandbox", "auth", "access", "priv", "private", "pk", "rk", "whsec", "pw":
			return true
		}
	}
	return false
}

// randomRun reports whether v is of letters and digits without a sign, of both cases, and
// changes between them as only random text does.
func randomRun(v []byte) bool {
	digits, lowers, uppers := 0, 0, 0
	for _, c := range v {
		switch {
		case isDigit(c):
			digits++
		case isUpper(c):
			uppers++
		case 'a' <= c && c <= 'z':
			lowers++
		default:
			return false
		}
	}
	return len(v) >= 20 && digits > 1 && lowers > 2 && uppers > 2 && changes(v)*3 >= len(v) && entropy(v) > 3.6
}

// changes counts where digits, capitals and small letters follow another of them.
func changes(v []byte) (n int) {
	kind := func(c byte) int {
		switch {
		case isDigit(c):
			return 1
		case isUpper(c):
			return 2
		}
		return 3
	}
	for i := 1; i < len(v); i++ {
		if kind(v[i]) != kind(v[i-1]) {
			n++
		}
	}
	return n
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// walletKey reports whether v is a private key of Bitcoin (base58 with the checksum of two
// SHA-256) or a seed of Stellar (base32 with a CRC).
func walletKey(v []byte) bool {
	if len(v) == 56 {
		return v[0] == 'S' && stellarSeed(v)
	}
	if v[0] != '5' && v[0] != 'K' && v[0] != 'L' && v[0] != '9' && v[0] != 'c' {
		return false
	}
	var number [40]byte // big-endian
	for _, c := range v {
		digit := bytes.IndexByte([]byte(base58), c)
		if digit < 0 {
			return false
		}
		for i := len(number) - 1; i >= 0; i-- {
			digit += int(number[i]) * 58
			number[i] = byte(digit)
			digit >>= 8
		}
	}
	for _, n := range []int{37, 38} { // version, 32 bytes, perhaps a sign, checksum
		key := number[len(number)-n:]
		first := sha256.Sum256(key[:n-4])
		second := sha256.Sum256(first[:])
		if (key[0] == 0x80 || key[0] == 0xef) && bytes.Equal(second[:4], key[n-4:]) {
			return true
		}
	}
	return false
}

func stellarSeed(v []byte) bool {
	raw := decode32(nil, v)
	if len(raw) != 35 || raw[0] != 18<<3 {
		return false
	}
	crc := uint16(0) // CRC16-XModem
	for _, b := range raw[:33] {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return raw[33] == byte(crc) && raw[34] == byte(crc>>8)
}
