package playback

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// recorded is a session with a call that was answered twice the same way, one that was
// cut, one that nobody answered and one whose body was not kept.
func recorded(t *testing.T) *Recording {
	t.Helper()
	s := recordtest.NewSession(1)
	s.ReadFile("/a", "alpha")
	s.ReadFile("/a", "beta")
	s.Add(schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: "tools/call", Target: "slow", RPCID: "n:90",
		Payload: []byte(`{"jsonrpc":"2.0","id":90,"method":"tools/call","params":{"name":"slow"}}`)})
	kept := s.Add(schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: "tools/call", Target: "secret", RPCID: "n:91",
		Payload: []byte(`{"jsonrpc":"2.0","id":91,"method":"tools/call","params":{"name":"secret"}}`)})
	s.Add(schema.Event{Kind: schema.KindAnswer, Direction: schema.ServerToClient, Method: "tools/call", Target: "secret", RPCID: "n:91", RequestSeq: kept.Seq,
		Outcome: schema.OutcomeOK, Flags: schema.FlagWithheld})
	s.Close()
	var events []wire.Event
	b := rebuild.NewBuilder()
	for _, e := range s.Events {
		if err := b.Add(query.Event{Event: e, Leaf: schema.LeafHash(e.Append(nil))}); err != nil {
			t.Fatal(err)
		}
		w := wire.FromEvent(e)
		if e.Target == "read_file" && e.Kind == schema.KindRequest {
			w.Redactions = []wire.Redaction{{Pointer: "/params/arguments/token"}}
		}
		events = append(events, w)
	}
	return New(events, b.Timeline())
}

// ask says one line to a conversation over stdio and returns what came back.
func ask(t *testing.T, r *Recording, line string) string {
	t.Helper()
	in, out := io.Pipe()
	said, saying := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- r.Stdio(t.Context(), in, saying) }()
	go func() { _, _ = io.WriteString(out, line+"\n") }() // or the test times out
	answer, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestWhatWasAskedIsAnsweredAndTheRestIsNamed(t *testing.T) {
	r := recorded(t)
	call := func(id int, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`, id, params)
	}
	for what, c := range map[string]struct{ line, want string }{
		"asked":                   {call(1, `{"name":"read_file","arguments":{"path":"/a"}}`), `"alpha"`},
		"asked with other _meta":  {call(1, `{"arguments":{"path":"/a"},"name":"read_file","_meta":{"progressToken":7}}`), `"alpha"`},
		"with what was cut":       {call(1, `{"name":"read_file","arguments":{"path":"/a","token":"s3cret"}}`), `"alpha"`},
		"not asked":               {call(1, `{"name":"read_file","arguments":{"path":"/b"}}`), `The nearest is event 4, tools/call read_file, which differs at /arguments/path.`},
		"a method of nobody":      {`{"jsonrpc":"2.0","id":"x","method":"prompts/list"}`, `no \"prompts/list\" was asked in it`},
		"never answered":          {call(1, `{"name":"slow"}`), `got no answer when it was recorded`},
		"without its body":        {call(1, `{"name":"secret"}`), `recorded without its body`},
		"ping":                    {`{"jsonrpc":"2.0","id":"p","method":"ping"}`, `"result":{}`},
		"a greeting of one's own": {`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"clientInfo":{"name":"other"}}}`, `secure-filesystem-server`},
		"no JSON":                 {`{"jsonrpc`, `"code":-32700`},
		"no message":              {`{}`, `"code":-32600`},
	} {
		got := ask(t, r, c.line)
		if !strings.Contains(got, c.want) || !json.Valid([]byte(got)) {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}

// TestTheSameQuestionGetsTheAnswersInTheirOrder asks three times what was asked twice.
func TestTheSameQuestionGetsTheAnswersInTheirOrder(t *testing.T) {
	c := recorded(t).Begin()
	var got []string
	for range 3 {
		send := func(message []byte) error {
			var m struct {
				Result struct{ Content []struct{ Text string } }
			}
			if err := json.Unmarshal(message, &m); err != nil {
				return err
			}
			got = append(got, m.Result.Content[0].Text)
			return nil
		}
		line := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/a"}}}`)
		if err := c.Receive(t.Context(), line, send, send)(); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != "alpha beta beta" {
		t.Errorf("%v", got)
	}
}

func TestOverHTTPStrangersAndOtherSitesAreRefused(t *testing.T) {
	server := httptest.NewServer(recorded(t).Handler())
	defer server.Close()
	post := func(body string, header ...string) (int, string, string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		request, _ := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/mcp", strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
			if header[i] == "Host" {
				request.Host = header[i+1]
			}
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, response.Header.Get(sessionHeader), string(text)
	}
	const initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}`
	status, id, text := post(initialize)
	if status != http.StatusOK || id == "" || !strings.Contains(text, "secure-filesystem-server") {
		t.Errorf("%d %q %s", status, id, text)
	}
	if status, _, text := post(`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"}]`, sessionHeader, id); status != http.StatusOK || !strings.Contains(text, `"id":1`) {
		t.Errorf("a batch: %d %s", status, text)
	}
	if status, _, _ := post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, sessionHeader, id); status != http.StatusAccepted {
		t.Errorf("a notification: %d", status)
	}
	for what, header := range map[string][]string{
		"another session": {sessionHeader, "nonsense"}, "another site": {"Sec-Fetch-Site", "cross-site"}, "another name": {"Host", "evil.example"},
	} {
		if status, _, _ := post(initialize, header...); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("%s: %d", what, status)
		}
	}
}
