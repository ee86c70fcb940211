// Package pii finds personal data that can be recognised by its own check: numbers of cards,
// accounts and persons by their check digits, addresses and telephone numbers by their form.
//
// The one rule: what has a check is found only where the check holds.
package pii

import (
	"bytes"
	"strings"
)

// Kinds are the kinds of data that Find can find.
var Kinds = []string{"card", "iban", "email", "phone", KindPerson}

// Span is one finding.
type Span struct {
	From, To int
	Kind     string
}

// Finder finds the kinds that are on. The zero value finds nothing.
type Finder struct {
	Card, IBAN, Email, Phone bool
	// Persons are the numbers of states, nil for none.
	Persons *Persons
}

// Find appends what it finds in text to spans, in order of kinds. Its work is a
// small multiple of len(text).
func (f Finder) Find(spans []Span, text []byte) []Span {
	if f.Card || f.IBAN || f.Persons != nil {
		spans = f.numbers(spans, text)
	}
	if f.Email {
		for at := 0; ; {
			i := bytes.IndexByte(text[at:], '@')
			if i < 0 {
				break
			}
			i += at
			if from, to := email(text, i); to > from {
				spans = append(spans, Span{from, to, "email"})
			}
			at = i + 1
		}
	}
	if f.Phone {
		for at := 0; ; {
			i := bytes.IndexByte(text[at:], '+')
			if i < 0 {
				break
			}
			i += at
			to := phone(text, i)
			if to > i {
				spans = append(spans, Span{i, to, "phone"})
			}
			at = max(i+1, to)
		}
	}
	return spans
}

// Canonical returns what is the same for all ways to write one finding: numbers
// without the signs between their groups, addresses in small letters.
func Canonical(kind string, text []byte) []byte {
	if kind == "email" {
		return bytes.ToLower(text)
	}
	return bytes.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/", r) {
			return -1
		}
		return r
	}, text)
}

// numbers scans runs of capitals and digits in groups. All of them have a digit in any four
// bytes, blanks between groups aside, so that every second byte is looked at.
func (f Finder) numbers(spans []Span, text []byte) []Span {
	r := run{Finder: f, text: text, spans: spans}
	for at := 2; at < len(text); {
		if !isDigit(text[at]) {
			at += 2
			continue
		}
		from, to := at, at
		for from > 0 && at-from < maxRunBefore && inRun(text[from-1]) {
			from--
		}
		for f.Persons != nil && from > 1 && at-from < maxRunBefore && (text[from-1] == '.' || text[from-1] == '/') && isDigit(text[from-2]) {
			for from--; from > 0 && isDigit(text[from-1]); { // groups that other signs part
				from--
			}
		}
		for to < len(text) && inRun(text[to]) {
			to++
		}
		r.read(from, to)
		at = to + 3
	}
	return r.spans
}

// maxRunBefore is how far before the digit that was looked at a run is read, in bytes.
const maxRunBefore = 48

func inRun(b byte) bool   { return isDigit(b) || 'A' <= b && b <= 'Z' || b == ' ' || b == '-' }
func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isWord(b byte) bool {
	return isDigit(b) || 'a' <= b|0x20 && b|0x20 <= 'z' || b == '_'
}

// run is the state of reading runs of one text. No byte before done is read again: runs may
// overlap, and a number of a person may end behind its run.
type run struct {
	Finder
	text  []byte
	spans []Span
	done  int
}

// read tries each word of text[from:to] as the beginning of a number.
func (r *run) read(from, to int) {
	text := r.text
	free := from == 0 || !isWord(text[from-1]) && text[from-1] != '.'
	for i := from; i < to; i++ {
		if text[i] == ' ' || text[i] == '-' {
			free = true
			continue
		}
		if !free || i < r.done {
			free = false
			continue
		}
		free = false
		n, kind := r.at(i)
		if n > 0 {
			r.spans = append(r.spans, Span{i, i + n, kind})
			i += n - 1
			r.done = i + 1
		}
	}
}

// at returns the length and the kind of the number that begins at i, 0 for none.
func (r *run) at(i int) (n int, kind string) {
	if r.Card && isDigit(r.text[i]) {
		if n = card(r.text, i); n > 0 {
			return n, "card"
		}
	} else if r.IBAN && !isDigit(r.text[i]) {
		if n = iban(r.text, i); n > 0 {
			return n, "iban"
		}
	}
	if r.Persons != nil {
		return r.Persons.at(r.text, i), KindPerson
	}
	return 0, ""
}

