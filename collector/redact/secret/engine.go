package secret

import (
	"fmt"
	"io"
	"slices"
)

// Span is a credential found in a text.
type Span struct {
	From, To int
	// Rule that found it.
	Rule string
	// Value is the credential itself where the text wraps it; nil where it is
	// text[From:To].
	Value []byte
}

// Budget bounds the work on one message. A step is the scan of about one byte, at
// most ten nanoseconds. Where it is over, Find returns early and what it found is
// worth nothing.
type Budget struct{ Steps int }

// Spend takes n steps and reports whether there were that many.
func (b *Budget) Spend(n int) bool {
	b.Steps -= n
	return b.Steps >= 0
}

// Over reports whether more was spent than there was.
func (b *Budget) Over() bool { return b.Steps < 0 }

// Engine finds credentials. Not for concurrent use.
type Engine struct {
	names    Names
	words    *literals
	matchers []matcher
	// assigned is the end of the name that was tried last: names hold several words.
	assigned int
	// key is the end of the private key that was found last, ending where the next
	// end of one stands: -1 before the first search, the text's length for none.
	key, ending int
	wrapped     wrapping
	// packed unpacks what is compressed.
	packed io.ReadCloser
}

// matcher is what is tried where one literal stands.
type matcher struct {
	rule   string
	anchor string
	// form finds a construction; nil where after describes a token.
	form   func(e *Engine, text []byte, at int, b *Budget) (Span, bool)
	before *step
	after  pattern
	// free: the token must not be part of a longer word, since its literal is too short
	// to be distinctive.
	free bool
}

// New builds an Engine from the built-in rules without those that are off, and more.
func New(names Names, off []string, more []Rule) (*Engine, error) {
	e := &Engine{names: names}
	for _, r := range slices.Concat(issued, more) {
		if slices.Contains(off, r.Name) {
			continue
		}
		ms, err := r.compile()
		if err != nil {
			return nil, fmt.Errorf("pattern %q of rule %s: %w", r.Pattern, r.Name, err)
		}
		e.matchers = append(e.matchers, ms...)
	}
	for _, m := range forms() {
		if !slices.Contains(off, m.rule) {
			e.matchers = append(e.matchers, m)
		}
	}
	anchors := make([]string, len(e.matchers))
	for i, m := range e.matchers {
		anchors[i] = toLower(m.anchor)
	}
	e.words = newLiterals(append(anchors, markPrefix))
	return e, nil
}

// Check reports why a rule cannot work.
func (r Rule) Check() error { _, err := r.compile(); return err }

