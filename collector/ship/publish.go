package ship

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// shipment is a run of entries of one set that was published, or a damage. The shipper's
// mu guards it once it is in flight.
type shipment struct {
	// at is the position of the last entry: freeing it frees all before it in the set.
	at      spool.Position
	records int
	// numbers that the store must have before it is freed.
	numbers numbers
	// acked are the offsets that Kafka gave to it, logs the logs that these were of, as
	// far as that was known.
	acked kafkasink.Places
	logs  map[kafkasink.Place]int64
	// since is when it was published, or when the broker confirmed last that it still has
	// it.
	since time.Time
	// gapPending says that a loss in it is not recorded yet, so that it must not be freed.
	gapPending bool
}

// split divides entries of one set into messages, with the entries they are from, and
// damages. A loss that ends between records is reported.
func (s *Shipper) split(ctx context.Context, t *numbering, entries []spool.Entry) (b published, err error) {
	b.messages, b.from = make([]kafkasink.Message, 0, len(entries)), make([]*spool.Entry, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		if e.Damage != nil {
			b.torn = append(b.torn, s.torn(t, e))
			continue
		}
		if h := t.advance(&e.Record); h != nil {
			s.reportLoss(ctx, h)
		}
		if err := b.add(e); err != nil {
			return published{}, err
		}
	}
	return b, nil
}

// published is what is made of a batch of entries.
type published struct {
	messages []kafkasink.Message
	// from are the entries of the messages, numbers those that the store will have.
	from    []*spool.Entry
	numbers numbers
	// torn are the damages between them.
	torn []*shipment
}

// add addresses a record.
// The key of an event is its session, so that one partition has all of a session in order;
// seals of a collector keep theirs by its name.
func (b *published) add(e *spool.Entry) error {
	m := kafkasink.Message{Topic: schema.TopicEvents, Key: e.Session[:], Value: e.Value}
	if e.Seal {
		_, made, err := seal.DecodeRecord(e.Value)
		if err != nil {
			return fmt.Errorf("addressing a seal: %w", err)
		}
		m.Topic, m.Key = schema.TopicSeals, []byte(made.CollectorID)
		b.numbers.seals = b.numbers.seals.add(made.Index)
	} else {
		b.numbers.events = b.numbers.events.add(e.CollectorSeq)
	}
	b.messages, b.from = append(b.messages, m), append(b.from, e)
	return nil
}

// publish brings entries of one set to Kafka.
//
// A shipment is in flight only after Kafka's answer. After a crash in between the next
// collector publishes the same records again, and ingest stores each once.
func (s *Shipper) publish(ctx context.Context, entries []spool.Entry) error {
	set := entries[0].Position.Set
	t := s.numberings[set]
	if t == nil {
		t = &numbering{epoch: set, recorded: map[spool.Position]bool{}}
		s.numberings[set] = t
	}
	b, err := s.split(ctx, t, entries)
	if err != nil {
		return err
	}
	acked, refused, err := s.Sink.Publish(ctx, b.messages)
	if err != nil {
		return err
	}
	s.Stats.Published.Add(uint64(len(b.messages) - len(refused)))
	done := &shipment{at: entries[len(entries)-1].Position, records: len(b.messages), numbers: b.numbers, acked: acked, since: time.Now()}
	if len(refused) > 0 {
		done.gapPending = true
		h, err := refusal(set, &b, refused, done)
		if err != nil {
			return err
		}
		s.reportLoss(ctx, h)
	}
	s.depart(append(b.torn, done))
	// No record will follow in a dead process's set, so the loss ends here.
	if t.loss != nil && s.Spool.Ended(done.at) {
		s.reportLoss(ctx, t.end())
	}
	return nil
}

// depart adds shipments of one batch to those in flight. Freeing a damage would free the
// records before it too, so it waits for the same numbers.
func (s *Shipper) depart(list []*shipment) {
	last := list[len(list)-1]
	s.mu.Lock()
	last.logs = map[kafkasink.Place]int64{}
	for at := range last.acked {
		if log, known := s.logs[at]; known {
			last.logs[at] = log
		}
	}
	// A rewind brings back what was given up: no receipt for it will ever come.
	if refused := s.refused[last.at.Set]; refused != nil {
		last.numbers = numbers{last.numbers.events.minus(refused.events), last.numbers.seals.minus(refused.seals)}
	}
	for _, w := range list {
		w.acked, w.logs, w.numbers = last.acked, last.logs, last.numbers
	}
	s.inFlight = append(s.inFlight, list...)
	s.mu.Unlock()
	select {
	// One signal is enough, since receiptLoop looks at all that is in flight before it waits
	// again.
	case s.shipmentAdded <- struct{}{}:
	default:
	}
}

// refusal is a loss of records that are larger than the broker accepts.
func refusal(set uuid.UUID, b *published, refused []int, at *shipment) (*loss, error) {
	h := &loss{damage: durable.Loss{Epoch: set, Reason: tooLarge, Records: uint64(len(refused))}, at: []*shipment{at}}
	for _, i := range refused {
		r := &b.from[i].Record
		h.damage.Bytes += int64(len(r.Value))
		if r.Seal {
			_, made, err := seal.DecodeRecord(r.Value)
			if err != nil {
				return nil, fmt.Errorf("naming a seal: %w", err)
			}
			// The store will never have it, so the shipment must not wait for it; gapPending
			// keeps the shipment until the loss is durable.
			at.numbers.seals = at.numbers.seals.minus(ranges{{made.Index, made.Index}})
			h.damage.Lost.Seals = append(h.damage.Lost.Seals, schema.LostSeal{Epoch: set, From: r.CollectorSeq, To: r.CollectorSeq, Count: 1})
			continue
		}
		at.numbers.events = at.numbers.events.minus(ranges{{r.CollectorSeq, r.CollectorSeq}})
		h.damage.Lost.Events = append(h.damage.Lost.Events, schema.LostRange{Epoch: set, From: r.CollectorSeq, To: r.CollectorSeq})
		h.damage.Events = append(h.damage.Events, durable.LostEvent{Session: r.Session, Seq: r.Seq, Size: r.Size})
	}
	return h, nil
}
