package observe_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// TestHeadersAreBoundedWhileTheyWait has clients send long headers, where nothing takes
// what is observed.
func TestHeadersAreBoundedWhileTheyWait(t *testing.T) {
	q := observe.New(observe.Config{MaxBytes: 12 << 20, MaxItems: 16384})
	before, at := heap(), time.Now()
	long := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 50<<10) }
	for i := range 3000 {
		x := q.Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportHTTP, HTTP: &observe.RequestHead{Verb: "POST", URL: "/" + long(i),
			Header: http.Header{"User-Agent": {long(i)}, "Authorization": {long(i)}, "Mcp-Session-Id": {long(i)}, "X-Other": {long(i)}}}}, at)
		x.Message(schema.ClientToServer, body(64), at)
		x.Response(401, http.Header{"Content-Type": {long(i)}, "Www-Authenticate": {long(i)}, "X-Other": {long(i)}}, at)
		x.End(observe.EndEOF, at)
	}
	if grown := (heap() - before) >> 20; grown > 24 {
		t.Errorf("%d MiB are held, of a queue of 12", grown)
	}
	runtime.KeepAlive(q)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
