package secret

import "math"

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

// strong reports whether a text is random by its look: long, of several kinds of
// characters, with the entropy of a random one.
func strong(v []byte) bool {
	digits, letters, _ := count(v)
	return len(v) >= 16 && digits > 1 && letters > 1 && entropy(v) > 3.2 && !wordy(v)
}

// Random reports whether a word is one that people do not write: an identifier or a
// key, by its length and its mixture.
func Random(v []byte) bool {
	digits, letters, _ := count(v)
	return len(v) >= 16 && digits > 1 && letters > 1 && !wordy(v) && !isMark(v)
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
