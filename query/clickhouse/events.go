package clickhouse

import (
	"context"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// Part of a session's events. The zero value is all of them, without bodies. Bodies are
// nearly all of what is read, so that a list that shows none should not ask for them.
type Part struct {
	// From is the first seq.
	From uint64
	// Limit is how many events at most, 0 for all.
	Limit uint64
	// Bodies says whether payloads are read.
	Bodies bool
}

// Events reads the events themselves.
type Events struct{ tenant }

// OfSession streams a session's events in the order of seq. Two that differ under
// one seq are both given; one that is stored twice is given once. The stream
// ends with its first error, and reading stops where the caller stops.
func (s *Events) OfSession(ctx context.Context, id uuid.UUID, part Part) iter.Seq2[*schema.Event, error] {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	if part.From > 0 {
		w.add("seq >= {from:UInt64}", "from", part.From)
	}
	// The order is that of the primary key, so rows stream without a sort; LIMIT 1 BY keeps one
	// of what was stored twice, and the hash keeps both of what differs.
	statement := "SELECT " + columns(part.Bodies) + " FROM events WHERE " + w.String() +
		" ORDER BY tenant, session_id, seq LIMIT 1 BY session_id, seq, hash"
	if part.Limit > 0 {
		w.set("limit", part.Limit)
		statement += " LIMIT {limit:UInt64}"
	}
	return func(yield func(*schema.Event, error) bool) {
		// The end is read first: a session that goes on may only have more than it says.
		end, err := s.end(ctx, id)
		if err != nil {
			yield(nil, err)
			return
		}
		// next is compared and not the count: two events may share a seq, and a gap has none.
		next, given := part.From, uint64(0)
		for e, err := range s.events(ctx, statement, w.parameters) {
			if !yield(e, err) || err != nil {
				return
			}
			next, given = e.Seq+1, given+1
		}
		// ClickHouse ends a stream whose query was killed as if it were whole.
		if next < end && (part.Limit == 0 || given < part.Limit) {
			yield(nil, fmt.Errorf("reading events: %w after event %d of %d", errCut, next, end))
		}
	}
}

// end is the seq after the last event that is stored of a session, from the rollup that
// a materialized view keeps: a max over events would read the whole session.
func (s *Events) end(ctx context.Context, id uuid.UUID) (end uint64, err error) {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", id)
	err = s.conn.QueryRow(ctx, "SELECT if(count() = 0, 0, max(last_seq) + 1) FROM session_rollup WHERE "+w.String(), w.parameters...).Scan(&end)
	if err != nil {
		return 0, fmt.Errorf("reading the end of a session: %w", err)
	}
	return end, nil
}

// maxAnswers bounds the events that [Events.Exchange] gives. An exchange has two, one
// that a client answers again and again has more.
const maxAnswers = 100

// Exchange reads an event of a session with its body, and those that answer it. Two that
// differ under one seq are both given. Without such an event the list is empty.
func (s *Events) Exchange(ctx context.Context, session uuid.UUID, seq uint64) ([]*schema.Event, error) {
	w := s.where()
	w.add("session_id = {session:UUID}", "session", session)
	// A request with seq 0 is the first event of a session; request_seq 0 means none, so answers
	// to it cannot be asked for in this way.
	w.add("(seq = {seq:UInt64} OR request_seq = {seq:UInt64} AND {seq:UInt64} > 0)", "seq", seq)
	w.set("most", uint32(maxAnswers))
	var events []*schema.Event
	for e, err := range s.events(ctx, "SELECT "+columns(true)+" FROM events WHERE "+w.String()+
		" ORDER BY tenant, session_id, seq LIMIT 1 BY session_id, seq, hash LIMIT {most:UInt32}", w.parameters) {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}
