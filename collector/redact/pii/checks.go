package pii

import (
	"bytes"
	"strconv"
	"strings"
)

// check reports whether the digits and letters of a number, without its signs, are those of
// one kind of number.
type check func(v []byte) bool

// parseCheck reads one check of the table:
//
//	w:WEIGHTS%MODRULE[@AT]  a weighted sum, the last weight at the last digit. The rules are =N, the
//	                        remainder is N; and for a check digit that stands behind the weighed ones, or at
//	                        AT: -0, it is what the sum lacks to a multiple, 0 for ten; +0 and +1, it is the
//	                        remainder, 0 or 1 for ten; _, it is the last digit of MOD less the remainder
//	luhn[:N]                Luhn's check digit, over the first N digits, or the last -N
//	verhoeff[:-N]           Verhoeff's, of all digits, or of the first N and the last one
//	ymd@N, dmy@N            six digits from N on are a date, N < 0 from the end
//	first:A,B               it begins with A or B
//
// and the names of those that no other kind shares.
func parseCheck(spec string) check {
	name, argument, _ := strings.Cut(spec, ":")
	switch name {
	case "w":
		return weighted(argument)
	case "luhn":
		n, _ := strconv.Atoi(argument)
		return func(v []byte) bool { return luhnOf(part(v, n)) }
	case "verhoeff":
		n, _ := strconv.Atoi(argument)
		return func(v []byte) bool { return verhoeff(v, -n) }
	case "first":
		prefixes := strings.Split(argument, ",")
		return func(v []byte) bool { return begins(v, prefixes) }
	case "ean":
		return func(v []byte) bool { return bytes.HasPrefix(v, []byte(argument)) && sum(v, ean)%10 == 0 }
	}
	if kind, at, ok := strings.Cut(spec, "@"); ok {
		n, err := strconv.Atoi(at)
		if err != nil || kind != "ymd" && kind != "dmy" {
			panic("check " + spec + " is none")
		}
		return func(v []byte) bool { return dateAt(v, n, kind == "ymd") }
	}
	own, ok := ownChecks[spec]
	if !ok {
		panic("check " + spec + " is none")
	}
	return own
}

var ean = []int{1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1}

func part(v []byte, n int) []byte {
	switch {
	case n > 0:
		return v[:min(n, len(v))]
	case n < 0:
		return v[max(0, len(v)+n):]
	}
	return v
}

func begins(v []byte, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(string(v), p) {
			return true
		}
	}
	return false
}

// sum of the weighed digits, the weights aligned to the first. Letters count from ten on.
func sum(v []byte, weights []int) (total int) {
	for i, w := range weights {
		total += w * digit(v[i])
	}
	return total
}

func digit(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

// weighted parses the argument of w.
func weighted(argument string) check {
	list, rule, _ := strings.Cut(argument, "%")
	rule, place, placed := strings.Cut(rule, "@")
	sign := strings.IndexAny(rule, "=-+_")
	mod, err := strconv.Atoi(rule[:sign])
	if err != nil {
		panic("modulus of " + argument + " is none")
	}
	var weights []int
	for w := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(w)
		if err != nil {
			panic("weight " + w + " is none")
		}
		weights = append(weights, n)
	}
	kind, wanted := rule[sign], 0
	if sign+1 < len(rule) {
		wanted, _ = strconv.Atoi(rule[sign+1:])
	}
	at := len(weights)
	if placed {
		at, _ = strconv.Atoi(place)
	}
	return func(v []byte) bool {
		if kind == '=' {
			if len(v) < len(weights) {
				return ((sum(v, weights[len(weights)-len(v):])%mod)+mod)%mod == wanted
			}
			return ((sum(v, weights)%mod)+mod)%mod == wanted
		}
		if at >= len(v) || len(v) < len(weights) {
			return false
		}
		rest := ((sum(v, weights) % mod) + mod) % mod
		switch kind {
		case '-':
			if rest = (mod - rest) % mod; rest > 9 {
				rest = wanted
			}
		case '+':
			if rest > 9 {
				rest = wanted
			}
		case '_':
			rest = (mod - rest) % 10
		}
		return digit(v[at]) == rest
	}
}

func luhnOf(v []byte) bool {
	total, same := 0, true
	for i := range v {
		d := digit(v[len(v)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		total += d
		same = same && v[i] == v[0]
	}
	return total%10 == 0 && !same
}

// dateAt reports whether six digits are a date. Days up to 91 and months up to 92 count: some
// states add to them for a person's sex, century or place of birth.
func dateAt(v []byte, n int, yearFirst bool) bool {
	var d []byte
	for _, c := range v {
		if isDigit(c) {
			d = append(d, c)
		}
	}
	if n < 0 {
		n += len(d)
	}
	if n < 0 || n+6 > len(d) {
		return false
	}
	d = d[n : n+6]
	two := func(i int) int { return digit(d[i])*10 + digit(d[i+1]) }
	month, day := two(2), two(0)
	if yearFirst {
		day = two(4)
	}
	return month >= 1 && month <= 12 && (day >= 1 && day <= 31 || day >= 41 && day <= 71 || day >= 61 && day <= 91)
}

// verhoeff reports whether the last digit is Verhoeff's of the first n, of all others for 0.
func verhoeff(v []byte, n int) bool {
	if n > 0 && len(v) > n {
		v = append(bytes.Clone(v[:n]), v[len(v)-1])
	}
	c := 0
	for i := range v {
		c = int(verhoeffMul[c][verhoeffPerm[i%8][digit(v[len(v)-1-i])]])
	}
	return c == 0
}

var (
	verhoeffMul = [10][10]uint8{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
		{4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1}, {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
		{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}
	verhoeffPerm = [8][10]uint8{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
		{9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1}, {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}}
)
