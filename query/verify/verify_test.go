package verify_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

var begin = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// record is what a store holds.
type record struct {
	collector *sealtest.Collector
	runs      []verify.Run
	events    []*schema.Event
}

func (r *record) add(e *sealtest.Epoch, events ...*schema.Event) {
	e.Add(events...)
	r.events = append(r.events, events...)
}

func (r *record) seal(e *sealtest.Epoch, final bool) { r.runs = append(r.runs, runOf(e.Seal(final))) }

func runOf(s seal.Record) verify.Run {
	return verify.Run{Note: s.Note, Certificate: s.Certificate, Leaves: s.Leaves}
}

func event(session uuid.UUID, seq uint64, kind schema.Kind) *schema.Event {
	return &schema.Event{SessionID: session, Seq: seq, Kind: kind, Time: begin.UnixNano() + int64(seq), Basis: schema.BasisStdio,
		Payload: fmt.Appendf(nil, `{"n":%d}`, seq)}
}

// ordinary is two epochs of one collector, whose sessions cross.
func ordinary() *record {
	r := &record{collector: sealtest.New("acme", "laptop")}
	for range 2 {
		e := r.collector.Epoch(begin.UnixNano())
		a, b := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
		for n := range uint64(20) {
			r.add(e, event(a, n, schema.KindRequest))
			if n%2 == 0 {
				r.add(e, event(b, n/2, schema.KindAnswer))
			}
			if n%7 == 3 {
				r.seal(e, false)
			}
		}
		r.add(e, event(a, 20, schema.KindClose), event(b, 10, schema.KindClose))
		r.seal(e, false)
		r.seal(e, true)
	}
	return r
}

func (r *record) check(o verify.Options) *verify.Report {
	v := verify.New(o)
	for _, run := range r.runs {
		v.AddSeal(run)
	}
	for _, e := range r.events {
		v.AddEvent(e.Append(nil), nil)
	}
	return v.Finish()
}

func (r *record) whole() *verify.Report {
	return r.check(verify.Options{Trusted: r.collector.Trusted(), Whole: true, Now: begin.Add(24 * time.Hour)})
}

func say(r *verify.Report) string {
	var b strings.Builder
	for i := range r.Problems {
		fmt.Fprintf(&b, "\n  %s %s", r.Problems[i].Severity, &r.Problems[i])
	}
	return b.String()
}

func TestWhatNobodyChangedVerifiesInAnyOrderAndTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ordinary()
		events := len(r.events)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range 30 {
			r.events = append(r.events, r.events[random.IntN(len(r.events))])
			r.runs = append(r.runs, r.runs[random.IntN(len(r.runs))])
		}
		random.Shuffle(len(r.events), func(i, j int) { r.events[i], r.events[j] = r.events[j], r.events[i] })
		random.Shuffle(len(r.runs), func(i, j int) { r.runs[i], r.runs[j] = r.runs[j], r.runs[i] })
		report := r.whole()
		if report.Status() != 0 || report.State != verify.StateVerified || report.Verified != uint64(events) || report.Repeats != 30 {
			t.Fatalf("status %d, %+v%s", report.Status(), report, say(report))
		}
		session := r.events[0].SessionID
		r.events = slices.DeleteFunc(r.events, func(e *schema.Event) bool { return e.SessionID != session })
		if one := r.check(verify.Options{Trusted: r.collector.Trusted(), Session: session}); one.Status() != 0 || one.Sessions != 1 {
			t.Fatalf("one session: %+v%s", one, say(one))
		}
	})
}

func TestEveryChangeIsFoundAndNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *record)
		status int
		says   []string
	}{
		"a payload that was edited": {func(r *record) { edit(r, 7).Payload = []byte("{}") }, 1, []string{"altered:", "collector_seq 7"}},
		"a session's event given to another": {func(r *record) { edit(r, 7).SessionID = r.events[0].SessionID }, 1,
			[]string{"altered:", "collector_seq 7"}},
		"a name that was edited":    {func(r *record) { edit(r, 6).ClientName = "x" }, 1, []string{"column client_name"}},
		"an event that was removed": {func(r *record) { r.events = slices.Delete(r.events, 9, 10) }, 1, []string{"missing: 1 of the events that were sealed is not there", "collector_seq 9"}},
		"the tail of a session cut": {func(r *record) {
			s := r.events[0].SessionID
			r.events = slices.DeleteFunc(r.events, func(e *schema.Event) bool { return e.SessionID == s && e.Seq > 15 })
		}, 1, []string{"5 of the session's events are not there", "seq 16 to 20"}},
		"a session removed whole": {func(r *record) {
			s := r.events[1].SessionID
			r.events = slices.DeleteFunc(r.events, func(e *schema.Event) bool { return e.SessionID == s })
		}, 1, []string{"11 of the session's events are not there", "seq 0 to 10"}},
		"two events swapped": {func(r *record) {
			a, b := edit(r, 4), edit(r, 5)
			a.CollectorSeq, b.CollectorSeq = b.CollectorSeq, a.CollectorSeq
		}, 1, []string{"collector_seq 4", "collector_seq 5"}},
		"an event inserted twice, changed": {func(r *record) {
			e := *r.events[8]
			e.Target = "another"
			r.events = append(r.events, &e)
		}, 1, []string{"equivocation:", "collector_seq 8"}},
		"an event inserted after the end": {func(r *record) {
			e := *r.events[0]
			e.CollectorSeq = 999
			r.events = append(r.events, &e)
		}, 1, []string{"extra: its collector had ended this epoch", "collector_seq 999"}},
		"an event of an epoch that never was": {func(r *record) {
			e := *r.events[0]
			e.Epoch, e.SessionID = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
			r.events = append(r.events, &e)
		}, 2, []string{"unsealed: there is no seal of this epoch"}},
		"a seal removed":      {func(r *record) { r.runs = slices.Delete(r.runs, 1, 2) }, 1, []string{"missing_seal: seals 1 to 1"}},
		"the first seal":      {func(r *record) { r.runs = slices.Delete(r.runs, 0, 1) }, 1, []string{"missing_seal: seals 0 to 0"}},
		"the last seal":       {func(r *record) { r.runs = r.runs[:len(r.runs)-1] }, 2, []string{"silent: silent since 2026-11-22T09:00:04Z"}},
		"an epoch, all of it": {func(r *record) { r.runs, r.events = r.runs[5:], r.events[32:] }, 2, []string{"missing_epoch: epoch number 1"}},
		"leaves edited":       {func(r *record) { r.runs[1].Leaves[0][0] ^= 1 }, 1, []string{"bad_seal: the leaf hashes of seal 1", "column seals.leaves"}},
		"leaves cut":          {func(r *record) { r.runs[1].Leaves = r.runs[1].Leaves[1:] }, 1, []string{"bad_seal: the leaf hashes of seal 1"}},
		"leaves and an event edited": {func(r *record) {
			e := edit(r, 7)
			e.Target = "x"
			r.runs[1].Leaves[7-r.events[0].CollectorSeq-6] = schema.LeafHash(e.Append(nil))
		}, 1, []string{"the leaf hashes of seal 1", "altered: of 11 events"}},
		"a note edited": {func(r *record) {
			r.runs[2].Note = []byte(strings.Replace(string(r.runs[2].Note), "state open", "state final", 1))
		}, 1,
			[]string{"bad_seal: seal 2", "signature"}},
		"re-signed with another key": {func(r *record) { r.collector = sealtest.New("acme", "laptop") }, 3, []string{"untrusted_key: its key is certified by laptop+"}},
		"one seal re-signed": {func(r *record) {
			s, _ := seal.Read(r.runs[2].Note)
			forged := sealtest.New("acme", "laptop").Epoch(0)
			forged.UUID = s.Epoch
			note, _ := forged.Key.Sign(s)
			r.runs[2].Note, r.runs[2].Certificate = note, forged.Certificate
		}, 1, []string{"untrusted_key: seal 2 comes with a certificate by the key laptop+", "bad_seal: seal 2: checking a seal"}},
		"bytes that are no seal":   {func(r *record) { r.runs[0].Note = []byte("x") }, 1, []string{"unreadable:", "missing_seal"}},
		"events that are not seen": {func(r *record) { r.runs = r.runs[:3] }, 2, []string{"unsealed: no seal covers", "there is no seal of this epoch"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := ordinary()
			c.change(r)
			report := r.whole()
			text := say(report)
			if report.Status() != c.status {
				t.Errorf("status %d, want %d", report.Status(), c.status)
			}
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("does not say %q", s)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// edit gives an event that may be changed in the place of the n-th.
func edit(r *record, n int) *schema.Event {
	e := *r.events[n]
	r.events[n] = &e
	return &e
}

// lossy loses events and a seal as a collector may, and says so; late is whether the
// events come after all.
func lossy(inSession, late bool) *record {
	r := &record{collector: sealtest.New("acme", "laptop")}
	dead, living := r.collector.Epoch(begin.UnixNano()), r.collector.Epoch(begin.UnixNano())
	a, own := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	for n := range uint64(12) {
		r.add(dead, event(a, n, schema.KindRequest))
		if n%3 == 2 {
			r.seal(dead, false)
		}
	}
	r.add(dead, event(a, 12, schema.KindClose))
	r.seal(dead, true)
	lost := schema.Lost{Events: []schema.LostRange{{Epoch: dead.UUID, From: 4, To: 6}}}
	if !late {
		r.events = slices.Delete(r.events, 4, 7)
	}
	if inSession {
		gap := event(a, 4, schema.KindGap)
		gap.Gap = &schema.Gap{From: 4, To: 6, Count: 3, Reason: "damaged"}
		gap.Payload, _ = json.Marshal(lost)
		r.add(living, gap)
	} else {
		lost.Seals = []schema.LostSeal{{Epoch: dead.UUID, From: 9, To: 9, Count: 1}}
		r.runs = slices.Delete(r.runs, 2, 3)
		said := event(own, 0, schema.KindCollector)
		said.Basis = schema.BasisCollector
		said.Payload, _ = json.Marshal(lost)
		r.add(living, said)
	}
	r.seal(living, true)
	return r
}

func TestWhatACollectorSaysItLostIsIncompleteNotWrong(t *testing.T) {
	for name, inSession := range map[string]bool{"a placeholder in the session": true, "a statement of its own, with a seal": false} {
		t.Run(name, func(t *testing.T) {
			r := lossy(inSession, false)
			report := r.whole()
			if report.Status() != 2 || report.Lost < 2 {
				t.Errorf("status %d, %d lost%s", report.Status(), report.Lost, say(report))
			}
			if one := r.check(verify.Options{Trusted: r.collector.Trusted(), Session: r.events[0].SessionID}); one.Status() != 2 {
				t.Errorf("one session: status %d%s", one.Status(), say(one))
			}
			if late := lossy(inSession, true).whole(); late.Status() != 2 || late.Lost != 0 {
				t.Errorf("the events came late: status %d, %d lost%s", late.Status(), late.Lost, say(late))
			}
			r.runs = r.runs[:len(r.runs)-1]
			if report := r.whole(); report.Status() != 1 {
				t.Errorf("a statement that nobody sealed excuses: status %d%s", report.Status(), say(report))
			}
		})
	}
}

func TestWhatWasSealedAMomentAgoMayBeOnItsWay(t *testing.T) {
	r := ordinary()
	r.events = r.events[:len(r.events)-3]
	o := verify.Options{Trusted: r.collector.Trusted(), Whole: true, Now: begin.Add(time.Minute)}
	if report := r.check(o); report.Status() != 2 || !strings.Contains(say(report), "late:") {
		t.Errorf("status %d%s", report.Status(), say(report))
	}
	o.Now = begin.Add(time.Hour)
	if report := r.check(o); report.Status() != 1 {
		t.Errorf("an hour later: status %d%s", report.Status(), say(report))
	}
}

func BenchmarkVerify(b *testing.B) {
	collector := sealtest.New("acme", "laptop")
	e := collector.Epoch(0)
	id := uuid.Must(uuid.NewV7())
	const n = 64 << 10
	events := make([][]byte, n)
	var runs []verify.Run
	for i := range events {
		one := event(id, uint64(i), schema.KindRequest)
		one.Payload = slices.Repeat([]byte("0123456789"), 70)
		one.Method, one.Target, one.RPCID = "tools/call", "read_file", "n:1"
		one.ClientName, one.ServerName = "inspector-cli", "files"
		e.Add(one)
		events[i] = one.Append(nil)
		if i%seal.MaxEvents == seal.MaxEvents-1 {
			runs = append(runs, runOf(e.Seal(i == n-1)))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		v := verify.New(verify.Options{Trusted: collector.Trusted(), Whole: true})
		for _, r := range runs {
			v.AddSeal(r)
		}
		for _, e := range events {
			v.AddEvent(e, nil)
		}
		if r := v.Finish(); r.State == verify.StateBroken {
			b.Fatal(say(r))
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "events/s")
}
