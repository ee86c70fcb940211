package httpapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// answered decodes a good answer.
func answered[T any](t *testing.T, address string) (v T) {
	t.Helper()
	response, body := get(t, address)
	if response.StatusCode != 200 {
		t.Fatalf("%s: %d %s", address, response.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return v
}

// traffic is some hundred events of several sessions: tools, errors, a replay, a
// gap, a refusal.
func traffic() (events []*schema.Event) {
	for n := range 40 {
		s := recordtest.NewSession(n)
		s.Base.ClientName = fmt.Sprintf("agent-%d", n%3)
		s.Base.ServerName = fmt.Sprintf("server-%d", n%4)
		s.Base.Scopes = []string{"mcp:read", fmt.Sprintf("scope-%d", n%2)}
		for range n%5 + 1 {
			s.ReadFile("/srv/a", "b")
		}
		s.Call("tools/call", "write_file", `{}`, schema.OutcomeToolError, `{"isError":true}`)
		s.Call("resources/read", "file:///etc/hosts", `{}`, schema.OutcomeProtocolError, `"no"`)
		if n%6 == 0 {
			s.Add(schema.Event{Kind: schema.KindRequest, Direction: schema.ClientToServer, Method: "tools/call", Target: "read_file", Flags: schema.FlagReplay})
			s.Add(schema.Event{Kind: schema.KindGap, Gap: &schema.Gap{From: uint64(len(s.Events)), To: uint64(len(s.Events)) + 4, Count: 5, Reason: "queue_full"}})
			s.Add(schema.Event{Kind: schema.KindAuth, Direction: schema.ServerToClient, Outcome: schema.OutcomeForbidden})
		}
		events = append(events, s.Close().Events...)
	}
	return events
}

// byHand is the independent statement for each measure, over the events themselves,
// each counted once.
var byHand = map[string]string{
	"calls":         "countIf(kind = 'request' AND NOT bitTest(flags, 0))",
	"tool_calls":    "countIf(kind = 'request' AND NOT bitTest(flags, 0) AND method = 'tools/call')",
	"errors":        "countIf(outcome IN ('tool_error', 'protocol_error', 'forbidden'))",
	"error_rate":    "countIf(outcome IN ('tool_error', 'protocol_error', 'forbidden')) / nullIf(countIf(outcome != ''), 0)",
	"latency_p50":   "quantileIfOrNull(0.5)(duration, kind = 'answer') / 1000000",
	"latency_p90":   "quantileIfOrNull(0.9)(duration, kind = 'answer') / 1000000",
	"latency_p99":   "quantileIfOrNull(0.99)(duration, kind = 'answer') / 1000000",
	"latency_max":   "maxIfOrNull(duration, kind = 'answer') / 1000000",
	"sessions":      "count(DISTINCT session_id)",
	"agents":        "count(DISTINCT client_name, principal_subject)",
	"servers":       "count(DISTINCT server_name)",
	"gaps":          "countIf(kind = 'gap')",
	"lost":          "sum(gap_count)",
	"auth_failures": "countIf(outcome = 'forbidden')",
	"events":        "count()",
	"bytes":         "sum(length(payload))",
	"lag_p50":       "quantileOrNull(0.5)(dateDiff('ms', time, stored_at))",
	"lag_max":       "maxOrNull(dateDiff('ms', time, stored_at))",
}

// TestAggregatesAreWhatTheEventsSay compares every measure, by several dimensions
// and in intervals, with other SQL over the raw events; then again after 500 events
// came a second time at offsets of their own.
func TestAggregatesAreWhatTheEventsSay(t *testing.T) {
	_, record, address := start(t)
	events := traffic()
	record.Store(t, events...)
	for _, name := range []string{"each event stored once", "500 events stored twice"} {
		t.Run(name, func(t *testing.T) {
			for _, measure := range clickhouse.Measures().Values() {
				compare(t, record, address, []string{measure}, grouping{"", "''", "1"}, 0)
			}
			for _, by := range []grouping{{"", "''", "1"}, {"client", "client_name", "1"}, {"tool", "target", "method = 'tools/call'"},
				{"outcome", "outcome", "1"}, {"scope", "arrayJoin(scopes)", "length(scopes) > 0"}} {
				compare(t, record, address, clickhouse.Measures().Values(), by, 7)
			}
		})
		record.Store(t, events[:500]...)
	}
	var stored uint64
	if err := record.Conn.QueryRow(t.Context(), "SELECT count() FROM events").Scan(&stored); err != nil || stored < uint64(len(events)+500) {
		t.Errorf("%d rows, %v: nothing was stored twice", stored, err)
	}
}

// grouping is a dimension and what it means to events.
type grouping struct{ dimension, column, where string }

func compare(t *testing.T, record *recordtest.Record, address string, measures []string, by grouping, interval int) {
	t.Helper()
	values := url.Values{"measure": measures, "from": {recordtest.Start.Format(time.RFC3339)},
		"to": {recordtest.Start.Add(20 * time.Second).Format(time.RFC3339)}, "interval": {fmt.Sprint(interval)}}
	bucket := fmt.Sprint("toInt64(", recordtest.Start.Unix(), ")")
	if interval > 0 {
		bucket = fmt.Sprintf("toInt64(toUnixTimestamp(toStartOfInterval(toDateTime(time, 'UTC'), INTERVAL %d SECOND)))", interval)
	}
	if by.dimension != "" {
		values.Set("by", by.dimension)
	}
	got := map[string][]*float64{}
	for _, group := range answered[wire.Aggregate](t, address+"/api/v1/aggregate?"+values.Encode()).Groups {
		for _, p := range group.Points {
			if key := strings.Join(group.Key, ""); by.dimension != "scope" || key != "" {
				got[fmt.Sprint(p.Time.Unix(), key)] = p.Values
			}
		}
	}
	var columns []string
	for _, measure := range measures {
		sql, ok := byHand[measure]
		if !ok {
			t.Fatalf("measure %s is compared with nothing", measure)
		}
		columns = append(columns, "toNullable(toFloat64("+sql+"))")
	}
	rows, err := record.Conn.Query(t.Context(), fmt.Sprintf(`SELECT %s AS b, toString(%s) AS k, [%s]
		FROM (SELECT * FROM events WHERE tenant = 'acme' ORDER BY stored_at, kafka_offset LIMIT 1 BY session_id, seq)
		WHERE time >= '2026-11-22 09:30:00' AND time < '2026-11-22 09:30:20' AND %s GROUP BY b, k`, bucket, by.column, strings.Join(columns, ", "), by.where))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := 0
	for ; rows.Next(); want++ {
		var at int64
		var key string
		var values []*float64
		if err := rows.Scan(&at, &key, &values); err != nil {
			t.Fatal(err)
		}
		found := got[fmt.Sprint(at, key)]
		if len(found) != len(values) {
			t.Errorf("by %q every %ds: nothing at %d %s", by.dimension, interval, at, key)
			continue
		}
		for i, measure := range measures {
			if !same(found[i], values[i]) && !(strings.HasPrefix(measure, "lag") && strings.Contains(t.Name(), "twice")) { // of one of the copies
				t.Errorf("%s by %q every %ds: %s is %s at %d, want %s", measure, by.dimension, interval, key, show(found[i]), at, show(values[i]))
			}
		}
	}
	if err := rows.Err(); err != nil || want == 0 || len(measures) > 1 && len(got) != want {
		t.Errorf("by %q every %ds: %d points, want %d, %v", by.dimension, interval, len(got), want, err)
	}
}

func same(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) < 1e-9
}

func show(v *float64) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

func TestFailuresAreThoseOfTheTimeline(t *testing.T) {
	_, record, address := start(t)
	s := recordtest.NewSession(1)
	failed := 0.0
	for _, o := range []schema.Outcome{schema.OutcomeOK, schema.OutcomeToolError, schema.OutcomeProtocolError, schema.OutcomeInputRequired, schema.OutcomeTask,
		schema.OutcomeAccepted, schema.OutcomeCancelled, schema.OutcomeClientDisconnect, schema.OutcomeServerDisconnect, schema.OutcomeUnanswered,
		schema.OutcomeUnauthorized, schema.OutcomeForbidden, schema.OutcomeHTTPError, schema.OutcomeTransportError} {
		s.Call("tools/call", "a", `{}`, o, `{}`)
		if query.Failed(o) {
			failed++
		}
	}
	record.Store(t, s.Events...)
	out := answered[wire.Aggregate](t, address+"/api/v1/aggregate?measure=errors&from=2026-11-22T00:00:00Z")
	if got := *out.Groups[0].Points[0].Values[0]; got != failed {
		t.Errorf("%v errors, want %v", got, failed)
	}
}

func TestAggregatesAreChosenAndBounded(t *testing.T) {
	_, record, address := start(t)
	record.Store(t, traffic()...)
	const all = "/api/v1/aggregate?from=2026-11-22T09:00:00Z&to=2026-11-22T10:00:00Z&measure="
	for query, want := range map[string]int{
		"calls&by=client": 4, "calls&by=client&client=agent-1&client=agent-2": 2, "calls&by=client&not=client:agent-1": 3,
		"calls&by=client&limit=1": 1, "calls&by=tool": 2, "calls&by=tool&not=tool:read_file&not=tool:nothing": 1, "calls&by=method&tool=read_file": 1,
		"calls&by=client&client=nobody": 0, "calls&by=client&by=server": 13, "calls&by=scope&scope=scope-1": 2, "calls&by=server&not=scope:scope-1": 3,
	} {
		if out := answered[wire.Aggregate](t, address+all+query); len(out.Groups) != want {
			t.Errorf("%s: %d groups, want %d: %+v", query, len(out.Groups), want, out.Groups)
		}
	}
	if out := answered[wire.Aggregate](t, address+all+"calls&by=client&limit=1"); out.LeftOut != 3 {
		t.Errorf("left out %d", out.LeftOut)
	}
	for query, want := range map[string]string{
		"calls&not=color:red": "There is no such dimension. There are client, collector, ",
		"calls&interval=1":    "",
		"colors":              "measure[0]: expected value to be one of",
		"calls&by=color":      "by[0]: expected value to be one of",
	} {
		if response, body := get(t, address+all+query); want == "" && response.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", query, response.StatusCode, body)
		}
	}
	_, body := get(t, address+"/api/v1/aggregate?measure=calls&interval=1&from=2026-01-01T00:00:00Z")
	if !strings.Contains(body, "Ask for a longer interval or less time.") {
		t.Errorf("a year of seconds: %s", body)
	}
}

