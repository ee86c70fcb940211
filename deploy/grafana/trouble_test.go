package grafana

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/schema"
)

// measured reports whether a number that is not zero is among the fields.
func measured(fields []*data.Field) bool {
	for _, field := range fields {
		for i := range field.Len() {
			if v, ok := field.At(i).(*float64); ok && v != nil && *v != 0 {
				return true
			}
		}
	}
	return false
}

func variables(t *testing.T, h *host, s *stack) {
	status, body := h.call(t, s.source, "values?dimension=server&from=2026-11-22T00:00:00Z&contains=FILE")
	if status != 200 || !strings.Contains(body, `"secure-filesystem-server"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := h.call(t, s.source, "values?dimension=color"); status != 422 || !strings.Contains(body, `"message":"dimension: expected value to be one of`) {
		t.Errorf("%d %s", status, body)
	}
}

// byID asks for sessions by their ids in a time range in which they were not.
func byID(t *testing.T, h *host, s *stack) {
	never := backend.TimeRange{From: time.Unix(1e9, 0), To: time.Unix(1e9+60, 0)}
	for kind, want := range map[string]int{"trace": 5001, "logs": 10_000, "sessions": 1} {
		response, size, err := h.query(t.Context(), s.source, map[string]any{"queryType": kind, "session": s.large, "limit": 1, "bodies": true}, never)
		if err != nil || response.Responses["A"].Error != nil {
			t.Fatalf("%s: %v %v", kind, err, response)
		}
		frame := response.Responses["A"].Frames[0]
		if n := frame.Rows(); n < want-5 || n > want {
			t.Errorf("%s: %d rows, want %d", kind, n, want)
		}
		if size > grpcLimit || size == 0 {
			t.Errorf("%s: %d bytes", kind, size)
		}
		t.Logf("%s of a session of 10,000 events: %d rows, %d bytes", kind, frame.Rows(), size)
		if kind == "logs" && !strings.Contains(fmt.Sprint(frame.Meta.Notices), "The payloads of") {
			t.Errorf("payloads were cut in silence: %+v", frame.Meta.Notices)
		}
	}
}

func limits(t *testing.T, h *host, s *stack) {
	for limit, want := range map[int]struct {
		rows   int
		notice string
	}{0: {500, "These are the newest 500 events. Raise the limit (up to 10000)"}, 7: {7, "These are the newest 7 events."},
		1_000_000: {10_000, "These are the newest 10000 events, the most that one query shows."}} {
		frame := h.frames(t, s.source, map[string]any{"queryType": "logs", "limit": limit}).Frames[0]
		if frame.Rows() != want.rows || !strings.Contains(fmt.Sprint(frame.Meta.Notices), want.notice) {
			t.Errorf("limit %d: %d rows, %+v", limit, frame.Rows(), frame.Meta.Notices)
		}
	}
	frame := h.frames(t, s.source, map[string]any{"queryType": "metrics", "by": []string{"tool"}, "limit": 1}).Frames[0]
	if !strings.Contains(fmt.Sprint(frame.Meta.Notices), "groups with less of calls are left out") {
		t.Errorf("%+v", frame.Meta)
	}
	frame = h.frames(t, s.source, map[string]any{"queryType": "definitions", "filters": is("client", "inspector-cli")}).Frames[0]
	if !strings.Contains(fmt.Sprint(frame.Meta.Notices), "The filter on client does nothing here.") {
		t.Errorf("%+v", frame.Meta)
	}
	excludes(t, h, s)
	// "All" is no filter, numbers are values.
	whole := h.frames(t, s.source, map[string]any{"queryType": "metrics", "format": "number", "filters": is("client", "$__all")}).Frames[0]
	if !measured(whole.Fields) {
		t.Error("All chose nothing")
	}
	h.frames(t, s.source, map[string]any{"queryType": "metrics", "filters": []map[string]any{{"dimension": "client", "values": []any{7}}}})
}

// excludes asks for what is not of one upstream, of every type of query that lists.
func excludes(t *testing.T, h *host, s *stack) {
	t.Helper()
	for _, kind := range []string{"metrics", "sessions", "definitions"} {
		seen := map[bool]int{}
		for _, not := range []bool{false, true} {
			filters := []map[string]any{{"dimension": "upstream", "not": not, "values": []string{"files"}}}
			frame := h.frames(t, s.source, map[string]any{"queryType": kind, "format": "table", "by": []string{"upstream"}, "filters": filters}).Frames[0]
			field := need(t, frame, "upstream", data.FieldTypeString)
			for i := range field.Len() {
				seen[not]++
				if (field.At(i) == "files") == not {
					t.Errorf("%s: upstream %q, not files is %v", kind, field.At(i), not)
				}
			}
		}
		if seen[false] == 0 || seen[true] == 0 {
			t.Errorf("%s: rows by whether files is excluded: %v", kind, seen)
		}
	}
}

