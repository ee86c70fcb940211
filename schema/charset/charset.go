// Package charset reads texts that are not UTF-8: what a message looks like to a reader
// that goes by a byte order mark, by zero bytes or by the charset of a content type.
//
// The one rule: a decoded text is for reading only. What is recorded are the bytes as
// they came, with the name of their charset beside them.
package charset

import (
	"bytes"
	"io"
	"mime"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// Names that are no web charset and that readers know all the same: iconv-lite, which
// the TypeScript SDK's body parsers use, and Python's json.
const (
	utf16LE, utf16BE = "utf-16le", "utf-16be"
	utf32LE, utf32BE = "utf-32le", "utf-32be"
	utf7, utf7IMAP   = "utf-7", "utf-7-imap"
)

// canonical maps names without anything but letters and digits, as iconv-lite compares
// them. The empty name is UTF-8 or a part of it. A name without byte order means what is
// usual without a mark: little endian.
var canonical = map[string]string{
	"utf8": "", "unicode11utf8": "", "cesu8": "", "usascii": "", "ascii": "",
	"utf16": utf16LE, "utf16le": utf16LE, "ucs2": utf16LE, "utf16be": utf16BE, "iso10646ucs2": utf16LE, "unicode": utf16LE,
	"utf32": utf32LE, "utf32le": utf32LE, "ucs4": utf32LE, "ucs4le": utf32LE, "utf32be": utf32BE, "ucs4be": utf32BE,
	"utf7": utf7, "unicode11utf7": utf7, "utf7imap": utf7IMAP,
	"binary": "windows-1252",
}

// OfContentType returns the charset that a content type declares, as [Canonical] names
// it; empty where it declares none.
func OfContentType(contentType string) string {
	if !strings.Contains(contentType, "=") { // the usual case, without a parser
		return ""
	}
	_, params, err := mime.ParseMediaType(contentType)
	if name := params["charset"]; err == nil {
		return Canonical(name)
	}
	// Parsers differ in what they make of a broken header: the name is looked for as text.
	_, name, _ := strings.Cut(strings.ToLower(contentType), "charset=")
	if end := strings.IndexAny(name, ";,"); end >= 0 {
		name = name[:end]
	}
	return Canonical(strings.Trim(name, `"' `))
}

// Canonical returns the name under which Decode knows a charset, in lower case; empty for
// UTF-8. A name that nothing here knows is returned as it is.
func Canonical(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if known, ok := canonical[letters(name)]; ok || name == "" {
		return known
	}
	// The web's names come second: its UTF-16 is little endian whatever the mark says.
	if e, err := htmlindex.Get(name); err == nil {
		if found, err := htmlindex.Name(e); err == nil && found != "replacement" {
			return strings.TrimSuffix(found, "utf-8")
		}
	}
	return name
}

func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, name)
}

// Sniff returns the charset that a JSON text shows by itself, empty for UTF-8: by its byte
// order mark, else by its zero bytes, since JSON begins with two characters of ASCII.
func Sniff(text []byte) string {
	if len(text) < 2 || text[0] != 0 && text[1] != 0 && text[0] < 0xfe {
		return "" // of what has no zero byte and no mark
	}
	// The mark of UTF-32LE begins with that of UTF-16LE, so the longer ones come first.
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe\x00\x00")):
		return utf32LE
	case bytes.HasPrefix(text, []byte("\x00\x00\xfe\xff")):
		return utf32BE
	case text[0] == 0xff && text[1] == 0xfe:
		return utf16LE
	case text[0] == 0xfe && text[1] == 0xff:
		return utf16BE
	case text[0] != 0 && text[1] != 0:
		return ""
	case text[0] == 0 && text[1] != 0:
		return utf16BE
	case text[0] != 0 && len(text) >= 4 && text[2] == 0 && text[3] == 0:
		return utf32LE
	case text[0] != 0:
		return utf16LE
	case len(text) >= 4 && text[2] == 0 && text[3] != 0:
		return utf32BE
	}
	return ""
}

// Decode returns a text of that charset as UTF-8, without its byte order mark. What is no
// character of the charset becomes U+FFFD. It is false for a charset that is not known
// here. Time and memory are linear in the length: at most three bytes for one.
func Decode(name string, text []byte) (plain []byte, known bool) {
	switch e := find(name); {
	case name == "":
		return text, true
	case name == utf7:
		plain = standard7.decode(text)
	case name == utf7IMAP:
		plain = imap7.decode(text)
	case e == nil:
		return nil, false
	default:
		var err error
		if plain, err = e.NewDecoder().Bytes(text); err != nil { // decoders replace: a mistake of theirs
			return nil, false
		}
	}
	return bytes.TrimPrefix(plain, []byte("\ufeff")), true
}

// Text is a payload as it has to be read: decoded where that is possible, else as it is.
func Text(name string, payload []byte) []byte {
	if plain, known := Decode(name, payload); known {
		return plain
	}
	return payload
}

// Encode is the opposite of Decode, without a mark. What the charset has no character for
// is replaced.
func Encode(name string, plain []byte) (text []byte, known bool) {
	switch e := find(name); {
	case name == "":
		return plain, true
	case name == utf7:
		return standard7.encode(plain), true
	case name == utf7IMAP:
		return imap7.encode(plain), true
	case e != nil:
		text, err := encoding.ReplaceUnsupported(e.NewEncoder()).Bytes(plain)
		return text, err == nil
	}
	return nil, false
}

// NewWriter decodes what is written to it, in pieces of any size, and writes it to w. The
// charset is one that Sniff returned.
func NewWriter(name string, w io.Writer) io.Writer {
	return transform.NewWriter(w, find(name).NewDecoder())
}

func find(name string) encoding.Encoding {
	switch name {
	// Marks are left to Decode: a decoder that goes by the mark could change the byte order
	// that Sniff has found.
	case utf16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case utf32LE:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case utf32BE:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return e
	}
	// Such as EBCDIC, which is no charset of the web and of several Java servers.
	if e, err := ianaindex.IANA.Encoding(name); err == nil && e != nil {
		return e
	}
	return nil
}
