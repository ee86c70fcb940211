package redact

import (
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
func (w *walk) pointer() string {
	var b strings.Builder
	for i := range w.path {
		s := &w.path[i]
		token := s.name
		switch {
		case s.index >= 0:
			token = strconv.Itoa(s.index)
		case token == "":
			token = string(w.decode(s.from, s.to))
		}
		if !utf8.ValidString(token) {
			token = strings.ToValidUTF8(token, "\ufffd")
		}
		token = escapePointer(token)
		if b.Len()+1+len(token) > maxPointer {
			break
		}
		b.WriteByte('/')
		b.WriteString(token)
	}
	return b.String()
}

func escapePointer(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
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

func (w *walk) fits(tokens []string, path []step) bool {
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

func (w *walk) token(s *step) string {
	if s.index >= 0 {
		return strconv.Itoa(s.index)
	}
	if s.name != "" {
		return s.name
	}
	return string(w.decode(s.from, s.to))
}
