package redact

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcptrail/mcptrail/schema"
)

// step is one reference token of the pointer to a value. Names are kept as offsets, since
// most pointers are never written.
type step struct {
	// index of an element; -1 for a member.
	index int
	// from and to are the raw name of a member, between its quotes.
	from, to int
	// name is set where something was cut out of the name.
	name string
}

// maxPointer is the longest pointer that an event can hold.
const maxPointer = schema.MaxText / 4

// pointer to the value that the walk stands at, as it reads in the payload. Where it
// would be too long it names the enclosing value that can be named.
func (w *edits) pointer() string {
	b := w.r.pointer[:0]
	for i := range w.path {
		s := &w.path[i]
		before := len(b)
		b = append(b, '/')
		switch {
		case s.index >= 0:
			b = strconv.AppendInt(b, int64(s.index), 10)
		case s.name != "":
			b = appendToken(b, []byte(s.name))
		default:
			b = appendToken(b, w.decode(s.from, s.to))
		}
		if len(b) > maxPointer {
			b = b[:before]
			break
		}
	}
	w.r.pointer = b
	return string(b)
}

// appendToken appends a name as RFC 6901 writes it.
func appendToken(b, name []byte) []byte {
	if !utf8.Valid(name) {
		name = bytes.ToValidUTF8(name, []byte("\ufffd"))
	}
	for _, c := range name {
		switch c {
		case '~':
			b = append(b, "~0"...)
		case '/':
			b = append(b, "~1"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// field is a FieldRule made ready.
type field struct {
	FieldRule
	tokens []string
}

func compileField(f FieldRule) field {
	tokens, err := splitPointer(f.Pointer)
	if err != nil {
		panic("field rule of a policy that was not validated: " + err.Error())
	}
	return field{f, tokens}
}

// splitPointer returns the reference tokens of a JSON pointer.
func splitPointer(p string) ([]string, error) {
	if !strings.HasPrefix(p, "/") {
		return nil, errors.New("a pointer begins with /")
	}
	tokens := strings.Split(p[1:], "/")
	for i, t := range tokens {
		for j := range len(t) {
			if t[j] == '~' && (j+1 == len(t) || t[j+1] != '0' && t[j+1] != '1') {
				return nil, fmt.Errorf("%q: ~ is written ~0, and / in a name ~1", t)
			}
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, nil
}

// fieldAction returns the action of the first rule for the value at hand, "" for none.
func (w *walk) fieldAction() Action {
	for _, f := range w.fields {
		w.budget.Spend(len(w.path) * (1 + len(f.tokens)))
		if w.fits(f.tokens, w.path) {
			return f.Action
		}
	}
	return ""
}

func (w *edits) fits(tokens []string, path []step) bool {
	for len(tokens) > 0 && tokens[0] != "**" {
		if len(path) == 0 || tokens[0] != "*" && tokens[0] != w.token(&path[0]) {
			return false
		}
		tokens, path = tokens[1:], path[1:]
	}
	if len(tokens) == 0 {
		return len(path) == 0
	}
	for i := 0; i <= len(path); i++ {
		if w.budget.Spend(1) && w.fits(tokens[1:], path[i:]) {
			return true
		}
	}
	return false
}

func (w *edits) token(s *step) string {
	if s.index >= 0 {
		return strconv.Itoa(s.index)
	}
	if s.name != "" {
		return s.name
	}
	return string(w.decode(s.from, s.to))
}
