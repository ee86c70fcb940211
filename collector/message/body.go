// Package message holds the bytes of one message on their way into the record.
//
// The one rule: what is kept of a message is bounded, its length and its envelope
// are known all the same.
package message

import (
	"bytes"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// Body is a message as it was copied from the wire.
type Body struct {
	// Data is the message, or its beginning where it is longer than the limit.
	Data []byte
	// Size is the length of the whole message in bytes.
	Size uint64
	// Encoded is set where Data is in an encoding that could not be undone: nothing of it may
	// be stored, since nothing of it can be cleaned.
	Encoded bool
	// Envelope is set where Data was cut: what skimming found in the whole.
	Envelope *jsonrpc.Message
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

// Gather collects a message that arrives in pieces. It keeps the first max bytes
// and skims the rest. Not for concurrent use.
type Gather struct {
	max  int
	data []byte
	size uint64
	skim *skim
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
	}
	if g.skim != nil {
		g.skim.write(p)
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

// Size of the message so far, in bytes.
func (g *Gather) Size() uint64 { return g.size }

// Take returns the message and begins the next one.
func (g *Gather) Take() Body {
	b := Body{Data: g.data, Size: g.size}
	if g.skim != nil {
		m := g.skim.message()
		b.Envelope = &m
	}
	*g = Gather{max: g.max}
	return b
}
