package httpproxy_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// TestABodyThatDoesNotComeIsGivenUp stalls within the body, before and behind what the
// proxy sends on at once.
func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL + "/mcp"}}, BodyTimeout: 50 * time.Millisecond})
	for name, first := range map[string]string{"nothing": "", "a part": `{"jsonrpc":"2.0","id":1,`, "much": `{"a":"` + strings.Repeat("x", 100_000)} {
		t.Run(name, func(t *testing.T) {
			conn := beginPost(t, p.url, first, strings.Repeat(" ", 200_000))
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != http.StatusRequestTimeout || !response.Close {
				t.Errorf("status %d", response.StatusCode)
			}
		})
	}
	if n := p.proxy.Stats.SlowBodies.Load(); n != 3 {
		t.Errorf("counted %d", n)
	}
	p.find(t, "the end of it", func(e *schema.Event) bool {
		return e.HTTPStatus == http.StatusRequestTimeout && e.Outcome == schema.OutcomeHTTPError
	})
}

// TestAnAnswerMayTakeLongerThanTheBodyOfItsRequest: the bound is the body's alone.
func TestAnAnswerMayTakeLongerThanTheBodyOfItsRequest(t *testing.T) {
	const bound = 50 * time.Millisecond
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-time.After(4 * bound)
		fmt.Fprint(w, "late")
	}))
	t.Cleanup(server.Close)
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL + "/mcp"}}, BodyTimeout: bound})
	for _, body := range []string{call, strings.Repeat(" ", 100_000)} {
		if got := ask(t, "POST", p.url+"/mcp", "application/json", body); got != "late" {
			t.Errorf("got %q", got)
		}
	}
}

func TestConnectionsOfOnePeerAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") }))
	t.Cleanup(server.Close)
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL + "/mcp"}}, MaxConnsPerPeer: 3})
	var held []net.Conn
	for range 3 {
		held = append(held, beginPost(t, p.url, "{", "}"))
	}
	wait.For(t, "a connection beyond the bound to be closed", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetDeadline(wait.Deadline())
		_, err = conn.Read(make([]byte, 1))
		return err != nil && !strings.Contains(err.Error(), "timeout")
	})
	if p.proxy.Stats.RefusedConns.Load() == 0 {
		t.Error("it is not counted")
	}
	for _, conn := range held {
		conn.Close()
	}
	wait.For(t, "room for another connection", func() bool {
		response, err := client.Post(p.url+"/mcp", "application/json", strings.NewReader(call))
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
}

// TestBodiesThatAreNotRecordedWholeAreRefusedWhereThatIsWanted sends bodies of that length
// and more, with and without their length.
func TestBodiesThatAreNotRecordedWholeAreRefusedWhereThatIsWanted(t *testing.T) {
	const most = 1000
	got := make(chan int, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			got <- len(body)
		}
		fmt.Fprint(w, "ok")
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL + "/mcp"}}, MaxBody: most, RefuseLarger: true})
	message := func(size int) string {
		head := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","a":"`
		return head + strings.Repeat("y", size-len(head)-3) + `"}}`
	}
	for _, c := range []struct {
		size    int
		chunked bool
		status  int
	}{{most, false, 200}, {most, true, 200}, {most + 1, false, 413}, {most + 1, true, 413}, {100 * most, false, 413}, {100 * most, true, 413}} {
		body := io.Reader(strings.NewReader(message(c.size)))
		if c.chunked {
			body = io.MultiReader(body) // hides the length
		}
		response, err := client.Post(p.url+"/mcp", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status {
			t.Errorf("%+v: status %d, %s, %v", c, response.StatusCode, answer, err)
		}
		if c.status == http.StatusRequestEntityTooLarge && !strings.Contains(string(answer), `"error"`) {
			t.Errorf("%+v: answered %s", c, answer)
		}
	}
	refused := 0
	for _, e := range p.stop() {
		if e.HTTPStatus == http.StatusRequestEntityTooLarge {
			refused++
		}
	}
	if n := p.proxy.Stats.RefusedBodies.Load(); n != 4 || refused < 4 {
		t.Errorf("%d are counted and %d recorded:\n%s", n, refused, p)
	}
	for len(got) > 0 {
		if n := <-got; n > most {
			t.Errorf("the upstream got %d bytes", n)
		}
	}
}
