package ship

import (
	"context"
	"time"
)

// drainWithoutReceipts is how long Drain waits while the query service does not answer.
const drainWithoutReceipts = 5 * time.Second

// Drain waits until the store has everything that this process recorded. It ends early
// with ctx, and drainWithoutReceipts after everything is published and the query service
// does not answer. It returns how many records stay in the spool, and how many of them
// Kafka has not acknowledged.
func (s *Shipper) Drain(ctx context.Context) (left, unpublished uint64) {
	var since time.Time // when the last answer was missed, with everything published
	for {
		left, unpublished = s.Spool.Unfreed(), s.unpublished()
		switch {
		case left == 0:
			return 0, 0
		case !s.noReceipts.Load() || unpublished > 0:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) > drainWithoutReceipts:
			return left, 0
		}
		select {
		case <-ctx.Done():
			return left, unpublished
		case <-time.After(receiptInterval / 4):
		}
	}
}

// unpublished is how many records of this process Kafka has not acknowledged.
// It is all or nothing: as long as the last record is not acknowledged, every record that is
// not freed counts. The exit status of a collector needs no more than that.
func (s *Shipper) unpublished() uint64 {
	last := s.Spool.Last()
	s.mu.Lock()
	defer s.mu.Unlock()
	// Only this process's own set counts: what was adopted was left by others and is shipped
	// later.
	for _, w := range s.inFlight {
		if w.at.Set == last.Set && w.at.Number >= last.Number {
			return 0
		}
	}
	return s.Spool.Unfreed()
}
