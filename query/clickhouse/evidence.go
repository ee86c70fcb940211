package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl/rows"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Selection of the record as evidence. The zero value is all of it.
type Selection struct {
	// Session is the one session wanted; zero is any.
	Session uuid.UUID
	// From and To choose what was sent or sealed in [From, To), and with it whole
	// runs: all that is under the same seals. Zero is no bound.
	From, To time.Time
}

// ErrTooWide says that a selection covers more epochs than one question can name.
var ErrTooWide = errors.New("too many epochs")

const maxEpochs = 5000

// Record is a selection, ready to be read: the seals first.
type Record struct {
	store *Store
	// Events and Seals are how many rows there were when it was asked for.
	Events, Seals  uint64
	events, sealed *where
}

// Select prepares to read a selection as evidence. Rows that are stored twice come
// twice.
func (s *Store) Select(ctx context.Context, sel Selection) (*Record, error) {
	r := &Record{store: s, events: s.where(), sealed: s.where()}
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

// session chooses a session, and what collectors say elsewhere that they lost of its
// epochs.
func (r *Record) session(ctx context.Context, id uuid.UUID) error {
	w := r.store.where()
	w.add("session_id = {session:UUID}", "session", id)
	var epochs []string
	if err := r.store.conn.QueryRow(ctx, "SELECT groupUniqArray(100)(toString(epoch)) FROM events WHERE "+w.String(), w.parameters...).Scan(&epochs); err != nil {
		return err
	}
	w = r.store.where()
	w.add("basis = {basis:String}", "basis", string(schema.BasisCollector))
	w.add("position(payload, '\"lost') > 0 AND multiSearchAny(payload, {epochs:Array(String)})", "epochs", epochs)
	var said [][]any
	if err := r.store.conn.QueryRow(ctx, "SELECT groupUniqArray(1000)((toString(epoch), collector_seq, toString(session_id))) FROM events WHERE "+w.String(), w.parameters...).Scan(&said); err != nil {
		return err
	}
	of, numbers, in := []string{}, []uint64{}, []string{id.String()}
	for _, at := range said {
		of, numbers, in = append(of, at[0].(string)), append(numbers, at[1].(uint64)), append(in, at[2].(string))
	}
	if len(said) == 0 { // the usual case, for which there are indexes
		r.events.add("session_id = {session:UUID}", "session", id)
		r.sealed.add("has(sessions, {session:UUID})", "session", id)
		return nil
	}
	// The first condition is what the primary key can use.
	r.events.add("session_id IN {in:Array(UUID)}", "in", in)
	r.events.add("(session_id = {session:UUID} OR has(arrayZip({said:Array(String)}, {numbers:Array(UInt64)}), (toString(epoch), collector_seq)))", "session", id)
	r.sealed.add("(has(sessions, {session:UUID}) OR arrayExists((e, n) -> e = toString(epoch) AND first_seq <= n AND n < first_seq + count, {said:Array(String)}, {numbers:Array(UInt64)}))", "session", id)
	for _, w := range []*where{r.events, r.sealed} {
		w.set("said", of)
		w.set("numbers", numbers)
	}
	return nil
}

// extent is a run of numbers of an epoch, without its end.
type extent struct {
	epoch    string
	from, to uint64
}

const extents = `epoch IN {epochs:Array(UUID)}
	AND %[1]s < arrayElement({ends:Array(UInt64)}, indexOf({epochs:Array(UUID)}, epoch))
	AND %[2]s > arrayElement({starts:Array(UInt64)}, indexOf({epochs:Array(UUID)}, epoch))`

// between chooses whole runs of seals.
func (r *Record) between(ctx context.Context, from, to time.Time) error {
	w := r.store.where()
	w.set("from", int64(0))
	if from.After(time.Unix(0, 0)) {
		w.set("from", from.UnixNano())
	}
	w.set("to", int64(math.MaxInt64))
	if !to.IsZero() && to.Before(endOfTime) {
		w.set("to", to.UnixNano())
	}
	within := w.String() + " AND time >= " + moment("from") + " AND time < " + moment("to")
	found, err := r.store.extents(ctx, `SELECT toString(epoch), min(start), max(end) FROM (
		SELECT epoch, collector_seq AS start, collector_seq + 1 AS end FROM events WHERE `+within+`
		UNION ALL SELECT epoch, first_seq AS start, first_seq + count AS end FROM seals WHERE `+within+`) GROUP BY epoch`, w.parameters)
	if err != nil {
		return err
	}
	wider := r.store.where()
	name(wider, found)
	more, err := r.store.extents(ctx, "SELECT toString(epoch), min(first_seq), max(first_seq + count) FROM seals WHERE "+wider.String()+
		" AND count > 0 AND "+fmt.Sprintf(extents, "first_seq", "(first_seq + count)")+" GROUP BY epoch", wider.parameters)
	if err != nil {
		return err
	}
	for _, m := range more {
		i := slices.IndexFunc(found, func(e extent) bool { return e.epoch == m.epoch })
		found[i].from, found[i].to = min(found[i].from, m.from), max(found[i].to, m.to)
	}
	in := fmt.Sprintf(extents, "collector_seq", "(collector_seq + 1)")
	r.events.conditions = append(r.events.conditions, "(("+in+") OR (time >= "+moment("from")+" AND time < "+moment("to")+"))")
	r.events.parameters = append(r.events.parameters, w.parameters[1:]...)
	name(r.events, found)
	r.sealed.conditions = append(r.sealed.conditions, "(count > 0 AND "+fmt.Sprintf(extents, "first_seq", "(first_seq + count)")+
		" OR count = 0 AND "+fmt.Sprintf(extents, "(toInt64(first_seq) - 1)", "(first_seq + 1)")+")")
	name(r.sealed, found)
	return nil
}

func name(w *where, all []extent) {
	epochs, starts, ends := []string{}, []uint64{}, []uint64{}
	for _, e := range all {
		epochs, starts, ends = append(epochs, e.epoch), append(starts, e.from), append(ends, e.to)
	}
	w.set("epochs", epochs)
	w.set("starts", starts)
	w.set("ends", ends)
}

func (s *Store) extents(ctx context.Context, statement string, parameters []any) (all []extent, err error) {
	found, err := s.query(ctx, statement, parameters)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var e extent
		if err := found.Scan(&e.epoch, &e.from, &e.to); err != nil {
			return nil, err
		}
		if all = append(all, e); len(all) > maxEpochs {
			return nil, ErrTooWide
		}
	}
	return all, found.Err()
}

