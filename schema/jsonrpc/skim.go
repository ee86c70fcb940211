package jsonrpc

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/schema"
)

// Skimmer finds the envelope of a message that is too long to keep, while its bytes
// go by. It does not validate: it follows strings and brackets only, to any depth,
// with a small fixed memory. The members it knows are those that pairing needs.
// The zero value is ready; it must not be used by two goroutines at once.
type Skimmer struct {
	depth    int
	inString bool
	escaped  bool
	// expectName says that the next string at this depth is a member's name.
	expectName bool
	// path holds the member names of depths 1 to maxPath.
	path     [maxPath]string
	inObject [maxPath]bool
	// token collects the scalar or name being read, up to maxToken bytes.
	token   []byte
	reading bool

	// container hashes an id that is an object or a list while it goes by.
	container *compact

	m                          Message
	hasID, hasResult, hasError bool
	// ended is set once the first object or list is whole.
	ended bool
}

const (
	maxPath  = 2
	maxToken = schema.MaxText
)

// NewSkimmer returns a skimmer at the beginning of a message.
func NewSkimmer() *Skimmer { return &Skimmer{} }

// Write takes the next bytes of the message. It never fails.
func (s *Skimmer) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if s.inString {
			p = s.string(p)
			continue
		}
		s.step(p[0])
		p = p[1:]
	}
	return n, nil
}

// Value takes the text up to the end of the first object or list, and returns where that
// is; the length of p where it is not reached.
func (s *Skimmer) Value(p []byte) int {
	for i := 0; i < len(p); {
		if s.ended {
			return i
		}
		if s.inString {
			i = len(p) - len(s.string(p[i:]))
			continue
		}
		s.step(p[i])
		i++
	}
	return len(p)
}

// Ended reports whether the first object or list is whole.
func (s *Skimmer) Ended() bool { return s.ended }

// InString reports whether a string is open.
func (s *Skimmer) InString() bool { return s.inString }

// string consumes p up to the end of a string, also for the hash of an id.
func (s *Skimmer) string(p []byte) (rest []byte) {
	within := s.container
	rest = s.withinString(p)
	if within != nil {
		within.write(p[:len(p)-len(rest)])
	}
	return rest
}

// withinString consumes p up to and including the string's end.
func (s *Skimmer) withinString(p []byte) []byte {
	i := 0
	for i < len(p) {
		if s.escaped {
			s.escaped = false
			i++
			continue
		}
		j := bytes.IndexByte(p[i:], '"')
		if j < 0 {
			j = len(p) - i
		}
		if k := bytes.IndexByte(p[i:i+j], '\\'); k >= 0 {
			s.escaped = true
			i += k + 1
			continue
		}
		i += j
		if i < len(p) {
			s.keep(p[:i+1])
			s.inString = false
			s.endString()
			return p[i+1:]
		}
	}
	// The string goes on in the next piece; escaped keeps whether its first byte counts.
	s.keep(p)
	return nil
}

// step handles one byte outside of strings.
func (s *Skimmer) step(c byte) {
	switch c {
	case '"':
		s.inString = true
		s.start()
		s.keep([]byte{c})
	case '{', '[':
		s.enter(c == '{')
	case '}', ']':
		s.endScalar()
		s.depth = max(0, s.depth-1) // what closes nothing is no part of a message
		s.ended = s.ended || s.depth == 0
		s.expectName = false
		if s.container != nil && s.depth == 1 {
			s.container.write([]byte{c})
			s.m.ID, s.hasID = s.container.id(), true
			s.container = nil
		}
	case ',':
		s.endScalar()
		s.expectName = s.depth >= 1 && s.depth <= maxPath && s.inObject[s.depth-1]
	case ':':
		s.expectName = false
	case ' ', '\t', '\r', '\n':
		s.endScalar()
	default:
		if !s.reading {
			s.start()
		}
		s.keep([]byte{c})
	}
	if s.container != nil {
		s.container.write([]byte{c})
	}
}

