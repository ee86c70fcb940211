package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// walk goes through one message once. It reads JSON more loosely than any parser:
// what it takes for a string, a parser takes for the same string or refuses.
type walk struct {
	r      *Redactor
	in     *Input
	data   []byte
	pos    int
	fields []field
	budget *secret.Budget
	path   []step
	// items are the strings of the arrays that are open; see joined.
	items []item
	cuts  []cut
	// renamed are the pointers of members as they were and as they are, where
	// something was cut out of the name.
	renamed [][2]string
	// plain says that the body is read as text, not as JSON.
	plain bool
	// withheld is the reason to give up.
	withheld string
}

// around is what the surroundings say of a value.
type around struct {
	// class is what its name says, outer what the name of its container says.
	class, outer secret.Class
	// within is what the name of the object says that the value is a member of.
	within secret.Class
	place  place
	// action of the field rule in force.
	action Action
	// item is 1 for an element of an array, 2 for the text of one that is an object.
	item uint8
}

// end says how the walk left a value.
type end uint8

const (
	whole end = iota
	// open: the data ended inside of it.
	open
	// broken: this is no JSON.
	broken
)

const stepsPerMS = 100_000 // of ten nanoseconds

func (r *Redactor) walk(in *Input, data []byte, budget *secret.Budget, first bool) *walk {
	w := &r.walking
	*w = walk{r: r, in: in, data: data, path: r.steps[:0], items: r.items[:0], fields: w.fields[:0], cuts: room(w.cuts), budget: budget}
	for _, f := range r.fields {
		if f.fits(in.Upstream, in.Method, in.Target) {
			w.fields = append(w.fields, f)
		}
	}
	if !w.structured(data) || !w.values() {
		w.events()
		// The text as a whole as well: what looked like a value may be a part of a line.
		w.path, w.plain = w.path[:0], true
		w.lines(first)
		w.find(0, len(data))
		if in.Body.Cut() {
			w.tail(0, len(data))
		}
	}
	r.steps, r.items = w.path[:0], w.items[:0]
	if w.budget.Over() && w.withheld == "" {
		w.withheld = WithheldBudget
	}
	return w
}