// ReadEvents streams the selected events in the order of their sessions.
func (r *Record) ReadEvents(ctx context.Context) iter.Seq2[Placed, error] {
	statement := "SELECT " + rows.Columns() + " FROM events WHERE " + r.events.String() + " ORDER BY tenant, session_id, seq"
	return counted(r.store.placed(ctx, statement, r.events.parameters), r.Events, "events")
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

// Sealed is a seal as it is stored.
type Sealed struct {
	*seal.Record
	// Stray names a column of its row that does not say what the seal says.
	Stray string
}

// ReadSeals streams the selected seals.
func (r *Record) ReadSeals(ctx context.Context) iter.Seq2[Sealed, error] {
	return counted(r.store.seals(ctx, "SELECT note, certificate, leaves, tenant, collector_id, epoch, first_seq, count, seal_index, time, final, sessions FROM seals WHERE "+
		r.sealed.String(), r.sealed.parameters), r.Seals, "seals")
}

func (s *Store) seals(ctx context.Context, statement string, parameters []any) iter.Seq2[Sealed, error] {
	return func(yield func(Sealed, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		found, err := s.stream(ctx, statement, parameters)
		if err != nil {
			yield(Sealed{}, fmt.Errorf("reading seals: %w", err))
			return
		}
		defer found.Close()
		for found.Next() {
			var note, certificate, leaves string
			var row seal.Seal
			var at time.Time
			var sessions []uuid.UUID
			if err := found.Scan(&note, &certificate, &leaves, &row.Tenant, &row.CollectorID, &row.Epoch, &row.First, &row.Count,
				&row.Index, &at, &row.Final, &sessions); err != nil {
				yield(Sealed{}, fmt.Errorf("reading a seal's row: %w", err))
				return
			}
			row.Time = at.UnixNano()
			one := Sealed{Record: &seal.Record{Note: []byte(note), Certificate: []byte(certificate)}}
			if one.Leaves, err = seal.Leaves([]byte(leaves)); err == nil {
				one.Stray = strayColumn(&row, sessions, one.Note)
			}
			if !yield(one, nil) {
				cancel()
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(Sealed{}, fmt.Errorf("reading seals: %w", err))
		}
	}
}

// strayColumn names a column that does not say what the note says.
func strayColumn(row *seal.Seal, sessions []uuid.UUID, note []byte) string {
	s, err := seal.Read(note)
	if err != nil {
		return ""
	}
	same := len(sessions) == len(s.Heads)
	for i := 0; same && i < len(sessions); i++ {
		same = sessions[i] == s.Heads[i].Session
	}
	for _, c := range []struct {
		column string
		same   bool
	}{
		{"tenant", row.Tenant == s.Tenant}, {"collector_id", row.CollectorID == s.CollectorID}, {"epoch", row.Epoch == s.Epoch},
		{"first_seq", row.First == s.First}, {"count", row.Count == s.Count}, {"seal_index", row.Index == s.Index},
		{"time", row.Time == s.Time}, {"final", row.Final == s.Final}, {"sessions", same},
	} {
		if !c.same {
			return c.column
		}
	}
	return ""
}