// RuleNames lists the built-in rules.
func RuleNames() []string {
	var names []string
	for _, r := range issued {
		names = append(names, r.Name)
	}
	for _, m := range forms() {
		names = append(names, m.rule)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r Rule) compile() ([]matcher, error) {
	var before *step
	var all []matcher
	if r.Before != "" {
		p, err := parseOne(r.Before)
		if err != nil {
			return nil, fmt.Errorf("before: %w", err)
		}
		if len(p.steps) != 1 || p.anchor != "" {
			return nil, fmt.Errorf("before must be one class with a count")
		}
		before = &p.steps[0]
	}
	patterns, err := parsePattern(r.Pattern)
	if err != nil {
		return nil, err
	}
	for _, p := range patterns {
		all = append(all, matcher{rule: r.Name, anchor: p.anchor, before: before, after: p,
			free: !distinct(p.anchor)})
	}
	return all, nil
}

// distinct reports whether a literal is distinctive inside of a longer word.
func distinct(anchor string) bool {
	if len(anchor) < 5 {
		return false
	}
	for i := range anchor {
		if !isAlnum(anchor[i]) {
			return true
		}
	}
	return len(anchor) > 8 && varied([]byte(anchor))
}

// Find appends the credentials of text to spans, in no order, and some of them
// overlapping.
func (e *Engine) Find(spans []Span, text []byte, b *Budget) []Span {
	spans, suspect := e.plain(spans, text, b)
	return e.unwrap(spans, text, suspect, 0, b)
}

// plain scans the text as it stands, and reports whether it holds invisible
// characters.
func (e *Engine) plain(spans []Span, text []byte, b *Budget) (_ []Span, invisible bool) {
	e.assigned, e.key, e.ending = 0, 0, -1
	skip := 0 // marks are never cut
	l := e.words
	state := uint32(0)
	if !b.Spend(len(text)) {
		return spans, false
	}
	for i, c := range text {
		if suspect[c] && !invisible {
			n, _ := invisibleAt(text[i:])
			invisible = n > 0
		}
		state = l.next[state+uint32(l.class[c])]
		if state < l.firstFound {
			continue
		}
		if i < skip {
			continue
		}
		for _, n := range l.ending(state) {
			if int(n) == len(e.matchers) {
				at := i + 1 - len(markPrefix)
				skip = at + markAt(text[at:])
				continue
			}
			m := &e.matchers[n]
			at := i + 1 - min(len(m.anchor), maxLiteral)
			if !b.Spend(4) {
				return spans, invisible
			}
			if s, ok := e.try(m, text, at, b); ok && !isMark(text[s.From:s.To]) {
				spans = append(spans, s)
			}
		}
	}
	return spans, invisible
}

func (e *Engine) try(m *matcher, text []byte, at int, b *Budget) (Span, bool) {
	if m.form != nil {
		return m.form(e, text, at, b)
	}
	if at+len(m.anchor) > len(text) || string(text[at:at+len(m.anchor)]) != m.anchor {
		return Span{}, false
	}
	from := at
	if m.before != nil {
		for at-from < m.before.max && from > 0 && m.before.class.has(text[from-1]) {
			from--
		}
		b.Spend(at - from)
		if at-from < m.before.min || from > 0 && m.before.class.has(text[from-1]) {
			return Span{}, false
		}
	} else if m.free && !freeBefore(text, at) && !(joins(m.anchor) && (text[at-1] == '-' || text[at-1] == '_')) {
		return Span{}, false
	}
	body := at + len(m.anchor)
	to, read := m.after.after(text, body)
	b.Spend(read)
	if to < 0 {
		return Span{}, false
	}
	if m.free && to < len(text) && (isAlnum(text[to]) || text[to] == '_') {
		return Span{}, false
	}
	if !m.free && len(m.after.steps) > 0 {
		// A longer run than documented is cut as a whole, so that nothing stays.
		last := &m.after.steps[len(m.after.steps)-1]
		for last.class.has('a') && to < len(text) && last.class.has(text[to]) {
			to++
		}
	}
	if m.free && (!varied(text[from:to]) || inBlob(text, from, to, b)) {
		return Span{}, false
	}
	return Span{From: from, To: to, Rule: m.rule}, true
}

// joins reports whether a literal is distinctive even behind a dash: three letters and an
// underscore of its own, as in ghp_.
func joins(anchor string) bool { return len(anchor) >= 4 && anchor[len(anchor)-1] == '_' }

// freeBefore reports whether a word can begin at text[at]. A letter that belongs to
// an escape (\n, \t, \u003d) ends no word.
func freeBefore(text []byte, at int) bool {
	if at == 0 {
		return true
	}
	c := text[at-1]
	if !isAlnum(c) && c != '_' && c != '-' {
		return true
	}
	return at > 1 && text[at-2] == '\\' && (c == 'n' || c == 't' || c == 'r') ||
		at > 5 && text[at-6] == '\\' && text[at-5] == 'u'
}

// inBlob reports whether a token stands inside of a long run of base64, where a form
// with a short literal comes up by chance.
func inBlob(text []byte, from, to int, b *Budget) bool {
	const long = 200
	left, right := from, to
	for left > 0 && from-left < long && (isAlnum(text[left-1]) || text[left-1] == '+' || text[left-1] == '/') {
		left--
	}
	for right < len(text) && right-to < long && (isAlnum(text[right]) || text[right] == '+' || text[right] == '/') {
		right++
	}
	b.Spend(right - left)
	return from-left >= long || right-to >= long
}

// varied reports whether a text has as many different bytes as random text of its length.
func varied(text []byte) bool {
	var seen class
	n := 0
	for _, c := range text {
		if !seen.has(c) {
			seen.add(c)
			n++
		}
	}
	return n >= min(8, len(text)/2)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isAlpha(b byte) bool { b = lower(b); return 'a' <= b && b <= 'z' }
func isAlnum(b byte) bool { return isAlpha(b) || isDigit(b) }
func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func toLower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}
