package rebuild_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

// calls is a conversation of n pings.
func calls(n int) []*schema.Event {
	events := []*schema.Event{open()}
	for range n {
		events = append(events, ask(c2s, "n:1", "ping"), answer(s2c, "n:1", "ok"))
	}
	return append(events, closed("exit"))
}

func at(seq uint64, e *schema.Event) *schema.Event {
	e.Seq = seq
	return e
}

func first(i query.Integrity) any {
	if i.FirstBadSeq == nil {
		return nil
	}
	return *i.FirstBadSeq
}

func TestAWholeRecordIsCompleteAndItsChainHolds(t *testing.T) {
	tl := rebuilt(t, recorded(calls(3)...))
	if !tl.Session.Complete || len(tl.Gaps) != 0 {
		t.Errorf("complete %v with gaps %v", tl.Session.Complete, tl.Gaps)
	}
	if i := tl.Integrity; i.State != query.Received || i.Events != 8 || i.Verified != 8 || i.FirstBadSeq != nil {
		t.Errorf("integrity %+v", i)
	}
}

func TestAnOpenSessionIsNotComplete(t *testing.T) {
	if events := recorded(calls(1)...); rebuilt(t, events[:3]).Session.Complete {
		t.Error("complete before its close")
	}
}

func TestGapsAreNamedOrMissing(t *testing.T) {
	check(t, map[string]rule{
		"a gap that names all": {
			[]*schema.Event{at(5, ask(c2s, "n:1", "ping")), gap(1, 4, "queue_full")},
			[]string{"[5] ping unanswered", "fact [0] open", "gap 1-4 4 queue_full"},
		},
		"a gap that names some": {
			[]*schema.Event{at(6, ask(c2s, "n:1", "ping")), gap(2, 3, "queue_full")},
			[]string{"[6] ping unanswered", "fact [0] open", "gap 1-1 1 missing", "gap 2-3 2 queue_full", "gap 4-5 2 missing"},
		},
		"two gaps that name one hole": {
			[]*schema.Event{at(6, gap(4, 5, "b")), gap(1, 4, "a")},
			[]string{"fact [0] open", "gap 1-4 4 a", "gap 4-5 2 b"},
		},
		"a gap over two holes": {
			[]*schema.Event{at(2, note(c2s, "initialized")), at(4, gap(1, 3, "a"))},
			[]string{"fact [0] open", "fact [2] notification notifications/initialized", "gap 1-3 3 a"},
		},
		"a gap says nothing of what comes after it": {
			[]*schema.Event{at(2, gap(1, math.MaxUint64-1, "a")), at(9, note(c2s, "initialized"))},
			[]string{"fact [0] open", "fact [9] notification notifications/initialized", "gap 1-18446744073709551614 18446744073709551614 a", "gap 3-8 6 missing"},
		},
		"a gap in the place of what was lost": {
			[]*schema.Event{at(1, gap(1, 3, "damaged")), at(4, note(c2s, "initialized"))},
			[]string{"fact [0] open", "fact [4] notification notifications/initialized", "gap 1-3 3 damaged"},
		},
		"a gap in the place of what was lost, with no end": {
			[]*schema.Event{at(1, gap(1, math.MaxUint64, "damaged")), at(4, note(c2s, "initialized"))},
			[]string{"fact [0] open", "fact [4] notification notifications/initialized", "gap 1-18446744073709551615 18446744073709551615 damaged"},
		},
		"a gap in the place of what came after all": {
			[]*schema.Event{at(1, gap(1, 1, "damaged")), at(1, note(c2s, "initialized")), at(1, gap(1, 1, "damaged"))},
			[]string{"fact [0] open", "fact [1] notification notifications/initialized"},
		},
		"an answer behind a hole": {
			[]*schema.Event{at(2, answer(s2c, "n:1", "ok"))},
			[]string{"fact [0] open", "unpaired 2 n:1 gap", "gap 1-1 1 missing"},
		},
		"an answer behind a hole that its request stands before": {
			[]*schema.Event{ask(c2s, "n:1", "ping"), at(4, answer(s2c, "n:1", "ok", func(e *schema.Event) { e.RequestSeq = 1 }))},
			[]string{"[1] [4] ping ok", "fact [0] open", "gap 2-3 2 missing"},
		},
		"an answer whose request is gone is not given to another": {
			[]*schema.Event{at(2, ask(c2s, "n:1", "ping")), answer(s2c, "n:1", "ok", func(e *schema.Event) { e.RequestSeq = 1 })},
			[]string{"[2] ping unanswered", "fact [0] open", "unpaired 3 n:1 gap", "gap 1-1 1 missing"},
		},
	})
}

