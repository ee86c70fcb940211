package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

func redactor(t *testing.T, policy string) *redact.Redactor {
	t.Helper()
	p, err := redact.Parse([]byte("version: 1\n" + policy))
	if err != nil {
		t.Fatal(err)
	}
	r, err := redact.New(p, "default", identity.Key{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func begin(t *testing.T) (*journal.Journal, *journal.Stats) {
	t.Helper()
	stats := &journal.Stats{}
	return journal.New(journal.Config{Tenant: "t", CollectorID: "c", Epoch: uuid.UUID{1}, Clock: schema.ClockHost, Now: time.Now},
		redactor(t, "capture: {default: full}"), stats), stats
}

// decoded returns the events of a batch.
func decoded(t *testing.T, b journal.Batch) (events []*schema.Event) {
	t.Helper()
	for _, r := range b.Records {
		e, err := schema.Decode(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// TestAnInitializeRequestNeverOverrulesAnAnswer: a request proposes a version, and its
// answer decides.
func TestAnInitializeRequestNeverOverrulesAnAnswer(t *testing.T) {
	j, _ := begin(t)
	s := j.OpenSession(schema.BasisStdio, schema.TransportStdio, "u", time.Now())
	for _, step := range []struct{ message, inForce string }{
		{`{"id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`, "2025-11-25"},
		{`{"id":1,"result":{"protocolVersion":"2025-06-18","serverInfo":{"name":"s","version":"1"}}}`, "2025-06-18"},
		{`{"id":2,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}`, "2025-06-18"},
		{`{"id":2,"result":{"protocolVersion":"2025-03-26","serverInfo":{"name":"s","version":"1"}}}`, "2025-03-26"},
	} {
		m, err := jsonrpc.Scan([]byte(step.message))
		if err != nil {
			t.Fatal(err)
		}
		s.UpdatePeers(&m, j.Cleaner())
		if got := j.Draft(s, m.Kind, time.Now()).ProtocolVersion; got != step.inForce {
			t.Errorf("after %s events carry version %q, want %q", step.message, got, step.inForce)
		}
	}
}

// TestRefusedEventsBecomeAGapForEachRun, named by their numbers of session and epoch.
func TestRefusedEventsBecomeAGapForEachRun(t *testing.T) {
	j, _ := begin(t)
	a := j.OpenSession(schema.BasisStdio, schema.TransportStdio, "a", time.Now())
	b := j.OpenSession(schema.BasisStdio, schema.TransportStdio, "b", time.Now())
	for i, s := range []*journal.Session{a, a, b, a, a, b} { // 0 to 3 of a, 0 and 1 of b
		e := j.Draft(s, schema.KindNotification, time.Now())
		e.Payload, e.Size = []byte("{}"), uint64(10+i)
		j.Record(s, e)
	}
	made := j.Take()
	var deferred []journal.Deferred
	for _, i := range []int{1, 2, 4, 5} { // a has 2 between
		deferred = append(deferred, made.Defer(i))
	}
	j.FlushDeferred(deferred, time.Now())
	got := ""
	for _, e := range decoded(t, j.Take()) {
		got += fmt.Sprintf("%s %d: %d-%d %d of %d bytes %v; ", e.Upstream, e.Seq, e.Gap.From, e.Gap.To, e.Gap.Count, e.Gap.Bytes, ranges(e))
	}
	if want := "a 4: 1-1 1 of 11 bytes [1-1]; b 2: 0-1 2 of 27 bytes [2-2 5-5]; a 5: 3-3 1 of 14 bytes [4-4]; "; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// TestARefusedGapKeepsItsCount: it is handed on as it was sealed, and names the same messages.
func TestARefusedGapKeepsItsCount(t *testing.T) {
	j, _ := begin(t)
	s := j.OpenSession(schema.BasisStdio, schema.TransportStdio, "a", time.Now())
	j.Record(s, j.Draft(s, schema.KindOpen, time.Now()))
	j.RecordLoss(s, j.Draft(s, schema.KindGap, time.Now()), 7, 700, "queue_full")
	made := j.Take()
	want := string(made.Records[1].Value)
	j.FlushDeferred([]journal.Deferred{made.Defer(1)}, time.Now())
	after := j.Take()
	if len(after.Records) != 1 || string(after.Records[0].Value) != want {
		t.Fatalf("%d records are handed on: %v", len(after.Records), decoded(t, after))
	}
	if messages, bytes := after.Named(0); messages != 7 || bytes != 700 {
		t.Errorf("it names %d messages of %d bytes", messages, bytes)
	}
}

// TestARefusedPlaceholderIsNoEventOfTheSession: it stands for an event of another run, whose
// place the next attempt takes. Its number of the epoch is named.
func TestARefusedPlaceholderIsNoEventOfTheSession(t *testing.T) {
	j, _ := begin(t)
	j.Start(journal.Self{What: "start"}, time.Now())
	lost := durable.Loss{Epoch: uuid.UUID{9}, Reason: "spool_damaged", Records: 1, Events: []durable.LostEvent{{Session: uuid.UUID{7}, Seq: 41, Size: 10}}}
	j.Take()
	j.RecordDamage(lost, time.Now())
	made := j.Take()
	placeholder := decoded(t, made)[1]
	j.FlushDeferred([]journal.Deferred{made.Defer(1)}, time.Now())
	for _, e := range decoded(t, j.Take()) {
		if e.SessionID == placeholder.SessionID {
			t.Errorf("the session of another run has an event %d: %s", e.Seq, e.Kind)
		}
		if got, want := fmt.Sprint(ranges(e)), fmt.Sprintf("[%d-%[1]d]", placeholder.CollectorSeq); got != want {
			t.Errorf("the numbers %s are named, want %s", got, want)
		}
	}
	j.RecordDamage(lost, time.Now())
	if e := decoded(t, j.Take())[1]; e.SessionID != (uuid.UUID{7}) || e.Seq != 41 {
		t.Errorf("the next attempt is event %d of %s", e.Seq, e.SessionID)
	}
}

func ranges(e *schema.Event) (all []string) {
	for _, l := range e.Lost().Events {
		all = append(all, fmt.Sprintf("%d-%d", l.From, l.To))
	}
	return all
}

// TestMessagesThatWereNeverNumberedTakeTheNextNumbers, so that a reader counts them.
func TestMessagesThatWereNeverNumberedTakeTheNextNumbers(t *testing.T) {
	j, _ := begin(t)
	s := j.OpenSession(schema.BasisStdio, schema.TransportStdio, "u", time.Now())
	j.Record(s, j.Draft(s, schema.KindOpen, time.Now()))
	j.RecordLoss(s, j.Draft(s, schema.KindGap, time.Now()), 7, 700, "queue_full")
	j.Record(s, j.Draft(s, schema.KindNotification, time.Now()))
	e := decoded(t, j.Take())
	if want := (schema.Gap{From: 1, To: 7, Count: 7, Bytes: 700, Reason: "queue_full"}); *e[1].Gap != want || e[1].Seq != 8 || e[2].Seq != 9 {
		t.Errorf("gap %+v at %d, then %d", e[1].Gap, e[1].Seq, e[2].Seq)
	}
}

// TestAnAdoptedPolicyCleansWhatWasCleanedBefore: no cache outlives the policy.
func TestAnAdoptedPolicyCleansWhatWasCleanedBefore(t *testing.T) {
	const address = "agent@example.com"
	j, _ := begin(t)
	if got := j.Cleaner().Text(address); got != address {
		t.Fatalf("the first policy makes it %q", got)
	}
	j.Adopt(redactor(t, "pii: {email: mask}"))
	if got := j.Cleaner().Text(address); got == address {
		t.Error("a text that the policy masks is stored as it was under the one before")
	}
}
