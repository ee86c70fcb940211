package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/query/recordtest"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func newStore(t testing.TB) (*Store, *recordtest.Record) {
	options := testbed.ClickHouse(t).Options
	record := recordtest.New(t, options)
	conn, err := Open(options, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return New(conn, recordtest.Tenant), record
}

func ids(page wire.Page[wire.SessionSummary]) []string {
	var ids []string
	for _, s := range page.Items {
		ids = append(ids, s.ID)
	}
	return ids
}

func collect(t testing.TB, events iter.Seq2[*schema.Event, error]) []*schema.Event {
	t.Helper()
	var all []*schema.Event
	for e, err := range events {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// threeSessions stores: 1 reads a file and ends; 2 is of another client, fails
// and goes on; 3 has a gap and ends. Another tenant has one like the first.
func threeSessions(t testing.TB, record *recordtest.Record) {
	one := recordtest.NewSession(1)
	one.ReadFile("/srv/notes.txt", "the invoice of Müller & Söhne, \"paid\"")
	one.Close()
	two := recordtest.NewSession(2)
	for _, e := range two.Events {
		e.ClientName, e.ServerName, e.Upstream = `o'hara\`, "billing", "billing"
		e.Principal.Subject, e.Transport, e.CollectorID = "bob", schema.TransportHTTP, "gate-1"
	}
	two.Base = *two.Events[0]
	two.Base.Mono, two.Base.Time = 0, recordtest.Start.Add(2*time.Second).UnixNano()
	two.Base.Scopes = []string{"mcp:read", "pay"}
	two.Call("tools/call", "refund", `{"name":"refund","arguments":{"amount":12}}`, schema.OutcomeToolError, `{"isError":true}`)
	three := recordtest.NewSession(3)
	three.Add(schema.Event{Kind: schema.KindGap, Gap: &schema.Gap{From: 4, To: 8, Count: 5, Bytes: 100, Reason: "queue_full"}})
	three.Close()
	other := recordtest.NewSession(4)
	other.ReadFile("/srv/notes.txt", "invoice")
	for _, e := range other.Events {
		e.Tenant = "other"
	}
	record.Store(t, slices.Concat(one.Events, two.Events, three.Events, other.Events)...)
}

func TestSessionsAreChosenByEveryFilter(t *testing.T) {
	store, record := newStore(t)
	threeSessions(t, record)
	yes, no := true, false
	at := func(n int) time.Time { return recordtest.Start.Add(time.Duration(n) * time.Second) }
	for name, c := range map[string]struct {
		filter wire.Filter
		want   []int
	}{
		"nothing":                      {wire.Filter{}, []int{3, 2, 1}},
		"from":                         {wire.Filter{From: at(2)}, []int{3, 2}},
		"to":                           {wire.Filter{To: at(2)}, []int{1}},
		"bounds that no column holds":  {wire.Filter{From: time.Unix(-1e12, 0), To: time.Unix(1e12, 0)}, []int{3, 2, 1}},
		"client":                       {wire.Filter{Client: []string{`o'hara\`}}, []int{2}},
		"either client":                {wire.Filter{Client: []string{`o'hara\`, "inspector-cli"}}, []int{3, 2, 1}},
		"server":                       {wire.Filter{Server: []string{"billing"}}, []int{2}},
		"principal":                    {wire.Filter{Principal: []string{"bob"}}, []int{2}},
		"upstream":                     {wire.Filter{Upstream: []string{"files"}}, []int{3, 1}},
		"transport":                    {wire.Filter{Transport: []string{"streamable_http"}}, []int{2}},
		"collector":                    {wire.Filter{Collector: []string{"gate-1"}}, []int{2}},
		"collector, not its own":       {wire.Filter{Collector: []string{"laptop-7"}}, []int{3, 1}},
		"scope":                        {wire.Filter{Scope: []string{"admin", "pay"}}, []int{2}},
		"scope and outcome of one":     {wire.Filter{Scope: []string{"pay"}, Event: wire.EventFilter{Outcome: []string{"ok"}}}, nil},
		"not a client":                 {wire.Filter{Not: map[string][]string{"client": {"inspector-cli", "x"}}}, []int{2}},
		"not a principal, not a scope": {wire.Filter{Not: map[string][]string{"principal": {"bob"}, "scope": {"pay"}}}, []int{3, 1}},
		"nothing of its own is left":   {wire.Filter{Not: map[string][]string{"server": {"billing"}, "upstream": {"files"}}}, nil},
		"not a target, of one event":   {wire.Filter{Event: wire.EventFilter{Method: []string{"tools/call"}}, Not: map[string][]string{"tool": {"refund"}}}, []int{1}},
		"complete":                     {wire.Filter{Complete: &yes}, []int{1}},
		"not complete":                 {wire.Filter{Complete: &no}, []int{3, 2}},
		"method":                       {wire.Filter{Event: wire.EventFilter{Method: []string{"tools/call"}}}, []int{2, 1}},
		"target":                       {wire.Filter{Event: wire.EventFilter{Target: []string{"refund"}}}, []int{2}},
		"outcome":                      {wire.Filter{Event: wire.EventFilter{Outcome: []string{"tool_error"}}}, []int{2}},
		"method and outcome of one":    {wire.Filter{Event: wire.EventFilter{Method: []string{"initialize"}, Outcome: []string{"tool_error"}}}, nil},
		"text":                         {wire.Filter{Text: "invoice"}, []int{1}},
		"text and method":              {wire.Filter{Text: "invoice", Event: wire.EventFilter{Method: []string{"tools/call"}}}, []int{1}},
		"beginning of the id":          {wire.Filter{ID: "0193a000-0000"}, []int{3, 2, 1}},
		"short id":                     {wire.Filter{ID: "000000000002"}, []int{2}},
		"text that is an SQL fragment": {wire.Filter{Text: `') OR 1=1 --`}, nil},
		"a client that is SQL":         {wire.Filter{Client: []string{`') OR ('1'='1`}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			page, err := store.Sessions.List(t.Context(), c.filter, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, n := range c.want {
				want = append(want, recordtest.ID(n).String())
			}
			if got := ids(page); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestPagesShowEachSessionOnceWhileMoreBegin(t *testing.T) {
	store, record := newStore(t)
	session := func(n int) []*schema.Event { return recordtest.NewSession(n).Events[:1] }
	var events []*schema.Event
	for n := range 500 {
		// Every ten begin at one moment, so that the id must order them.
		for _, e := range session(n) {
			e.Time = recordtest.Start.Add(time.Duration(n/10) * time.Second).UnixNano()
			events = append(events, e)
		}
	}
	record.Store(t, events...)
	seen := map[string]bool{}
	cursor, more := "", 1000
	for pages := 0; pages == 0 || cursor != ""; pages++ {
		page, err := store.Sessions.List(t.Context(), wire.Filter{}, cursor, 33)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Items {
			if seen[s.ID] {
				t.Fatalf("session %s came twice", s.ID)
			}
			seen[s.ID] = true
		}
		cursor = page.Next
		record.Store(t, session(more)...)
		more++
	}
	if len(seen) != 500 {
		t.Errorf("saw %d sessions, want 500", len(seen))
	}
}

func TestMalformedCursorIsRefused(t *testing.T) {
	store, _ := newStore(t)
	good := pageKey{time: 1, session: recordtest.ID(1), seq: 2}.cursor()
	for _, cursor := range []string{"x", good[:10], good + "A", "%%%", "'; DROP TABLE events"} {
		if _, err := store.Sessions.List(t.Context(), wire.Filter{}, cursor, 10); !errors.Is(err, ErrCursor) {
			t.Errorf("sessions with cursor %q: %v", cursor, err)
		}
		if _, err := store.Search.Find(t.Context(), wire.Search{Text: "a"}, cursor, 10); !errors.Is(err, ErrCursor) {
			t.Errorf("search with cursor %q: %v", cursor, err)
		}
	}
}

func TestSessionSaysWhatIsKnownOfIt(t *testing.T) {
	store, record := newStore(t)
	threeSessions(t, record)
	s, err := store.Sessions.Get(t.Context(), recordtest.ID(3))
	if err != nil {
		t.Fatal(err)
	}
	if s.Events != 6 || s.Operations != 1 || s.Gaps != 1 || s.Lost != 5 || s.Complete || s.Errors != 0 || s.ToolCalls != 0 {
		t.Errorf("got %+v", s)
	}
	if _, err := store.Sessions.Get(t.Context(), recordtest.ID(4)); !errors.Is(err, ErrNoSession) {
		t.Errorf("another tenant's session: %v, want ErrNoSession", err)
	}
}

func TestEventsComeInOrderAndOnce(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	s.ReadFile("/a", "x")
	s.Close()
	backwards := slices.Clone(s.Events)
	slices.Reverse(backwards)
	record.Store(t, backwards...)
	record.Store(t, s.Events...) // stored again, as without a high-water mark
	got := collect(t, store.Events.OfSession(t.Context(), recordtest.ID(1), Part{Bodies: true}))
	if len(got) != len(s.Events) {
		t.Fatalf("got %d events, want %d", len(got), len(s.Events))
	}
	for i, e := range got {
		if string(e.Append(nil)) != string(s.Events[i].Append(nil)) {
			t.Errorf("event %d differs: %+v", i, e)
		}
	}
	part := collect(t, store.Events.OfSession(t.Context(), recordtest.ID(1), Part{From: 2, Limit: 3}))
	if len(part) != 3 || part[0].Seq != 2 || part[0].Payload != nil {
		t.Errorf("part: %d events, first %+v", len(part), part[0])
	}
	if other := collect(t, New(record.Conn, "other").Events.OfSession(t.Context(), recordtest.ID(1), Part{})); len(other) != 0 {
		t.Errorf("another tenant reads %d events", len(other))
	}
}

func TestTwoEventsUnderOneNumberAreBothGiven(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	forged := *s.Events[1]
	forged.Target = "another"
	record.Store(t, append(s.Events, &forged)...)
	if got := collect(t, store.Events.OfSession(t.Context(), recordtest.ID(1), Part{})); len(got) != len(s.Events)+1 || got[1].Seq != got[2].Seq {
		t.Errorf("got %d events", len(got))
	}
}

func TestTailGivesWhatIsStoredAfterThePlace(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	record.Store(t, s.Events...)
	place, err := store.Tail.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if place, err = ParsePosition(place.String()); err != nil {
		t.Fatal(err)
	}
	before := len(s.Events)
	for range TailStep {
		s.ReadFile("/a", "x")
	}
	record.Store(t, s.Events[before:]...)
	var got []*schema.Event
	for steps, more := 0, true; more; steps++ {
		var events iter.Seq2[*schema.Event, error]
		if events, place, more, err = store.Tail.Since(t.Context(), place, "", wire.EventFilter{}); err != nil {
			t.Fatal(err)
		}
		got = append(got, collect(t, events)...)
		if more != (steps == 0) {
			t.Errorf("step %d says more=%v", steps, more)
		}
	}
	if len(got) != 2*TailStep || got[0].Seq != uint64(before) {
		t.Errorf("got %d events", len(got))
	}
}

func TestCancelReachesClickHouse(t *testing.T) {
	store, record := newStore(t)
	s := recordtest.NewSession(1)
	big := make([]byte, 256<<10)
	for range 64 {
		s.Add(schema.Event{Kind: schema.KindStderr, Direction: schema.ServerToClient, Payload: fmt.Append(nil, big)})
	}
	record.Store(t, s.Events...)
	running := func() (n uint64) {
		err := record.Conn.QueryRow(context.Background(),
			"SELECT count() FROM system.processes WHERE current_database = currentDatabase() AND query LIKE '%FROM events%' AND query NOT LIKE '%system.processes%'").Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	await := func(want bool) {
		t.Helper()
		deadline := time.Now().Add(10 * time.Second)
		for (running() > 0) != want {
			if time.Now().After(deadline) {
				t.Fatalf("queries running: %d, want some: %v", running(), want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next, stop := iter.Pull2(store.Events.OfSession(ctx, recordtest.ID(1), Part{Bodies: true}))
	defer stop()
	if _, err, _ := next(); err != nil {
		t.Fatal(err)
	}
	await(true)
	cancel()
	for {
		if _, err, ok := next(); err != nil || !ok {
			break
		}
	}
	await(false)
}

func TestHealthKnowsTheNewestEvent(t *testing.T) {
	store, record := newStore(t)
	h, err := store.Health.Get(t.Context())
	if err != nil || h.Engine == "" || h.Stored != nil {
		t.Fatalf("empty: %+v, %v", h, err)
	}
	threeSessions(t, record)
	if h, err = store.Health.Get(t.Context()); err != nil || h.Stored == nil || time.Since(*h.Stored) > time.Minute {
		t.Fatalf("got %+v, %v", h, err)
	}
	if h.LagMS == nil {
		t.Fatal("no lag")
	}
	if want := h.Stored.Sub(recordtest.Start.Add(time.Second)); *h.LagMS != float64(want.Milliseconds()) {
		t.Errorf("lag %v ms, want %v", *h.LagMS, want)
	}
	imported := recordtest.NewSession(9).Events
	imported[0].Clock = schema.ClockImported
	record.Store(t, imported[0])
	if h, err = store.Health.Get(t.Context()); err != nil || h.LagMS != nil {
		t.Errorf("after an import: %+v, %v", h, err)
	}
}

func TestHealthTellsOfAFullDisk(t *testing.T) {
	store, _ := newStore(t)
	if h, err := store.Health.Get(t.Context()); err != nil || h.Status != "ok" {
		t.Fatalf("%+v, %v", h, err)
	}
	store.Health.leastFree = 1 << 62
	if h, err := store.Health.Get(t.Context()); err != nil || h.Status != "stalled" || !strings.Contains(h.Reason, "MB left") {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestSessionsOfCollectorsAreListedWhereAskedFor(t *testing.T) {
	store, record := newStore(t)
	own := recordtest.NewSession(2)
	own.Base.Basis = schema.BasisCollector
	own.Events = nil
	own.Add(schema.Event{Kind: schema.KindCollector, Payload: []byte(`{"what":"start"}`)})
	record.Store(t, append(recordtest.NewSession(1).Events, own.Events...)...)
	for collectors, want := range map[bool]int{false: 1, true: 2} {
		page, err := store.Sessions.List(t.Context(), wire.Filter{Collectors: collectors}, "", 10)
		if err != nil || len(page.Items) != want {
			t.Errorf("collectors %v: %d sessions, %v; want %d", collectors, len(page.Items), err, want)
		}
	}
}