func TestARecordWithoutItsBeginningSaysSo(t *testing.T) {
	tl := rebuilt(t, recorded(calls(2)...)[2:])
	if len(tl.Operations) != 1 || tl.Operations[0].Outcome != schema.OutcomeOK {
		t.Errorf("operations %+v", tl.Operations)
	}
	if len(tl.Gaps) != 1 || tl.Gaps[0].FromSeq != 0 || tl.Gaps[0].ToSeq != 1 || tl.Session.Complete || first(tl.Integrity) != uint64(0) {
		t.Errorf("gaps %+v, complete %v, integrity %+v", tl.Gaps, tl.Session.Complete, tl.Integrity)
	}
}

func TestEveryChangeIsFoundAtItsPlace(t *testing.T) {
	whole := func() []*schema.Event { return recorded(calls(4)...) }
	for name, c := range map[string]struct {
		change func([]*schema.Event) []*schema.Event
		want   any
	}{
		"nothing":         {func(e []*schema.Event) []*schema.Event { return e }, nil},
		"an exact repeat": {func(e []*schema.Event) []*schema.Event { return slices.Insert(e, 4, e[3]) }, nil},
		"a changed event": {func(e []*schema.Event) []*schema.Event { e[3].Payload = []byte("x"); return e }, uint64(4)},
		"a removed event": {func(e []*schema.Event) []*schema.Event { return slices.Delete(e, 3, 4) }, uint64(3)},
		"a changed first": {func(e []*schema.Event) []*schema.Event { e[0].Prev[0] = 1; return e }, uint64(0)},
		"two of one number": {func(e []*schema.Event) []*schema.Event {
			c := *e[3]
			c.Outcome = "ok"
			c.Mono++
			return slices.Insert(e, 4, &c)
		}, uint64(3)},
		"a removed gap note": {func([]*schema.Event) []*schema.Event { return recorded(open(), at(5, closed("exit"))) }, uint64(1)},
		"lost and named": {func([]*schema.Event) []*schema.Event {
			return recorded(open(), at(5, gap(1, 4, "queue_full")), closed("exit"))
		}, nil},
		"refused after it was chained, and named": {func([]*schema.Event) []*schema.Event {
			e := recorded(open(), ask(c2s, "n:1", "ping"), note(c2s, "initialized"), gap(1, 1, "refused"))
			return slices.Delete(e, 1, 2)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			i := rebuilt(t, c.change(whole())).Integrity
			if first(i) != c.want || (i.State == query.Broken) != (c.want != nil) {
				t.Errorf("first bad %v in %+v, want %v", first(i), i, c.want)
			}
		})
	}
}

func TestBothEventsOfOneNumberAreShown(t *testing.T) {
	events := recorded(open(), ask(c2s, "n:1", "tools/call", named("read")), answer(s2c, "n:1", "ok"))
	forged := *events[1]
	forged.RPCID, forged.Target = "n:2", "delete"
	tl := rebuilt(t, slices.Insert(events, 2, &forged))
	if len(tl.Operations) != 2 || len(tl.Operations[0].AnswerSeqs) != 1 || len(tl.Operations[1].AnswerSeqs) != 0 {
		t.Fatalf("operations %+v", tl.Operations)
	}
	a, b := tl.Operations[0], tl.Operations[1]
	if a.Seq != b.Seq || a.ID == b.ID || !slices.Equal(b.Flags, []string{query.FlagEquivocation}) {
		t.Errorf("%+v\n%+v", a, b)
	}
	if !slices.Equal(tl.Integrity.Equivocations, []uint64{1}) || tl.Session.Events != 4 {
		t.Errorf("integrity %+v, %d events", tl.Integrity, tl.Session.Events)
	}
}

func TestAddRefusesAnotherOrderOrSession(t *testing.T) {
	events := recorded(calls(1)...)
	b := rebuild.NewBuilder()
	for _, e := range events[:3] {
		if err := b.Add(hashed(e)); err != nil {
			t.Fatal(err)
		}
	}
	if b.Add(hashed(events[1])) == nil {
		t.Error("took event 1 after event 2")
	}
	stranger := *events[3]
	stranger.SessionID[0]++
	if b.Add(hashed(&stranger)) == nil {
		t.Error("took an event of another session")
	}
	if err := b.Add(hashed(events[3])); err != nil || !b.Timeline().Session.Complete {
		t.Errorf("after refusals: %v", err)
	}
}

func TestNoPayloadIsKept(t *testing.T) {
	e := recorded(open(), ask(c2s, "n:1", "ping", body(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)))
	b := rebuild.NewBuilder()
	for _, e := range e {
		if err := b.Add(hashed(e)); err != nil {
			t.Fatal(err)
		}
	}
	before := draw(b.Timeline())
	for i := range e[1].Payload {
		e[1].Payload[i] = '!'
	}
	*e[1] = schema.Event{}
	if after := draw(b.Timeline()); !bytes.Equal([]byte(before), []byte(after)) {
		t.Errorf("the timeline changed with the caller's event:\n%s\n%s", before, after)
	}
}
