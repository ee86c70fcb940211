package message

import (
	"bytes"
	"io"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// skim finds the envelopes of a text that is not kept as a whole: of one message, of the
// elements of a batch, of values that follow each other. It reads UTF-16 and UTF-32 too,
// and what a reader finds for whom other characters than LF end a line.
type skim struct {
	// in is text, or a decoder before it.
	in    io.Writer
	lines lineEnds

	whole, line *jsonrpc.Skimmer
	// within is set behind the first line end.
	within bool
	// ofWhole and ofLines are the messages that were found, of the lines requests only: an
	// answer there hides no call.
	ofWhole, ofLines []jsonrpc.Message
	// bytes that the messages take, and whether one was dropped for that.
	bytes    int
	overflow bool
}

// maxFound bounds the memory of the messages that are found in one text, in bytes.
const maxFound = 4 << 20

// newSkim returns a skim for a message that begins with at least these four bytes.
func newSkim(begin []byte) *skim {
	s := &skim{}
	s.whole = &jsonrpc.Skimmer{Found: func(m jsonrpc.Message) { s.keep(&s.ofWhole, m) }}
	s.line = &jsonrpc.Skimmer{Found: s.ofLine}
	s.lines.next = s.text
	s.in = &s.lines
	if name := charset.Sniff(begin); name != "" {
		s.in = charset.NewWriter(name, &s.lines)
	}
	return s
}

func (s *skim) write(p []byte) { s.in.Write(p) }

// text takes a piece of a line, and its end.
func (s *skim) text(piece, end []byte) {
	s.whole.Write(piece)
	if s.within {
		s.line.Write(piece)
	}
	if len(end) > 0 {
		s.within = true
		*s.line = jsonrpc.Skimmer{Found: s.ofLine}
		s.whole.Write(end)
	}
}

func (s *skim) ofLine(m jsonrpc.Message) {
	if m.Kind == schema.KindRequest {
		s.keep(&s.ofLines, m)
	}
}

func (s *skim) keep(all *[]jsonrpc.Message, m jsonrpc.Message) {
	if s.bytes += messageBytes(&m); s.bytes > maxFound {
		s.overflow = true
		return
	}
	*all = append(*all, m)
}

// identity is what distinguishes messages of which readers find different ones.
type identity struct {
	kind               schema.Kind
	method, id, target string
}

func identityOf(m *jsonrpc.Message) identity { return identity{m.Kind, m.Method, m.ID, m.Target} }

// messages are the envelopes that were found, at least one, which is noise where there is
// no message: first those that a reader of the whole finds, then those of the lines.
func (s *skim) messages() []jsonrpc.Message {
	s.lines.end()
	// Of a message that was cut off, what is known counts.
	if m := s.whole.Message(); isMessage(&m) {
		s.keep(&s.ofWhole, m)
	}
	all := s.ofWhole
	if len(s.ofLines) > 0 {
		known := map[identity]bool{}
		for i := range all {
			known[identityOf(&all[i])] = true
		}
		for _, m := range s.ofLines {
			if id := identityOf(&m); !known[id] {
				known[id] = true
				for i := range s.ofWhole { // two readers, two texts
					s.ofWhole[i].Ambiguous = true
				}
				m.Ambiguous = true
				all = append(all, m)
			}
		}
	}
	if s.overflow {
		all = append(all, jsonrpc.Message{Kind: schema.KindRequest, Ambiguous: true})
	}
	if len(all) == 0 {
		all = append(all, jsonrpc.Message{Kind: schema.KindNoise, Ambiguous: s.whole.Unreadable()})
	}
	return all
}

func isMessage(m *jsonrpc.Message) bool { return m.Kind != "" && m.Kind != schema.KindNoise }

// Ends are what some reader takes for the end of a line besides LF: Python's splitlines all
// of them, Node's readline some.
var Ends = [...]string{"\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\u0085", "\u2028", "\u2029"}

// NextEnd returns where the first of Ends is in a text, and its length; the length of the
// text and 0 where there is none. at are where each was found last, for the next call on the
// same text, and zero for the first: all calls together read a text once for each end.
func NextEnd(text []byte, from int, at *[len(Ends)]int) (begin, length int) {
	begin = len(text)
	for i, end := range Ends {
		if at[i] == 0 || at[i] <= from {
			n := bytes.Index(text[from:], []byte(end))
			if n < 0 {
				n = len(text) - from
			}
			at[i] = from + n + 1
		}
		if at[i]-1 < begin {
			begin, length = at[i]-1, len(end)
		}
	}
	return begin, length
}

// lineEnds cuts a text that arrives in pieces at the ends of its lines.
type lineEnds struct {
	next func(piece, end []byte)
	// half are the first bytes of what can be an end.
	half []byte
}

func (l *lineEnds) Write(p []byte) (int, error) {
	n := len(p)
	if len(l.half) > 0 {
		p = append(l.half, p...)
	}
	keep := 0
	switch last := len(p) - 1; {
	case last >= 0 && (p[last] == 0xc2 || p[last] == 0xe2):
		keep = 1
	case last > 0 && p[last-1] == 0xe2 && p[last] == 0x80:
		keep = 2
	}
	rest := p[len(p)-keep:]
	p = p[:len(p)-keep]
	var at [len(Ends)]int
	for from := 0; from < len(p); {
		begin, length := NextEnd(p, from, &at)
		l.next(p[from:begin], p[begin:begin+length])
		from = begin + length
	}
	l.half = bytes.Clone(rest)
	return n, nil
}

// end passes what was held back.
func (l *lineEnds) end() {
	if len(l.half) > 0 {
		l.next(l.half, nil)
		l.half = nil
	}
}
