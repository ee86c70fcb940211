package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
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
}

// Select prepares to read a selection. Rows that are stored twice come twice: a
// verifier counts them. The error is [ErrTooWide] where the time covers more epochs
// than one statement can name.
func (s *Evidence) Select(ctx context.Context, sel Selection) (*Record, error) {
	r := &Record{tenant: s.tenant, events: s.where(), sealed: s.where()}
	var err error
	switch {
	case sel.Session != uuid.UUID{}:
		err = r.session(ctx, sel.Session)
	case !sel.From.IsZero() || !sel.To.IsZero():
		err = r.between(ctx, sel.From, sel.To)
	}
	if err == nil {
		err = s.conn.QueryRow(ctx, "SELECT count() FROM events WHERE "+r.events.String(), r.events.parameters...).Scan(&r.Events)
	}
	if err == nil {
		err = s.conn.QueryRow(ctx, "SELECT count() FROM seals WHERE "+r.sealed.String(), r.sealed.parameters...).Scan(&r.Seals)
	}
	if err != nil {
		return nil, fmt.Errorf("selecting what to prove: %w", err)
	}
	return r, nil
}

// session chooses a session, and what collectors state elsewhere that they lost of its
// epochs: without that a loss would look like a removal. Seals are those that touch the
// session or cover such a statement.
func (r *Record) session(ctx context.Context, id uuid.UUID) error {
	stated, err := r.losses(ctx, id)
	if err != nil {
		return err
	}
	if len(stated.epochs) == 0 { // the usual case, for which there are indexes
		r.events.add("session_id = {session:UUID}", "session", id)
		r.sealed.add("has(sessions, {session:UUID})", "session", id)
		return nil
	}
	// The first condition is what the primary key can use.
	r.events.add("session_id IN {in:Array(UUID)}", "in", append(stated.sessions, id.String()))
	r.events.add("(session_id = {session:UUID} OR has(arrayZip({said:Array(String)}, {numbers:Array(UInt64)}), (toString(epoch), collector_seq)))", "session", id)
	r.sealed.add("(has(sessions, {session:UUID}) OR arrayExists((e, n) -> e = toString(epoch) AND first_seq <= n AND n < first_seq + count, {said:Array(String)}, {numbers:Array(UInt64)}))", "session", id)
	for _, w := range []*where{r.events, r.sealed} {
		w.set("said", stated.epochs)
		w.set("numbers", stated.numbers)
	}
	return nil
}

// losses are events in which collectors state what they lost: by epoch, collector_seq
// and session, one index for all three.
type losses struct {
	epochs   []string
	numbers  []uint64
	sessions []string
}

// losses finds the events that name an epoch of the session as one of which something
// was lost.
func (r *Record) losses(ctx context.Context, id uuid.UUID) (found losses, err error) {
	w := r.where()
	w.add("session_id = {session:UUID}", "session", id)
	var epochs []string
	if err := r.conn.QueryRow(ctx, "SELECT groupUniqArray(100)(toString(epoch)) FROM events WHERE "+w.String(), w.parameters...).Scan(&epochs); err != nil {
		return found, err
	}
	// The payload is searched for the epoch's id as text: a statement names it as such,
	// and only sessions of collectors, of which there are few, are read.
	w = r.where()
	w.add("basis = {basis:String}", "basis", string(schema.BasisCollector))
	w.add("position(payload, '\"lost') > 0 AND multiSearchAny(payload, {epochs:Array(String)})", "epochs", epochs)
	var stated [][]any
	err = r.conn.QueryRow(ctx, "SELECT groupUniqArray(1000)((toString(epoch), collector_seq, toString(session_id))) FROM events WHERE "+w.String(), w.parameters...).Scan(&stated)
	for _, at := range stated {
		found.epochs = append(found.epochs, at[0].(string))
		found.numbers = append(found.numbers, at[1].(uint64))
		found.sessions = append(found.sessions, at[2].(string))
	}
	return found, err
}

// ReadEvents streams the selected events by session and seq, repeats included. The order
// takes a verifier the least memory, and a bundle needs it.
func (r *Record) ReadEvents(ctx context.Context) iter.Seq2[StoredEvent, error] {
	statement := "SELECT " + rows.Columns() + " FROM events WHERE " + r.events.String() + " ORDER BY tenant, session_id, seq"
	return counted(r.storedEvents(ctx, statement, r.events.parameters), r.Events, "events")
}

// counted ends a stream with an error if less comes than there was: ClickHouse ends
// one whose query was killed as if it were whole.
func counted[T any](all iter.Seq2[T, error], want uint64, what string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		given := uint64(0)
		for v, err := range all {
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
