package rebuild_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

// script draws the events of one call in their order. Their Target is its name and
// no rule of pairing looks at it, so it tells afterwards what belongs together.
// Over HTTP ids and tokens come from a tiny pool, as some hosts do it.
func script(t *rapid.T, n int, http bool) []*schema.Event {
	name := fmt.Sprintf("call-%d", n)
	id, served := fmt.Sprintf("n:%d", n), fmt.Sprintf("n:%d", n)
	x, y, z := in(0), in(0), in(0)
	stdio := func(e *schema.Event) { e.Transport = schema.TransportStdio }
	if http {
		id = rapid.SampledFrom([]string{"n:1", "n:2", "s:1"}).Draw(t, "id")
		x, y, z = in(uint64(3*n+1)), in(uint64(3*n+2)), in(uint64(3*n+3))
		stdio = func(*schema.Event) {}
	}
	all := func(change with) []with { return []with{named(name), change, stdio, token(id)} }
	params := func(more string) with {
		return body(fmt.Sprintf(`{"params":{"name":"t","arguments":{"call":%d}%s}}`, n, more))
	}

	call := ask(c2s, id, "tools/call", append(all(x), params(""))...)
	events := []*schema.Event{call}
	if rapid.Bool().Draw(t, "progress") {
		events = append(events, note(s2c, "progress", all(x)...))
	}
	if rapid.Bool().Draw(t, "sampling") {
		inner := []with{named(name + "/inner"), stdio}
		events = append(events,
			ask(s2c, served, "sampling/createMessage", append(inner, x)...),
			answer(c2s, served, "ok", append(inner, y)...))
	}
	switch rapid.SampledFrom([]string{"answer", "error", "cancel", "hang up", "nothing", "another round"}).Draw(t, "end") {
	case "answer":
		events = append(events, answer(s2c, id, "ok", all(x)...))
	case "another round":
		events = append(events,
			answer(s2c, id, "input_required", append(all(x), body(`{"result":{"resultType":"input_required","inputRequests":{"sure":{"method":"elicitation/create"}}}}`))...),
			ask(c2s, id, "tools/call", append(all(z), params(`,"inputResponses":{"sure":{"action":"accept"}}`))...),
			answer(s2c, id, "ok", all(z)...))
	case "error":
		events = append(events, answer(s2c, id, "protocol_error", all(x)...))
	case "cancel":
		if !http { // over HTTP an id of the pool may name another call
			_, bare, _ := strings.Cut(id, ":")
			events = append(events, cancel(c2s, bare, all(y)...))
		}
	case "hang up":
		if http {
			events = append(events, fact("hang_up", "client_disconnect", named(name), x))
		}
	}
	return events
}

// conversation interleaves a few scripts, each in its own order, and records them
// with the request_seq that a collector would give.
func conversation(t *rapid.T) []*schema.Event {
	http := rapid.Bool().Draw(t, "http")
	scripts := make([][]*schema.Event, rapid.IntRange(1, 6).Draw(t, "calls"))
	for n := range scripts {
		scripts[n] = script(t, n, http)
	}
	events := []*schema.Event{open()}
	for len(scripts) > 0 {
		i := rapid.IntRange(0, len(scripts)-1).Draw(t, "next")
		events = append(events, scripts[i][0])
		if scripts[i] = scripts[i][1:]; len(scripts[i]) == 0 {
			scripts = slices.Delete(scripts, i, i+1)
		}
	}
	events = append(events, closed("shutdown"))
	asked := map[string]uint64{}
	for i, e := range events {
		switch e.Kind {
		case schema.KindRequest:
			asked[e.Target] = uint64(i)
		case schema.KindAnswer:
			e.RequestSeq = asked[e.Target]
		}
	}
	return recorded(events...)
}

