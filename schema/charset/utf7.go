package charset

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// seven is a form of UTF-7: ASCII, with UTF-16 in Base64 between shift and "-".
type seven struct {
	shift  byte
	base64 *base64.Encoding
	// digits are the 64 of its Base64.
	digits string
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	// standard7 is RFC 2152, imap7 that of RFC 3501.
	standard7 = seven{'+', base64.RawStdEncoding, alphanumeric + "+/"}
	imap7     = seven{'&', base64.NewEncoding(alphanumeric + "+,").WithPadding(base64.NoPadding), alphanumeric + "+,"}
)

// decode reads as iconv-lite does: everything outside of Base64 stands for itself, also
// what the standard wants encoded.
func (s seven) decode(text []byte) []byte {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			plain = utf8.AppendRune(plain, utf8.RuneError)
			continue
		case c != s.shift:
			plain = append(plain, c)
			continue
		}
		from := i + 1
		for i = from; i < len(text) && strings.IndexByte(s.digits, text[i]) >= 0; i++ {
		}
		minus := i < len(text) && text[i] == '-'
		if i == from && minus {
			plain = append(plain, s.shift)
		} else {
			plain = s.appendUTF16(plain, text[from:i])
		}
		if !minus {
			i-- // what ended the Base64 is a character of its own
		}
	}
	return plain
}

// appendUTF16 appends what Base64 of UTF-16 in big endian stands for, without the bits
// that make no whole character.
func (s seven) appendUTF16(plain, digits []byte) []byte {
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	// Unused bits at the end need not be zero to iconv-lite, and are not checked here.
	raw, _ := s.base64.AppendDecode(nil, digits) // as far as it goes
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	for _, r := range utf16.Decode(units) {
		plain = utf8.AppendRune(plain, r)
	}
	return plain
}

// encode shifts for what is not ASCII only.
func (s seven) encode(plain []byte) []byte {
	text := make([]byte, 0, len(plain))
	for i := 0; i < len(plain); {
		switch c := plain[i]; {
		case c == s.shift:
			text = append(text, c, '-')
			i++
			continue
		case c < utf8.RuneSelf:
			text = append(text, c)
			i++
			continue
		}
		var raw []byte
		for i < len(plain) && plain[i] >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(plain[i:])
			i += n
			for _, unit := range utf16.AppendRune(nil, r) {
				raw = append(raw, byte(unit>>8), byte(unit))
			}
		}
		text = append(s.base64.AppendEncode(append(text, s.shift), raw), '-')
	}
	return text
}
