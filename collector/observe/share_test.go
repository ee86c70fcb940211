package observe_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// client is an exchange of a connection.
func client(q *observe.Queue, share *observe.Share) *observe.Exchange {
	return q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, Share: share, HTTP: &observe.RequestHead{Verb: "POST", URL: "/"}}, time.Now())
}

// call is a tools/call of that many bytes.
func call(id, size int) message.Body {
	text := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"write","arguments":{"text":"`, id)
	text = append(append(text, bytes.Repeat([]byte{'x'}, size-len(text)-4)...), `"}}}`...)
	return message.Body{Data: text, Size: uint64(len(text))}
}

func TestAFloodingConnectionLeavesCapacityToOthers(t *testing.T) {
	flood := body(600 << 10)
	for _, flooding := range []int{1, 10, 500} {
		q := observe.New(observe.Config{MaxBytes: 12 << 20, MaxItems: 16384})
		hostile, honest := observe.NewPeerShare(), observe.NewPeerShare()
		for range flooding {
			conn := observe.NewShare(hostile)
			for range 40 {
				client(q, conn).Message(schema.ClientToServer, flood, time.Now())
			}
		}
		const calls = 50
		for i := range calls {
			client(q, observe.NewShare(honest)).Message(schema.ClientToServer, call(i, 20<<10), time.Now())
		}
		whole := 0
		items, losses := q.Take(nil)
		for i := range items {
			if o := &items[i]; len(o.Body.Data) == 20<<10 {
				whole++
			}
			items[i].Taken()
		}
		if n, _ := lost(losses); whole != calls || n == 0 {
			t.Errorf("%d connections flood: %d of %d messages of others are recorded, %d of all are lost", flooding, whole, calls, n)
		}
		q.Done(sum(items))
		conn := observe.NewShare(hostile) // what it used it has again
		if client(q, conn).Message(schema.ClientToServer, body(600<<10), time.Now()); !q.Holds(1, 1) {
			t.Error("a connection whose messages are done has no capacity")
		}
	}
}

func TestAMessageWithoutCapacityLeavesItsEnvelope(t *testing.T) {
	q := observe.New(observe.Config{MaxBytes: 1 << 20, MaxItems: 16384})
	x := process(q)
	x.Message(schema.ClientToServer, body(1<<20-8192), time.Now())
	big := call(7, 900<<10)
	want := sha256.Sum256(big.Data)
	x.Message(schema.ClientToServer, big, time.Now())
	batch := []byte(`[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b","arguments":{"x":"` +
		string(bytes.Repeat([]byte{'x'}, 200<<10)) + `"}}}]`)
	x.Message(schema.ClientToServer, message.Body{Data: batch, Size: uint64(len(batch))}, time.Now())
	items, losses := q.Take(nil)
	if len(items) != 5 || len(losses) != 0 {
		t.Fatalf("%d observations and %d losses, want a start, a message and three envelopes", len(items), len(losses))
	}
	for i, target := range []string{"write", "a", "b"} {
		b := items[2+i].Body
		if b.Data != nil || b.Envelope == nil || b.Envelope.Target != target || b.Envelope.Method != "tools/call" || b.Sum == (schema.Hash{}) {
			t.Errorf("envelope %d is %+v", i, b)
		}
	}
	if b := items[2].Body; b.Size != 900<<10 || b.Sum != want || b.Envelope.ID != "n:7" {
		t.Errorf("the envelope says %d bytes, id %s", b.Size, b.Envelope.ID)
	}
	// Envelopes have bounds of their own, beyond which messages are counted.
	for i := range 5000 {
		x.Message(schema.ClientToServer, call(i, 9000), time.Now())
	}
	items, losses = q.Take(nil)
	if n, _ := lost(losses); len(items) == 0 || int(n)+len(items) != 5000 || sum(items) > 1<<17+4096 {
		t.Errorf("%d envelopes of %d bytes, %d lost", len(items), sum(items), n)
	}
}
