package collector_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// boundedStage is a next stage with capacity for a number of messages, which the test may change.
type boundedStage struct {
	capacity atomic.Int64
	events   []*schema.Event
	seals    []*seal.Seal
	leaves   []schema.Hash
}

func (r *boundedStage) publish(_ context.Context, records []durable.Record) (refused []int, err error) {
	for i, record := range records {
		if record.Seal {
			made, s, err := seal.DecodeRecord(record.Value)
			if err != nil {
				return nil, err
			}
			r.seals, r.leaves = append(r.seals, s), append(r.leaves, made.Leaves...)
			continue
		}
		if !record.Control && r.capacity.Add(-1) < 0 {
			refused = append(refused, i)
			continue
		}
		e, err := schema.Decode(record.Value)
		if err != nil {
			return nil, err
		}
		r.events = append(r.events, e)
	}
	return refused, nil
}

// sealed records with seals and a session of the collector's own.
func sealed(t *testing.T, r *boundedStage, strict bool, work func(*collector.Recorder)) {
	t.Helper()
	config := collector.Config{CollectorID: "host", Self: &journal.Self{What: "start"}, Strict: strict, HasCapacity: func() bool { return r.capacity.Load() > 0 },
		Seal: func(epoch uuid.UUID, now time.Time) (*sealer.Sealer, error) {
			identity, err := sealer.LoadIdentity(filepath.Join(t.TempDir(), "identity.key"), "host", "")
			if err != nil {
				return nil, err
			}
			return sealer.Begin(identity, "default", "host", epoch, now)
		}}
	rec := collector.New(config, r.publish)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- rec.Run(ctx, time.Minute) }()
	work(rec)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestEveryEventIsUnderASealOrNamedByOneThatIs(t *testing.T) {
	var r boundedStage
	r.capacity.Store(40)
	sealed(t, &r, false, func(rec *collector.Recorder) {
		x := stdio(rec)
		for i := range 100 {
			x.Message(schema.ClientToServer, body(fmt.Sprintf(`{"method":"n/%d"}`, i)), time.Now())
		}
		waitFor(t, func() bool { return rec.Stats().Refused.Load() > 0 })
		for range 10 { // refused before it is numbered
			x.Message(schema.ClientToServer, body(`{"method":"late"}`), time.Now())
		}
		r.capacity.Store(1000)
		waitFor(t, func() bool { return rec.Stats().Lost.Load() == 70 })
		x.Message(schema.ClientToServer, body(`{"method":"later"}`), time.Now())
	})

	have, lost := map[uint64]bool{}, map[uint64]bool{}
	seqs := map[uint64]bool{}
	what := ""
	for _, e := range r.events {
		have[e.CollectorSeq] = true
		if e.Basis == schema.BasisCollector {
			what += fmt.Sprintf("%s %s;", e.Kind, e.Payload)
			continue
		}
		seqs[e.Seq] = true
		for _, l := range e.Lost().Events {
			for n := l.From; n <= l.To; n++ {
				lost[n] = true
			}
		}
		if e.Gap != nil {
			for n := e.Gap.From; n <= e.Gap.To; n++ {
				seqs[n] = true
			}
		}
		if leaf := schema.LeafHash(e.Append(nil)); r.leaves[e.CollectorSeq] != leaf {
			t.Errorf("event %d has another leaf than it was sealed with", e.CollectorSeq)
		}
	}
	for n := range uint64(len(r.leaves)) {
		if have[n] == lost[n] {
			t.Errorf("number %d: there %v, named as lost %v", n, have[n], lost[n])
		}
	}
	for n := range uint64(len(seqs)) {
		if !seqs[n] {
			t.Errorf("number %d of the session is neither there nor in a gap", n)
		}
	}
	last := r.seals[len(r.seals)-1]
	if !last.Final || last.End() != uint64(len(r.leaves)) || len(lost) != 60 {
		t.Errorf("%d leaves, %d lost, last seal %+v", len(r.leaves), len(lost), last)
	}
	for _, part := range []string{`open {"what":"start"`, `collector {"what":"paused","reason":"spool_full"}`, `collector {"what":"resumed"`, `close {"reason":"stopped"}`} {
		if !strings.Contains(what, part) {
			t.Errorf("the collector did not state %s: %s", part, what)
		}
	}
}

func TestWhereNothingPassesUnrecordedAMessageWithoutCapacityIsRejected(t *testing.T) {
	var r boundedStage
	r.capacity.Store(1)
	var passed []bool
	sealed(t, &r, true, func(rec *collector.Recorder) {
		x := stdio(rec)
		x.Message(schema.ClientToServer, body(`{"id":1,"method":"tools/call"}`), time.Now())
		r.capacity.Store(0)
		x.Message(schema.ClientToServer, body(`{"id":2,"method":"tools/call"}`), time.Now())
		waitFor(t, rec.Queue().Rejecting)
		passed = append(passed, x.Message(schema.ClientToServer, body(`{"id":3,"method":"tools/call"}`), time.Now()),
			x.Message(schema.ServerToClient, body(`{"id":1,"result":{}}`), time.Now())) // capacity was reserved for the answer
		r.capacity.Store(1)
		waitFor(t, func() bool { return !rec.Queue().Rejecting() })
		passed = append(passed, x.Message(schema.ClientToServer, body(`{"id":4,"method":"tools/call"}`), time.Now()))
	})
	if fmt.Sprint(passed) != "[false true true]" {
		t.Errorf("passed %v", passed)
	}
	ids, refused := "", false
	for _, e := range r.events {
		if e.Kind == schema.KindRequest || e.Kind == schema.KindAnswer {
			ids += e.RPCID + " "
		}
		refused = refused || strings.Contains(string(e.Payload), `"refused":1`)
		if e.Gap != nil {
			t.Errorf("a message that was not passed on is a gap: %+v", e.Gap)
		}
	}
	if ids != "n:1 n:2 n:1 n:4 " || !refused {
		t.Errorf("recorded %s, refusals counted: %v", ids, refused)
	}
}