// card returns the length of the card number at i: an issuer's prefix, its number of
// digits, at most one kind of separator between groups, and Luhn's check digit.
func card(text []byte, i int) int {
	var digits [19]byte
	n, end := 0, i
	for j := i; j < len(text); j++ {
		if c := text[j]; isDigit(c) {
			if n == len(digits) {
				return 0
			}
			digits[n] = c - '0'
			n++
			end = j + 1
		} else if c != ' ' && c != '-' || j+1 >= len(text) || !isDigit(text[j+1]) || n >= 16 || n < 4 {
			break
		}
	}
	if end < len(text) && (isWord(text[end]) || text[end] == '.' && end+1 < len(text) && isDigit(text[end+1])) {
		return 0
	}
	d := digits[:n]
	if !issuer(d) || !luhn(d) {
		return 0
	}
	return end - i
}

func issuer(d []byte) bool {
	if len(d) < 14 {
		return false
	}
	two := int(d[0])*10 + int(d[1])
	four := two*100 + int(d[2])*10 + int(d[3])
	switch len(d) {
	case 14:
		return two == 36 || two == 38 || four >= 3000 && four <= 3059
	case 15:
		return two == 34 || two == 37
	case 16:
		return d[0] == 4 || two >= 51 && two <= 55 || four >= 2221 && four <= 2720 || four == 6011 || two == 65 || two == 35 || two == 62 ||
			four >= 2200 && four <= 2204 || two == 60 || two == 81 || two == 82 || maestro(four)
	case 17, 18, 19:
		return two == 62 || maestro(four)
	}
	return false
}

// maestro reports whether a number with these four first digits is one of Mastercard's debit cards.
func maestro(four int) bool {
	switch four {
	case 5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763:
		return true
	}
	return false
}

func luhn(d []byte) bool {
	sum, same := 0, true
	for i := range d {
		v := int(d[len(d)-1-i])
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
		same = same && d[i] == d[0]
	}
	return sum%10 == 0 && !same
}

// lengths of the account numbers of each country, from the registry of ISO 13616.
const lengths = `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29
	ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21
	LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33
	SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`

// iban returns the length of the account number at i, groups of four by blanks
// allowed.
func iban(text []byte, i int) int {
	if i+15 > len(text) || isDigit(text[i+1]) || !isDigit(text[i+2]) || !isDigit(text[i+3]) {
		return 0
	}
	at := strings.Index(lengths, string(text[i:i+2]))
	if at < 0 || at+4 > len(lengths) || !isDigit(lengths[at+2]) {
		return 0
	}
	want := int(lengths[at+2]-'0')*10 + int(lengths[at+3]-'0')
	var compact [34]byte
	n, j := 0, i
	for ; j < len(text) && n < want; j++ {
		if c := text[j]; c == ' ' && n%4 == 0 {
			continue
		} else if !isDigit(c) && (c < 'A' || c > 'Z') {
			return 0
		}
		compact[n] = text[j]
		n++
	}
	if n < want || j < len(text) && isWord(text[j]) {
		return 0
	}
	rest := 0
	for k := range n {
		c := compact[(k+4)%n]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	if rest != 1 {
		return 0
	}
	return j - i
}

// email returns the address around the sign at i.
func email(text []byte, i int) (from, to int) {
	from, to = i, i+1
	for from > 0 && i-from < 64 && (isWord(text[from-1]) || bytes.IndexByte([]byte(".+-%"), text[from-1]) >= 0) {
		from--
	}
	dot := 0
	for to < len(text) && to-i < 254 && (isWord(text[to]) || text[to] == '-' || text[to] == '.') {
		if text[to] == '.' {
			dot = to
		}
		to++
	}
	for to > dot && to > i+1 && (text[to-1] == '.' || text[to-1] == '-') {
		to--
	}
	if dot = bytes.LastIndexByte(text[i:to], '.'); from == i || dot < 2 || to-i-dot < 3 {
		return 0, 0
	}
	for _, c := range text[i+dot+1 : to] {
		if isDigit(c) || c == '_' {
			return 0, 0
		}
	}
	return from, to
}

// phone returns the end of the international number whose plus stands at i.
func phone(text []byte, i int) int {
	if i > 0 && isWord(text[i-1]) || i+1 >= len(text) || text[i+1] < '1' || text[i+1] > '9' {
		return 0
	}
	n, end := 0, 0
	for j := i + 1; j < len(text) && j < i+24; j++ {
		if isDigit(text[j]) {
			n, end = n+1, j+1
		} else if bytes.IndexByte([]byte(" -.()/"), text[j]) < 0 {
			break
		}
	}
	if n < 8 || n > 15 || end < len(text) && isWord(text[end]) {
		return 0
	}
	return end
}