func (s *Skimmer) enter(object bool) {
	s.noteContainer()
	s.depth++
	s.expectName = object
	if s.depth <= maxPath {
		s.path[s.depth-1], s.inObject[s.depth-1] = "", object
	}
}

// noteContainer records that result, error or id have a value that is an object.
func (s *Skimmer) noteContainer() {
	if s.depth != 1 {
		return
	}
	switch s.path[0] {
	case "result":
		s.hasResult = true
	case "error":
		s.hasError = true
	case "id":
		s.container = newCompact()
	}
}

func (s *Skimmer) start() {
	s.token = s.token[:0]
	s.reading = true
}

func (s *Skimmer) keep(p []byte) {
	// Of values that lie deeper nothing is kept, so that the memory does not grow with the
	// text.
	if s.reading && s.depth <= maxPath {
		s.token = append(s.token, p[:min(len(p), maxToken-len(s.token))]...)
	}
}

func (s *Skimmer) endString() {
	s.reading = false
	if s.depth < 1 || s.depth > maxPath {
		return
	}
	if s.expectName {
		name := unquote(s.token)
		folded := foldedName(name)
		s.m.Ambiguous = s.m.Ambiguous || folded != name
		s.path[s.depth-1] = folded
		return
	}
	s.value(s.token)
}

func (s *Skimmer) endScalar() {
	if s.reading {
		s.reading = false
		if s.depth >= 1 && s.depth <= maxPath {
			s.value(s.token)
		}
	}
}

// value takes one scalar at depth 1 or 2.
func (s *Skimmer) value(raw []byte) {
	text := func() string { return unquote(raw) }
	id := func() string {
		switch {
		case len(raw) == 0 || raw[0] == 'n':
			return "null"
		case raw[0] == '"':
			return typedID('s', text())
		case raw[0] == 't', raw[0] == 'f':
			return typedID('b', string(raw))
		}
		return typedID('n', string(raw))
	}
	// path[1] keeps the last name of an earlier object at that depth, so the depth is asked
	// in every case below.
	top, inner := s.path[0], s.path[1]
	switch {
	case s.depth == 1 && top == "method":
		s.method(text())
	case s.depth == 1 && top == "id":
		s.m.ID, s.hasID = id(), true
	case s.depth == 1 && top == "result":
		s.hasResult = true
	case s.depth == 2 && top == "params" && (inner == "name" || inner == "uri"):
		s.m.Target = text()
	case s.depth == 2 && top == "params" && inner == "progressToken":
		s.m.ProgressToken = id()
	case s.depth == 2 && top == "error" && inner == "code":
		s.m.ErrorCode, _ = strconv.ParseInt(string(raw), 10, 64)
	case s.depth == 2 && top == "result" && inner == "isError":
		s.m.IsError = string(raw) == "true"
	case s.depth == 2 && top == "result" && inner == "resultType":
		s.m.ResultType = text()
	}
}

// method takes one of the methods that a message names. Readers differ in which of them
// they take, and a call must not hide behind another: it stays.
func (s *Skimmer) method(name string) {
	s.m.Ambiguous = s.m.Ambiguous || s.m.Method != "" && s.m.Method != name
	if s.m.Method != "tools/call" {
		s.m.Method = name
	}
}

// unquote returns what a JSON string or a number says, empty for another scalar. A string
// that JSON does not allow stays as it is.
func unquote(raw []byte) string {
	if len(raw) == 0 || raw[0] != '"' && raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return ""
	}
	if plain, err := jsontext.AppendUnquote(nil, raw); err == nil {
		return string(plain)
	}
	return string(bytes.Trim(raw, `"`))
}

// Message returns what was found so far.
func (s *Skimmer) Message() Message {
	// It can be asked for at any time: of a message that was cut off, what is known counts.
	m := s.m
	m.Failed = s.hasError
	m.Kind = kindOf(m.Method != "", s.hasID, s.hasResult, s.hasError)
	return m
}