// structured reports whether to read the body as JSON at all.
func (w *walk) structured(data []byte) bool {
	if w.in.Kind == schema.KindStderr {
		return bytes.HasPrefix(data, []byte("{"))
	}
	w.pos = len(data) - len(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	return true
}

// values reads the values of the body: one, or one after the other. Several of them
// may be a line of text that only looks like them: 4111 1111 1111 1111.
func (w *walk) values() bool {
	for n := 0; ; n++ {
		w.space()
		if w.pos == len(w.data) || w.withheld != "" {
			return n < 2
		}
		w.path = w.path[:0]
		switch w.value(around{place: root}) {
		case broken:
			return false
		case open:
			return w.in.Body.Cut()
		}
	}
}

// events reads the data of server-sent events in a body that is none of JSON.
func (w *walk) events() {
	all := w.data
	for at := 0; at < len(all); {
		end := len(all)
		if n := bytes.IndexByte(all[at:], '\n'); n >= 0 {
			end = at + n
		}
		if rest, ok := bytes.CutPrefix(all[at:end], []byte("data:")); ok {
			w.data, w.pos = all[:end], end-len(rest)
			w.values()
		}
		at = end + 1
	}
	w.data = all
}

func (w *walk) space() {
	for w.pos < len(w.data) && (w.data[w.pos] == ' ' || w.data[w.pos] == '\n' || w.data[w.pos] == '\t' || w.data[w.pos] == '\r') {
		w.pos++
	}
}

func (w *walk) value(a around) end {
	w.space()
	if w.pos == len(w.data) {
		return open
	}
	if w.budget.Over() {
		w.withheld = WithheldBudget
		return open
	}
	if len(w.fields) > 0 {
		if action := w.fieldAction(); action != "" && (a.action == "" || a.action == Keep) {
			a.action = action
		}
	}
	from, before, depth := w.pos, len(w.cuts), len(w.path)
	w.budget.Spend(4)
	var e end
	switch c := w.data[from]; {
	case c == '{':
		e = w.object(a)
	case c == '[':
		e = w.array(a)
	case c == '"':
		return w.text(a)
	case c == '-' || '0' <= c && c <= '9':
		e = w.number(a)
	default:
		e = w.literal(a)
	}
	if a.action != "" && a.action != Keep && e != broken {
		w.cuts, w.path = w.cuts[:before], w.path[:depth] // of a value that is open, the way stands deeper
		w.cutValue(from, w.pos, a.action, "field")
	}
	return e
}

// cutValue replaces a value that is no string, or a whole string with its quotes.
func (w *walk) cutValue(from, to int, action Action, rule string) {
	if !w.room() {
		return
	}
	old := w.data[from:to]
	c := cut{from: from, to: to, rule: rule, bare: true}
	switch action {
	case Drop:
		if string(old) == "null" {
			return
		}
	case Mask:
		c.mark = secret.Mark(rule, "")
	default:
		c.mark = secret.Mark(rule, w.r.keys.fingerprint(old))
	}
	w.add(c)
}

func (w *walk) tooDeep() bool {
	if len(w.path) >= w.r.policy.Limits.Depth {
		w.withheld = WithheldDepth
	}
	return w.withheld != ""
}

func (w *walk) object(a around) end {
	if w.tooDeep() {
		return open
	}
	p := w.enter(a.place)
	w.pos++
	named := secret.Plain
	for first := true; ; first = false {
		w.space()
		if w.pos == len(w.data) {
			return open
		}
		if w.data[w.pos] == '}' {
			w.pos++
			return whole
		}
		if !first {
			if w.data[w.pos] != ',' {
				return broken
			}
			w.pos++
			w.space()
			if w.pos == len(w.data) {
				return open
			}
		}
		if w.data[w.pos] != '"' {
			return broken
		}
		from, to, closed := w.quoted()
		w.path = append(w.path, step{index: -1, from: from, to: to})
		e := open
		if closed {
			e = w.member(a, p, from, to, &named)
		} else if w.in.Body.Cut() {
			w.tail(from, to)
		}
		if e != whole {
			return e
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// member reads what follows a name. named is what an earlier member of the object
// said of its value: {"name": "API_KEY", "value": ...}.
func (w *walk) member(a around, p place, from, to int, named *secret.Class) end {
	name := w.decode(from, to)
	m := w.r.meaning(name)
	child := around{class: m.class, action: a.action, place: p.member(name)}
	if m.class == secret.Plain && m.valued {
		child.class = max(a.outer, *named)
	} else if m.class == secret.Plain && !m.says && !m.describes {
		child.within = a.outer
	}
	child.outer = child.class
	if a.item == 1 && string(name) == "text" {
		child.item = 2
	}
	w.name(from, to)
	w.space()
	if w.pos == len(w.data) {
		return open
	}
	if w.data[w.pos] != ':' {
		return broken
	}
	w.pos++
	w.space()
	at := w.pos
	e := w.value(child)
	if m.says && e == whole && w.data[at] == '"' && w.pos-at < 128 {
		*named = w.r.names.Class(w.decode(at+1, w.pos-1))
	}
	return e
}

// room returns an empty list to append to. One that grew large gives its memory back.
func room(cuts []cut) []cut {
	if cap(cuts) > schema.MaxRedactions {
		return nil
	}
	clear(cuts)
	return cuts[:0]
}

func (w *walk) array(a around) end {
	if w.tooDeep() {
		return open
	}
	w.pos++
	base := len(w.items)
	w.path = append(w.path, step{})
	here := len(w.path) - 1
	p, flag := a.place.element(), secret.Plain
	start, before, octets := w.pos-1, len(w.cuts), true
	for n := 0; ; n++ {
		w.space()
		if w.pos == len(w.data) {
			break
		}
		if w.data[w.pos] == ']' {
			w.pos++
			w.path = w.path[:here]
			w.joined(base)
			w.items = w.items[:base]
			if octets && n >= minOctets && len(w.cuts) == before {
				w.octets(start, w.pos)
			}
			return whole
		}
		if n > 0 {
			if w.data[w.pos] != ',' {
				return broken
			}
			w.pos++
			w.space()
		}
		w.path = append(w.path[:here], step{index: n})
		at := w.pos
		e := w.value(around{class: max(a.class, flag), action: a.action, place: p, item: 1})
		if e != whole {
			if e == broken {
				return broken
			}
			break
		}
		octets = octets && w.pos-at < 4 && isDigit(w.data[at])
		flag = secret.Plain
		if w.data[at] == '"' && w.pos-at < 128 && w.pos-at > 3 && w.data[at+1] == '-' {
			if flag = w.r.names.Class(w.data[at+1 : w.pos-1]); flag == secret.Token || flag == secret.Secret {
				flag = secret.Password
			}
		}
		if len(w.items)-base >= maxJoined {
			w.path = w.path[:here]
			w.joined(base)
			kept := copy(w.items[base:], w.items[len(w.items)-keptJoined:])
			w.items = w.items[:base+kept]
		}
	}
	// The data ended: what is there may be the beginning of a secret in parts.
	path := len(w.path)
	w.path = w.path[:here]
	w.joined(base)
	w.path = w.path[:path]
	w.items = w.items[:base]
	return open
}

// quoted reads the string at hand and returns what is between its quotes.
func (w *walk) quoted() (from, to int, closed bool) {
	w.pos++
	from = w.pos
	for w.pos < len(w.data) {
		n := bytes.IndexByte(w.data[w.pos:], '"')
		if n < 0 {
			break
		}
		w.pos += n + 1
		slashes := 0
		for i := w.pos - 2; i >= from && w.data[i] == '\\'; i-- {
			slashes++
		}
		if slashes%2 == 0 {
			return from, w.pos - 1, true
		}
	}
	w.pos = len(w.data)
	return from, w.pos, false
}

func (w *walk) text(a around) end {
	from, to, closed := w.quoted()
	if a.item != 0 {
		w.items = append(w.items, item{from: from, to: to, index: w.path[len(w.path)-int(a.item)].index, member: a.item == 2})
	}
	w.content(from, to, a, closed)
	if closed {
		return whole
	}
	if w.in.Body.Cut() {
		w.tail(from, to)
	}
	return open
}

// content decides on a string.
func (w *walk) content(from, to int, a around, closed bool) {
	raw := w.data[from:to]
	if len(raw) == 0 || secret.IsMark(raw) {
		return
	}
	switch {
	case a.place == answer:
		w.in.Answers.add(w.decode(from, to))
		w.cutString(from, to, "elicitation-answer")
	case a.place == address:
		w.cutAddress(from, to)
	case a.place == state:
		w.cutString(from, to, "request-state")
	case a.class == secret.Always && !secret.Version(raw):
		w.cutString(from, to, "credential-header")
	case a.action == Mask:
		w.add(cut{from: from, to: to, rule: "field", mark: secret.Mark("field", "")})
	case a.action == Token:
		w.cutString(from, to, "field")
	case a.action == Drop && closed:
		w.cutValue(from-1, to+1, Drop, "field")
	case a.action == Keep:
	case a.within >= secret.Secret && secret.Random(raw) && bytes.IndexByte(raw, ' ') < 0:
		w.cutString(from, to, "name")
	case a.class != secret.Plain && credential(a.class, raw):
		w.cutString(from, to, "name")
	default:
		w.find(from, to)
	}
}

// credential reports whether the string under a name that says so is one. A
// reference to a variable is none, and a short text under a name that often is a
// grammar's word.
func credential(c secret.Class, v []byte) bool {
	switch c {
	case secret.Password:
		return !secret.Reference(v)
	case secret.Secret:
		return len(v) >= 4 && !secret.Reference(v) && !secret.Version(v)
	case secret.Token:
		return len(v) >= 6 && bytes.IndexByte(v, ' ') < 0 && !secret.Reference(v) && !secret.Version(v) && !bytes.HasPrefix(v, []byte("./"))
	}
	return false
}

func (w *walk) number(a around) end {
	from := w.pos
	for w.pos < len(w.data) && bytes.IndexByte([]byte("+-.eE0123456789"), w.data[w.pos]) >= 0 {
		w.pos++
	}
	switch n := w.pos - from; {
	case a.place == answer:
		w.in.Answers.add(w.data[from:w.pos])
		w.cutValue(from, w.pos, Token, "elicitation-answer")
	case a.action == Keep:
	case a.class >= secret.Password:
		w.cutValue(from, w.pos, Token, "name")
	case n >= 13 && n <= 19:
		if found := w.r.pii.Find(w.r.found[:0], w.data[from:w.pos]); len(found) == 1 && found[0].To-found[0].From == n {
			w.cutValue(from, w.pos, w.r.personal(found[0].Kind), found[0].Kind)
		}
	}
	if w.pos == len(w.data) && w.in.Body.Cut() && len(w.path) > 0 {
		if w.pos-from >= 8 {
			w.cutValue(from, w.pos, Token, "tail")
		}
		return open
	}
	return whole
}

func (w *walk) literal(a around) end {
	from := w.pos
	for w.pos < len(w.data) && 'a' <= w.data[w.pos] && w.data[w.pos] <= 'z' {
		w.pos++
	}
	switch string(w.data[from:w.pos]) {
	case "true", "false":
		if a.place == answer {
			w.cutValue(from, w.pos, Token, "elicitation-answer")
		}
		return whole
	case "null":
		return whole
	}
	if w.pos == len(w.data) && w.pos > from && w.pos-from < 5 {
		return open
	}
	return broken
}