func TestValuesAreListed(t *testing.T) {
	_, record, address := start(t)
	record.Store(t, traffic()...)
	const from = "&from=2026-11-22T00:00:00Z"
	for query, want := range map[string]string{
		"client": "[agent-0 agent-1 agent-2 inspector-cli]", "tool": "[read_file write_file]", "client&contains=T-1": "[agent-1]", "client&limit=2": "[agent-0 agent-1]",
		"server&client=nobody": "[]", "scope": "[mcp:read scope-0 scope-1]", "principal": "[ada]", "method&not=method:initialize&not=method:tools/call": "[notifications/initialized resources/read]",
	} {
		out := answered[wire.Values](t, address+"/api/v1/values?dimension="+query+from)
		if got := fmt.Sprint(out.Values); got != want || out.More != strings.Contains(query, "limit") {
			t.Errorf("%s: %s, more %v; want %s", query, got, out.More, want)
		}
	}
}

// TestEventsOfAllSessionsAreListed pages through them and compares with what was stored.
func TestEventsOfAllSessionsAreListed(t *testing.T) {
	_, record, address := start(t)
	events := traffic()
	record.Store(t, events...)
	record.Store(t, events[:100]...)
	seen, cursor := map[string]bool{}, ""
	for {
		page := answered[wire.Page[wire.ListedEvent]](t, address+"/api/v1/events?limit=100&cursor="+cursor)
		for _, e := range page.Items {
			if id := fmt.Sprint(e.SessionID, e.Seq); seen[id] {
				t.Errorf("%s twice", id)
			} else {
				seen[id] = true
			}
			if string(e.Payload) != "null" {
				t.Fatal("a payload that was not asked for")
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != len(events) {
		t.Errorf("%d events, want %d", len(seen), len(events))
	}
	for query, want := range map[string]int{"kind=gap": 7, "failed=true&kind=auth": 7, "client=agent-1&kind=close": 13, "not=client:agent-1&kind=close": 27,
		"kind=close&session=" + recordtest.ID(3).String(): 1} {
		if page := answered[wire.Page[wire.ListedEvent]](t, address+"/api/v1/events?limit=100&bodies=true&"+query); len(page.Items) != want {
			t.Errorf("%s: %d events, want %d", query, len(page.Items), want)
		}
	}
}

func TestGrafanasViewerIsInTheAccessLog(t *testing.T) {
	_, record, address := start(t)
	get(t, address+"/api/v1/aggregate?measure=calls", "X-Grafana-User", "ada@example.com")
	var who string
	if err := record.Conn.QueryRow(t.Context(), "SELECT principal FROM access_log WHERE action = 'aggregate'").Scan(&who); err != nil || who != "grafana:ada@example.com@127.0.0.1" {
		t.Errorf("%q, %v", who, err)
	}
}
