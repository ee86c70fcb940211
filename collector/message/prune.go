package message

import (
	"bytes"
	"fmt"
	"slices"
)

// pruner renders a JSON text of any length in a bounded number of bytes, while its pieces
// go by. No padding hides what it stands beside: of each object and list the first members
// and the last are kept, of those in between the small before the large, of a long string
// head and tail, and a subtree that is too deep gives way to a mark. The result is JSON if
// the text is. It does not validate.
//
// Memory and result are bounded by the budget: a container uses at most what its parent
// may use, less an eighth.
type pruner struct {
	// frames are the open containers; the first is the text itself.
	frames []*frame
	// token is the string or scalar under way, of a long one its head; tail is the newest of
	// the rest, which was long bytes in all.
	token, tail []byte
	long        int
	// limits of token and tail, in bytes.
	tokenMax, tailMax  int
	inString, inEscape bool
	skipped            int
}

// frame is an open object or list, or the text.
type frame struct {
	open byte
	// budget is what the rendered container may have, in bytes: an eighth for head, the
	// rest for tail.
	budget int
	// name is that of the member whose value comes, nil before it.
	name []byte
	head []byte
	tail []child
	// tailBytes are those of tail, large the places in it of long children, and last by index
	// of important the place, from 1, of the last member of that name; 0 for none.
	tailBytes int
	large     []int
	last      [len(important)]int
	// next is the place up to which children of tail made way, gone how many did.
	next, gone int
	gap        bool
}

// child is a rendered member of a container, or a run of small ones; without text once it
// made way.
type child struct {
	text []byte
	name []byte
	run  bool
}

const (
	// maxFrames is the depth from which on subtrees are not kept, minBudget the budget.
	maxFrames, minBudget = 64, 256
	// maxNesting is the depth up to which a text is left as it is.
	maxNesting = 500
	// slack is kept free in each container for brackets and its mark.
	slack = 64
	// runBytes is up to what length small children are one; longer ones can make way.
	runBytes = 512
)

// important are the members of which the last of each name makes way after all others.
var important = [...]string{`"jsonrpc"`, `"id"`, `"method"`, `"params"`, `"result"`, `"error"`, `"name"`, `"arguments"`, `"uri"`}

func newPruner(max int) *pruner {
	return &pruner{frames: []*frame{{budget: max}}}
}

// Prune renders a text that is at hand.
func Prune(text []byte, max int) []byte {
	p := newPruner(max)
	p.write(text)
	return p.end()
}

// forChild is the budget of one child.
func (f *frame) forChild() int { return f.budget - f.budget/8 - slack - len(f.name) - 32 }

func (p *pruner) top() *frame { return p.frames[len(p.frames)-1] }

// Deep reports whether a text is nested deeper than redaction follows it, so that nothing
// of it would be stored.
func Deep(text []byte) bool {
	if bytes.Count(text, []byte{'['})+bytes.Count(text, []byte{'{'}) <= maxNesting {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(text) && depth <= maxNesting; i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth = max(0, depth-1)
		}
	}
	return depth > maxNesting
}

// write takes the next bytes.
func (p *pruner) write(text []byte) {
	for len(text) > 0 {
		if p.inString {
			text = p.string(text)
			continue
		}
		c := text[0]
		if !structural[c] { // a part of a scalar
			n := 1
			for n < len(text) && !structural[text[n]] {
				n++
			}
			if len(p.token) == 0 {
				p.begin()
			}
			p.keep(text[:n])
			text = text[n:]
			continue
		}
		text = text[1:]
		switch c {
		case '"':
			p.endToken()
			p.begin()
			p.inString = true
			p.keep(quote)
		case '{', '[':
			p.endToken()
			p.enter(c)
		case '}', ']':
			p.endToken()
			p.leave(c)
		default:
			p.endToken()
		}
	}
}

// structural are the bytes that end a scalar.
var structural = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true, ',': true, ':': true, ' ': true, '\t': true, '\r': true, '\n': true}

var quote = []byte{'"'}

// string takes the bytes of a string up to its end and returns the rest.
func (p *pruner) string(text []byte) []byte {
	for i := 0; i < len(text); {
		if p.inEscape {
			p.inEscape = false
			i++
			continue
		}
		j := bytes.IndexByte(text[i:], '"')
		if j < 0 {
			j = len(text) - i
		}
		if k := bytes.IndexByte(text[i:i+j], '\\'); k >= 0 {
			p.inEscape = true
			i += k + 1
			continue
		}
		if i += j; i < len(text) {
			p.keep(text[:i+1])
			p.inString = false
			p.endToken()
			return text[i+1:]
		}
	}
	p.keep(text)
	return nil
}

