package secret

import "unicode/utf8"

func percentAt(text []byte) bool { return len(text) > 2 && hex(text[1]) >= 0 && hex(text[2]) >= 0 }

// plusAt reports whether text begins with the blank of a form between two of its small words:
// +password+is+. Base64 has hardly such words.
func plusAt(text []byte) bool {
	i := 1
	for i < len(text) && i <= maxFormWord && ('a' <= text[i] && text[i] <= 'z' || text[i] == '-') {
		i++
	}
	return i > 2 && i < len(text) && (text[i] == '+' || text[i] == '=')
}

// maxFormWord is the longest word by which plusAt knows a form, in bytes.
const maxFormWord = 16

func percent(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if text[i] == '%' && percentAt(text[i:]) {
			v.Text = append(v.Text, byte(hex(text[i+1])<<4|hex(text[i+2])))
			i += 3
			v.Piece(i)
			continue
		}
		v.Text = append(v.Text, text[i])
		i++
	}
}

// form is percent with a plus for each blank, as forms are sent.
func form(v *View, text []byte) {
	percent(v, text)
	for i, c := range v.Text {
		if c == '+' && text[v.Origin(i)] == '+' {
			v.Text[i] = ' '
		}
	}
}

// escapeAt reports whether text begins with a backslash escape that stands for
// another character, however many backslashes it has.
func escapeAt(text []byte) bool {
	i := 0
	for i < len(text) && text[i] == '\\' {
		i++
	}
	if i == len(text) {
		return false
	}
	switch text[i] {
	case 'u':
		return len(text) > i+4 && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0 && hex(text[i+3]) >= 0 && hex(text[i+4]) >= 0
	case 'x':
		return len(text) > i+2 && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0
	}
	return text[i] == '/'
}

func unescape(v *View, text []byte) {
	v.Piece(0)
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			v.Text = append(v.Text, text[i])
			i++
			continue
		}
		n := i
		for n < len(text) && text[n] == '\\' {
			n++
		}
		if n == len(text) {
			break
		}
		switch c := text[n]; {
		case c == 'u' && escapeAt(text[n-1:]):
			r := rune(hex(text[n+1])<<12 | hex(text[n+2])<<8 | hex(text[n+3])<<4 | hex(text[n+4]))
			v.Text = utf8.AppendRune(v.Text, r)
			n += 5
		case c == 'x' && escapeAt(text[n-1:]):
			v.Text = append(v.Text, byte(hex(text[n+1])<<4|hex(text[n+2])))
			n += 3
		case c == 'n' || c == 'r' || c == 't':
			v.Text = append(v.Text, ' ')
			n++
		default:
			v.Text = append(v.Text, c)
			n++
		}
		i = n
		v.Piece(i)
	}
}
