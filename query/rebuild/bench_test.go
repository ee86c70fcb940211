package rebuild_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

// BenchmarkRebuild makes and rebuilds a session of 100,000 events of about 1 KB,
// each with a payload of its own. It reports what the timeline keeps for each
// operation; making the events is in the time.
func BenchmarkRebuild(b *testing.B) {
	const events = 100_000
	text := strings.Repeat("x", 700)
	generate := func(yield func(*schema.Event, error) bool) {
		var prev schema.Hash
		var buf []byte
		for i := range uint64(events) {
			e := ask(c2s, fmt.Sprintf("n:%d", i/2), "tools/call", named("read_file"), body(text+fmt.Sprint(i)))
			if i%2 == 1 {
				e = answer(s2c, e.RPCID, "ok", body(text+fmt.Sprint(i)))
			}
			e.Tenant, e.SessionID, e.Seq, e.Prev, e.Mono = "t", session, i, prev, int64(i)
			buf = e.Append(buf[:0])
			prev = schema.LeafHash(buf)
			if !yield(e, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		tl, err := rebuild.Timeline(query.Hashed(generate))
		if err != nil || len(tl.Operations) != events/2 {
			b.Fatal(err, len(tl.Operations))
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(tl)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(events/2), "B/operation")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}
