package secret

// minHex is the shortest run of hexadecimal digits that is decoded.
const minHex = 32

func hex(b byte) int {
	switch b = lower(b); {
	case isDigit(b):
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	}
	return -1
}

func allHex(text []byte) bool {
	for _, c := range text {
		if hex(c) < 0 {
			return false
		}
	}
	return true
}

// unhexed scans hexadecimal that decodes to text. A run that holds a credential is one
// span, and so is a private key.
func (e *Engine) unhexed(spans []Span, text []byte, from, to int, depth int, b *Budget) []Span {
	v := &e.view(depth)[1]
	v.Reset()
	for i := from; i < to; i += 2 {
		c := byte(hex(text[i])<<4 | hex(text[i+1]))
		if v.Text = append(v.Text, c); len(v.Text) == minHex/2 && !printable(v.Text) {
			if to-from >= 2*minKey && e.isKey(v.Text) {
				return append(spans, Span{From: from, To: to, Rule: privateKeyRule})
			}
			return spans // a hash
		}
	}
	b.Spend(to - from)
	return append(spans, whole(e.inner(v.Text, depth, b), v.Text, from, to, to == len(text))...)
}
