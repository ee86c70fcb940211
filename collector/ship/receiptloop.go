package ship

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
)

// await frees what the store has.
func (s *Shipper) receiptLoop(ctx context.Context) {
	known := kafkasink.Places{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.shipmentAdded:
		}
		for s.oldest() != nil {
			stored, err := s.Stored(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				known = stored
				s.noReceipts.Store(false)
			case !s.noReceipts.Swap(true):
				s.Log.Warn("no receipts, so the spool keeps everything until there are some; is --receipts the query service?", "cause", err)
			}
			s.free(known)
			if err == nil {
				s.checkBroker(ctx)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(receiptInterval):
			}
		}
	}
}

func (s *Shipper) oldest() *shipment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inFlight) == 0 {
		return nil
	}
	return s.inFlight[0]
}

// free frees, of each set, the shipments that are stored, up to the first one that is not.
func (s *Shipper) free(stored kafkasink.Places) {
	s.mu.Lock()
	held := map[uuid.UUID]bool{}
	var freed []*shipment
	s.inFlight = slices.DeleteFunc(s.inFlight, func(w *shipment) bool {
		if held[w.at.Set] || w.gapPending || !has(stored, w.acked) {
			held[w.at.Set] = true
			return false
		}
		freed = append(freed, w)
		return true
	})
	s.mu.Unlock()
	for _, w := range freed {
		s.Stats.Stored.Add(uint64(w.records))
		if err := s.Spool.Free(w.at); err != nil {
			s.Log.Error("cannot free what is stored", "error", err)
		}
	}
}

func has(stored, acked kafkasink.Places) bool {
	for at, offset := range acked {
		if last, ok := stored[at]; !ok || last < offset {
			return false
		}
	}
	return true
}

// doubt asks the broker whether it still has what has been waiting for long, and
// publishes everything again if it does not.
func (s *Shipper) checkBroker(ctx context.Context) {
	w := s.oldest()
	if w == nil || w.gapPending || time.Since(w.since) < receiptTimeout {
		return
	}
	gone, err := s.Sink.Gone(ctx, w.acked)
	switch {
	case err != nil:
		s.Log.Warn("cannot ask the broker for what it acknowledged", "cause", err)
	case gone:
		s.Log.Error("the broker has lost what it acknowledged; it gets everything again that is not stored")
		s.rewind()
		return
	}
	s.mu.Lock()
	w.since = time.Now()
	s.mu.Unlock()
}

// rewind publishes again everything that is not freed.
func (s *Shipper) rewind() {
	s.mu.Lock()
	s.inFlight = nil
	s.mu.Unlock()
	s.Stats.Rewinds.Add(1)
	s.Spool.Rewind()
	s.rewindPending.Store(true)
}

// NoReceipts reports whether the last question what is stored got no answer.
func (s *Shipper) NoReceipts() bool { return s.noReceipts.Load() }