// begin starts a token, which may have what is left for a child.
func (p *pruner) begin() {
	limit := max(p.top().forChild()-slack, slack)
	p.token, p.tail, p.long = p.token[:0], p.tail[:0], 0
	p.tokenMax, p.tailMax = limit/4*3, limit/4
}

// keep adds bytes to the token.
func (p *pruner) keep(text []byte) {
	if p.skipped > 0 {
		return
	}
	n := min(len(text), p.tokenMax-len(p.token))
	if p.long == 0 {
		p.token, text = append(p.token, text[:n]...), text[n:]
	}
	if len(text) == 0 {
		return
	}
	p.long += len(text)
	if p.tail = append(p.tail, text[max(0, len(text)-p.tailMax):]...); len(p.tail) > 2*p.tailMax {
		p.tail = append(p.tail[:0], p.tail[len(p.tail)-p.tailMax:]...)
	}
}

// endToken ends a string or a scalar: the name of a member, or a value.
func (p *pruner) endToken() {
	if len(p.token) == 0 || p.skipped > 0 {
		p.token = p.token[:0]
		return
	}
	text := p.token
	if p.long > 0 {
		text = p.shortened()
	}
	if f := p.top(); f.open == '{' && f.name == nil {
		if len(text) > f.budget/16 {
			text = fmt.Appendf(nil, `"[%d bytes not kept]"`, len(text)+p.long)
		}
		f.name = bytes.Clone(text)
	} else {
		f.add(text, false)
	}
	p.token = p.token[:0]
}

// shortened is a long token, cut between words: the part of one that is at an end of what
// is kept could be that of a secret, which no rule finds any more.
func (p *pruner) shortened() []byte {
	if p.token[0] != '"' {
		return fmt.Appendf(nil, `"[%d bytes not kept]"`, len(p.token)+p.long)
	}
	tail := p.tail[max(0, len(p.tail)-p.tailMax):]
	if len(tail) < p.long { // it begins within a word
		tail = tail[bytes.IndexByte(tail, ' ')+1:]
		if len(tail) == p.tailMax {
			tail = nil
		}
	}
	head := p.token[:bytes.LastIndexByte(p.token, ' ')+1]
	for len(head) > 0 && head[len(head)-1] == '\\' {
		head = head[:len(head)-1]
	}
	if len(head) == 0 {
		head = []byte{'"'}
	}
	all := len(p.token) + p.long
	text := append(bytes.Clone(head), fmt.Sprintf("[%d bytes not kept] ", all-len(head)-len(tail))...)
	if text = append(text, tail...); !p.inString && (len(tail) == 0 || tail[len(tail)-1] != '"') {
		text = append(text, '"')
	}
	return text
}

// enter opens a container, or skips it where that is too deep.
func (p *pruner) enter(open byte) {
	f := p.top()
	if budget := f.forChild(); p.skipped == 0 && budget >= minBudget && len(p.frames) < maxFrames {
		p.frames = append(p.frames, &frame{open: open, budget: budget})
		return
	}
	p.skipped++
}

// leave closes the innermost container.
func (p *pruner) leave(closing byte) {
	switch {
	case p.skipped > 1:
		p.skipped--
	case p.skipped == 1:
		p.skipped = 0
		p.top().add([]byte(`"[deeper than is kept]"`), false)
	case len(p.frames) > 1:
		p.close([]byte{closing})
	}
}

// close renders the innermost container into its parent.
func (p *pruner) close(closing []byte) {
	text := append(p.top().render(), closing...)
	p.frames = p.frames[:len(p.frames)-1]
	p.top().add(text, true)
}

// add takes a rendered value. text is copied, unless the frame may own it.
func (f *frame) add(text []byte, own bool) {
	name, kind := f.name, -1
	f.name = nil
	if name != nil {
		kind = slices.Index(important[:], string(name))
	}
	n := len(f.tail)
	if n > 0 && kind < 0 && f.tail[n-1].run && len(f.tail[n-1].text)+len(name)+1+len(text) < runBytes {
		last := &f.tail[n-1]
		f.tailBytes -= len(last.text)
		if last.text = f.separate(last.text); name != nil {
			last.text = append(append(last.text, name...), ':')
		}
		last.text = append(last.text, text...)
		f.tailBytes += len(last.text)
		f.shrink()
		return
	}
	if name != nil {
		text = append(append(append(make([]byte, 0, len(name)+1+len(text)), name...), ':'), text...)
		own = true
	}
	if len(f.tail) == 0 && len(f.head)+len(text) < f.budget/8 {
		f.head = append(f.separate(f.head), text...)
		return
	}
	run := kind < 0 && len(text) < runBytes
	switch {
	case run:
		text = append(make([]byte, 0, runBytes), text...)
	case !own:
		text = bytes.Clone(text)
	}
	f.tail = append(f.tail, child{text, name, run})
	f.index(n)
	f.tailBytes += len(text) + 1
	f.shrink()
}

