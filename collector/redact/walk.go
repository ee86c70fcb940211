package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
	"github.com/mcptrail/mcptrail/schema"
)

// walk goes through one message once. It reads JSON more loosely than any parser:
// what it takes for a string, a parser takes for the same string or refuses.
//
// It is three types, each of which knows only what it embeds: edits are what is cut and where,
// texts look for secrets in a text, and walk reads the structure around them.
type walk struct {
	texts
	pos    int
	fields []field
	// items are the strings of the arrays that are open; see splitSecrets.
	items []item
}

// valueContext is what the surroundings of a value imply for it.
type valueContext struct {
	// class follows from its own name, outer from the name of its container.
	class, outer secret.Class
	// within follows from the name of the object that the value is a member of.
	within secret.Class
	mcp    mcpField
	// action of the field rule in force.
	action Action
	// item is 1 for an element of an array, 2 for the text of one that is an object.
	item uint8
	// paired: its name is the value of a member or an element beside it. listed: it is a
	// list of names and values, or of names only.
	paired, listed bool
	// all: whatever its name is, it is a credential.
	all bool
	// object that it is a member of, nil for none; table is the one that names the columns
	// of the rows below, which stand as many levels below as rows says.
	object, table *object
	rows          uint8
}

// end is how the walk left a value.
type end uint8

const (
	whole end = iota
	// open: the data ended inside of it.
	open
	// broken: this is no JSON.
	broken
)

const stepsPerMS = 100_000 // of ten nanoseconds

func (r *Redactor) walk(in *Input, data []byte, budget *secret.Budget, pass int) *walk {
	w := &r.walking
	*w = walk{texts: texts{edits: edits{r: r, in: in, data: data, path: r.steps[:0], cuts: reuse(w.cuts), budget: budget, quote: `"`}, pass: pass},
		items: r.items[:0], fields: w.fields[:0]}
	for _, f := range r.fields {
		if f.fits(in.Upstream, in.Method, in.Target) {
			w.fields = append(w.fields, f)
		}
	}
	if !w.structured(data) || !w.values() {
		if pass == 0 && binary(data) {
			w.withheld = WithheldBinary
			return w
		}
		w.events()
		// The text as a whole is scanned as well: what parsed as a value may be a part of a
		// line.
		w.path, w.plain = w.path[:0], true
		w.lines(pass == 0)
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
		switch w.value(&valueContext{mcp: root}) {
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

func (w *walk) value(a *valueContext) end {
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
			own := *a
			own.action = action
			a = &own
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
