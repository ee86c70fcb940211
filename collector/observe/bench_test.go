package observe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// BenchmarkExchange offers the four observations of an HTTP exchange, and takes them: what
// the traffic pays for the queue.
func BenchmarkExchange(b *testing.B) {
	q := observe.New(observe.Config{MaxBytes: 12 << 20, MaxItems: 16384})
	request := http.Header{"Authorization": {"Bearer ordinary-token"}, "Mcp-Session-Id": {"s1"}, "User-Agent": {"node"}}
	answer := http.Header{"Content-Type": {"application/json"}}
	message, at := body(300), time.Now()
	var buf []observe.Observation
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/mcp", Header: request}}, at)
		x.Message(schema.ClientToServer, message, at)
		x.Response(200, answer, at)
		x.Message(schema.ServerToClient, message, at)
		x.End(observe.EndEOF, at)
		if i%1000 == 999 {
			buf, _ = q.Take(buf)
			q.Done(sum(buf))
		}
	}
}
