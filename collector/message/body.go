// Package message holds the bytes of one message on their way into the record.
//
// The one rule: what is kept of a message is bounded, its length and its envelope
// are known all the same.
package message

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// Body is a message as it was copied from the wire.
type Body struct {
	// Data is the message. Where that is longer than the limit it is what of it is kept: JSON
	// with marks in the place of what is not, or the beginning of a text.
	Data []byte
	// Size is the length of the whole message in bytes.
	Size uint64
	// Encoded is set where Data is in an encoding that could not be undone: nothing of it may
	// be stored, since nothing of it can be cleaned.
	Encoded bool
	// Envelope is set where Data was cut: what skimming found first in the whole.
	Envelope *jsonrpc.Message
	// Others are what skimming found besides: of a batch, of several values, or of what some
	// reader takes for lines.
	Others []jsonrpc.Message
	// Sum is the SHA-256 of the message where Data is none of it, see Bare; else zero.
	Sum schema.Hash
}

// Cut reports whether Data is not the whole message.
func (b Body) Cut() bool { return uint64(len(b.Data)) < b.Size }

// Copy returns the body of a message that is at hand as a whole.
func Copy(p []byte, max int) Body {
	if len(p) <= max {
		return Body{Data: bytes.Clone(p), Size: uint64(len(p))}
	}
	// Gathering finds the envelope of what is cut off too.
	g := NewGather(max)
	g.Write(p)
	return g.Take()
}

// Gather collects a message that arrives in pieces. Of one that is longer than max bytes
// it keeps as much: of JSON what a pruner keeps, of anything else the beginning. All of it
// is skimmed. Not for concurrent use.
type Gather struct {
	max  int
	data []byte
	size uint64
	// skim and prune are nil up to max bytes; prune also for what is no JSON.
	skim  *skim
	prune *pruner
}

// NewGather returns a Gather that keeps at most max bytes of a message.
func NewGather(max int) Gather { return Gather{max: max} }

// Write takes the next piece. It never fails.
func (g *Gather) Write(p []byte) (int, error) {
	n := len(p)
	g.size += uint64(n)
	if g.skim == nil && len(g.data)+len(p) > g.max {
		begin := g.data
		if len(begin) < 4 { // one piece that is longer than the limit
			begin = append(bytes.Clone(begin), p[:min(4, len(p))]...)
		}
		g.skim = newSkim(begin)
		g.skim.write(g.data)
		if beginsJSON(g.data, p) {
			g.prune = newPruner(g.max)
			g.prune.write(bytes.TrimPrefix(g.data, byteOrderMark))
			g.data = nil
		}
	}
	if g.skim != nil {
		g.skim.write(p)
	}
	if g.prune != nil {
		g.prune.write(p)
		return n, nil
	}
	// Beyond the limit bytes are counted and skimmed, never kept.
	p = p[:min(len(p), g.max-len(g.data))]
	if need := len(g.data) + len(p); need > cap(g.data) && len(g.data) > 0 {
		// Doubling copies a long message once over, append's own growth four times.
		g.data = append(make([]byte, 0, min(max(need, 2*cap(g.data)), g.max)), g.data...)
	}
	g.data = append(g.data, p...)
	return n, nil
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// beginsJSON reports whether a text, of which so much and next is known, is an object or a
// list in UTF-8.
func beginsJSON(begin, next []byte) bool {
	if len(begin) < 64 {
		begin = append(bytes.Clone(begin), next[:min(64, len(next))]...)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(begin, byteOrderMark), " \t\r\n")
	return charset.Sniff(begin) == "" && len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// Size of the message so far, in bytes.
func (g *Gather) Size() uint64 { return g.size }

// Take returns the message and begins the next one.
func (g *Gather) Take() Body {
	b := Body{Data: g.data, Size: g.size}
	if g.skim != nil {
		all := g.skim.messages()
		b.Envelope, b.Others = &all[0], all[1:]
	}
	if g.prune != nil {
		b.Data = g.prune.end()
	}
	*g = Gather{max: g.max}
	return b
}
