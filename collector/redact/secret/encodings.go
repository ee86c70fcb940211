package secret

import (
	"bytes"
	"compress/flate"
	"io"
	"unicode/utf8"
)

// minHex is the shortest run of hexadecimal digits that is decoded.
const minHex = 32

func allHex(text []byte) bool {
	for _, c := range text {
		if hex(c) < 0 {
			return false
		}
	}
	return true
}

// unhexed looks at what is printable text in hexadecimal. A run that holds a
// credential is one span.
func (e *Engine) unhexed(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	v := &e.view(depth)[1]
	v.Reset()
	for i := from; i < to; i += 2 {
		c := byte(hex(text[i])<<4 | hex(text[i+1]))
		if len(v.Text) < 16 && (c < ' ' && !isSpace(c) || c >= 0x7f) {
			return spans // a hash
		}
		v.Text = append(v.Text, c)
	}
	b.Spend(to - from)
	return append(spans, first(e.inner(v.Text, depth, b), v.Text, from, to)...)
}

// first is the whole run from to as one span, for the first of what was found in it.
func first(found []Span, text []byte, from, to int) []Span {
	if len(found) == 0 {
		return nil
	}
	value := found[0].Value
	if value == nil {
		value = bytes.Clone(text[found[0].From:found[0].To])
	}
	return []Span{{From: from, To: to, Rule: found[0].Rule, Value: value}}
}

// named are the entities of signs that part names and values.
var named = []struct {
	name string
	sign byte
}{{"quot;", '"'}, {"apos;", '\''}, {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"nbsp;", ' '}, {"colon;", ':'}, {"equals;", '='}}

// entity reads a character reference of HTML and XML that stands for one of ASCII.
func entity(text []byte) (sign byte, n int) {
	for _, e := range named {
		if startsWithFold(text, 1, e.name) {
			return e.sign, 1 + len(e.name)
		}
	}
	if len(text) < 4 || text[1] != '#' {
		return 0, 0
	}
	value, base, i := 0, 10, 2
	if lower(text[2]) == 'x' {
		base, i = 16, 3
	}
	for digits := 0; i < len(text) && digits < 8; digits++ {
		d := hex(text[i])
		if d < 0 || d >= base {
			break
		}
		value = min(value*base+d, 0x110000)
		i++
	}
	if i >= len(text) || text[i] != ';' || value < ' ' || value > '~' {
		return 0, 0
	}
	return byte(value), i + 1
}

func entityAt(text []byte) bool { _, n := entity(text); return n > 0 }

func entities(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if text[i] == '&' {
			if sign, n := entity(text[i:]); n > 0 {
				v.Text = append(v.Text, sign)
				i += n
				v.Piece(i)
				continue
			}
		}
		v.Text = append(v.Text, text[i])
		i++
	}
}

// mailed reports whether text is in quoted-printable, as bodies of mails are: signs
// of equality are written =3D there, and lines are broken by one.
func mailed(text []byte) bool {
	for at := 0; ; at++ {
		i := bytes.IndexByte(text[at:], '=')
		if i < 0 || at+i+2 >= len(text) {
			return false
		}
		at += i
		if next := text[at+1]; next == '\n' || next == '\r' || next == '3' && text[at+2] == 'D' {
			return true
		}
	}
}

func quotedPrintable(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		n := 0
		if text[i] == '=' {
			switch rest := text[i+1:]; {
			case bytes.HasPrefix(rest, []byte("\r\n")):
				n = 3
			case bytes.HasPrefix(rest, []byte("\n")):
				n = 2
			case len(rest) > 1 && hex(rest[0]) >= 0 && hex(rest[1]) >= 0:
				v.Text = append(v.Text, byte(hex(rest[0])<<4|hex(rest[1])))
				n = 3
			}
		}
		if n == 0 {
			v.Text = append(v.Text, text[i])
			i++
			continue
		}
		i += n
		v.Piece(i)
	}
}

// opening tells from the first bytes of what was in base64 how to read it as text; nil
// where it is none: an image, a key, a hash.
func opening(head []byte) func(*Engine, []byte, *Budget) []byte {
	switch {
	case len(head) < 8:
		return nil
	case head[0] == 0x1f && head[1] == 0x8b && head[2] == 8, head[0] == 0x78 && (head[1] == 0x01 || head[1] == 0x5e || head[1] == 0x9c || head[1] == 0xda):
		return inflate
	case printable(head[:len(head)-1]):
		return func(_ *Engine, text []byte, _ *Budget) []byte { return text }
	}
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 || head[i] >= 0x80 || head[i+1] != 0 {
			return nil
		}
	}
	return narrow
}

// narrow takes the zero bytes out of UTF-16.
func narrow(_ *Engine, text []byte, _ *Budget) []byte {
	n := 0
	for i := 0; i+1 < len(text); i += 2 {
		if text[i+1] == 0 && text[i] < utf8.RuneSelf {
			text[n] = text[i]
			n++
		}
	}
	return text[:n]
}

const (
	// maxInflated is how much of a packed text is looked at.
	maxInflated = 256 << 10
	// stepsToInflate is what beginning costs.
	stepsToInflate = 2000
)

// inflate unpacks gzip and zlib. What is broken ends where it breaks.
func inflate(e *Engine, packed []byte, b *Budget) []byte {
	if !b.Spend(stepsToInflate) {
		return nil
	}
	if e.packed == nil {
		e.packed = flate.NewReader(bytes.NewReader(nil))
	}
	if e.packed.(flate.Resetter).Reset(bytes.NewReader(deflated(packed)), nil) != nil {
		return nil
	}
	var plain bytes.Buffer
	n, _ := io.Copy(&plain, io.LimitReader(e.packed, maxInflated)) // as far as it goes
	b.Spend(3 * int(n))
	return plain.Bytes()
}

// deflated is what stands behind the head of gzip (RFC 1952) or zlib (RFC 1950).
func deflated(packed []byte) []byte {
	if packed[0] != 0x1f {
		return packed[2:]
	}
	if len(packed) < 10 {
		return nil
	}
	flags, rest := packed[3], packed[10:]
	if flags&4 != 0 && len(rest) > 2 { // extra field
		rest = rest[min(len(rest), 2+int(rest[0])|int(rest[1])<<8):]
	}
	for _, text := range []byte{8, 16} { // name, comment
		if flags&text != 0 {
			rest = rest[bytes.IndexByte(rest, 0)+1:]
		}
	}
	if flags&2 != 0 && len(rest) > 2 {
		rest = rest[2:]
	}
	return rest
}
