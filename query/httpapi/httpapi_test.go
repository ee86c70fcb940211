package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/query/httpapi"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// serve runs the service over the database and gives its URL.
func serve(t testing.TB, options *clickhouse.Options, tenant string) string {
	t.Helper()
	return serveConfig(t, httpapi.Config{ClickHouse: options, Tenant: tenant})
}

func serveConfig(t testing.TB, config httpapi.Config) string {
	t.Helper()
	listener, err := httpapi.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	config.Listener, config.AllowedHosts, config.Log = listener, []string{"trail.example"}, slog.New(slog.NewTextHandler(t.Output(), nil))
	go func() { done <- httpapi.Run(ctx, config) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

func start(t testing.TB) (*client.Client, *recordtest.Record, string) {
	t.Helper()
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	url := serve(t, options, recordtest.Tenant)
	c, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	return c, record, url
}

func get(t testing.TB, url string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, request, header...)
}

func send(t testing.TB, request *http.Request, header ...string) (*http.Response, string) {
	t.Helper()
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			request.Host = header[i+1]
		}
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestErrorsAreSentences(t *testing.T) {
	_, record, url := start(t)
	record.Store(t, recordtest.NewSession(1).Events...)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/api/v1/sessions?cursor=nonsense":                                        {400, "The cursor is malformed."},
		"/api/v1/search?text=a&cursor=nonsense":                                   {400, "The cursor is malformed."},
		"/api/v1/sessions?limit=100000":                                           {422, "limit: expected number <= 500."},
		"/api/v1/sessions?tool=x":                                                 {422, "tool: unknown query parameter."},
		"/api/v1/sessions?from=yesterday":                                         {422, "from: invalid"},
		"/api/v1/sessions?from=9999-12-31T23:59:59Z":                              {422, "from: expected a time from 1970 to 2262."},
		"/api/v1/sessions?from=0001-01-01T00:00:00Z":                              {422, "from: expected a time from 1970 to 2262."},
		"/api/v1/sessions?to=2262-04-12T00:00:00Z":                                {422, "to: expected a time from 1970 to 2262."},
		"/api/v1/search?text=a&to=1969-12-31T23:59:59Z":                           {422, "to: expected a time from 1970 to 2262."},
		"/api/v1/search?text=a&from=2026-11-22T10:00:00Z&to=2026-11-22T09:59:59Z": {422, "from: expected a time that is not after `to`."},
		"/api/v1/sessions?from=1970-01-01T00:00:00Z&to=2262-04-11T23:47:16Z":      {200, `"items":[`},
		"/api/v1/sessions?from=1970-01-01T00:00:01Z":                              {200, `"items":[`},
		"/api/v1/sessions?to=1970-01-01T00:00:01Z":                                {200, `"items":[`},
		"/api/v1/sessions?outcome=ok&outcome=tool_eror":                           {422, "outcome[1]: expected value to be one of \\\"ok, tool_error, protocol_error, "},
		"/api/v1/sessions?transport=http":                                         {422, "transport[0]: expected value to be one of \\\"stdio, streamable_http, http_sse\\\""},
		"/api/v1/tail?kind=requests":                                              {422, "kind[0]: expected value to be one of \\\"request, answer, "},
		"/api/v1/search":                                                          {422, "text: required query parameter is missing."},
		"/api/v1/sessions/nonsense/timeline":                                      {422, "id: expected string to be RFC 4122 uuid"},
		"/api/v1/sessions/" + recordtest.ID(9).String():                           {404, "There is no session with this id."},
		"/api/v1/sessions/" + recordtest.ID(9).String() + "/timeline":             {404, "There is no session with this id."},
		"/api/v1/sessions/" + recordtest.ID(9).String() + "/events":               {404, "There is no session with this id."},
		"/api/v1/sessions?text=" + strings.Repeat("a", 9000):                      {414, "too long"},
		"/api/v1/tail?session=1":                                                  {422, "session: expected string to be RFC 4122 uuid"},
	} {
		response, body := get(t, url+path)
		if response.StatusCode != want.status || !strings.Contains(body, want.text) {
			t.Errorf("%.80s: %d %s, want %d %q", path, response.StatusCode, body, want.status, want.text)
		}
	}
}

