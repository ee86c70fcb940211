package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema/ddl/rows"
)

// Selection of the record as evidence. The zero value is all of it.
type Selection struct {
	// Session is the one session wanted; zero is any.
	Session uuid.UUID
	// From and To choose what was sent or sealed in [From, To), and with it whole
	// runs: all that is under the same seals. Zero is no bound.
	From, To time.Time
}

// ErrTooWide says that a selection covers more epochs than one statement can name.
var ErrTooWide = errors.New("too many epochs")

// maxEpochs bounds the epochs of one selection: each is a parameter of its statements.
const maxEpochs = 5000

// Evidence reads the record for a verifier: the seals, then the events they cover.
type Evidence struct{ tenant }

// Record is a selection, ready to be read: the seals first, as a verifier takes them. It
// holds no connection until it is read.
type Record struct {
	tenant
	// Events and Seals are how many rows there were when it was selected. Reading gives at
	// least as many, or an error.
	Events, Seals  uint64
	events, sealed *where
	// stated are the events of other sessions that are read before events, nil for none.
	stated *where
}

// Select prepares to read a selection. Rows that are stored twice come twice: a
// verifier counts them. The error is [ErrTooWide] where the time covers more epochs
// than one statement can name.
func (s *Evidence) Select(ctx context.Context, sel Selection) (*Record, error) {
	// Both conditions begin with the tenant. A selection only ever adds to them.
	r := &Record{tenant: s.tenant, events: s.where(), sealed: s.where()}
	var err error
	switch {
	case sel.Session != uuid.UUID{}:
		err = r.session(ctx, sel.Session)
	case !sel.From.IsZero() || !sel.To.IsZero():
		err = r.between(ctx, sel.From, sel.To)
	}
	if err == nil {
		err = r.count(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("selecting what to prove: %w", err)
	}
	return r, nil
}

// SelectFrom prepares to read a session from a seq on, for a reader who may stop before
// its end: what collectors state elsewhere about its losses comes first. Seals that end
// before the first of these events are not read.
func (s *Evidence) SelectFrom(ctx context.Context, session uuid.UUID, seq uint64) (*Record, error) {
	r := &Record{tenant: s.tenant, events: s.where(), sealed: s.where()}
	err := r.sessionFrom(ctx, session, seq)
	if err == nil {
		err = r.count(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("selecting what to prove of a session: %w", err)
	}
	return r, nil
}

// count takes how many rows there are, so that a stream that ends early is known.
func (r *Record) count(ctx context.Context) error {
	for _, from := range []struct {
		table string
		where *where
		rows  *uint64
	}{{"events", r.stated, &r.Events}, {"events", r.events, &r.Events}, {"seals", r.sealed, &r.Seals}} {
		if from.where == nil {
			continue
		}
		var rows uint64
		if err := r.conn.QueryRow(ctx, "SELECT count() FROM "+from.table+" WHERE "+from.where.String(), from.where.parameters...).Scan(&rows); err != nil {
			return err
		}
		*from.rows += rows
	}
	return nil
}

// ReadEvents streams the selected events by session and seq, repeats included; of
// [Evidence.SelectFrom] those of the session come last. The order takes a verifier the
// least memory, and a bundle needs it.
func (r *Record) ReadEvents(ctx context.Context) iter.Seq2[StoredEvent, error] {
	all := func(yield func(StoredEvent, error) bool) {
		// Two statements in turn and not one with OR: each is answered in the order of the primary
		// key without a sort.
		for _, w := range []*where{r.stated, r.events} {
			if w == nil {
				continue
			}
			statement := "SELECT " + rows.Columns() + " FROM events WHERE " + w.String() + " ORDER BY tenant, session_id, seq"
			for e, err := range r.storedEvents(ctx, statement, w.parameters) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
	return counted(all, r.Events, "events")
}

// counted ends a stream with an error if less comes than there was: ClickHouse ends
// one whose query was killed as if it were whole.
func counted[T any](all iter.Seq2[T, error], want uint64, what string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		given := uint64(0)
		for v, err := range all {
			// Errors are counted too; that does not matter, since the stream ends with the first one.
			given++
			if !yield(v, err) || err != nil {
				return
			}
		}
		if given < want {
			var none T
			yield(none, fmt.Errorf("reading %s: %w after %d of %d", what, errCut, given, want))
		}
	}
}