func trouble(t *testing.T, h *host, s *stack) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + dead.Addr().String()
	dead.Close()
	closed := guarded(t, s.url, "sesame")
	other := listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }))
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward(t, s.url, w, r) }))
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	metrics := map[string]any{"queryType": "metrics"}
	for name, c := range map[string]struct {
		source
		query map[string]any
		want  string
	}{
		"nobody there":       {source{url: gone}, metrics, "Nothing answers at " + gone + ". Start mcptrail-query there, or correct the URL"},
		"a wrong token":      {source{url: closed, token: "x"}, metrics, "refuses the token. Set a valid one"},
		"another service":    {source{url: other}, metrics, "answers, but not as a query service does. Correct the URL"},
		"an unknown CA":      {source{url: secure.URL}, metrics, "is not trusted (x509: certificate signed by unknown authority). Give its CA"},
		"no URL":             {source{url: "query"}, metrics, `"query" is no URL of a query service.`},
		"https to http":      {source{url: strings.Replace(s.url, "http", "https", 1)}, metrics, "speaks plain HTTP. Begin the URL"},
		"an unknown session": {s.source, map[string]any{"queryType": "trace", "session": recordtest.ID(99).String()}, "There is no session with this id."},
		"no id":              {s.source, map[string]any{"queryType": "trace", "session": "7"}, `"7" is no id of a session.`},
		"no session":         {s.source, map[string]any{"queryType": "trace"}, "Enter the id of a session"},
		"an unknown type":    {s.source, map[string]any{"queryType": "x"}, `There is no query type "x".`},
		"an unknown measure": {s.source, map[string]any{"measures": []string{"x"}}, "measure[0]: expected value to be one of"},
		"an unknown filter":  {s.source, map[string]any{"filters": is("color", "red")}, `Nothing can be filtered by "color".`},
	} {
		response, _, err := h.query(t.Context(), c.source, c.query, transcriptDay)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := response.Responses["A"].Error; err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if c.url != s.url {
			if got := h.health(t, c.source); got.Status != backend.HealthStatusError || !strings.Contains(got.Message, c.want) {
				t.Errorf("health, %s: %v %q", name, got.Status, got.Message)
			}
		}
	}
	for name, from := range map[string]source{"open": s.source, "with its token": {url: closed, token: "sesame"},
		"with its CA": {url: secure.URL, ca: ca, json: map[string]any{"tlsAuthWithCACert": true}}} {
		if got := h.health(t, from); got.Status != backend.HealthStatusOk || !strings.HasPrefix(got.Message, "Connected. ClickHouse 26.") {
			t.Errorf("health, %s: %v %q", name, got.Status, got.Message)
		}
	}
}

// cancels makes reading slow, begins a query, sees it in ClickHouse, cancels it and
// sees it gone.
func cancels(t *testing.T, h *host, s *stack) {
	running := func() (n uint64) {
		if err := s.conn.QueryRow(context.Background(), "SELECT count() FROM system.processes WHERE query LIKE '%FROM event_points FINAL%' AND query NOT LIKE '%system.processes%' AND current_database = currentDatabase()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, statement := range slowPoints {
		if err := s.conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, _, err := h.query(ctx, s.source, map[string]any{"queryType": "metrics", "by": []string{"principal"}}, transcriptDay)
		done <- err
	}()
	wait.For(t, "the query to run in ClickHouse", func() bool { return running() > 0 })
	cancel()
	<-done
	began := time.Now()
	wait.For(t, "the query to end in ClickHouse", func() bool { return running() == 0 })
	if took := time.Since(began); took > wait.Within(5*time.Second) {
		t.Errorf("gone after %v only", took)
	}
}

// slowPoints put a table in the place of event_points whose principals take 10 s and
// more to read.
var slowPoints = []string{
	"RENAME TABLE event_points TO quick_points",
	`CREATE TABLE event_points (tenant String, class Enum8('call' = 1), second UInt32, id UInt64, principal String ALIAS if(sleepEachRow(0.00004) = 0, 'x', ''))
		ENGINE = ReplacingMergeTree ORDER BY (tenant, class, second, id)`,
	"INSERT INTO event_points SELECT 'default', 'call', 1795305600 + number % 80000, number FROM numbers(1000000)",
}

// tails opens a live channel, stores events and sees them come.
func tails(t *testing.T, h *host, s *stack) {
	status, err := h.stream.SubscribeStream(t.Context(), &pluginv2.SubscribeStreamRequest{PluginContext: s.context(), Path: "tail/1"})
	if err != nil || status.Status != pluginv2.SubscribeStreamResponse_OK {
		t.Fatalf("%v %v", status, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := h.stream.RunStream(ctx, &pluginv2.RunStreamRequest{PluginContext: s.context(), Path: "tail/1", Data: []byte(`{"queryType":"logs","filters":[{"dimension":"tool","values":["fresh"]}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	packets := make(chan []byte, 1)
	go func() {
		for {
			packet, err := stream.Recv()
			if err != nil {
				return
			}
			packets <- packet.Data
		}
	}()
	n := 50
	for deadline := time.After(wait.Limit); ; n++ {
		session := recordtest.NewSession(n)
		session.Call("tools/call", "fresh", `{}`, schema.OutcomeOK, `{}`)
		s.produce(t, owned(session.Events)) // the tail begins at some moment; what comes later is in it
		select {
		case packet := <-packets:
			if text := string(packet); !strings.Contains(text, "→ tools/call fresh") || strings.Contains(text, "initialize") {
				t.Errorf("%s", text)
			}
			return
		case <-deadline:
			t.Fatal("nothing came")
		case <-time.After(time.Second):
		}
	}
}

func viewers(t *testing.T, _ *host, s *stack) {
	var n uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT count() FROM access_log WHERE principal = 'grafana:ada@127.0.0.1' AND action IN ('aggregate', 'timeline', 'sessions', 'events', 'values', 'tail')").Scan(&n); err != nil || n < 10 {
		t.Errorf("%d reads of ada's, %v", n, err)
	}
}