func TestAStrangersNameIsRefused(t *testing.T) {
	_, _, url := start(t)
	for host, want := range map[string]int{
		"evil.example": 421, "evil.example:7676": 421, "localhost": 200, "LOCALHOST:1": 200, "127.0.0.1": 200, "[::1]:7676": 200,
		"trail.example:443": 200, "127.0.0.1.evil.example": 421,
	} {
		response, body := get(t, url+"/api/v1/health", "Host", host)
		if response.StatusCode != want {
			t.Errorf("host %s: %d %s, want %d", host, response.StatusCode, body, want)
		}
		if response.Header.Get("Access-Control-Allow-Origin") != "" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("host %s: headers %v", host, response.Header)
		}
	}
}

func TestTheDescriptionHasEveryRoute(t *testing.T) {
	_, _, url := start(t)
	_, body := get(t, url+"/openapi.json")
	var description struct{ Paths map[string]any }
	if err := json.Unmarshal([]byte(body), &description); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/sessions", "/api/v1/sessions/{id}", "/api/v1/sessions/{id}/events",
		"/api/v1/sessions/{id}/timeline", "/api/v1/search", "/api/v1/tail", "/api/v1/health"} {
		if description.Paths[path] == nil {
			t.Errorf("no %s", path)
		}
	}
}

// TestEventsKeepWhatWasSaid sends payloads that break readers and looks at the
// lines as they cross the wire.
func TestEventsKeepWhatWasSaid(t *testing.T) {
	c, record, url := start(t)
	s := recordtest.NewSession(1)
	first := len(s.Events)
	long := strings.Repeat("<script>alert(1)</script>", 50_000)
	for _, payload := range []string{
		"{\"a\":\n  12345678901234567890.0, \"a\":2}", // exact number, two names, line feed
		"\x1b[2J\u202ettt\u2069 plain text", "half \xff", `{"html":"<b>&amp;"}`, `"` + long + `"`, ``,
	} {
		s.Add(schema.Event{Kind: schema.KindNoise, Direction: schema.ServerToClient, Payload: []byte(payload)})
	}
	record.Store(t, s.Events...)
	response, body := get(t, url+"/api/v1/sessions/"+recordtest.ID(1).String()+"/events")
	if response.Header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("content type %s", response.Header.Get("Content-Type"))
	}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	if len(lines) != len(s.Events) {
		t.Fatalf("%d lines, want %d", len(lines), len(s.Events))
	}
	contract := `{"seq":0,"time":"2026-11-22T09:30:01Z","kind":"open","direction":"","method":"","rpc_id":"","target":"","outcome":"",` +
		`"error_code":null,"request_seq":null,"exchange":0,"flags":[],"payload":{"command":["node","server.js"],"pid":12,"user":"ada"},`
	if !strings.HasPrefix(lines[0], contract) {
		t.Errorf("first line %s", lines[0])
	}
	for i, want := range []string{
		`"payload":{"a":12345678901234567890.0,"a":2},`,
		`"payload":"\u001b[2J` + "\u202ettt\u2069" + ` plain text",`,
		`"payload_base64":"aGFsZiD/"`,
		`"payload":{"html":"<b>&amp;"},`,
		`"payload":"<script>`,
		`"payload":null,`,
	} {
		if !strings.Contains(lines[first+i], want) {
			t.Errorf("line %d: %.300s, want %s", first+i, lines[first+i], want)
		}
	}
	for e, err := range c.Events(t.Context(), recordtest.ID(1).String(), 0, true) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq == uint64(first+4) && len(e.Payload) != len(long)+2 {
			t.Errorf("long payload came with %d bytes", len(e.Payload))
		}
	}
}

