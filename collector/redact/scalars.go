package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

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

func (w *walk) text(a *valueContext) end {
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
func (w *walk) content(from, to int, a *valueContext, closed bool) {
	raw := w.data[from:to]
	if len(raw) == 0 || secret.IsMark(raw) {
		return
	}
	switch {
	case a.mcp == answer:
		w.in.Session.enter(w.decode(from, to))
		w.cutString(from, to, "elicitation-answer")
	case a.mcp == address:
		w.cutAddress(from, to)
	case a.mcp == state:
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
	case a.all && !secret.Reference(raw):
		w.cutString(from, to, "kubernetes-secret")
	case a.paired:
		if secret.Paired(a.class, raw) && (!a.listed || secret.Listed(a.class, raw)) {
			w.cutString(from, to, "name")
		} else {
			w.find(from, to)
		}
	case a.within >= secret.Secret && secret.Random(raw) && bytes.IndexByte(raw, ' ') < 0:
		w.cutString(from, to, "name")
	case a.class != secret.Plain && credential(a.class, raw):
		w.cutString(from, to, "name")
	default:
		w.find(from, to)
	}
}

// credential reports whether the string under a credential's name is one. A reference to
// a variable is none, nor is a short word under a name that grammars use (token).
func credential(c secret.Class, v []byte) bool {
	switch c {
	case secret.Password:
		return !secret.Reference(v) && !secret.Label(v)
	case secret.Secret:
		return len(v) >= 4 && !secret.Reference(v) && !secret.Version(v) && !secret.File(v) && !secret.Label(v)
	case secret.Token:
		return len(v) >= 6 && bytes.IndexByte(v, ' ') < 0 && !secret.Reference(v) && !secret.Version(v) && !secret.File(v)
	case secret.Identity, secret.Weak:
		return secret.Paired(c, v)
	}
	return false
}

func (w *walk) number(a *valueContext) end {
	from := w.pos
	for w.pos < len(w.data) && bytes.IndexByte([]byte("+-.eE0123456789"), w.data[w.pos]) >= 0 {
		w.pos++
	}
	switch n := w.pos - from; {
	case a.mcp == answer:
		w.in.Session.enter(w.data[from:w.pos])
		w.cutValue(from, w.pos, Token, "elicitation-answer")
	case a.action == Keep:
	case a.all:
		w.cutValue(from, w.pos, Token, "kubernetes-secret")
	case a.class >= secret.Password, a.class == secret.Identity && n >= 6:
		w.cutValue(from, w.pos, Token, "name")
	case n >= 13 && n <= 19:
		if found := w.r.pii.Find(w.r.found[:0], w.data[from:w.pos]); len(found) == 1 && found[0].To-found[0].From == n {
			w.cutValue(from, w.pos, w.r.personal(found[0].Kind), found[0].Kind)
		}
	}
	if w.pos == len(w.data) && w.in.Body.Cut() && len(w.path) > 0 && w.depth == 0 {
		if w.pos-from >= 8 {
			w.cutValue(from, w.pos, Token, "tail")
		}
		return open
	}
	return whole
}

func (w *walk) literal(a *valueContext) end {
	from := w.pos
	for w.pos < len(w.data) && 'a' <= w.data[w.pos] && w.data[w.pos] <= 'z' {
		w.pos++
	}
	switch string(w.data[from:w.pos]) {
	case "true", "false":
		if a.mcp == answer {
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
