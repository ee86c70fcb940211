package ship

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/retry"
	"github.com/mcptrail/mcptrail/schema/seal"
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
	Spool  *spool.Spool
	Sink   *kafkasink.Sink
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
	// waiting are what was published and is not freed, in the order of the spool.
	inFlight []*shipment
	// numberings belong to the goroutine that reads the spool.
	numberings map[uuid.UUID]*numbering
	// noReceipts says that the last question what is stored got no answer.
	noReceipts atomic.Bool
	// rewindPending says that the next entries come from further back than the last.
	rewindPending atomic.Bool
	// some has room for a signal that something waits for a receipt.
	shipmentAdded chan struct{}
}

// shipment is a run of entries of one set that was published, or a damage.
type shipment struct {
	at      spool.Position
	records int
	acked   kafkasink.Places
	since   time.Time
	// gapPending says that a loss in it is not recorded yet, so that it must not be freed.
	gapPending bool
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
	receiptTimeout = 20 * time.Second
)

// Run ships until ctx ends.
func (s *Shipper) Run(ctx context.Context) {
	s.numberings, s.shipmentAdded = map[uuid.UUID]*numbering{}, make(chan struct{}, 1)
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
func (s *Shipper) ship(ctx context.Context) {
	pauses := retry.New(firstPause, lastPause)
	for ctx.Err() == nil {
		entries, err := s.Spool.Next(ctx, batch)
		if err == nil {
			err = s.publish(ctx, entries)
			pauses.Reset()
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil || errors.Is(err, spool.ErrClosed) {
			return
		}
		s.rewind()
		if errors.Is(err, kafkasink.ErrAcknowledgedLost) {
			s.Log.Error("the broker has lost what it acknowledged; it gets everything again that is not stored")
			continue
		}
		s.Log.Warn("cannot ship, trying again", "cause", err)
		_ = pauses.Wait(ctx) // its end ends the loop
	}
}

// sift takes entries of one set apart: messages, the entries they are from, and what is
// torn. Damage between records is recorded.
func (s *Shipper) split(ctx context.Context, t *numbering, entries []spool.Entry) (messages []kafkasink.Message, from []*spool.Entry, torn []*shipment, err error) {
	messages, from = make([]kafkasink.Message, 0, len(entries)), make([]*spool.Entry, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		if e.Damage != nil {
			torn = append(torn, s.torn(t, e))
			continue
		}
		if h := t.advance(&e.Record); h != nil {
			s.reportLoss(ctx, h)
		}
		m, err := message(&e.Record)
		if err != nil {
			return nil, nil, nil, err
		}
		messages, from = append(messages, m), append(from, e)
	}
	return messages, from, torn, nil
}

// publish brings entries of one set to Kafka.
func (s *Shipper) publish(ctx context.Context, entries []spool.Entry) error {
	if s.rewindPending.Swap(false) {
		for _, t := range s.numberings {
			t.restart()
		}
	}
	set := entries[0].Position.Set
	t := s.numberings[set]
	if t == nil {
		t = &numbering{epoch: set, recorded: map[spool.Position]bool{}}
		s.numberings[set] = t
	}
	messages, from, torn, err := s.split(ctx, t, entries)
	if err != nil {
		return err
	}
	acked, refused, err := s.Sink.Publish(ctx, messages)
	if err != nil {
		return err
	}
	s.Stats.Published.Add(uint64(len(messages) - len(refused)))
	done := &shipment{at: entries[len(entries)-1].Position, records: len(messages), acked: acked, since: time.Now()}
	if len(refused) > 0 {
		done.gapPending = true
		s.reportLoss(ctx, refusal(set, from, refused, done))
	}
	s.mu.Lock()
	for _, at := range torn {
		at.acked = acked // freeing it would free the records before it
	}
	s.inFlight = append(append(s.inFlight, torn...), done)
	s.mu.Unlock()
	select {
	case s.shipmentAdded <- struct{}{}:
	default:
	}
	if t.loss != nil && s.Spool.Ended(done.at) {
		s.reportLoss(ctx, t.end())
	}
	return nil
}

// message addresses a record.
func message(r *durable.Record) (kafkasink.Message, error) {
	if !r.Seal {
		return kafkasink.Message{Topic: schema.TopicEvents, Key: r.Session[:], Value: r.Value}, nil
	}
	_, made, err := seal.DecodeRecord(r.Value)
	if err != nil {
		return kafkasink.Message{}, fmt.Errorf("addressing a seal: %w", err)
	}
	return kafkasink.Message{Topic: schema.TopicSeals, Key: []byte(made.CollectorID), Value: r.Value}, nil
}

// torn begins or extends a loss by a damage. The interrupted write at the end of a killed
// process's set was never acknowledged, so it is no loss.
func (s *Shipper) torn(t *numbering, e *spool.Entry) *shipment {
	at := &shipment{at: e.Position, since: time.Now()}
	if e.Damage.Torn {
		s.Stats.Torn.Add(1)
		s.Log.Info("the end of a dead collector's spool was cut off in the middle of a write", "damage", e.Damage)
		return at
	}
	s.mu.Lock()
	recorded := t.recorded[at.at]
	s.mu.Unlock()
	if recorded {
		return at
	}
	s.Log.Error("the spool is damaged", "damage", e.Damage)
	at.gapPending = true
	t.addDamage(e.Damage, at)
	return at
}

// refusal is a loss of records that are larger than the broker accepts.
func refusal(set uuid.UUID, from []*spool.Entry, refused []int, at *shipment) *loss {
	h := &loss{damage: durable.Loss{Epoch: set, Reason: tooLarge, Records: uint64(len(refused))}, at: []*shipment{at}}
	for _, i := range refused {
		r := &from[i].Record
		h.damage.Bytes += int64(len(r.Value))
		if r.Seal {
			h.damage.Lost.Seals = append(h.damage.Lost.Seals, schema.LostSeal{Epoch: set, From: r.CollectorSeq, To: r.CollectorSeq, Count: 1})
			continue
		}
		h.damage.Lost.Events = append(h.damage.Lost.Events, schema.LostRange{Epoch: set, From: r.CollectorSeq, To: r.CollectorSeq})
		h.damage.Events = append(h.damage.Events, durable.LostEvent{Session: r.Session, Seq: r.Seq, Size: r.Size})
	}
	return h
}

// reportLoss has a loss recorded in the background: recording it needs capacity in the spool,
// and a full spool gets capacity only from shipping.
func (s *Shipper) reportLoss(ctx context.Context, h *loss) {
	s.Stats.Lost.Add(h.damage.Records)
	go func() {
		for pauses := retry.New(firstPause, lastPause); s.Damaged(ctx, h.damage) != nil; {
			if pauses.Wait(ctx) != nil {
				return
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, at := range h.at {
			at.gapPending = false
			if h.of != nil {
				h.of.recorded[at.at] = true
			}
		}
	}()
}
