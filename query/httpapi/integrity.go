package httpapi

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
)

// maxFindings are the findings that a timeline lists.
const maxFindings = 20

// rebuild makes a session's timeline and checks its events against their seals on
// the way.
func (s *server) rebuild(ctx context.Context, id uuid.UUID) (*query.Timeline, error) {
	record, err := s.store.Select(ctx, clickhouse.Selection{Session: id})
	if err != nil {
		return nil, err
	}
	v := verify.New(verify.Options{Trusted: s.trusted, Session: id, Now: time.Now(), Limit: maxFindings})
	for r, err := range record.ReadSeals(ctx) {
		if err != nil {
			return nil, err
		}
		v.AddSeal(verify.Run{Note: r.Note, Certificate: r.Certificate, Leaves: r.Leaves, Stray: r.Stray})
	}
	timeline, err := query.Rebuild(checked(v, id, record.ReadEvents(ctx)))
	if err != nil {
		return nil, err
	}
	judge(&timeline.Integrity, v.Finish())
	return timeline, nil
}

// checked hands the events of the session on; the verifier has all of them.
func checked(v *verify.Verifier, id uuid.UUID, events iter.Seq2[clickhouse.Placed, error]) iter.Seq2[*schema.Event, error] {
	return func(yield func(*schema.Event, error) bool) {
		var buf []byte
		for e, err := range events {
			if err == nil {
				buf = e.Append(buf[:0])
				v.Add(e.Event, schema.LeafHash(buf), &e.Place)
				if e.SessionID != id {
					continue
				}
			}
			if !yield(e.Event, err) {
				return
			}
		}
	}
}

// judge adds what the seals say to what the chain says. A hole that the collector
// itself names in another session is none that anybody made.
func judge(i *query.Integrity, r *verify.Report) {
	i.Sealed = r.Verified + r.Sealed
	for n := range r.Problems {
		p := &r.Problems[n]
		if p.Severity == verify.Mismatch {
			i.Findings = append(i.Findings, p.String())
			if p.Seq != nil && (i.FirstBadSeq == nil || *p.Seq < *i.FirstBadSeq) {
				i.FirstBadSeq = p.Seq
			}
		}
		if p.Kind == verify.Gap && r.Mismatches == 0 && p.Seq != nil && i.FirstBadSeq != nil && *p.Seq == *i.FirstBadSeq {
			i.State, i.FirstBadSeq = query.Received, nil
		}
	}
	if i.State == query.Broken || r.Mismatches > 0 {
		i.State = query.Broken
		return
	}
	i.State = r.State
}
