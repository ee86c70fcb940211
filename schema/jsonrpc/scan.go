package jsonrpc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/schema"
)

// ErrNotJSON says that the bytes are no JSON value: record them as noise.
var ErrNotJSON = errors.New("not JSON")

// Scan reads the envelope of one message that is not a batch. A message with
// duplicate names or invalid UTF-8 is read the way most peers do, last one wins,
// and marked as ambiguous, and so is one behind a byte order mark, which some peers
// refuse; one nested too deep for a parser is skimmed.
func Scan(data []byte) (Message, error) {
	data, marked := bytes.CutPrefix(data, byteOrderMark)
	m, err := scan(data, exactLast)
	if err == nil {
		m.Ambiguous = m.Ambiguous || marked
		return m, nil
	}
	m, err = scan(data, exactLast, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		// The parser has no error value for its limit of depth. Skimming has none: a server
		// that parses without recursion reads what is nested deeper.
		if !strings.Contains(err.Error(), "max depth") {
			return Message{}, fmt.Errorf("%w: %w", ErrNotJSON, withoutText(err))
		}
		s := NewSkimmer()
		s.Write(data)
		m = s.Message()
	}
	m.Ambiguous = true
	return m, nil
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// withoutText drops the excerpt of the message that the parser's error carries.
func withoutText(err error) error {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return fmt.Errorf("at byte %d", syntax.ByteOffset)
	}
	return io.ErrUnexpectedEOF
}

// IsBatch reports whether data is a JSON array.
func IsBatch(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '['
}

// Elements gives where the elements of a batch array begin and end. It is false for what is
// not one whole array.
func Elements(data []byte) (iter.Seq2[int, int], bool) {
	// The first pass reads nothing but syntax and keeps nothing: of a batch that is broken at
	// its end no element may be taken for one, and a list of all elements would be many
	// times as long as the text.
	lenient := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), lenient...)
	if dec.PeekKind() != '[' || dec.SkipValue() != nil {
		return nil, false
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, false
	}
	return func(yield func(from, to int) bool) {
		dec := jsontext.NewDecoder(bytes.NewBuffer(data), lenient...)
		_, _ = dec.ReadToken() // what follows was read before
		for dec.PeekKind() != ']' {
			v, _ := dec.ReadValue()
			if end := int(dec.InputOffset()); !yield(end-len(v), end) {
				return
			}
		}
	}, true
}

// scanner walks one message. After the first error everything is a no-op.
type scanner struct {
	dec *jsontext.Decoder
	// names says which member of several is read.
	names names
	m     Message
	err   error

	hasResult, hasID bool
	errorKind        jsontext.Kind
}

// decoders keep what they allocated for messages of up to keepBytes.
var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(&bytes.Buffer{}) }}

const keepBytes = 64 << 10

func scan(data []byte, names names, opts ...jsontext.Options) (Message, error) {
	dec := decoders.Get().(*jsontext.Decoder)
	dec.Reset(bytes.NewBuffer(data), opts...)
	m, err := scanWith(dec, names)
	// A decoder keeps the buffer of the longest message that it read; those of long ones go
	// to the garbage collector.
	if len(data) <= keepBytes {
		dec.Reset(&bytes.Buffer{}) // holds data no longer
		decoders.Put(dec)
	}
	return m, err
}

func scanWith(dec *jsontext.Decoder, names names) (Message, error) {
	s := scanner{dec: dec, names: names}
	if s.dec.PeekKind() != '{' {
		s.m.Kind = schema.KindNoise
		s.skip()
	} else {
		s.object(s.envelope)
		// An error that is no object, without an id, is another protocol's: OAuth's.
		s.m.Failed = s.errorKind == '{' || s.errorKind != 0 && s.errorKind != 'n' && s.hasID
		s.m.Kind = kindOf(s.m.Method != "", s.hasID, s.hasResult, s.m.Failed)
	}
	// What follows the value decides whether strict parsers take it at all.
	if s.err == nil {
		if _, err := s.dec.ReadToken(); err != io.EOF {
			s.err = fmt.Errorf("more than one value: %w", ErrNotJSON)
		}
	}
	return s.m, s.err
}