// places maps each seq to where the timeline has it: the number of an operation,
// or a word.
func places(tl *query.Timeline) map[uint64][]string {
	at := map[uint64][]string{}
	put := func(place string, seqs ...uint64) {
		for _, seq := range seqs {
			at[seq] = append(at[seq], place)
		}
	}
	for _, o := range tl.Operations {
		put(o.ID, slices.Concat(o.RequestSeqs, o.AnswerSeqs, o.NotificationSeqs, o.FactSeqs, o.ReplaySeqs)...)
	}
	for _, f := range tl.Facts {
		put("fact", f.Seqs...)
	}
	for _, u := range tl.Unpaired {
		put("unpaired", u.Seq)
	}
	for _, g := range tl.Gaps {
		if g.NamedBy != nil {
			put("gap", *g.NamedBy)
		}
	}
	return at
}

func TestInterleavingKeepsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := conversation(t)
		tl := rebuilt(t, events)
		operation := map[string]string{}
		for _, o := range tl.Operations {
			if o.Embedded != nil {
				if *o.Parent != operation[events[o.Embedded.AskedIn].Target] {
					t.Fatalf("%s is asked for in an answer to another", *o.Parent)
				}
				continue
			}
			if operation[o.Target] != "" {
				t.Fatalf("%s is two operations", o.Target)
			}
			operation[o.Target] = o.ID
		}
		at := places(tl)
		for _, e := range events {
			want := operation[e.Target]
			if e.Target == "" {
				want = "fact"
			}
			if got := at[e.Seq]; len(got) != 1 || got[0] != want {
				t.Fatalf("event %d (%s %s of %s) is in %v, not in %s", e.Seq, e.Kind, e.RPCID, e.Target, got, want)
			}
		}
		for _, o := range tl.Operations {
			call, inner := strings.CutSuffix(o.Target, "/inner")
			if inner && o.Parent != nil && *o.Parent != operation[call] {
				t.Fatalf("%s has the parent %s", o.Target, *o.Parent)
			}
		}
		if i := tl.Integrity; !tl.Session.Complete || i.FirstBadSeq != nil || i.Verified != i.Events {
			t.Fatalf("complete %v, %+v", tl.Session.Complete, i)
		}
	})
}

func TestALostEventIsSeenAndNeverLeadsToAWrongPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := conversation(t)
		i := rapid.IntRange(0, len(events)-1).Draw(t, "lost")
		lost := events[i]
		tl := rebuilt(t, slices.Delete(slices.Clone(events), i, i+1))

		if tl.Session.Complete {
			t.Fatal("complete without one of its events")
		}
		if i < len(events)-1 && (len(tl.Gaps) != 1 || tl.Gaps[0].FromSeq != lost.Seq || tl.Gaps[0].Reason != query.ReasonMissing || *tl.Integrity.FirstBadSeq != lost.Seq) {
			t.Fatalf("event %d is lost: gaps %+v, integrity %+v", lost.Seq, tl.Gaps, tl.Integrity)
		}
		target := map[uint64]string{}
		for _, e := range events {
			target[e.Seq] = e.Target
		}
		for _, o := range tl.Operations {
			if o.Embedded != nil {
				continue
			}
			for _, seq := range slices.Concat(o.RequestSeqs, o.AnswerSeqs, o.FactSeqs) {
				if target[seq] != o.Target {
					t.Fatalf("event %d of %s is in the operation of %s", seq, target[seq], o.Target)
				}
			}
			if lost.Kind == schema.KindAnswer && o.Target == lost.Target && slices.Contains(o.RequestSeqs, lost.RequestSeq) && len(o.AnswerSeqs) >= len(o.RequestSeqs) {
				t.Fatalf("%s has an answer, and its answer is lost", o.Target)
			}
		}
		for _, e := range events {
			if lost.Kind == schema.KindRequest && e.Kind == schema.KindAnswer && e.RequestSeq == lost.Seq && e.Target == lost.Target &&
				!slices.ContainsFunc(tl.Unpaired, func(u query.Unpaired) bool { return u.Seq == e.Seq && u.Reason == query.ReasonGap }) {
				t.Fatalf("answer %d of a lost request is not among %+v", e.Seq, tl.Unpaired)
			}
		}
	})
}

