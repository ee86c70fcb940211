package message

import (
	"crypto/sha256"
	"unsafe"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/charset"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// maxBare is how many messages of a batch are kept without their bytes.
const maxBare = 64

// Bare returns what is left of a body whose bytes find no capacity: for each JSON-RPC
// message in it a body without data, with its size, its hash and its envelope. It is empty
// where there is no message. Its time grows with the length of the body.
func (b Body) Bare() []Body {
	if b.Envelope == nil && jsonrpc.IsBatch(b.Data) {
		elements, _ := jsonrpc.Elements(b.Data)
		var all []Body
		for from, to := range elements {
			if len(all) == maxBare {
				break
			}
			all = append(all, bare(b.Data[from:to])...)
		}
		return all
	}
	if b.Envelope == nil {
		return bare(b.Data)
	}
	if b.Envelope.Kind == "" || b.Envelope.Kind == schema.KindNoise {
		return nil
	}
	return []Body{{Size: b.Size, Envelope: b.Envelope, Sum: sha256.Sum256(b.Data)}}
}

func bare(data []byte) []Body {
	if charset.Sniff(data) == "" && !beginsJSON(data, nil) {
		return nil // a text, which is not worth the time
	}
	s := newSkim(data[:min(4, len(data))])
	s.write(data)
	m := s.message()
	if m.Kind == "" || m.Kind == schema.KindNoise {
		return nil
	}
	return []Body{{Size: uint64(len(data)), Envelope: &m, Sum: sha256.Sum256(data)}}
}

// Bytes is the memory that a body holds.
func (b *Body) Bytes() int {
	n := cap(b.Data)
	if m := b.Envelope; m != nil {
		n += int(unsafe.Sizeof(*m)) + len(m.ID) + len(m.Method) + len(m.Target) + len(m.ProgressToken) + len(m.RequestState) + len(m.TaskID) +
			len(m.ClientName) + len(m.ClientVersion) + len(m.ServerName) + len(m.ServerVersion)
	}
	return n
}
