package redact

import (
	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

func (w *walk) tooDeep() bool {
	if len(w.path) >= w.r.policy.Limits.Depth {
		w.withheld = WithheldDepth
	}
	return w.withheld != ""
}

func (w *walk) object(a *valueContext) end {
	if w.tooDeep() {
		return open
	}
	p := w.enter(a.mcp)
	w.pos++
	o := w.r.openObject()
	defer w.r.closeObject()
	for first := true; ; first = false {
		w.space()
		if w.pos == len(w.data) {
			return open
		}
		if w.data[w.pos] == '}' {
			w.pos++
			w.finish(o)
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
			e = w.member(a, p, from, to, o)
		} else if w.in.Body.Cut() {
			w.tail(from, to)
		}
		if e != whole {
			return e
		}
		w.path = w.path[:len(w.path)-1]
	}
}

// member reads what follows a name, which is data[from:to].
func (w *walk) member(a *valueContext, p mcpField, from, to int, o *object) end {
	name := w.decode(from, to)
	n := w.r.fieldNames.classify(name)
	is := n.is
	var child valueContext
	w.memberContext(&child, a, n, o, name)
	child.mcp = p.member(name)
	if a.item == 1 && is&textItem != 0 {
		child.item = 2
	}
	if is&holdsRows != 0 && o.columns != nil {
		child.table, child.rows = o, 2
	}
	w.name(from, to, n)
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
	if is&secretData != 0 && at < len(w.data) && w.data[at] == '{' {
		child.all = o.secret || string(w.ahead("kind")) == "Secret"
	}
	if is&holdsArguments != 0 && at < len(w.data) && w.data[at] == '[' && o.program == nil {
		o.program = w.ahead("command")
	}
	e := w.value(&child)
	if e == whole && is != 0 {
		w.observe(o, is, member{from, to, at, 0}, &child)
	}
	return e
}

// memberContext is what the name of a member, the object's own name and the members before
// imply for its value.
func (*walk) memberContext(child, a *valueContext, n *fieldName, o *object, name []byte) {
	child.class, child.action, child.all, child.object = n.class, a.action, a.all, o
	switch {
	case n.class > secret.Weak:
	case n.is&holdsValue != 0 && o.named > secret.Weak:
		child.class, child.paired = o.named, true
	case n.is&holdsValue != 0 && a.outer > secret.Weak:
		child.class = a.outer
	case a.outer > secret.Weak && n.class == secret.Plain && n.is&givesName == 0 && !describesCredential(name):
		child.within = a.outer
	}
	child.outer = child.class
}

func (w *walk) array(a *valueContext) end {
	if w.tooDeep() {
		return open
	}
	w.pos++
	base := len(w.items)
	w.path = append(w.path, step{})
	here := len(w.path) - 1
	start, before, allBytes := w.pos-1, len(w.cuts), true
	var l list
	l.begin(a)
	for n := 0; ; n++ {
		w.space()
		if w.pos == len(w.data) {
			break
		}
		if w.data[w.pos] == ']' {
			w.pos++
			w.path = w.path[:here]
			w.splitSecrets(base)
			w.arguments(base, &l)
			w.items = w.items[:base]
			if allBytes && n >= minByteArray && len(w.cuts) == before {
				w.byteArray(start, w.pos)
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
		e := w.value(l.element(n))
		if e != whole {
			if e == broken {
				return broken
			}
			break
		}
		allBytes = allBytes && w.pos-at < 4 && isDigit(w.data[at])
		l.observe(w, at, n)
		if len(w.items)-base >= maxJoined {
			w.path = w.path[:here]
			w.splitSecrets(base)
			w.arguments(base, &l)
			kept := copy(w.items[base:], w.items[len(w.items)-keptJoined:])
			w.items = w.items[:base+kept]
		}
	}
	// The data ended: what is there may be the beginning of a secret in parts.
	path := len(w.path)
	w.path = w.path[:here]
	w.splitSecrets(base)
	w.path = w.path[:path]
	w.items = w.items[:base]
	return open
}
