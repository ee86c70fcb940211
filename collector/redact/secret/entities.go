package secret

import "bytes"

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

// mailedAt reports whether text begins with a sign of quoted-printable, as bodies of mails
// are in: a sign of equality that is written =3D, or one that breaks a line.
func mailedAt(text []byte) bool {
	return len(text) > 2 && text[0] == '=' && (text[1] == '\n' || text[1] == '\r' || text[1] == '3' && text[2] == 'D' || text[1] == '?')
}

// nextMailed returns where the next sign of quoted-printable stands, or -1.
func nextMailed(text []byte, at int) int {
	for at < len(text) {
		i := bytes.IndexByte(text[at:], '=')
		if i < 0 {
			break
		}
		if at += i; mailedAt(text[at:]) {
			return at
		}
		at++
	}
	return -1
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
