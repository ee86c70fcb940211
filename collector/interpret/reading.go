package interpret

import (
	"bytes"
	"iter"
	"slices"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// Readers differ in what they take for a message. deploy/readers has them as a table, with
// the servers that read so:
//
//   - the charset: by a byte order mark, by zero bytes, by the content type, or always UTF-8;
//   - the end of a message on stdio: LF alone, or also CR, U+2028 and others of
//     [message.Ends], or where the JSON value ends;
//   - what may follow a value: nothing, anything, another value;
//   - JSON itself: NaN, control characters, names in another case, which of two members.
//
// A body is recorded as each kind of reader would take it, flagged where they differ: a
// call that a server could execute is a request in the record. What every reader takes
// alike, which is nearly everything, does not come here.

// source is a body with what decides how it may be read.
type source struct {
	body message.Body
	// declared is the charset of the content type; empty for UTF-8 and for none.
	declared string
	// lines: the body is a line, of which one of [message.Ends] may be the end.
	lines bool
	// received: the body comes from the client. Servers are lenient to clients, and what a
	// server writes besides its messages is a log: that is not searched for messages.
	received bool
}

// sourceOf returns a body of an exchange with what decides how it may be read.
func sourceOf(x *exchange, body message.Body, direction schema.Direction, stream bool) source {
	return source{body: body, declared: declared(x, direction, stream), lines: x.HTTP == nil, received: direction == schema.ClientToServer}
}

// declared is the charset of the content type of a body; empty for UTF-8 and for none.
// Server-sent events are always UTF-8.
func declared(x *exchange, direction schema.Direction, stream bool) string {
	switch {
	case x.HTTP == nil, stream:
		return ""
	case direction == schema.ClientToServer:
		return charset.OfContentType(x.Headers.Get("Content-Type"))
	}
	return charset.OfContentType(x.contentType)
}

// part is what becomes one event: a message, or what is none, whose kind is noise.
type part struct {
	body    message.Body
	message jsonrpc.Message
	flags   schema.Flag
	// charset under which the body has to be read, empty for UTF-8.
	charset string
}

// maxParts of a batch that are no messages are events of their own: a mebibyte would be
// half a million. Beyond it those that follow each other are one.
const maxParts = 1000

// ordinary returns the message of a body that every reader takes for that message. It is
// what nearly every body goes through, so it makes no source.
func ordinary(body *message.Body, declared string, lines bool) (jsonrpc.Message, bool) {
	switch {
	case body.Cut():
		return jsonrpc.Message{}, false
	case body.Envelope != nil: // preview has read it
		return *body.Envelope, true
	case declared != "" || jsonrpc.IsBatch(body.Data) || charset.Sniff(body.Data) != "":
		return jsonrpc.Message{}, false
	case lines && splits(body.Data):
		return jsonrpc.Message{}, false
	}
	m, err := jsonrpc.Scan(body.Data)
	return m, err == nil && !m.Ambiguous
}

// parts gives what a body is to any reader: first to the one that goes by the bytes alone,
// then the messages that others find besides. Where nobody finds a message it is one part
// of noise. Each byte is read a small number of times, whatever it holds.
func (s *source) parts() iter.Seq[part] {
	if m, ok := ordinary(&s.body, s.declared, s.lines); ok {
		return one(part{body: s.body, message: m, flags: valueFlags(&m)})
	}
	if s.body.Cut() {
		return s.cut()
	}
	// Each text is looked through up to its first message here and read again by its parts:
	// only a body that readers differ about costs twice.
	all := s.texts()
	texts := slices.DeleteFunc(slices.Clone(all), func(t text) bool { return !t.holdsMessage() })
	switch {
	case len(texts) == 0:
		return one(s.noise())
	case len(all) == 1:
		return texts[0].parts()
	}
	return distinct(texts)
}

// valueFlags are those of a JSON value.
func valueFlags(m *jsonrpc.Message) schema.Flag {
	if m.Kind == schema.KindNoise {
		return schema.FlagInvalid
	}
	return 0
}

func one(p part) iter.Seq[part] {
	return func(yield func(part) bool) { yield(p) }
}

// maxSeen bounds how many messages of one reading are compared with those of another.
// Beyond it one can be recorded twice.
const maxSeen = 1 << 16

// distinct gives all parts of the first text, and of the others the messages that it does
// not have. There are readers to which these texts are no messages.
func distinct(texts []text) iter.Seq[part] {
	return func(yield func(part) bool) {
		seen := map[[5]string]bool{}
		for i, t := range texts {
			for p := range t.parts() {
				m := &p.message
				key := [5]string{string(m.Kind), m.Method, m.ID, m.Target, m.CancelledID}
				if i > 0 && (m.Kind == schema.KindNoise || seen[key]) {
					continue
				}
				if len(seen) < maxSeen {
					seen[key] = true
				}
				m.Ambiguous = m.Kind != schema.KindNoise
				if !yield(p) {
					return
				}
			}
		}
	}
}

// texts are what different readers read, at most four.
func (s *source) texts() []text {
	all := []text{{source: s, data: s.body.Data}}
	add := func(name string) {
		plain, known := charset.Decode(name, s.body.Data)
		if known && !bytes.Equal(plain, s.body.Data) {
			all = append(all, text{source: s, data: plain, charset: name})
		}
	}
	sniffed := charset.Sniff(s.body.Data)
	if sniffed != "" {
		add(sniffed)
	}
	// A declared charset counts beside what the bytes show: some servers believe the one,
	// some the other, and the client chooses both.
	if s.declared != sniffed && s.declared != "" {
		add(s.declared)
	}
	if split := (text{source: s, data: s.body.Data, split: true}); s.lines {
		// Text has the others often, and nothing else comes of it unless a message does.
		begin, _ := message.NextEnd(s.body.Data, 0, new([len(message.Ends)]int))
		if begin < len(s.body.Data) && (bytes.IndexByte(s.body.Data, '\r') >= 0 || split.holdsMessage()) {
			all = append(all, split)
		}
	}
	return all
}

// splits reports whether a line of JSON is several to some reader. The ends that are control
// characters are not looked for: no JSON has them.
func splits(line []byte) bool {
	return bytes.IndexByte(line, '\r') >= 0 || bytes.Contains(line, []byte("\u0085")) ||
		bytes.IndexByte(line, "\u2028"[0]) >= 0 && (bytes.Contains(line, []byte("\u2028")) || bytes.Contains(line, []byte("\u2029")))
}

// charset is the one under which the body has to be read, empty where that is the same as
// UTF-8.
func (s *source) charset() string {
	name := charset.Sniff(s.body.Data)
	if name == "" {
		name = s.declared
	}
	if plain, known := charset.Decode(name, s.body.Data); known && bytes.Equal(plain, s.body.Data) {
		return ""
	}
	return name
}

// cut gives the parts of a body that was not kept as a whole: what skimming found in it, and
// in its beginning as its charset reads that. What is kept of the bytes is with the first.
func (s *source) cut() iter.Seq[part] {
	name := s.charset()
	found := s.foundInCut(name)
	if len(found) == 0 {
		p := part{body: s.body, charset: name, message: jsonrpc.Message{Kind: schema.KindNoise}, flags: schema.FlagInvalid}
		p.message.Ambiguous = name != "" || s.body.Envelope != nil && s.body.Envelope.Ambiguous
		return one(s.unreadable(p))
	}
	return func(yield func(part) bool) {
		p := part{body: s.body, charset: name}
		for _, p.message = range found {
			p.flags = 0
			if p.message.Method == "" && p.message.Kind == schema.KindRequest { // more than are kept
				p.flags = schema.FlagUnreadable
			}
			p.message.Ambiguous = p.message.Ambiguous || name != ""
			if !yield(p) {
				return
			}
			p.body = message.Body{Size: s.body.Size}
		}
	}
}

// foundInCut are the messages of a body that was not kept as a whole.
func (s *source) foundInCut(name string) (found []jsonrpc.Message) {
	seen := map[[4]string]bool{}
	key := func(m *jsonrpc.Message) [4]string { return [4]string{string(m.Kind), m.Method, m.ID, m.Target} }
	if m := s.body.Envelope; m != nil && isMessage(*m) {
		found = append([]jsonrpc.Message{*m}, s.body.Others...)
	}
	// The end of what is kept may be half a character, which becomes U+FFFD.
	plain, known := charset.Decode(name, s.body.Data)
	if !known || name == "" || len(found) > 0 && name == charset.Sniff(s.body.Data) { // skimming has decoded it
		return found
	}
	for i := range found {
		seen[key(&found[i])] = true
	}
	add := func(m jsonrpc.Message) {
		if isMessage(m) && !seen[key(&m)] && len(found) < maxSeen {
			seen[key(&m)] = true
			found = append(found, m)
		}
	}
	skim := jsonrpc.Skimmer{Found: add}
	skim.Write(plain)
	add(skim.Message())
	return found
}

func isMessage(m jsonrpc.Message) bool { return m.Kind != "" && m.Kind != schema.KindNoise }

// noise is the part of a body in which no reader finds a message.
func (s *source) noise() part {
	p := part{body: s.body, message: jsonrpc.Message{Kind: schema.KindNoise}, charset: s.charset()}
	if m, err := jsonrpc.Scan(charset.Text(p.charset, s.body.Data)); err == nil {
		p.message, p.flags = m, schema.FlagInvalid // a JSON value that is no message
		return p
	}
	p.flags = noiseFlags(s.body.Data)
	return s.unreadable(p)
}

// unreadable takes a body for a request that cannot be read here, if a client sent it in a
// charset that nothing here decodes, or too long for that: a server could.
func (s *source) unreadable(p part) part {
	if p.message.Kind != schema.KindNoise || !s.received || s.declared == "" {
		return p
	}
	if _, known := charset.Decode(s.declared, nil); !known || s.body.Cut() {
		p.message.Kind, p.message.Ambiguous = schema.KindRequest, true
		p.flags |= schema.FlagUnreadable
	}
	return p
}

// noiseFlags are those of a text that is no JSON. A peer with a more lenient parser may
// find a message in it, or in several such lines together.
func noiseFlags(data []byte) schema.Flag {
	if likeRPC.Match(data) {
		return schema.FlagAmbiguous
	}
	return 0
}