// TestTwoSessionsInOneStreamAreTwoTimelines mixes what two sessions recorded, as a
// topic does, and rebuilds each as it comes.
func TestTwoSessionsInOneStreamAreTwoTimelines(t *testing.T) {
	other := uuid.MustParse("0193a000-0000-7000-8000-000000000003")
	rapid.Check(t, func(t *rapid.T) {
		a, b := conversation(t), conversation(t)
		for _, e := range b {
			e.SessionID = other
		}
		want := map[uuid.UUID]*query.Timeline{session: rebuilt(t, a), other: rebuilt(t, b)}
		builders := map[uuid.UUID]*rebuild.Builder{session: rebuild.NewBuilder(), other: rebuild.NewBuilder()}
		for len(a)+len(b) > 0 {
			next := &a
			if len(a) == 0 || len(b) > 0 && rapid.Bool().Draw(t, "the other") {
				next = &b
			}
			e := (*next)[0]
			*next = (*next)[1:]
			if err := builders[e.SessionID].Add(hashed(e)); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "twice") { // a block can be delivered again
				if err := builders[e.SessionID].Add(hashed(e)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for id, builder := range builders {
			got, _ := json.Marshal(builder.Timeline())
			if text, _ := json.Marshal(want[id]); string(got) != string(text) {
				t.Fatalf("session %s is\n%s\nand alone\n%s", id, got, text)
			}
		}
	})
}

// anything draws an event that makes no sense, from pools so small that events
// collide.
func anything(t *rapid.T) *schema.Event {
	pick := func(name string, words ...string) string { return rapid.SampledFrom(words).Draw(t, name) }
	e := &schema.Event{
		Kind:      schema.Kind(pick("kind", "request", "answer", "notification", "open", "close", "gap", "auth", "stderr", "noise", "http", "new")),
		Direction: schema.Direction(pick("direction", "", string(c2s), string(s2c))),
		Method:    pick("method", "", "tools/call", "ping", "subscriptions/listen", "notifications/progress", "notifications/cancelled", "notifications/message"),
		RPCID:     pick("id", "", "null", "n:1", "s:1"), Target: pick("target", "", "a"), ProgressToken: pick("token", "", "n:1"),
		Outcome:    schema.Outcome(pick("outcome", "", "ok", "input_required", "protocol_error", "accepted", "client_disconnect", "forbidden", "odd")),
		Exchange:   rapid.Uint64Max(2).Draw(t, "exchange"),
		RequestSeq: rapid.Uint64Max(9).Draw(t, "request seq"),
		Mono:       rapid.Int64().Draw(t, "mono"), Time: rapid.Int64Min(0).Draw(t, "time"),
		Flags:        schema.Flag(rapid.Uint64Max(1<<10).Draw(t, "flags")),
		RequestState: schema.Hash{rapid.ByteMax(2).Draw(t, "state")}, SSEID: schema.Hash{rapid.ByteMax(2).Draw(t, "sse")},
		Payload: []byte(pick("payload", "", "{}", "[", `{"method":"notifications/cancelled","params":{"requestId":1}}`, `{"id":1,"result":{"isError":true}}`)),
		Keys:    []schema.Key{{Name: "io.modelcontextprotocol/subscriptionId", Value: "1"}},
	}
	if e.Kind == schema.KindGap {
		e.Gap = &schema.Gap{From: rapid.Uint64().Draw(t, "from"), To: rapid.Uint64().Draw(t, "to")}
	}
	return e
}

func TestEveryEventOfAnyRecordHasAPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rebuild.NewBuilder()
		var seq uint64
		var seqs []uint64
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			e := anything(t)
			seq += rapid.SampledFrom([]uint64{1, 1, 1, 1, 0, 2, 1 << 40}).Draw(t, "step")
			e.Seq = seq
			if err := b.Add(hashed(e)); err != nil {
				t.Fatal(err)
			}
			seqs = append(seqs, seq)
		}
		tl := b.Timeline()
		at := places(tl)
		for _, seq := range seqs {
			if len(at[seq]) == 0 {
				t.Fatalf("event %d is nowhere", seq)
			}
		}
		for _, o := range tl.Operations {
			for _, seq := range o.AnswerSeqs {
				if seq < o.Seq {
					t.Fatalf("answer %d stands before its request %d", seq, o.Seq)
				}
			}
		}
		if _, err := json.Marshal(tl); err != nil {
			t.Fatal(err)
		}
	})
}
