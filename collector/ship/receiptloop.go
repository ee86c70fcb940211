package ship

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// receiptLoop asks what is stored while shipments are in flight, frees what is, and has
// everything else published again if it is lost.
func (s *Shipper) receiptLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.shipmentAdded:
		}
		for s.flying() {
			receipts, err := s.Stored(ctx, s.questions())
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				s.noReceipts.Store(false)
				s.free(receipts)
				s.checkLost(ctx, receipts)
			// Only the first failure in a row is logged: the question is asked five times a
			// second.
			case !s.noReceipts.Swap(true):
				s.Log.Warn("no receipts, so the spool keeps everything until there are some; is --receipts the query service?", "cause", err)
			}
			if retry.Sleep(ctx, receiptInterval) != nil {
				return
			}
		}
	}
}

func (s *Shipper) flying() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inFlight) > 0
}

// maxAsked is how many numbers of a run one question is about. Behind the first that is
// missing nothing can be freed anyway.
const maxAsked = 1 << 16

// questions are the numbers of the shipments in flight, of each set from the first on.
// One range for each kind, from the lowest number on, keeps the URL short; what lies between
// the shipments costs a little in the answer.
func (s *Shipper) questions() []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	var runs []Run
	for _, w := range s.inFlight {
		i := slices.IndexFunc(runs, func(r Run) bool { return r.Epoch == w.at.Set })
		if i < 0 {
			i, runs = len(runs), append(runs, Run{Epoch: w.at.Set})
		}
		runs[i].Events = widen(runs[i].Events, w.numbers.events)
		runs[i].Seals = widen(runs[i].Seals, w.numbers.seals)
	}
	return slices.DeleteFunc(runs, func(r Run) bool { return len(r.Events)+len(r.Seals) == 0 })
}

// widen extends the one range of a question to some numbers, as far as one may ask.
func widen(asked []Range, by ranges) []Range {
	if len(by) == 0 {
		return asked
	}
	from, to := by[0].From, by[len(by)-1].To
	if len(asked) > 0 {
		from, to = min(from, asked[0].From), max(to, asked[0].To)
	}
	return []Range{{from, min(to, from+maxAsked-1)}}
}

// free frees, of each set, the shipments that are stored, up to the first one that is not.
//
// The order matters: Spool.Free frees everything before a position too, so a shipment whose
// numbers are stored waits for those ahead of it in its set. mu is not held for Free, which
// writes.
func (s *Shipper) free(receipts Receipts) {
	s.mu.Lock()
	s.updateLogs(receipts.Logs)
	held := map[uuid.UUID]bool{}
	var freed []*shipment
	s.inFlight = slices.DeleteFunc(s.inFlight, func(w *shipment) bool {
		if held[w.at.Set] || w.gapPending || !w.storedBy(receipts.Runs[w.at.Set]) {
			held[w.at.Set] = true
			return false
		}
		freed = append(freed, w)
		return true
	})
	s.mu.Unlock()
	for _, w := range freed {
		s.Stats.Stored.Add(uint64(w.records))
		// It is not tried again by itself: the next Free in the set, or the next collector,
		// frees it too.
		if err := s.Spool.Free(w.at); err != nil {
			s.Log.Error("cannot free what is stored", "error", err)
		}
	}
	s.resend.freed(freed)
}

// storedBy reports whether the store has every number of a shipment.
func (w *shipment) storedBy(run Run) bool {
	_, event := w.numbers.events.missing(run.Events)
	_, seal := w.numbers.seals.missing(run.Seals)
	return !event && !seal
}

// NoReceipts reports whether the last question what is stored got no answer.
func (s *Shipper) NoReceipts() bool { return s.noReceipts.Load() }
