package redact

import (
	"bytes"

	"github.com/mcptrail/mcptrail/collector/redact/secret"
)

// object is what the members of one object that is open say of each other.
type object struct {
	// named is the strongest class of a name that a member holds, {"name": "API_KEY"}, for
	// the value that another member holds.
	named secret.Class
	// held are values that stood before any such name, private the members that are private
	// parts if this is a JSON Web Key (RFC 7517).
	held, private []member
	// key: a member kty says that it is one. secret: a member kind says that it is a Secret
	// of Kubernetes.
	key, secret bool
	// program is the raw text of the member that names a program.
	program []byte
	// columns are the classes of the columns of its rows, nil where none is a credential's.
	columns []secret.Class
}

// member is a string member of an object: its raw name and its raw value.
type member struct{ nameFrom, nameTo, from, to int }

// openObject returns the state of an object that is read from here on, empty. They are kept
// from message to message, one for each level that is open.
func (r *Redactor) openObject() *object {
	if r.open == len(r.objects) {
		r.objects = append(r.objects, &object{})
	}
	o := r.objects[r.open]
	*o = object{held: o.held[:0], private: o.private[:0]}
	r.open++
	return o
}

func (r *Redactor) closeObject() { r.open-- }

// observe notes what a member that was read says of the others. Its value is
// data[at:w.pos].
func (w *walk) observe(o *object, is nameKind, m member, a *valueContext) {
	value := w.data[m.from:w.pos]
	if len(value) == 0 {
		return
	}
	if value[0] == '[' {
		if is&namesColumns != 0 {
			o.columns = w.columnClasses(value)
		}
		return
	}
	if value[0] != '"' || len(value) < 2 {
		return
	}
	m.from, m.to = m.from+1, w.pos-1
	text := value[1 : len(value)-1]
	switch {
	case is&givesName != 0 && len(text) < maxName:
		if class := w.r.engine.Class(withoutRole(w.decode(m.from, m.to))); class > secret.Weak && class > o.named {
			o.named = class
		}
	case is&holdsValue != 0 && a.action == "":
		o.held = append(o.held, m)
	}
	switch {
	case is&keyType != 0:
		o.key = true
	case is&objectKind != 0:
		o.secret = o.secret || string(text) == "Secret"
	case is&namesProgram != 0:
		o.program = text
	}
	if is&keyPart != 0 && a.action == "" {
		o.private = append(o.private, m)
	}
}

const maxName = 128

// withoutRole returns a name without the word for where it is entered: Password field.
func withoutRole(name []byte) []byte {
	for _, role := range []string{" field", " input", " textbox", " box"} {
		if n := len(name) - len(role); n > 0 && bytes.EqualFold(name[n:], []byte(role)) {
			return name[:n]
		}
	}
	return name
}

// finish cuts the members that only the whole object shows to be credentials.
func (w *walk) finish(o *object) {
	if o.named > secret.Weak {
		for _, m := range o.held {
			if v := w.data[m.from:m.to]; !secret.IsMark(v) && secret.Paired(o.named, v) {
				w.cutMember(m, "name")
			}
		}
	}
	if o.key {
		for _, m := range o.private {
			if v := w.data[m.from:m.to]; len(v) >= minKeyPart && !secret.IsMark(v) {
				w.cutMember(m, "private-key")
			}
		}
	}
}

// minKeyPart is the shortest part of a key, in bytes.
const minKeyPart = 8

func (w *edits) cutMember(m member, rule string) {
	w.path = append(w.path, step{index: -1, from: m.nameFrom, to: m.nameTo})
	w.cutString(m.from, m.to, rule)
	w.path = w.path[:len(w.path)-1]
}

// ahead returns the string that the member called name of the object at hand has, further
// on than the walk stands; nil for none. It reads to the object's end, which the budget
// bounds.
func (w *walk) ahead(name string) []byte {
	at := w.pos
	defer func() { w.budget.Spend(w.pos - at); w.pos = at }()
	for depth := 0; w.pos < len(w.data); {
		switch w.data[w.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return nil
			}
		case '"':
			from, to, _ := w.quoted()
			if depth > 0 || string(w.data[from:to]) != name {
				continue
			}
			if w.space(); w.pos < len(w.data) && w.data[w.pos] == ':' {
				w.pos++
				if w.space(); w.pos < len(w.data) && w.data[w.pos] == '"' {
					from, to, _ = w.quoted()
					return w.data[from:to]
				}
			}
			continue
		}
		w.pos++
	}
	return nil
}

// columnClasses returns the classes of the columns that an array names, by strings or by
// objects with a name; nil where none is a credential's.
func (w *walk) columnClasses(array []byte) (classes []secret.Class) {
	if len(array) > maxColumns {
		return nil
	}
	w.budget.Spend(len(array))
	sub := walk{texts: texts{edits: edits{r: w.r, data: array}}}
	depth, found, named := 0, false, false
	for sub.pos < len(array) {
		switch array[sub.pos] {
		case '{', '[':
			depth++
			named = false
		case '}', ']':
			depth--
		case '"':
			from, to, _ := sub.quoted()
			text := array[from:to]
			switch sub.space(); {
			case depth == 2 && sub.pos < len(array) && array[sub.pos] == ':':
				named = secret.NamesValue(text) && !bytes.EqualFold(text, []byte("type"))
			case depth == 1 || depth == 2 && named:
				class := w.r.engine.Class(text)
				classes, named = append(classes, class), false
				found = found || class > secret.Weak
			}
			continue
		}
		sub.pos++
	}
	if !found {
		return nil
	}
	return classes
}

// maxColumns is the longest list of columns that is read, in bytes.
const maxColumns = 16 << 10