// kindOf says what a message is from the members it has.
func kindOf(method, id, result, failed bool) schema.Kind {
	switch {
	// A method outweighs a result beside it: some servers execute such a message, and none
	// takes it for an answer only.
	case method && id:
		return schema.KindRequest
	case method:
		return schema.KindNotification
	case result, failed:
		return schema.KindAnswer
	}
	return schema.KindNoise
}

func (s *scanner) envelope(name string) {
	switch name {
	case "method":
		s.m.Method = s.text()
	case "id":
		s.m.ID, s.hasID = s.id(), true
	case "params":
		s.object(s.params)
	case "result":
		s.hasResult = true
		s.object(s.result)
	case "error":
		s.errorKind = s.dec.PeekKind()
		s.object(func(name string) {
			if name == "code" {
				s.m.ErrorCode = s.integer()
			} else {
				s.unknown(name)
			}
		})
	case "jsonrpc":
		s.skip()
	default:
		s.unknown(name)
	}
}

func (s *scanner) params(name string) {
	switch name {
	case "name", "uri":
		s.m.Target = s.text()
	case "ref": // completion/complete names what it completes
		s.object(func(name string) {
			if name == "name" || name == "uri" {
				s.m.Target = s.text()
			} else {
				s.unknown(name)
			}
		})
	case "_meta":
		s.object(s.meta)
	case "protocolVersion":
		s.m.ProtocolVersion = s.text()
	case "clientInfo":
		s.nameVersion(&s.m.ClientName, &s.m.ClientVersion)
	case "progressToken":
		s.m.ProgressToken = s.id()
	case "requestId":
		s.m.CancelledID = s.id()
	case "taskId":
		s.m.TaskID = s.text()
	case "requestState":
		s.m.RequestState = s.text()
	case "arguments":
		s.skip()
	default:
		s.unknown(name)
	}
}

func (s *scanner) result(name string) {
	switch name {
	case "isError":
		s.m.IsError = s.dec.PeekKind() == 't'
		s.skip()
	case "resultType":
		s.m.ResultType = s.text()
	case "_meta":
		s.object(s.meta)
	case "protocolVersion":
		s.m.ProtocolVersion = s.text()
	case "serverInfo":
		s.nameVersion(&s.m.ServerName, &s.m.ServerVersion)
	case "taskId":
		s.m.TaskID = s.text()
	case "task":
		s.object(func(name string) {
			if name == "taskId" {
				s.m.TaskID = s.text()
			} else {
				s.unknown(name)
			}
		})
		// Revisions before resultType show by the task alone that the call goes on.
		if s.m.ResultType == "" && s.m.TaskID != "" {
			s.m.ResultType = "task"
		}
	case "requestState":
		s.m.RequestState = s.text()
	case "content", "structuredContent", "tools":
		s.skip()
	default:
		s.unknown(name)
	}
}

// meta reads the members of a _meta object of params or result.
func (s *scanner) meta(name string) {
	switch name {
	case "progressToken":
		s.m.ProgressToken = s.id()
		return
	case "io.modelcontextprotocol/protocolVersion":
		s.m.ProtocolVersion = s.text()
		return
	case "io.modelcontextprotocol/clientInfo":
		s.nameVersion(&s.m.ClientName, &s.m.ClientVersion)
		return
	case "io.modelcontextprotocol/serverInfo":
		s.nameVersion(&s.m.ServerName, &s.m.ServerVersion)
		return
	case "io.modelcontextprotocol/related-task":
		s.object(func(name string) {
			if name == "taskId" {
				s.m.TaskID = s.text()
			} else {
				s.unknown(name)
			}
		})
		return
	}
	switch s.dec.PeekKind() {
	case '"', '0':
		if v := s.text(); len(v) <= maxMetaText && len(name) <= schema.MaxName && len(s.m.Meta) < maxMeta {
			s.m.Meta = append(s.m.Meta, Field{strings.Clone(name), v})
		}
	default:
		s.skip()
	}
}

func (s *scanner) nameVersion(name, version *string) {
	s.object(func(member string) {
		switch member {
		case "name":
			*name = s.text()
		case "version":
			*version = s.text()
		default:
			s.skip()
		}
	})
}

