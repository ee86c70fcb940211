package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The store can lose what it had: an older copy of it is put back, or somebody deletes
// rows. Kafka keeps its records for days, so they are read again from the first offset
// that is not stored, without a hand on it.

// Incident is something that ingest found or did that people should know of.
type Incident struct {
	Topic     string
	Partition int
	Kind      IncidentKind
	// From and To are offsets without base, both included.
	From, To int64
	// Detail is a sentence.
	Detail string
}

// IncidentKind is stored as it is.
type IncidentKind string

// The kinds of incidents.
const (
	// StoreBehind: the tables held less than had been stored.
	StoreBehind IncidentKind = "store_behind"
	// Reingested: somebody had records read again, see [Reingest].
	Reingested IncidentKind = "reingest"
)

// errStoreBehind starts the follower over, from what is stored.
var errStoreBehind = errors.New("the tables hold less than was stored: rows were deleted, or an older copy of the store was put back; reading again what Kafka still has")

// keptAge is how old the knowledge of what the store has may be before an insert. An
// engine is not stopped, replaced and started in less time. Were a block inserted into
// an older copy unnoticed, the offsets before it would never be missed.
const keptAge = 250 * time.Millisecond

// storeCheckInterval is how long a store may hold less unnoticed while nothing is stored.
const storeCheckInterval = 5 * time.Second

// keptFor is [keptAge], and no time at all before the second attempt of a block: its first
// one may have failed because the store was replaced.
func (f *follower) keptFor() time.Duration {
	if f.block.Tried {
		return 0
	}
	return keptAge
}

// storeKept fails with errStoreBehind unless the store has the newest record that it had,
// as far as was known for at most age.
func (f *follower) storeKept(ctx context.Context, age time.Duration) error {
	if f.kept < 0 || time.Since(f.keptChecked) < age {
		return nil
	}
	newest, err := f.Store.Newest(ctx, f.block.Topic, f.block.Partition)
	if err != nil {
		return fmt.Errorf("asking what is stored: %w", err)
	}
	if newest < f.kept {
		return fmt.Errorf("%w (offset %d is missing)", errStoreBehind, f.kept-f.stored.Base)
	}
	f.keptChecked = time.Now()
	return nil
}

// reportStoreBehind records that offsets are read again, of a log with these bounds.
func (f *follower) reportStoreBehind(ctx context.Context, first, end int64) error {
	base := f.stored.Base
	i := Incident{Topic: f.block.Topic, Partition: f.block.Partition, Kind: StoreBehind, From: f.next - base, To: f.stored.Reread - 1 - base}
	again := max(0, min(f.stored.Reread, end)-max(f.next, first))
	i.Detail = fmt.Sprintf("the tables held less than had been stored: rows were deleted, or an older copy of the store was put back. Of %d records Kafka still had %d, which ingest reads again", f.stored.Reread-f.next, again)
	if err := f.Store.Report(ctx, i); err != nil {
		return fmt.Errorf("recording that the store holds less than it did: %w", err)
	}
	f.Metrics.storeLost.Inc()
	f.log.Error("the tables hold less than was stored: rows were deleted, or an older copy of the store was put back; reading again what Kafka still has. "+
		"Rows that are missing before that are brought back by: mcptrail reingest --from beginning",
		"from", i.From, "to", i.To, "in_kafka", again)
	return nil
}

// newest is the highest offset of an event or seal of the block, -1 for none.
func (b *Block) newest() int64 {
	newest := int64(-1)
	if n := len(b.Events); n > 0 {
		newest = b.Events[n-1].Offset
	}
	if n := len(b.Seals); n > 0 {
		newest = max(newest, b.Seals[n-1].Offset)
	}
	return newest
}
