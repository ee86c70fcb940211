package secret

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// class is a set of bytes.
type class [4]uint64

func (c *class) has(b byte) bool { return c[b>>6]&(1<<(b&63)) != 0 }
func (c *class) add(b byte)      { c[b>>6] |= 1 << (b & 63) }

// in reports whether a text has one of the set.
func (c *class) in(text []byte) bool {
	for _, b := range text {
		if c.has(b) {
			return true
		}
	}
	return false
}

// step takes between min and max bytes of a class, as many as there are.
type step struct {
	class    class
	min, max int
}

// unbounded is the max of a step without one; no token is longer.
const unbounded = 1 << 16

// pattern is a literal and what must follow it.
type pattern struct {
	anchor string
	steps  []step
}

// after returns where the steps end that begin at text[at:], or -1, and how many
// bytes it read.
func (p *pattern) after(text []byte, at int) (to, read int) {
	begin := at
	for i := range p.steps {
		s := &p.steps[i]
		n := 0
		for n < s.max && at+n < len(text) && s.class.has(text[at+n]) {
			n++
		}
		at += n
		if n < s.min {
			return -1, at - begin
		}
	}
	return at, at - begin
}

// lowercase reports whether the last class of the steps has small letters.
func (p *pattern) lowercase() bool {
	return len(p.steps) > 0 && p.steps[len(p.steps)-1].class.has('e')
}

// least returns how many bytes the steps take at least.
func (p *pattern) least() (n int) {
	for i := range p.steps {
		n += p.steps[i].min
	}
	return n
}

// parsePattern reads the small pattern language: literal bytes, \ before one that
// would mean something, [classes] with ranges, \w and \d, (a|b) between literals, and the
// counts {n} {n,} {n,m} + * ? after a class. It begins with a literal of at least
// two bytes, by which it is found. Steps never give back what they took.
func parsePattern(text string) ([]pattern, error) {
	open := strings.IndexByte(text, '(')
	if open >= 0 && !strings.Contains(text[:open], "[") {
		end := strings.IndexByte(text, ')')
		if end < open {
			return nil, errors.New("( without )")
		}
		var all []pattern
		for choice := range strings.SplitSeq(text[open+1:end], "|") {
			some, err := parsePattern(text[:open] + choice + text[end+1:])
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	p, err := parseOne(text)
	if err == nil && len(p.anchor) < 2 {
		err = errors.New("must begin with at least two literal characters")
	}
	return []pattern{p}, err
}

func parseOne(text string) (pattern, error) {
	var p pattern
	for rest := text; rest != ""; {
		var s step
		var literal byte
		var err error
		s.class, literal, rest, err = parseAtom(rest)
		if err != nil {
			return p, err
		}
		counted := false
		s.min, s.max, rest, counted, err = parseCount(rest)
		if err != nil {
			return p, err
		}
		if literal != 0 && !counted && len(p.steps) == 0 {
			p.anchor += string(literal)
			continue
		}
		p.steps = append(p.steps, s)
	}
	return p, nil
}

func parseAtom(text string) (c class, literal byte, rest string, err error) {
	switch text[0] {
	case '[':
		end := strings.IndexByte(text, ']')
		if end < 2 {
			return c, 0, "", errors.New("[ without ] or empty")
		}
		return c, 0, text[end+1:], c.parse(text[1:end])
	case '\\':
		if len(text) < 2 {
			return c, 0, "", errors.New(`\ at the end`)
		}
		if text[1] == 'w' || text[1] == 'd' {
			return c, 0, text[2:], c.parse(text[:2])
		}
		c.add(text[1])
		return c, text[1], text[2:], nil
	case '(', ')', '|', '{', '}', '+', '*', '?', ']':
		return c, 0, "", fmt.Errorf("%q has no meaning there", text[0])
	}
	c.add(text[0])
	return c, text[0], text[1:], nil
}

func (c *class) parse(set string) error {
	for i := 0; i < len(set); i++ {
		switch {
		case set[i] == '\\' && i+1 < len(set):
			i++
			switch set[i] {
			case 'w':
				_ = c.parse("A-Za-z0-9_")
			case 'd':
				_ = c.parse("0-9")
			default:
				c.add(set[i])
			}
		case i+2 < len(set) && set[i+1] == '-':
			if set[i] > set[i+2] {
				return fmt.Errorf("range %s is empty", set[i:i+3])
			}
			for b := int(set[i]); b <= int(set[i+2]); b++ {
				c.add(byte(b))
			}
			i += 2
		default:
			c.add(set[i])
		}
	}
	return nil
}

func parseCount(text string) (low, high int, rest string, counted bool, err error) {
	if text == "" {
		return 1, 1, "", false, nil
	}
	switch text[0] {
	case '+':
		return 1, unbounded, text[1:], true, nil
	case '*':
		return 0, unbounded, text[1:], true, nil
	case '?':
		return 0, 1, text[1:], true, nil
	case '{':
		inner, rest, ok := strings.Cut(text[1:], "}")
		first, last, ranged := strings.Cut(inner, ",")
		low, err = strconv.Atoi(first)
		high = low
		if ranged {
			if high = unbounded; last != "" && err == nil {
				high, err = strconv.Atoi(last)
			}
		}
		if !ok || err != nil || low < 0 || high < low || high > unbounded {
			return 0, 0, "", false, fmt.Errorf("count %q is none", text)
		}
		return low, high, rest, true, nil
	}
	return 1, 1, text, false, nil
}
