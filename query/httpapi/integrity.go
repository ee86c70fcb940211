package httpapi

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// maxFindings bounds the findings that a timeline lists. All of them count for its state;
// mcptrail verify lists them.
const maxFindings = 20

// sealedTimelines rebuilds sessions and says what their seals prove.
type sealedTimelines struct {
	store *clickhouse.Evidence
	// trust is the file with the trusted keys, read at each check; empty for none.
	trust string
}

// check reads the seals of a session and returns its events from a seq on, which the
// verifier takes with the reader: one read and one hash of each event serve both the
// timeline and the proof. Where the reader stops before the end, nothing is missed
// behind. The verifier can finish once the reader has.
func (s *sealedTimelines) check(ctx context.Context, id uuid.UUID, from uint64) (*verify.Verifier, iter.Seq2[query.Event, error], error) {
	record, err := s.store.SelectFrom(ctx, id, from)
	if err != nil {
		return nil, nil, err
	}
	trusted, err := s.trusted()
	if err != nil {
		return nil, nil, err
	}
	// Now is taken once, so that what is late is late for the whole check.
	v := verify.New(verify.Options{Trusted: trusted, Session: id, From: from, Now: time.Now(), Limit: maxFindings})
	for r, err := range record.ReadSeals(ctx) {
		if err != nil {
			return nil, nil, err
		}
		// All seals before the first event, as the verifier takes them.
		v.AddSeal(verify.Run{Note: r.Note, Certificate: r.Certificate, Leaves: r.Leaves, Stray: r.Stray})
	}
	return v, checked(v, id, record.ReadEvents(ctx)), nil
}

// trusted reads the keys by whose seals events count as verified, nil for none. The file
// is read each time: a collector leaves its key there when it first starts. A file that
// is not there yet is no error, one that cannot be read is.
func (s *sealedTimelines) trusted() (*seal.Trusted, error) {
	if s.trust == "" {
		return nil, nil
	}
	t, err := seal.TrustFile(s.trust)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return t, err
}

// rebuild makes a session's timeline with what its seals say.
func (s *sealedTimelines) rebuild(ctx context.Context, id uuid.UUID) (*query.Timeline, error) {
	v, events, err := s.check(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	timeline, err := rebuild.Timeline(events)
	if err == nil {
		judge(&timeline.Integrity, v.Finish())
	}
	return timeline, err
}

// page makes a page of a session's timeline with what the seals say of the events that
// were read for it.
func (s *sealedTimelines) page(ctx context.Context, id uuid.UUID, page rebuild.Page) (*query.Timeline, error) {
	v, events, err := s.check(ctx, id, page.Start)
	if err != nil {
		return nil, err
	}
	timeline, err := page.Timeline(events)
	if err == nil {
		judge(&timeline.Integrity, v.Finish())
	}
	return timeline, err
}

// checked hands the events of the session on, and gives the verifier all that the reader
// took. A reader that stops has not taken the event at which it did. The leaf hash is
// computed here, once, from the fields of the row, never taken from the hash column: that
// one may be what was edited.
func checked(v *verify.Verifier, id uuid.UUID, events iter.Seq2[clickhouse.StoredEvent, error]) iter.Seq2[query.Event, error] {
	return func(yield func(query.Event, error) bool) {
		var canonical []byte
		for e, err := range events {
			if err != nil {
				yield(query.Event{}, err)
				return
			}
			// One buffer for all events: only the hash is kept of it.
			canonical = e.Append(canonical[:0])
			event := query.Event{Event: e.Event, Leaf: schema.LeafHash(canonical)}
			// Events of other sessions come along where collectors state in them what was lost of
			// this one: they are checked, not shown.
			if e.SessionID == id && !yield(event, nil) {
				v.Stop()
				return
			}
			v.Add(e.Event, event.Leaf, &e.Location)
		}
	}
}

// judge adds what the seals say to what the chain says; the worse of both is the state. A
// hole that the collector itself states in another session is a loss and no removal, so
// it leaves the state at received instead of broken.
//
// r is of the same events as i and must be finished. Late events are listed although nothing
// is wrong: a reader would otherwise take the timeline for whole.
func judge(i *query.Integrity, r *verify.Report) {
	// Verified ones were sealed too, by a key that is trusted.
	i.Sealed = r.Verified + r.Sealed
	for n := range r.Problems {
		p := &r.Problems[n]
		if p.Severity == verify.Mismatch {
			if r.Seals > 0 || p.Kind == verify.Column { // else the chain says it
				i.Findings = append(i.Findings, p.String())
			}
			// Problems come by severity and not by seq, so all are looked at. Only those that are
			// listed can be: of more than maxFindings the first bad one may be another.
			if p.Seq != nil && (i.FirstBadSeq == nil || *p.Seq < *i.FirstBadSeq) {
				i.FirstBadSeq = p.Seq
			}
		}
		if p.Kind == verify.Late {
			i.Findings = append(i.Findings, p.String())
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
