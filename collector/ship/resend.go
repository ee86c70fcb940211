package ship

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/schema"
)

// Why records that Kafka had acknowledged are published again.
const (
	offsetsReused = "it gives offsets again that it had given before"
	logReplaced   = "the topic has another log than before"
	passedOver    = "ingest has passed their place in the log, and they are not stored"
	logCut        = "the log no longer has their place"
)

// resend is what is being published again, for status and for the pace of it.
type resend struct {
	// mu guards what follows, for a few instructions.
	// It may be taken while the shipper's mu is held, never the other way round.
	mu sync.Mutex
	// cause is empty when nothing is published again that is not stored by now.
	cause string
	// until is, by set, the number behind the last record that had been published before.
	until map[uuid.UUID]uint64
	// at is when the last rewind was, count how many there were since everything was
	// stored: each waits longer for receipts than the one before.
	at    time.Time
	count int
	// refused is the first event that ingest passed over the last time, and how often it
	// did in a row.
	refused place
	times   int
}

// place is an event of a run.
type place struct {
	epoch uuid.UUID
	seq   uint64
}

// begin notes a rewind of what is in flight.
func (r *resend) begin(cause string, inFlight []*shipment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = time.Now()
	r.count++
	if cause == "" {
		return // they were not acknowledged
	}
	r.cause = cause
	if r.until == nil {
		r.until = map[uuid.UUID]uint64{}
	}
	for _, w := range inFlight {
		r.until[w.at.Set] = max(r.until[w.at.Set], w.at.Number)
	}
}

// freed notes what is stored now.
func (r *resend) freed(list []*shipment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range list {
		if until, ok := r.until[w.at.Set]; ok && w.at.Number >= until {
			delete(r.until, w.at.Set)
		}
	}
	if len(r.until) == 0 && len(list) > 0 {
		r.cause, r.count = "", 0
	}
}

const (
	// leastPatience is how long records that ingest has passed over may take to be stored,
	// since it stores several tables; it doubles with each resend up to mostPatience, for
	// a store that never takes them.
	leastPatience = 2 * time.Second
	mostPatience  = time.Minute
)

// patience is how long to wait for receipts before records are published again.
func (r *resend) patience() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return min(leastPatience<<min(r.count, 10), mostPatience)
}

// Resending says why everything that is not stored is being published again; empty when
// that is over.
func (s *Shipper) Resending() string {
	s.resend.mu.Lock()
	defer s.resend.mu.Unlock()
	return s.resend.cause
}

// checkLost has everything published again if the oldest shipment of a set is lost on the
// way from the broker to the store.
//
// The oldest of each set is enough: a rewind publishes everything behind it again too.
func (s *Shipper) checkLost(ctx context.Context, receipts Receipts) {
	patience := s.resend.patience()
	s.mu.Lock()
	seen := map[uuid.UUID]bool{}
	cause := ""
	var lost, oldest *shipment
	for _, w := range s.inFlight {
		if seen[w.at.Set] {
			continue
		}
		if seen[w.at.Set] = true; w.gapPending || time.Since(w.since) < patience {
			continue
		}
		if cause = w.lostBy(receipts.Logs); cause != "" {
			lost = w
			break
		}
		if oldest == nil || w.since.Before(oldest.since) {
			oldest = w
		}
	}
	s.mu.Unlock()
	if cause == passedOver && s.resend.stuck(lost, receipts.Runs[lost.at.Set]) {
		s.giveUp(ctx, lost, receipts.Runs[lost.at.Set])
		return
	}
	// Ingest says nothing against it and nothing for it: ingest may be down or late, or the
	// log gone where ingest has not looked yet. Only the broker knows.
	if cause == "" && oldest != nil && time.Since(oldest.since) > receiptTimeout {
		cause = s.askBroker(ctx, oldest)
	}
	if cause != "" {
		s.requestRewind(cause)
	}
}

// unnoticed is how long ingest may take to notice that a log was replaced. If it has
// stored nothing of the old one, it has nothing to notice.
const unnoticed = time.Minute

// dropLogs is called when the broker has other logs than before.
func (s *Shipper) dropLogs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced, s.logs, s.replacedAt = s.logs, map[kafkasink.Place]int64{}, time.Now()
}

