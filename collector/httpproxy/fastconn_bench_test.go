package httpproxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
)

// BenchmarkUpstreamClients compares the proxy's own client with http.Transport in one
// run: each iteration sends a batch through a proxy that has the one and then through
// a proxy that has the other, so that whatever else the machine does falls on both.
//
//	go test -run '^$' -bench UpstreamClients -benchtime 30x ./collector/httpproxy
func BenchmarkUpstreamClients(b *testing.B) {
	for _, inFlight := range []int{10, 50, 100, 500} {
		b.Run(fmt.Sprintf("%d in flight", inFlight), func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"`+strings.Repeat("x", 900)+`"}]}}`)
			}))
			defer server.Close()
			own, standard := benchProxy(b, server.URL, true), benchProxy(b, server.URL, false)
			batch := max(2000, 10*inFlight)
			sendBatch(b, own, inFlight, batch) // connections are made
			sendBatch(b, standard, inFlight, batch)
			var took [2]time.Duration
			b.ResetTimer()
			for i := range b.N {
				for j := range 2 {
					which := (i + j) % 2
					took[which] += sendBatch(b, [2]string{own, standard}[which], inFlight, batch)
				}
			}
			b.StopTimer()
			total := float64(batch) * float64(b.N)
			b.ReportMetric(total/took[0].Seconds(), "own-req/s")
			b.ReportMetric(total/took[1].Seconds(), "transport-req/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "own/transport")
		})
	}
}

// benchProxy serves a recording proxy before an upstream until the benchmark ends.
func benchProxy(b *testing.B, upstream string, own bool) string {
	recorder := collector.New(collector.Config{CollectorID: "bench"}, func(context.Context, []durable.Record) ([]int, error) { return nil, nil })
	proxy, err := New(Config{Upstreams: []Upstream{{Name: "up", URL: upstream + "/mcp"}}}, recorder.Queue())
	if err != nil {
		b.Fatal(err)
	}
	if !own {
		for _, u := range proxy.routes.upstreams {
			u.fast = nil
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { _ = proxy.Run(ctx, l) })
	ended.Go(func() { _ = recorder.Run(ctx, time.Minute) })
	b.Cleanup(func() { stop(); ended.Wait() })
	return "http://" + l.Addr().String() + "/mcp"
}

// sendBatch sends that many requests and returns how long they took together.
func sendBatch(b *testing.B, url string, inFlight, requests int) time.Duration {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	defer client.CloseIdleConnections()
	next := make(chan struct{}, requests)
	for range requests {
		next <- struct{}{}
	}
	close(next)
	var workers sync.WaitGroup
	begun := time.Now()
	for range inFlight {
		workers.Go(func() {
			for range next {
				response, err := client.Post(url, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"`+strings.Repeat("y", 200)+`"}}}`))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	workers.Wait()
	return time.Since(begun)
}
