package ship

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// Stats counts what a Shipper moves, since its start.
type Stats struct {
	// Published records that Kafka acknowledged, with repeats.
	Published atomic.Uint64
	// Stored records, freed because the store has them.
	Stored atomic.Uint64
	// Lost records, each named by a gap; Torn ends of dead processes' sets.
	Lost, Torn atomic.Uint64
	// Rewinds are how often everything was published again.
	Rewinds atomic.Uint64
}

// Shipper brings what is in a spool to Kafka. Its fields are set before Run.
type Shipper struct {
	Spool *spool.Spool
	Sink  *kafkasink.Sink
	// Stored asks the query service. Its answer, not Kafka's, is what frees records.
	Stored Stored
	// Damaged records a loss, and returns when that record is durable.
	Damaged func(context.Context, durable.Loss) error
	// Adopted is called with the number of dead processes' sets that were taken over.
	Adopted func(sets int)
	Log     *slog.Logger
	// Stats may be read at any time.
	Stats Stats

	// mu guards what follows, for a few instructions.
	mu sync.Mutex
	// inFlight are the shipments that are published and not freed, of each set in the order
	// of the spool.
	inFlight []*shipment
	// logs are the numbers of the partitions' logs, as of the last receipts. Those in
	// replaced are of logs that the broker no longer has, which ingest had not noticed;
	// until then its answers are of another log than the one that is written to.
	logs, replaced map[kafkasink.Place]int64
	replacedAt     time.Time
	// refused are, by set, the numbers that ingest does not take; they are recorded as lost.
	refused map[uuid.UUID]*numbers
	// rewindCause is set to have everything published again, stopReading ends a wait for
	// entries.
	rewindCause string
	stopReading context.CancelFunc
	// numberings belong to the goroutine that reads the spool.
	numberings map[uuid.UUID]*numbering
	// noReceipts says that the last question what is stored got no answer.
	noReceipts atomic.Bool
	// shipmentAdded buffers one signal that a shipment waits for its receipt.
	shipmentAdded chan struct{}
	resend        resend
}

const (
	// batch is how many records are published at once.
	batch = 1000
	// adoptInterval is the pause between two searches for sets of dead processes.
	adoptInterval = 5 * time.Second
	// receiptInterval is the pause between two questions what is stored.
	receiptInterval = 200 * time.Millisecond
	// receiptTimeout is how long a receipt may take before the broker is asked whether it
	// still has what it acknowledged.
	receiptTimeout = 10 * time.Second
)

// Run ships until ctx ends.
// Call it once. It returns when its three goroutines have ended: one reads the spool and
// publishes, one adopts, one asks what is stored and frees.
func (s *Shipper) Run(ctx context.Context) {
	s.numberings, s.shipmentAdded = map[uuid.UUID]*numbering{}, make(chan struct{}, 1)
	s.logs, s.replaced, s.refused = map[kafkasink.Place]int64{}, map[kafkasink.Place]int64{}, map[uuid.UUID]*numbers{}
	var group sync.WaitGroup
	group.Go(func() { s.ship(ctx) })
	group.Go(func() { s.adopt(ctx) })
	group.Go(func() { s.receiptLoop(ctx) })
	group.Wait()
}

func (s *Shipper) adopt(ctx context.Context) {
	for {
		n, err := s.Spool.Adopt()
		if n > 0 {
			s.Log.Info("took over what dead collectors left", "sets", n)
			s.Adopted(n)
		}
		if err != nil && !errors.Is(err, spool.ErrClosed) {
			s.Log.Warn("some of what dead collectors left cannot be taken over", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(adoptInterval):
		}
	}
}

// ship publishes what the spool delivers.
// After any error it reads again from the first record that is not freed, since what Next
// delivered is not delivered twice otherwise.
func (s *Shipper) ship(ctx context.Context) {
	pauses := retry.New(firstPause, lastPause)
	for ctx.Err() == nil {
		entries, cause, err := s.next(ctx)
		if cause != "" {
			s.rewind(cause)
			continue
		}
		if err == nil {
			err = s.publish(ctx, entries)
		}
		switch {
		case err == nil:
			pauses.Reset()
		case ctx.Err() != nil || errors.Is(err, spool.ErrClosed):
			return
		case errors.Is(err, kafkasink.ErrAcknowledgedLost):
			// These records are acknowledged; earlier ones in flight may be gone.
			s.dropLogs()
			s.rewind(offsetsReused)
		default:
			s.rewind("")
			s.Log.Warn("cannot ship, trying again", "cause", err)
			_ = pauses.Wait(ctx) // its end ends the loop
		}
	}
}

// next waits for entries, or for the request to publish everything again, which has a
// cause.
func (s *Shipper) next(ctx context.Context) (entries []spool.Entry, cause string, err error) {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	if cause = s.rewindCause; cause == "" {
		s.stopReading = stop
	}
	s.mu.Unlock()
	if cause != "" {
		return nil, cause, nil
	}
	entries, err = s.Spool.Next(reading, batch)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopReading = nil
	// Entries that came meanwhile are read again.
	return entries, s.rewindCause, err
}