func TestTailSeesWhatIsStoredFromNowOn(t *testing.T) {
	c, record, _ := start(t)
	record.Store(t, recordtest.NewSession(1).Events...)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	// Something is stored again and again, since nothing else tells when the tail
	// has begun to watch.
	stored := make(chan struct{})
	defer func() { cancel(); <-stored }()
	go func() {
		defer close(stored)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 2; ctx.Err() == nil; n++ {
			record.Store(t, recordtest.NewSession(n).Events...)
			<-tick.C
		}
	}()
	for e, err := range c.Tail(ctx, "", wire.EventFilter{Method: []string{"initialize"}, Kind: []string{"answer"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.SessionID == recordtest.ID(1).String() || e.Method != "initialize" || e.Kind != schema.KindAnswer || e.Payload == nil {
			t.Errorf("saw %+v", e)
		}
		return
	}
	t.Error("saw nothing")
}

func TestEveryReadIsInTheAccessLog(t *testing.T) {
	c, record, _ := start(t)
	record.Store(t, recordtest.NewSession(1).Events...)
	id := recordtest.ID(1).String()
	if _, err := c.Sessions(t.Context(), wire.Filter{Client: []string{"inspector-cli"}}, "", 5); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Timeline(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Search(t.Context(), wire.Search{Text: "initialize"}, "", 5); err != nil {
		t.Fatal(err)
	}
	for _, err := range c.Record(t.Context(), client.Selection{Session: id}, func(uint64) {}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// This hands out nothing of the record.
	if _, body := get(t, c.URL()+"/api/v1/ingest/progress"); body != `{"partitions":[{"topic":"mcptrail.events","partition":0,"offset":3,"log":0}]}`+"\n" {
		t.Errorf("progress is %s", body)
	}
	found, err := record.Conn.Query(t.Context(), "SELECT action, principal, query, rows FROM access_log WHERE tenant = 'acme' ORDER BY time, action")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var got []string
	for found.Next() {
		var action, principal, query string
		var rows uint64
		if err := found.Scan(&action, &principal, &query, &rows); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(action, " ", principal, " ", query, " ", rows))
	}
	want := []string{
		"sessions anonymous@127.0.0.1 /api/v1/sessions?client=inspector-cli&limit=5 1",
		"timeline anonymous@127.0.0.1 /api/v1/sessions/" + id + "/timeline 4",
		"search anonymous@127.0.0.1 /api/v1/search?limit=5&text=initialize 1",
		"record anonymous@127.0.0.1 /api/v1/record?session=" + id + " 4",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %s\nwant %s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatCannotBeLoggedIsNotRead(t *testing.T) {
	_, record, url := start(t)
	record.Store(t, recordtest.NewSession(1).Events...)
	if err := record.Conn.Exec(t.Context(), "DROP TABLE access_log SYNC"); err != nil {
		t.Fatal(err)
	}
	id := recordtest.ID(1).String()
	for _, path := range []string{"sessions", "sessions/" + id, "sessions/" + id + "/timeline", "sessions/" + id + "/events", "search?text=initialize", "tail"} {
		if response, body := get(t, url+"/api/v1/"+path); response.StatusCode != 503 || strings.Contains(body, "initialize") {
			t.Errorf("%s: %d %.200s", path, response.StatusCode, body)
		}
	}
	if _, body := get(t, url+"/metrics"); !strings.Contains(body, `mcptrail_query_requests_total{route="GET /api/v1/sessions/{id}/events",status="503"} 1`) {
		t.Errorf("the refusals are not counted:\n%s", body)
	}
}

func TestADatabaseThatIsAwayIsSaidSo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	url := serve(t, &clickhouse.Options{Addr: []string{nobody}, DialTimeout: time.Second}, "acme")
	response, body := get(t, url+"/api/v1/sessions")
	if response.StatusCode != 503 || !strings.Contains(body, "The database does not answer.") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	response, body = get(t, url+"/api/v1/health")
	if response.StatusCode != 503 || !strings.Contains(body, `"status":"down"`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	empty := testbed.ClickHouse(t)
	url = serve(t, empty.Options, "acme")
	if response, body = get(t, url+"/api/v1/sessions"); response.StatusCode != 503 || !strings.Contains(body, "mcptrail-schema migrate") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}

func TestALongSessionStreamsInBoundedMemory(t *testing.T) {
	c, record, _ := start(t)
	s := recordtest.NewSession(1)
	filler := strings.Repeat("0123456789abcdef", 256) // 4 KB, so 80 MB in all
	var before, after runtime.MemStats
	for i := range 20 {
		for range 1000 {
			s.Add(schema.Event{Kind: schema.KindStderr, Direction: schema.ServerToClient, Payload: []byte(fmt.Sprint(i, filler))})
		}
		from := len(s.Events) - 1000
		if i == 0 {
			from = 0
		}
		record.Store(t, s.Events[from:]...)
		for _, e := range s.Events {
			e.Payload = nil
		}
	}
	s = nil
	record.Conn.Close() // and with it what the driver keeps of the inserts
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak, n := uint64(0), 0
	for _, err := range c.Events(t.Context(), recordtest.ID(1).String(), 0, true) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%2000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			peak = max(peak, after.HeapAlloc)
		}
	}
	if n != 20_004 {
		t.Errorf("%d events", n)
	}
	grown := int64(peak) - int64(before.HeapAlloc)
	t.Logf("80 MB of payloads, heap in use grew by at most %d KB", grown>>10)
	// Blocks on their way are what is held; on a busy machine more of them queue up.
	if grown > 60<<20 {
		t.Errorf("heap grew by %d MB", grown>>20)
	}
}

func TestAStreamThatBreaksOffIsAnError(t *testing.T) {
	c, record, _ := start(t)
	s := recordtest.NewSession(1)
	filler := strings.Repeat("x", 64<<10)
	for range 500 {
		s.Add(schema.Event{Kind: schema.KindStderr, Payload: []byte(filler)})
	}
	record.Store(t, s.Events...)
	var last error
	n := 0
	for _, err := range c.Events(t.Context(), recordtest.ID(1).String(), 0, true) {
		if last = err; err != nil {
			break
		}
		if n++; n == 1 {
			if err := record.Conn.Exec(t.Context(), "KILL QUERY WHERE current_database = currentDatabase() AND query LIKE '%FROM events%' AND query NOT LIKE 'KILL%' SYNC"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if last == nil || !strings.Contains(last.Error(), "broke off") {
		t.Errorf("after %d of %d events: %v", n, len(s.Events), last)
	}
}

func TestNobodyThereIsASentence(t *testing.T) {
	c, err := client.New("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Sessions(t.Context(), wire.Filter{}, "", 1)
	if !errors.Is(err, client.ErrUnreachable) || !strings.Contains(err.Error(), "nothing answers at http://127.0.0.1:1; start it with `mcptrail up` or give --url") {
		t.Error(err)
	}
}

// TestHealthSaysThatIngestStandsStill is of the case where reading works, so that
// nobody would notice.
func TestHealthSaysThatIngestStandsStill(t *testing.T) {
	options := testbed.ClickHouse(t).Options
	recordtest.New(t, options)
	var stalled atomic.Int64
	url := serveConfig(t, httpapi.Config{ClickHouse: options, Tenant: "acme", Stalled: func() int { return int(stalled.Load()) }})
	if response, body := get(t, url+"/api/v1/health"); response.StatusCode != 200 || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("%d %s", response.StatusCode, body)
	}
	stalled.Store(3)
	if response, body := get(t, url+"/api/v1/health"); response.StatusCode != 200 || !strings.Contains(body, `"status":"stalled"`) || !strings.Contains(body, "3 partitions") {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}
