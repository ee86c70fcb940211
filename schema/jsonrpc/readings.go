package jsonrpc

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mcptrail/mcptrail/schema"
)

// names is how a reader chooses among the members of an object that have one name, or
// names that differ in case only.
type names uint8

const (
	// exactLast: the last one of exactly that name, as JavaScript, Python and most do.
	exactLast names = iota
	// exactFirst: the first one of exactly that name.
	exactFirst
	// anyCaseLast: the last one in any case, as Go's encoding/json does.
	anyCaseLast
)

// known are the names of members that decide what a message is.
var known = []string{"method", "id", "params", "result", "error", "code", "name", "uri", "ref", "_meta", "requestId", "taskId",
	"task", "progressToken", "requestState", "isError", "resultType", "protocolVersion", "clientInfo", "serverInfo", "version"}

// longestFolded is how many bytes a letter of a name can have in another case: "K", the
// sign of Kelvin, is k.
const longestFolded = 3

// foldedName returns the known name that a name is in another case, else the name itself.
// Folding is Unicode's, as Go's: "paramſ" is params.
func foldedName(name string) string {
	for _, k := range known {
		if len(name) >= len(k) && len(name) <= longestFolded*len(k) && strings.EqualFold(name, k) {
			return k
		}
	}
	return name
}

// isFolded reports whether a name is a known one in another case.
func isFolded(name string) bool {
	return foldedName(name) != name
}

// Readings returns what different readers find in a message that Scan marked as
// ambiguous: its own reading m first, then those that differ from it in what the message
// is, which method it calls, on what, or with which id. Where one of them is a message,
// those that are none are dropped.
func Readings(data []byte, m Message) []Message {
	all := []Message{m}
	data = bytes.TrimPrefix(data, byteOrderMark)
	for _, names := range []names{anyCaseLast, exactFirst} {
		other, err := scan(data, names, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if err != nil || slices.ContainsFunc(all, other.same) {
			continue
		}
		other.Ambiguous = true
		all = append(all, other)
	}
	messages := slices.DeleteFunc(slices.Clone(all), func(m Message) bool { return m.Kind == schema.KindNoise })
	if len(messages) > 0 {
		return messages
	}
	return all[:1]
}

// same reports whether two readings agree in what a timeline shows.
func (m Message) same(o Message) bool {
	return m.Kind == o.Kind && m.Method == o.Method && m.ID == o.ID && m.Target == o.Target && m.CancelledID == o.CancelledID
}

// Lenient reads the first value of a text that is no JSON text: members after which
// something else follows, NaN, comments, control characters, whatever some reader allows.
// end is where the value ends, the length of the text where it does not. It is false where
// the text does not begin with an object that is a message.
func Lenient(data []byte) (m Message, end int, ok bool) {
	if begin := bytes.TrimLeft(data, whitespace); len(begin) == 0 || begin[0] != '{' {
		return Message{}, len(data), false
	}
	s := NewSkimmer()
	end = s.Value(data)
	m = s.Message()
	m.Ambiguous = true
	return m, end, s.Ended() && m.Kind != schema.KindNoise
}

// whitespace that some reader skips before a value: JSON's, and what JavaScript, Python and
// C take for blank.
const whitespace = " \t\r\n\v\f\x00\u00a0\ufeff\u2028\u2029"
