package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/schema"
)

// conversation makes the events of one session: calls of read_file and their
// answers. An event is 1.1 KB when encoded, with text that compresses as text does.
func conversation(id uuid.UUID, size int, random *rand.Rand) []kafka.Message {
	var prev schema.Hash
	out := make([]kafka.Message, 0, size)
	for i := range size {
		e := schema.Event{Version: schema.Version, Tenant: "default", CollectorID: "bench", Epoch: id, CollectorSeq: uint64(i), SessionID: id, Seq: uint64(i), Prev: prev,
			Basis: schema.BasisStdio, Time: time.Now().UnixNano(), Mono: int64(i) * int64(time.Millisecond), Clock: schema.ClockHost,
			Method: "tools/call", RPCID: fmt.Sprintf("n:%d", i), Target: "read_file", Transport: schema.TransportStdio,
			Upstream: "files", ClientName: "inspector", ClientVersion: "1.0.0", ServerName: "files", ServerVersion: "0.2.0", ProtocolVersion: "2025-11-25",
			Principal: schema.Principal{Issuer: "build-host", Subject: "ada"}}
		switch {
		case i == 0:
			e.Kind, e.Method, e.RPCID, e.Target = schema.KindOpen, "", "", ""
			e.Payload = []byte(`{"command":["node","files.js"],"pid":12}`)
		case i%2 == 1:
			e.Kind, e.Direction = schema.KindRequest, schema.ClientToServer
			e.Payload = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/srv/%s","why":%q}}}`, i, token(random), words(random, 680))
		default:
			e.Kind, e.Direction, e.Outcome, e.RequestSeq, e.Duration = schema.KindAnswer, schema.ServerToClient, schema.OutcomeOK, uint64(i-1), int64(time.Millisecond)
			e.RPCID = fmt.Sprintf("n:%d", i-1)
			e.Payload = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":%q}]}}`, i-1, words(random, 740))
		}
		e.Size = uint64(len(e.Payload))
		value := e.Append(nil)
		prev = schema.LeafHash(value)
		out = append(out, kafka.Message{Key: id[:], Value: value})
	}
	return out
}

var vocabulary = strings.Fields(`the agent reads a file and then writes its summary to another place where people find it
	error timeout retry deploy invoice customer report table column query index branch commit review server client token request answer
	meeting tuesday budget quarter release notes draft final approve reject pending status open closed owner team service cluster node`)

// words is text of about that many bytes, with a few parts that occur once.
func words(random *rand.Rand, size int) string {
	var b strings.Builder
	for b.Len() < size {
		if random.IntN(8) == 0 {
			b.WriteString(token(random))
		} else {
			b.WriteString(vocabulary[random.IntN(len(vocabulary))])
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func token(random *rand.Rand) string {
	var t [5]byte
	for i := range t {
		t[i] = byte(random.Uint32())
	}
	return hex.EncodeToString(t[:])
}

// produce writes messages as the collector does.
func produce(ctx context.Context, broker, topic string, messages []kafka.Message) error {
	w := kafka.Writer{Addr: kafka.TCP(broker), Topic: topic, Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
		BatchTimeout: 5 * time.Millisecond, BatchSize: 1000, BatchBytes: schema.MaxMessageBytes, Compression: kafka.Zstd}
	defer w.Close()
	if err := w.WriteMessages(ctx, messages...); err != nil {
		return fmt.Errorf("producing %d events: %w", len(messages), err)
	}
	return nil
}
