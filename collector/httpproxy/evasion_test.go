package httpproxy_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// TestWhatAClientGotBeforeItHungUpIsRecorded: nobody takes data out unseen by leaving
// before the end of an answer.
func TestWhatAClientGotBeforeItHungUpIsRecorded(t *testing.T) {
	const hangUps = 5
	for _, encoding := range []string{"", "gzip"} {
		run := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			to := io.Writer(w)
			if encoding != "" {
				w.Header().Set("Content-Encoding", encoding)
				z := gzip.NewWriter(w)
				defer z.Close()
				to = z
			}
			io.WriteString(to, `{"jsonrpc":"2.0","id":1,"result":{"text":"taken out`)
			text := base64.NewEncoder(base64.StdEncoding, to)
			_, _ = io.CopyN(text, rand.NewChaCha8([32]byte{}), 32<<20) // more than sockets hold
		}))
		routines := runtime.NumGoroutine()
		for range hangUps {
			conn := beginPost(t, run.url, `{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, "")
			if _, err := io.CopyN(io.Discard, conn, 64<<10); err != nil {
				t.Fatal(err)
			}
			wait.For(t, "the proxy to wait for the client to read on", waitsToWrite)
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
		got := map[*schema.Event]bool{}
		run.find(t, "what each client got", func(e *schema.Event) bool {
			if e.Kind == schema.KindAnswer && e.Size >= 64<<10 {
				got[e] = true
			}
			return len(got) == hangUps
		})
		wait.For(t, "the goroutines of the clients that left to end", func() bool { return runtime.NumGoroutine() < routines+hangUps })
	}
}

// waitsToWrite reports whether the proxy has more of an answer than the client's socket
// takes.
func waitsToWrite() bool {
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		if strings.Contains(head, "[IO wait") && strings.Contains(stack, "net.(*conn).Write") && strings.Contains(stack, "httpproxy.(*exchange).copy") {
			return true
		}
	}
	return false
}

// TestAnEarlyAnswerHidesNothing has a server answer, wholly or in part, before it was
// sent the rest of the request: that is one request all the same, also where it is encoded.
func TestAnEarlyAnswerHidesNothing(t *testing.T) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hidden"}}`
	var zipped strings.Builder
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, call)
	z.Close()
	const event = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n"
	for _, c := range []struct{ media, first, encoding, body string }{
		{"application/json", `{"jsonrpc":`, "", call},
		{"text/event-stream", event, "", call},
		{"text/event-stream", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n", "", call},
		{"text/event-stream", event, "gzip", zipped.String()},
	} {
		got := make(chan int, 1)
		run := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex()
			w.Header().Set("Content-Type", c.media)
			io.WriteString(w, c.first)
			w.(http.Flusher).Flush()
			body, _ := io.ReadAll(r.Body)
			got <- len(body)
		}))
		header := ""
		if c.encoding != "" {
			header = "Content-Encoding: " + c.encoding + "\r\n"
		}
		conn := beginPostWith(t, run.url, header, c.body[:25], c.body[25:])
		for answer := bufio.NewReader(conn); ; { // until what is early has passed
			line, err := answer.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, `{"jsonrpc":`) {
				break
			}
		}
		fmt.Fprint(conn, c.body[25:])
		if passed := wait.Receive(t, "the server to get the whole request", got); passed != len(c.body) {
			t.Fatalf("the server got %d bytes", passed)
		}
		run.find(t, "the request", func(e *schema.Event) bool {
			if e.Direction == schema.ClientToServer && e.Kind == schema.KindNoise {
				t.Errorf("%s %s: a part of the request is recorded as noise", c.media, c.encoding)
			}
			return e.Kind == schema.KindRequest && e.Method == "tools/call" && e.Target == "hidden" && string(e.Payload) == call
		})
		conn.Close()
	}
}

// beginPost sends the first part of a request whose rest is to come.
func beginPost(t *testing.T, url, first, rest string) net.Conn {
	t.Helper()
	return beginPostWith(t, url, "", first, rest)
}

// beginPostWith is beginPost with more lines of a header.
func beginPostWith(t *testing.T, url, header, first, rest string) net.Conn {
	t.Helper()
	addr := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(wait.Deadline())
	fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", addr, header, len(first)+len(rest), first)
	return conn
}

// TestAnUpstreamCannotTakeTheRequestsOfAnother names the path of another upstream as
// the endpoint of a legacy stream.
func TestAnUpstreamCannotTakeTheRequestsOfAnother(t *testing.T) {
	serve := func(name string) *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(w, "event: endpoint\ndata: /b\n\n")
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
			fmt.Fprint(w, name)
		}))
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		return server
	}
	run := front(t, httpproxy.Config{Grace: time.Second, Upstreams: []httpproxy.Upstream{
		{Name: "a", URL: serve("a").URL + "/mcp"}, {Name: "b", URL: serve("b").URL + "/mcp"}}})
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, run.url+"/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if _, err := bufio.NewReader(stream.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	run.find(t, "the endpoint", func(e *schema.Event) bool { return strings.Contains(string(e.Payload), `"endpoint"`) })
	answer, err := client.Post(run.url+"/b", "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if by, err := io.ReadAll(answer.Body); string(by) != "b" {
		t.Errorf("answered by %q, %v", by, err)
	}
}
