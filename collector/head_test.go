package collector_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// TestHeadersAreBoundedWhileTheyWait has clients send long headers, where nothing takes
// what is seen.
func TestHeadersAreBoundedWhileTheyWait(t *testing.T) {
	rec := collector.New(collector.Config{CollectorID: "c"}, func(context.Context, []durable.Record) ([]int, error) { return nil, nil })
	before, at := heap(), time.Now()
	long := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 50<<10) }
	for i := range 3000 {
		x := rec.Queue().Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/" + long(i),
			Header: http.Header{"User-Agent": {long(i)}, "Authorization": {long(i)}, "Mcp-Session-Id": {long(i)}, "X-Other": {long(i)}}}}, at)
		x.Message(schema.ClientToServer, body(`{"jsonrpc":"2.0","id":1,"method":"ping"}`), at)
		x.Response(401, http.Header{"Content-Type": {long(i)}, "Www-Authenticate": {long(i)}, "X-Other": {long(i)}}, at)
		x.End(observe.EndEOF, at)
	}
	if grown := (heap() - before) >> 20; grown > 24 {
		t.Errorf("%d MiB are held, of a queue of 12", grown)
	}
	runtime.KeepAlive(rec)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestLongHeadersStayDifferent: what is cut off still tells sessions apart.
func TestLongHeadersStayDifferent(t *testing.T) {
	long := strings.Repeat("a", 100<<10)
	sessions := map[[16]byte]bool{}
	for _, e := range record(t, collector.Config{}, new(tape), func(rec *collector.Recorder) {
		at := time.Now()
		for _, end := range []string{"1", "2", "1"} {
			visit{agent: long + end, token: long + end, session: long + end, url: "/", request: `{"jsonrpc":"2.0","id":1,"method":"ping"}`, status: 200,
				answer: `{"jsonrpc":"2.0","id":1,"result":{}}`}.play(rec, at)
		}
	}) {
		sessions[e.SessionID] = true
	}
	if len(sessions) != 2 {
		t.Errorf("%d sessions, want 2", len(sessions))
	}
}

// TestABatchOfFarTooManyIsOneEvent, which is flagged: each of its parts would be one.
func TestABatchOfFarTooManyIsOneEvent(t *testing.T) {
	events := record(t, collector.Config{}, new(tape), func(rec *collector.Recorder) {
		stdio(rec).Message(schema.ClientToServer, body("["+strings.Repeat(`{"method":"x"},`, 20_000)+"1]"), time.Now())
	})
	if len(events) > 4 {
		t.Fatalf("%d events", len(events))
	}
	for _, e := range events {
		if e.Kind == schema.KindNoise && e.Flags&schema.FlagAmbiguous != 0 {
			return
		}
	}
	t.Error("nothing is flagged")
}