// object calls visit with each member's name, the decoder standing before its
// value; visit must read that value. A value of another type is skipped.
func (s *scanner) object(visit func(name string)) {
	if s.err != nil {
		return
	}
	if s.dec.PeekKind() != '{' {
		s.skip()
		return
	}
	s.token()
	// An ordinary scan takes every member as it comes: the last of equal names stays.
	var read []string // of exactFirst
	for s.err == nil && s.dec.PeekKind() == '"' {
		name := s.token().String()
		if s.names != exactLast {
			var again bool
			if name, again = s.choose(name, &read); again {
				s.skip()
				continue
			}
		}
		if s.err == nil {
			visit(name)
		}
	}
	s.token()
}

// choose returns the name as which a member is read, and whether one of that name was read
// already and counts.
func (s *scanner) choose(name string, read *[]string) (as string, again bool) {
	if s.names == anyCaseLast {
		return foldedName(name), false
	}
	if !slices.Contains(known, name) {
		return name, false
	}
	again = slices.Contains(*read, name)
	*read = append(*read, name)
	return name, again
}

// unknown skips a member and notes where its name is one of ours in another case:
// parsers that ignore case would take it.
func (s *scanner) unknown(name string) {
	if s.names == exactLast && isFolded(name) {
		s.m.Ambiguous = true
	}
	s.skip()
}

func (s *scanner) token() (t jsontext.Token) {
	if s.err == nil {
		t, s.err = s.dec.ReadToken()
	}
	return t
}

func (s *scanner) skip() {
	if s.err == nil {
		s.err = s.dec.SkipValue()
	}
}

// text reads a string or number; another type gives "" and marks the message.
func (s *scanner) text() string {
	switch s.dec.PeekKind() {
	case '"', '0':
		return s.token().String()
	}
	s.m.Ambiguous = true
	s.skip()
	return ""
}

func (s *scanner) integer() int64 {
	if s.err != nil {
		return 0
	}
	v, err := s.dec.ReadValue()
	if s.err = err; err != nil {
		return 0
	}
	// 1e3 and 1.0 are integers to JavaScript; here they are not, which is said.
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		s.m.Ambiguous = true
	}
	return n
}

// id reads a JSON-RPC id or progress token as text with its type, and as a hash what
// is no scalar.
func (s *scanner) id() string {
	switch s.dec.PeekKind() {
	case '"':
		return typedID('s', s.token().String())
	case '0':
		// As written: 1 and 1.0 are different texts, and 2^53+1 stays itself.
		v, err := s.dec.ReadValue()
		if s.err = err; err != nil {
			return ""
		}
		return typedID('n', string(v))
	case 'n':
		s.skip()
		return "null"
	}
	s.m.Ambiguous = true
	if s.err != nil {
		return ""
	}
	v, err := s.dec.ReadValue()
	if s.err = err; err != nil {
		return ""
	}
	if v[0] == 't' || v[0] == 'f' {
		return typedID('b', string(v))
	}
	sum := newCompact()
	sum.write(v)
	return sum.id()
}

// compact hashes an id that is an object or a list, which no revision allows and peers
// echo all the same: without the white space, and without keeping what is in it.
type compact struct {
	sum               hash.Hash
	inString, escaped bool
}

func newCompact() *compact {
	c := &compact{sum: sha256.New()}
	c.sum.Write([]byte("j:"))
	return c
}

func (c *compact) write(p []byte) {
	for i := range p {
		switch {
		case c.escaped:
			c.escaped = false
		case c.inString && p[i] == '\\':
			c.escaped = true
		case p[i] == '"':
			c.inString = !c.inString
		case !c.inString && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'):
			continue
		}
		c.sum.Write(p[i : i+1])
	}
}

func (c *compact) id() string { return "h:" + hex.EncodeToString(c.sum.Sum(nil)) }

func typedID(kind byte, text string) string {
	if len(text) > maxID {
		sum := sha256.Sum256([]byte(string(kind) + ":" + text))
		return "h:" + hex.EncodeToString(sum[:])
	}
	return string(kind) + ":" + text
}
