package redact

import "github.com/mcptrail/mcptrail/collector/redact/secret"

func (w *walk) tooDeep() bool {
	if len(w.path) >= w.r.policy.Limits.Depth {
		w.withheld = WithheldDepth
	}
	return w.withheld != ""
}

func (w *walk) object(a valueContext) end {
	if w.tooDeep() {
		return open
	}
	p := w.enter(a.mcp)
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
func (w *walk) member(a valueContext, p mcpField, from, to int, named *secret.Class) end {
	name := w.decode(from, to)
	m := w.r.fieldNames.classify(name)
	child := valueContext{class: m.class, action: a.action, mcp: p.member(name)}
	if m.class == secret.Plain && m.holds {
		child.class = max(a.outer, *named)
	} else if m.class == secret.Plain && !m.names && !m.describes {
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
	if m.names && e == whole && w.data[at] == '"' && w.pos-at < 128 {
		*named = w.r.names.Class(w.decode(at+1, w.pos-1))
	}
	return e
}

func (w *walk) array(a valueContext) end {
	if w.tooDeep() {
		return open
	}
	w.pos++
	base := len(w.items)
	w.path = append(w.path, step{})
	here := len(w.path) - 1
	p, flag := a.mcp.element(), secret.Plain
	start, before, allBytes := w.pos-1, len(w.cuts), true
	for n := 0; ; n++ {
		w.space()
		if w.pos == len(w.data) {
			break
		}
		if w.data[w.pos] == ']' {
			w.pos++
			w.path = w.path[:here]
			w.splitSecrets(base)
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
		e := w.value(valueContext{class: max(a.class, flag), action: a.action, mcp: p, item: 1})
		if e != whole {
			if e == broken {
				return broken
			}
			break
		}
		allBytes = allBytes && w.pos-at < 4 && isDigit(w.data[at])
		flag = secret.Plain
		if w.data[at] == '"' && w.pos-at < 128 && w.pos-at > 3 && w.data[at+1] == '-' {
			if flag = w.r.names.Class(w.data[at+1 : w.pos-1]); flag == secret.Token || flag == secret.Secret {
				flag = secret.Password
			}
		}
		if len(w.items)-base >= maxJoined {
			w.path = w.path[:here]
			w.splitSecrets(base)
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