// shrink has children make way until the rest is within the budget.
func (f *frame) shrink() {
	for f.tailBytes > f.budget-f.budget/8-slack && f.makeWay() {
	}
}

// index takes the child at that place of tail into large and last.
func (f *frame) index(at int) {
	c := &f.tail[at]
	if len(c.text) >= runBytes {
		f.large = append(f.large, at)
	}
	if c.name == nil {
		return
	}
	if kind := slices.Index(important[:], string(c.name)); kind >= 0 {
		f.last[kind] = at + 1
	}
}

// isKept reports whether the child at that place makes way after others.
func (f *frame) isKept(at int) bool { return slices.Contains(f.last[:], at+1) }

// makeWay takes out the largest child of the tail, or, where all are small, the oldest, and
// reports whether there was one.
func (f *frame) makeWay() bool {
	largest := -1
	for i, at := range f.large {
		if !f.isKept(at) && (largest < 0 || len(f.tail[at].text) > len(f.tail[f.large[largest]].text)) {
			largest = i
		}
	}
	if largest >= 0 {
		f.replace(f.large[largest], f.tail[f.large[largest]].mark())
		f.large = slices.Delete(f.large, largest, largest+1)
		return true
	}
	for ; f.next < len(f.tail); f.next++ {
		if f.tail[f.next].text != nil && !f.isKept(f.next) {
			f.replace(f.next, nil)
			f.compact()
			return true
		}
	}
	// What is left is important.
	for i := range f.tail {
		if largest < 0 || len(f.tail[i].text) > len(f.tail[largest].text) {
			largest = i
		}
	}
	if largest < 0 || len(f.tail[largest].text) < slack {
		return false
	}
	f.replace(largest, f.tail[largest].mark())
	f.large = slices.DeleteFunc(f.large, func(at int) bool { return at == largest })
	return true
}

// replace puts another text, nil for none, in the place of a child.
func (f *frame) replace(at int, text []byte) {
	c := &f.tail[at]
	f.tailBytes += len(text) - len(c.text)
	if c.text, c.run = text, false; text == nil {
		f.gap = true
		f.gone++
		f.tailBytes--
	}
}

// compact frees the places of children that made way, once they are most.
func (f *frame) compact() {
	if f.gone < 64 || f.gone < len(f.tail)/2 {
		return
	}
	f.tail = slices.DeleteFunc(f.tail, func(c child) bool { return c.text == nil })
	f.large, f.last, f.next, f.gone = f.large[:0], [len(important)]int{}, 0, 0
	for at := range f.tail {
		f.index(at)
	}
}

// mark stands for a child that made way.
func (c *child) mark() []byte {
	mark := fmt.Sprintf(`"[%d bytes not kept]"`, len(c.text))
	if c.name == nil || len(c.name) > runBytes/2 {
		return []byte(mark)
	}
	return append(append(bytes.Clone(c.name), ':'), mark...)
}

// separate prepares a text of children for the next.
func (f *frame) separate(text []byte) []byte {
	switch {
	case len(text) == 0:
		return text
	case f.open == 0:
		return append(text, '\n')
	}
	return append(text, ',')
}

// render returns the container without its closing bracket.
func (f *frame) render() []byte {
	text := make([]byte, 0, len(f.head)+f.tailBytes+slack)
	if f.open != 0 {
		text = append(text, f.open)
	}
	empty := len(text)
	text = append(text, f.head...)
	add := func(part []byte) {
		if len(text) > empty {
			text = f.separate(text)
		}
		text = append(text, part...)
	}
	switch {
	case f.gap && f.open == '{':
		add([]byte(`"[members not kept]":null`))
	case f.gap:
		add([]byte(`"[elements not kept]"`))
	}
	for _, c := range f.tail {
		if c.text != nil {
			add(c.text)
		}
	}
	return text
}

// end returns the text. What is open at its end stays open.
func (p *pruner) end() []byte {
	p.endToken()
	for len(p.frames) > 1 {
		p.close(nil)
	}
	return p.top().render()
}
