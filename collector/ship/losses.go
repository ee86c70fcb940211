package ship

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// Reasons of gaps.
const (
	spoolDamaged = "spool_damaged"
	tooLarge     = "refused_by_broker"
	notStored    = "refused_by_ingest"
)

// numbering follows the numbers of one set in the order of the spool, so that the numbers
// of a damaged range follow from the records before and behind it.
type numbering struct {
	epoch uuid.UUID
	// next is the collector_seq that the next event should have, if known says so.
	next uint64
	// It is false before the first record that is read, and behind a rewind.
	known bool
	// loss is the damage since then whose end is not reached yet; nil if there is none.
	loss *loss
	// recorded are the ends of damages that are recorded: a damage that is read again after
	// a rewind is not recorded twice. The shipper's mu guards it.
	recorded map[spool.Position]bool
}

// restart drops what depends on the position: reading continues further back.
// recorded stays: what it holds is durable.
func (t *numbering) restart() { t.loss, t.known = nil, false }

// loss is damage that is not recorded yet.
type loss struct {
	damage durable.Loss
	// seals are how many of the lost records are known to be seals, highest is the largest
	// collector_seq of the events among them.
	seals   uint64
	highest uint64
	// at are the shipments that must not be freed before it is recorded.
	at []*shipment
	// of is where the end is noted once it is recorded; nil for what the broker or ingest
	// refused, which has no place of its own in the set.
	of *numbering
}

// addDamage begins a loss, or extends the current one.
func (t *numbering) addDamage(d *spool.Damage, at *shipment) {
	if t.loss == nil {
		t.loss = &loss{damage: durable.Loss{Epoch: t.epoch, Reason: spoolDamaged}, of: t}
	}
	h := t.loss
	h.at = append(h.at, at)
	h.damage.Bytes += d.Bytes
	h.damage.Records += d.To - d.From
	h.damage.Unknown = h.damage.Unknown || !d.Known
	for _, l := range d.Lost {
		if l.Seal {
			h.seals++
			h.damage.Lost.Seals = append(h.damage.Lost.Seals, schema.LostSeal{Epoch: t.epoch, From: l.CollectorSeq, To: l.CollectorSeq, Count: 1})
			continue
		}
		h.highest = max(h.highest, l.CollectorSeq)
		h.damage.Events = append(h.damage.Events, durable.LostEvent{Session: l.Session, Seq: l.Seq, Size: l.Size})
	}
}

// advance takes the record that follows, and returns the loss that ends before it.
//
// A seal has the collector_seq of the event behind it, so it says as much about what is
// missing as an event, and moves next no further than that.
func (t *numbering) advance(r *durable.Record) (closed *loss) {
	if t.loss != nil {
		closed = t.close(r.CollectorSeq)
	}
	if t.known = true; !r.Seal {
		t.next = r.CollectorSeq + 1
	} else {
		t.next = max(t.next, r.CollectorSeq)
	}
	return closed
}

// end returns the loss at the end of a set in which nothing follows.
func (t *numbering) end() *loss {
	if t.loss == nil {
		return nil
	}
	behind := t.next
	if h := t.loss; len(h.damage.Events) > 0 {
		behind = h.highest + 1
	} else if !h.damage.Unknown {
		behind += h.damage.Records - min(h.damage.Records, h.seals)
	}
	return t.close(behind)
}

// close computes which numbers are lost: those between the last record before the damage
// and behind, the first number after it. The remaining records of the damage were seals.
func (t *numbering) close(behind uint64) *loss {
	h := t.loss
	t.loss = nil
	from := t.next
	if !t.known { // the set is not read from its start
		from = behind - min(behind, h.damage.Records-min(h.damage.Records, h.seals))
	}
	events := uint64(0)
	if behind > from {
		events = behind - from
		h.damage.Lost.Events = []schema.LostRange{{Epoch: t.epoch, From: from, To: behind - 1}}
	}
	// The length of the damage gives no number of records; the hole in the numbers gives a
	// least one.
	if h.damage.Unknown {
		h.damage.Records = max(h.damage.Records, events+h.seals, 1)
	}
	if unseen := h.damage.Records - min(h.damage.Records, events+h.seals); unseen > 0 {
		h.damage.Lost.Seals = append(h.damage.Lost.Seals, schema.LostSeal{Epoch: t.epoch, From: from, To: behind, Count: unseen})
	}
	return h
}

// torn begins or extends a loss by a damage. The interrupted write at the end of a killed
// process's set was never acknowledged, so it is no loss.
// The goroutine that reads the spool calls it. The shipment that it returns is freed in its
// turn, like one of records, and not before the loss is recorded.
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

// reportLoss has a loss recorded in the background: recording it needs capacity in the spool,
// and a full spool gets capacity only from shipping.
func (s *Shipper) reportLoss(ctx context.Context, h *loss) {
	s.Stats.Lost.Add(h.damage.Records)
	// Run does not wait for this goroutine: where ctx ends first, the shipments stay in the
	// spool and whoever adopts them finds the same damage.
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
