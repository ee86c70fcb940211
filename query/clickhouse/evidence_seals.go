package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema/seal"
)

// Sealed is a seal as it is stored. Nothing of it was checked.
type Sealed struct {
	*seal.Record
	// Stray names a column of its row that does not say what the seal says.
	Stray string
}

// ReadSeals streams the selected seals, in no order.
func (r *Record) ReadSeals(ctx context.Context) iter.Seq2[Sealed, error] {
	return counted(r.seals(ctx, "SELECT note, certificate, leaves, tenant, collector_id, epoch, first_seq, count, seal_index, time, final, sessions FROM seals WHERE "+
		r.sealed.String(), r.sealed.parameters), r.Seals, "seals")
}

// seals streams the rows of a statement that selects the columns of a seal. Leaves
// whose length fits no hash are given as none: the verifier reports that they do not
// lead to the root.
func (r *Record) seals(ctx context.Context, statement string, parameters []any) iter.Seq2[Sealed, error] {
	return func(yield func(Sealed, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		found, err := r.stream(ctx, statement, parameters)
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
			// The column has nanoseconds, as the seal does; a coarser one would make every row stray.
			row.Time = at.UnixNano()
			one := Sealed{Record: &seal.Record{Note: []byte(note), Certificate: []byte(certificate)}}
			// A row whose leaves do not fit is not checked further: what is wrong with it will be
			// reported by the verifier, and one finding is enough.
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

// strayColumn names a column that does not hold what the note says, or none.
func strayColumn(row *seal.Seal, sessions []uuid.UUID, note []byte) string {
	// A note that cannot be read says nothing to compare with; the verifier names it.
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
