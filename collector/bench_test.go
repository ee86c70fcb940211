package collector_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// BenchmarkRecorder takes calls and their answers of about 1 KB from the queue to
// encoded events, on the one goroutine that does so.
func BenchmarkRecorder(b *testing.B) {
	rec := collector.New(collector.Config{CollectorID: "bench"}, func(context.Context, []durable.Record) ([]int, error) { return nil, nil })
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	x := rec.Queue().Begin(observe.Exchange{Transport: schema.TransportStdio, Process: &observe.Process{}}, time.Now())
	text := strings.Repeat("ordinary words ", 60)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%64 == 0 {
			if err := rec.Queue().WaitForCapacity(ctx); err != nil {
				b.Fatal(err)
			}
		}
		call := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"x","arguments":{"text":%q}}}`, i, text)
		x.Message(schema.ClientToServer, message.Body{Data: call, Size: uint64(len(call))}, time.Now())
		answer := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":%q}]}}`, i, text)
		x.Message(schema.ServerToClient, message.Body{Data: answer, Size: uint64(len(answer))}, time.Now())
	}
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if n := rec.Stats().Lost.Load(); n > 0 {
		b.Errorf("%d messages were lost", n)
	}
}

// BenchmarkHTTPExchange takes whole exchanges of a Streamable HTTP session, with its id
// and a credential, from the queue to encoded events.
func BenchmarkHTTPExchange(b *testing.B) {
	rec := collector.New(collector.Config{CollectorID: "bench"}, func(context.Context, []durable.Record) ([]int, error) { return nil, nil })
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	request := http.Header{"Authorization": {"Bearer ordinary-token"}, "Mcp-Session-Id": {"s1"}, "User-Agent": {"node"}, "Accept": {"application/json"}}
	answer := http.Header{"Content-Type": {"application/json"}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%64 == 0 {
			if err := rec.Queue().WaitForCapacity(ctx); err != nil {
				b.Fatal(err)
			}
		}
		at := time.Now()
		x := rec.Queue().Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, Peer: "127.0.0.1",
			HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: request}}, at)
		x.Message(schema.ClientToServer, body(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"x"}}`, i)), at)
		x.Response(200, answer, at)
		x.Message(schema.ServerToClient, body(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[]}}`, i)), at)
		x.End(observe.EndEOF, at)
	}
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	if n := rec.Stats().Lost.Load(); n > 0 {
		b.Errorf("%d messages were lost", n)
	}
}
