package ship

import (
	"context"
	"time"
)

// Drain waits until the store has everything that this process recorded. It gives up
// when ctx ends, and when all is published but nobody gives receipts. It returns how
// many records stay in the spool.
func (s *Shipper) Drain(ctx context.Context) (left uint64) {
	for {
		left = s.Spool.Unfreed()
		if left == 0 || s.unanswered.Load() && s.unpublished() == 0 {
			return left
		}
		select {
		case <-ctx.Done():
			return left
		case <-time.After(askEvery / 4):
		}
	}
}

// unpublished is how many records of this process Kafka has not acknowledged.
func (s *Shipper) unpublished() uint64 {
	last := s.Spool.Last()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.waiting {
		if w.at.Set == last.Set && w.at.Number >= last.Number {
			return 0
		}
	}
	return s.Spool.Unfreed()
}
