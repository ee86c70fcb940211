package message

import (
	"bytes"
	"io"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// skim finds the envelope of a message that is not kept as a whole. It reads UTF-16 and
// UTF-32 too, and where a CR occurs also what a reader finds that takes it for a line end.
type skim struct {
	whole *jsonrpc.Skimmer
	// in is whole, or a decoder before it.
	in io.Writer
	// line reads what came since the last CR; nil before the first.
	line *jsonrpc.Skimmer
	// found is the request between two CRs that outweighs the others; zero for none.
	found jsonrpc.Message
}

// newSkim returns a skim for a message that begins with at least these four bytes.
func newSkim(begin []byte) *skim {
	s := &skim{whole: jsonrpc.NewSkimmer()}
	s.in = s.whole
	if name := charset.Sniff(begin); name != "" {
		s.in = charset.NewWriter(name, s.whole)
	}
	return s
}

func (s *skim) write(p []byte) {
	for len(p) > 0 {
		piece, _, ends := bytes.Cut(p, []byte{'\r'})
		s.in.Write(piece)
		if s.line != nil {
			s.line.Write(piece)
		}
		if p = p[len(piece):]; ends {
			if s.line == nil {
				s.consider(s.whole)
				s.line = jsonrpc.NewSkimmer()
			} else {
				s.consider(s.line)
				*s.line = jsonrpc.Skimmer{}
			}
			// The CR itself is white space to whoever takes the message as a whole.
			s.in.Write(p[:1])
			p = p[1:]
		}
	}
}

// consider keeps the message of a line if it is a request, and a call before others.
func (s *skim) consider(line *jsonrpc.Skimmer) {
	if m := line.Message(); line.Ended() && weight(m) > weight(s.found) {
		s.found = m
	}
}

func weight(m jsonrpc.Message) int {
	switch {
	case m.Kind != schema.KindRequest:
		return 0
	case m.Method != "tools/call":
		return 1
	}
	return 2
}

// message is the envelope: that of the whole, unless a line in it weighs more.
func (s *skim) message() jsonrpc.Message {
	m := s.whole.Message()
	if s.line != nil {
		s.consider(s.line)
	}
	if weight(s.found) > weight(m) {
		m = s.found
		m.Ambiguous = true
	}
	return m
}
