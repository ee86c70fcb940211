package message

import (
	"crypto/sha256"
	"unsafe"

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
	return bodies(append([]jsonrpc.Message{*b.Envelope}, b.Others...), b.Size, b.Data)
}

// bodies are those of messages that were found in one text.
func bodies(found []jsonrpc.Message, size uint64, data []byte) (all []Body) {
	sum := sha256.Sum256(data)
	for i := range found[:min(len(found), maxBare)] {
		if isMessage(&found[i]) {
			all = append(all, Body{Size: size, Envelope: &found[i], Sum: sum})
		}
	}
	return all
}

func bare(data []byte) []Body {
	if charset.Sniff(data) == "" && !beginsJSON(data, nil) {
		return nil // a text, which is not worth the time
	}
	s := newSkim(data[:min(4, len(data))])
	s.write(data)
	return bodies(s.messages(), uint64(len(data)), data)
}

// Bytes is the memory that a body holds.
func (b *Body) Bytes() int {
	n := cap(b.Data)
	if b.Envelope != nil {
		n += messageBytes(b.Envelope)
	}
	for i := range b.Others {
		n += messageBytes(&b.Others[i])
	}
	return n
}

func messageBytes(m *jsonrpc.Message) int {
	return int(unsafe.Sizeof(*m)) + len(m.ID) + len(m.Method) + len(m.Target) + len(m.ProgressToken) + len(m.ResultType) +
		len(m.RequestState) + len(m.TaskID) + len(m.ClientName) + len(m.ClientVersion) + len(m.ServerName) + len(m.ServerVersion)
}
