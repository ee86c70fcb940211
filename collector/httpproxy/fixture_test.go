package httpproxy_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// client gives up on an answer, with its body, that does not come to its end.
var client = &http.Client{Timeout: wait.Limit}

// record keeps what a Recorder publishes.
type record struct {
	mu    sync.Mutex // guards all; held for one append or copy
	all   []*schema.Event
	bytes bytes.Buffer
	grown chan struct{} // closed and replaced at each growth
}

func (rec *record) publish(_ context.Context, records []durable.Record) ([]int, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, r := range records {
		e, err := schema.Decode(r.Value)
		if err != nil {
			return nil, err
		}
		rec.all = append(rec.all, e)
		rec.bytes.Write(r.Value)
	}
	close(rec.grown)
	rec.grown = make(chan struct{})
	return nil, nil
}

// find waits for an event.
func (rec *record) find(t *testing.T, what string, is func(*schema.Event) bool) *schema.Event {
	t.Helper()
	deadline := time.After(wait.Limit)
	for {
		rec.mu.Lock()
		for _, e := range rec.all {
			if is(e) {
				rec.mu.Unlock()
				return e
			}
		}
		grown := rec.grown
		rec.mu.Unlock()
		select {
		case <-grown:
		case <-deadline:
			t.Fatalf("not recorded within %v: %s; there is\n%s", wait.Limit, what, rec)
		}
	}
}

func (rec *record) String() string {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	var b bytes.Buffer
	for _, e := range rec.all {
		b.WriteString(string(e.Kind) + " " + string(e.Direction) + " " + e.Method + " " + e.RPCID + " " + string(e.Outcome) + " " +
			string(e.Payload[:min(len(e.Payload), 200)]) + "\n")
	}
	return b.String()
}

// running is a proxy with its record.
type running struct {
	url   string
	proxy *httpproxy.Proxy
	*record
	// stop ends the proxy and then the recorder; after it the record is complete.
	stop func() []*schema.Event
}

// front runs a proxy before the upstreams.
func front(t testing.TB, config httpproxy.Config) running {
	t.Helper()
	rec := &record{grown: make(chan struct{})}
	recorder := collector.New(collector.Config{CollectorID: "test"}, rec.publish)
	proxy, err := httpproxy.New(config, recorder.Queue())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, endServing := context.WithCancel(context.Background())
	recording, endRecording := context.WithCancel(context.Background())
	served, recorded := make(chan error, 1), make(chan error, 1)
	go func() { served <- proxy.Run(serving, l) }()
	go func() { recorded <- recorder.Run(recording, wait.Limit) }()
	stop := sync.OnceValue(func() []*schema.Event {
		endServing()
		if err := wait.Receive(t, "the proxy to end", served); err != nil {
			t.Error(err)
		}
		endRecording()
		if err := wait.Receive(t, "the recorder to end", recorded); err != nil {
			t.Error(err)
		}
		return rec.all
	})
	t.Cleanup(func() { stop() })
	return running{"http://" + l.Addr().String(), proxy, rec, stop}
}

// before runs a proxy before one handler, which it serves as "up".
func before(t testing.TB, upstream http.Handler) running {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL + "/mcp"}}, Grace: time.Second})
}
