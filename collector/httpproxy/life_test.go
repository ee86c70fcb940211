package httpproxy_test

import (
	"bufio"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}`

func post(t *testing.T, ctx context.Context, url, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func outcome(o schema.Outcome) func(*schema.Event) bool {
	return func(e *schema.Event) bool { return e.Outcome == o }
}

func TestTheFirstByteOfAnEventDoesNotWaitForTheRest(t *testing.T) {
	release := make(chan struct{})
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range []string{"d", "ata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", "\n"} {
			io.WriteString(w, piece)
			w.(http.Flusher).Flush()
			wait.OrEnd(t, release)
		}
	}))
	response := post(t, t.Context(), p.url+"/mcp", call)
	from := bufio.NewReader(response.Body)
	if b, err := from.ReadByte(); b != 'd' {
		t.Fatal(b, err)
	}
	release <- struct{}{}
	if line, err := from.ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	release <- struct{}{}
	if line, err := from.ReadString('\n'); line != "\n" {
		t.Fatal(line, err)
	}
	p.find(t, "the answer, while its stream is open", outcome(schema.OutcomeOK))
	release <- struct{}{}
}

func TestAPieceDoesNotWaitForTheNextChunkHeader(t *testing.T) {
	release := make(chan struct{})
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{ \r\n1")
		wait.OrEnd(t, release)
		io.WriteString(c, "\r\n}\r\n0\r\n\r\n")
	}))
	response := post(t, t.Context(), p.url+"/mcp", call)
	var first [2]byte
	if _, err := io.ReadFull(response.Body, first[:]); err != nil {
		t.Fatal(err)
	}
	close(release)
	if rest, err := io.ReadAll(response.Body); string(first[:])+string(rest) != "{ }" || err != nil {
		t.Errorf("got %q and %q, %v", first, rest, err)
	}
}

func TestAHangUpOfTheClientReachesTheUpstream(t *testing.T) {
	for name, media := range map[string]string{"before the answer": "", "within a stream": "text/event-stream", "within a body": "application/json"} {
		t.Run(name, func(t *testing.T) {
			reached, gone := make(chan struct{}), make(chan struct{})
			p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.ReadAll(r.Body)
				if media != "" {
					w.Header().Set("Content-Type", media)
					io.WriteString(w, "{")
					w.(http.Flusher).Flush()
				}
				close(reached)
				<-r.Context().Done()
				close(gone)
			}))
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				wait.OrEnd(t, reached)
				cancel()
			}()
			request, _ := http.NewRequestWithContext(ctx, "POST", p.url+"/mcp", strings.NewReader(call))
			if response, err := client.Do(request); err == nil {
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
			wait.Receive(t, "the hang-up to reach the upstream", gone)
			e := p.find(t, "the hang-up", outcome(schema.OutcomeClientDisconnect))
			if e.RequestSeq == 0 || e.Method != "tools/call" {
				t.Errorf("the hang-up does not name its request: %+v", e)
			}
		})
	}
}

func TestAHangUpOfTheUpstreamReachesTheClient(t *testing.T) {
	for name, c := range map[string]struct {
		media, sent string
	}{
		"before the answer": {"", ""},
		"within an event":   {"text/event-stream", "data: {\"jsonrpc\""},
		"within a body":     {"application/json", "{\"jsonrpc\""},
	} {
		t.Run(name, func(t *testing.T) {
			p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.ReadAll(r.Body)
				if c.media != "" {
					w.Header().Set("Content-Type", c.media)
					io.WriteString(w, c.sent)
					w.(http.Flusher).Flush()
				}
				panic(http.ErrAbortHandler)
			}))
			response, err := client.Post(p.url+"/mcp", "application/json", strings.NewReader(call))
			if c.media == "" && err == nil {
				t.Errorf("the client got status %d", response.StatusCode)
			}
			if c.media != "" {
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(got) != c.sent {
					t.Errorf("the client got %q, %v", got, err)
				}
			}
			p.find(t, "the hang-up", outcome(schema.OutcomeServerDisconnect))
			if c.sent != "" {
				p.find(t, "what came of the answer", func(e *schema.Event) bool {
					return e.Kind == schema.KindNoise && string(e.Payload) == `{"jsonrpc"`
				})
			}
		})
	}
}

func TestAnUnreachableUpstreamIsABadGateway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "gone", URL: "http://" + l.Addr().String() + "/mcp"}}})
	response := post(t, t.Context(), p.url+"/gone", call)
	said, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusBadGateway || !strings.Contains(string(said), "Upstream gone: it cannot be reached: connect: connection refused.") {
		t.Errorf("status %d: %s", response.StatusCode, said)
	}
	if e := p.find(t, "the failure", outcome(schema.OutcomeTransportError)); e.Method != "tools/call" {
		t.Errorf("the failure does not name its request: %+v", e)
	}
}

func TestCertificatesOfUpstreamsAreVerified(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	upstreams := []httpproxy.Upstream{{Name: "up", URL: server.URL}}
	p := front(t, httpproxy.Config{Upstreams: upstreams})
	if response := post(t, t.Context(), p.url+"/up", call); response.StatusCode != http.StatusBadGateway {
		t.Errorf("an unknown certificate: status %d", response.StatusCode)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	known := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, known, 0o600); err != nil {
		t.Fatal(err)
	}
	p = front(t, httpproxy.Config{Upstreams: upstreams, CAFile: file})
	for range 2 {
		response := post(t, t.Context(), p.url+"/up", call)
		if got, err := io.ReadAll(response.Body); string(got) != call || err != nil {
			t.Errorf("a certificate of the CA file: status %d, %q, %v", response.StatusCode, got, err)
		}
	}
}

func TestAConnectionThatTheUpstreamClosedIsNotUsedAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) }))
	defer server.Close()
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL}}})
	ask := func() string {
		response := post(t, t.Context(), p.url+"/up", call)
		from, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("status %d, %v", response.StatusCode, err)
		}
		return string(from)
	}
	first := ask()
	if again := ask(); again != first {
		t.Errorf("a second connection, %s after %s", again, first)
	}
	server.CloseClientConnections()
	if third := ask(); third == first {
		t.Error("the closed connection was used")
	}
}

func TestAnEndlessHeadIsABadGateway(t *testing.T) {
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nX: ")
		io.Copy(c, &words{})
	}))
	if response := post(t, t.Context(), p.url+"/mcp", call); response.StatusCode != http.StatusBadGateway {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestInformationalAnswersPass(t *testing.T) {
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</x>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		io.Copy(w, r.Body) // net/http sends 100 Continue here
	}))
	var hints []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(status, header.Get("Link")))
			return nil
		},
	})
	request, _ := http.NewRequestWithContext(ctx, "POST", p.url+"/mcp", strings.NewReader(call))
	request.Header.Set("Expect", "100-continue")
	patient := &http.Client{Timeout: wait.Limit, Transport: &http.Transport{ExpectContinueTimeout: wait.Limit}} // only a 100 sends the body
	response, err := patient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	response.Body.Close()
	if string(got) != call || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if fmt.Sprint(hints) != "[103</x> 100]" {
		t.Errorf("informational answers: %q", hints)
	}
}

func TestAnEarlyAnswerIsNotHeldUpByTheRestOfTheRequest(t *testing.T) {
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		http.Error(w, "too much", http.StatusRequestEntityTooLarge)
	}))
	body, more := io.Pipe()
	defer more.Close()
	go io.WriteString(more, "{")
	response, err := client.Post(p.url+"/mcp", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if said, err := io.ReadAll(response.Body); string(said) != "too much\n" || err != nil {
		t.Errorf("got %q, %v", said, err)
	}
	e := p.find(t, "the refusal", outcome(schema.OutcomeHTTPError))
	if e.HTTPStatus != http.StatusRequestEntityTooLarge {
		t.Errorf("recorded status %d", e.HTTPStatus)
	}
}

func TestRunEndsOpenStreamsAtOnceAndRequestsAfterTheGrace(t *testing.T) {
	open := make(chan struct{}, 2)
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		open <- struct{}{}
		<-r.Context().Done()
	}))
	request, _ := http.NewRequest("GET", p.url+"/mcp", http.NoBody)
	request.Header.Set("Accept", "text/event-stream")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	wait.Receive(t, "a stream to be open", open)
	post(t, t.Context(), p.url+"/mcp", call)
	wait.Receive(t, "a stream to be open", open)
	events := p.stop()
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
	var closed bool
	for _, e := range events {
		closed = closed || e.Kind == schema.KindClose
	}
	if !closed {
		t.Errorf("no session was closed:\n%s", p)
	}
}
