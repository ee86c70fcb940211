package ship

import (
	"context"
	"time"
)

// drainWithoutReceipts is how long Drain waits for receipts when nobody gives any.
const drainWithoutReceipts = 5 * time.Second

// Drain waits until the store has everything that this process recorded. It gives up
// when ctx ends, and when all is published but nobody gives receipts. It returns how
// many records stay in the spool, and how many of them Kafka does not have.
func (s *Shipper) Drain(ctx context.Context) (left, unpublished uint64) {
	var alone time.Time
	for {
		left, unpublished = s.Spool.Unfreed(), s.unpublished()
		switch {
		case left == 0:
			return 0, 0
		case !s.noReceipts.Load() || unpublished > 0:
			alone = time.Time{}
		case alone.IsZero():
			alone = time.Now()
		case time.Since(alone) > drainWithoutReceipts:
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
func (s *Shipper) unpublished() uint64 {
	last := s.Spool.Last()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.inFlight {
		if w.at.Set == last.Set && w.at.Number >= last.Number {
			return 0
		}
	}
	return s.Spool.Unfreed()
}