// updateLogs takes the logs of an answer, and leaves out of it those that the broker no
// longer has. mu is held.
func (s *Shipper) updateLogs(logs map[kafkasink.Place]Log) {
	for at, log := range logs {
		if old, was := s.replaced[at]; was && old == log.Number && time.Since(s.replacedAt) < unnoticed {
			delete(logs, at)
			continue
		}
		delete(s.replaced, at)
		s.logs[at] = log.Number
	}
}

// lostBy says why a shipment that is not stored cannot be in the logs that ingest reads;
// empty if it can. mu is held.
func (w *shipment) lostBy(logs map[kafkasink.Place]Log) string {
	passed := len(w.acked) > 0
	for at, offset := range w.acked {
		log, known := logs[at]
		if before, was := w.logs[at]; known && was && before != log.Number {
			return logReplaced
		}
		passed = passed && known && log.Offset >= offset
	}
	if passed {
		return passedOver
	}
	return ""
}

// maxPassedOver is how often ingest may pass an event over before it counts as refused.
const maxPassedOver = 2

// stuck reports whether ingest has passed over the same event again and again, although
// it stores others of the run that were published behind it: it takes this one for
// invalid. Where it stores none, it may take them all once somebody has mended it.
func (r *resend) stuck(w *shipment, run Run) bool {
	seq, any := w.numbers.events.missing(run.Events)
	if n := len(run.Events); !any || n == 0 || run.Events[n-1].To < seq {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := (place{w.at.Set, seq}); at != r.refused {
		r.refused, r.times = at, 0
	}
	r.times++
	return r.times > maxPassedOver
}

// giveUp records the events of a shipment that ingest does not take as lost, so that what
// is behind them can be freed. Their bytes are in the table of rejected records.
//
// What was given up is known to this process only: the next collector, if the shipment is
// not freed by then, comes to the same end.
func (s *Shipper) giveUp(ctx context.Context, w *shipment, run Run) {
	h := &loss{damage: durable.Loss{Epoch: w.at.Set, Reason: notStored}, at: []*shipment{w}}
	s.mu.Lock()
	missing := w.numbers.events.minus(run.Events)
	for _, r := range missing {
		h.damage.Lost.Events = append(h.damage.Lost.Events, schema.LostRange{Epoch: w.at.Set, From: r.From, To: r.To})
	}
	h.damage.Records = missing.count()
	refused := s.refused[w.at.Set]
	if refused == nil {
		refused = &numbers{}
		s.refused[w.at.Set] = refused
	}
	for _, r := range missing {
		for n := r.From; n <= r.To; n++ {
			refused.events = refused.events.add(n)
		}
	}
	w.numbers.events = w.numbers.events.minus(missing)
	w.gapPending = true
	s.mu.Unlock()
	s.Log.Error("ingest refuses events that it has read several times, so they are recorded as lost; the table of rejected records has their bytes", "events", missing.count())
	s.reportLoss(ctx, h)
}

// askBroker asks the broker whether it still has a shipment.
// An answer that it has, or none, starts receiptTimeout anew.
func (s *Shipper) askBroker(ctx context.Context, w *shipment) string {
	gone, err := s.Sink.Gone(ctx, w.acked)
	if err != nil {
		s.Log.Warn("cannot ask the broker for what it acknowledged", "cause", err)
	}
	if gone {
		return logCut
	}
	s.mu.Lock()
	w.since = time.Now()
	s.mu.Unlock()
	return ""
}

// requestRewind has the goroutine that reads the spool publish again what is not stored.
// Only that one may: a batch that it is publishing meanwhile would come to stand before
// records that it reads again, and its receipt would free them.
func (s *Shipper) requestRewind(cause string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The batch that is being published is finished first; the reader looks at the cause
	// before it takes the next one.
	s.rewindCause = cause
	if s.stopReading != nil {
		s.stopReading()
	}
}

// rewind publishes again everything that is not freed. The goroutine that reads the spool
// calls it, with the reason if the broker had acknowledged it.
func (s *Shipper) rewind(cause string) {
	if cause != "" {
		s.Log.Error("the broker has lost what it had acknowledged; everything that is not stored is published again", "cause", cause)
	}
	s.mu.Lock()
	s.resend.begin(cause, s.inFlight)
	s.inFlight, s.rewindCause = nil, ""
	s.mu.Unlock()
	s.Stats.Rewinds.Add(1)
	s.Spool.Rewind()
	for _, t := range s.numberings {
		t.restart()
	}
}
