package jsonrpc

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/schema"
)

// Skimmer finds the envelope of a message that is too long to keep, while its bytes
// go by. It does not validate: it follows strings and brackets only, to any depth,
// with a small fixed memory. The members it knows are those that pairing needs.
// Elements of an array that is not within an object are messages of their own, at any
// depth. The zero value is ready; it must not be used by two goroutines at once.
type Skimmer struct {
	// Found is called with each message that is whole, after which the next one begins. Where
	// it is nil, the values that follow each other are read as one message.
	Found func(Message)

	depth int
	// base is how many arrays are open around the message.
	base     int
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
	// seen has a bit for each of the members that only one of may be there.
	seen uint16
	// ended is set once the first object or list is whole.
	ended bool

	// last is the last byte of the string being read that is no white space; behind a string
	// that ends with a brace, doubtful is set: the quote could have begun a name.
	last     byte
	doubtful bool
	// broken is set where no reader takes the text from its beginning.
	broken bool
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

// Unreadable reports whether an object or a list is open, or the text broken: no reader
// takes it from its beginning to its end.
func (s *Skimmer) Unreadable() bool { return s.broken || s.depth > 0 }

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
			s.last = 0
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
			s.noteEnd(p[:i])
			s.doubtful = s.last == '{'
			s.endString()
			return p[i+1:]
		}
	}
	// The string goes on in the next piece; escaped keeps whether its first byte counts.
	s.keep(p)
	s.noteEnd(p)
	return nil
}

// noteEnd keeps the last byte of a piece of a string that is no white space.
func (s *Skimmer) noteEnd(p []byte) {
	for i := len(p) - 1; i >= 0; i-- {
		if c := p[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			s.last = c
			return
		}
	}
}

// restart begins an object in a text that cannot be read from its beginning. What is known
// of the message before it counts.
func (s *Skimmer) restart() {
	s.broken = true
	if m := s.Message(); m.Kind != schema.KindNoise {
		s.Found(m)
	}
	*s = Skimmer{Found: s.Found, broken: true, token: s.token[:0]}
}

// step handles one byte outside of strings.
func (s *Skimmer) step(c byte) {
	if s.doubtful && s.endsDoubt(c) {
		return
	}
	switch c {
	case '"':
		s.inString, s.last = true, 0
		s.start()
		s.keep([]byte{c})
	case '{', '[':
		s.enter(c == '{')
	case '}', ']':
		s.endScalar()
		s.leave(c)
	case ',':
		s.endScalar()
		s.expectName = s.at() >= 1 && s.at() <= maxPath && s.inObject[s.at()-1]
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

// endsDoubt takes the byte behind a string that ended with a brace. Where no value goes on
// like this, what was taken for the end of the string is the beginning of a member's name.
func (s *Skimmer) endsDoubt(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n':
		return false
	case ':', ',', '}', ']':
		s.doubtful = false
		return false
	case '{', '[', '"':
		if s.depth == s.base {
			s.doubtful = false
			return false
		}
	}
	s.doubtful = false
	if s.Found == nil {
		return false
	}
	s.restart()
	s.enter(true)
	s.inString = true
	s.start()
	s.keep([]byte{'"'})
	s.string([]byte{c})
	return true
}

// at is the depth within the message.
func (s *Skimmer) at() int { return s.depth - s.base }

func (s *Skimmer) enter(object bool) {
	if object && s.expectName && s.Found != nil {
		s.restart() // an object is no name
	}
	s.noteContainer()
	if s.depth++; !object && s.at() == 1 {
		s.base++
		return
	}
	s.expectName = object
	if at := s.at(); at <= maxPath {
		s.path[at-1], s.inObject[at-1] = "", object
	}
}

// leave ends an object or a list, and the message with its object.
func (s *Skimmer) leave(c byte) {
	message := s.at() == 1
	s.depth = max(0, s.depth-1) // what closes nothing is no part of a message
	s.base = min(s.base, s.depth)
	s.ended = s.ended || s.depth == 0
	s.expectName = false
	if s.container != nil && s.at() == 1 {
		s.container.write([]byte{c})
		s.m.ID, s.hasID = s.container.id(), true
		s.container = nil
	}
	if !message || s.Found == nil && s.base == 0 {
		return
	}
	if m := s.Message(); s.Found != nil && m.Kind != schema.KindNoise {
		s.Found(m)
	}
	s.m, s.hasID, s.hasResult, s.hasError, s.seen, s.container = Message{}, false, false, false, 0, nil
}

// noteContainer records that result, error or id have a value that is an object.
func (s *Skimmer) noteContainer() {
	if s.at() != 1 {
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
	if s.reading && s.at() <= maxPath {
		s.token = append(s.token, p[:min(len(p), maxToken-len(s.token))]...)
	}
}

func (s *Skimmer) endString() {
	s.reading = false
	at := s.at()
	if at < 1 || at > maxPath {
		return
	}
	if s.expectName {
		name := unquote(s.token)
		folded := foldedName(name)
		s.m.Ambiguous = s.m.Ambiguous || folded != name || s.repeats(at, folded)
		s.path[at-1] = folded
		return
	}
	s.value(s.token)
}

// repeats reports whether a member has a name that decides what the message is and that
// another one had: readers differ in which of them counts.
func (s *Skimmer) repeats(at int, name string) bool {
	i := -1
	switch {
	case at == 1:
		i = slices.Index([]string{"method", "id", "params", "result", "error"}, name)
	case s.path[0] == "params":
		i = slices.Index([]string{"", "", "", "", "", "name", "uri"}, name)
	}
	if i < 0 {
		return false
	}
	again := s.seen&(1<<i) != 0
	s.seen |= 1 << i
	return again
}

func (s *Skimmer) endScalar() {
	if s.reading {
		s.reading = false
		if s.at() >= 1 && s.at() <= maxPath {
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
	top, inner, at := s.path[0], s.path[1], s.at()
	switch {
	case at == 1 && top == "method":
		s.method(text())
	case at == 1 && top == "id":
		s.m.ID, s.hasID = id(), true
	case at == 1 && top == "result":
		s.hasResult = true
	case at == 2 && top == "params" && (inner == "name" || inner == "uri"):
		s.m.Target = text()
	case at == 2 && top == "params" && inner == "progressToken":
		s.m.ProgressToken = id()
	case at == 2 && top == "error" && inner == "code":
		s.m.ErrorCode, _ = strconv.ParseInt(string(raw), 10, 64)
	case at == 2 && top == "result" && inner == "isError":
		s.m.IsError = string(raw) == "true"
	case at == 2 && top == "result" && inner == "resultType":
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
	m.Ambiguous = m.Ambiguous || s.broken
	m.Kind = kindOf(m.Method != "", s.hasID, s.hasResult, s.hasError)
	return m
}
