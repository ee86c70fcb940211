package ship

import (
	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema"
)

// Reasons of gaps.
const (
	spoolDamaged = "spool_damaged"
	tooLarge     = "refused_by_broker"
)

// thread follows the numbers of one set, so that a hole is known by what stands
// around it.
type thread struct {
	epoch uuid.UUID
	// next is the collector_seq that the next event should have, if known says so.
	next  uint64
	known bool
	// hole is what is missing since then; nil if nothing is.
	hole *hole
	// told is where the damages end that are recorded: what is read again after a
	// rewind is not told again. The shipper's mu guards it.
	told map[spool.Position]bool
}

// restart forgets what belongs to a place: reading goes on further back.
func (t *thread) restart() { t.hole, t.known = nil, false }

// hole is damage that is not told yet.
type hole struct {
	damage  durable.Loss
	seals   uint64
	highest uint64
	// at are the entries that wait for it to be told, damages of that thread.
	at []*shipped
	of *thread
}

// tear opens a hole, or widens the one that is open.
func (t *thread) tear(d *spool.Damage, at *shipped) {
	if t.hole == nil {
		t.hole = &hole{damage: durable.Loss{Epoch: t.epoch, Reason: spoolDamaged}, of: t}
	}
	h := t.hole
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

// pass takes the record that follows, and returns the hole before it.
func (t *thread) pass(r *durable.Record) (closed *hole) {
	if t.hole != nil {
		closed = t.close(r.CollectorSeq)
	}
	if t.known = true; !r.Seal {
		t.next = r.CollectorSeq + 1
	} else {
		t.next = max(t.next, r.CollectorSeq)
	}
	return closed
}

// end says that nothing follows in the set, and returns the hole at its end.
func (t *thread) end() *hole {
	if t.hole == nil {
		return nil
	}
	behind := t.next
	if h := t.hole; len(h.damage.Events) > 0 {
		behind = h.highest + 1
	} else if !h.damage.Unknown {
		behind += h.damage.Records - min(h.damage.Records, h.seals)
	}
	return t.close(behind)
}

// close works out which numbers were in the hole: those between what was passed and
// behind, the first that is there again. The records that were no events were seals.
func (t *thread) close(behind uint64) *hole {
	h := t.hole
	t.hole = nil
	from := t.next
	if !t.known { // the set is not read from its start
		from = behind - min(behind, h.damage.Records-min(h.damage.Records, h.seals))
	}
	events := uint64(0)
	if behind > from {
		events = behind - from
		h.damage.Lost.Events = []schema.LostRange{{Epoch: t.epoch, From: from, To: behind - 1}}
	}
	if h.damage.Unknown {
		h.damage.Records = max(h.damage.Records, events+h.seals, 1)
	}
	if unseen := h.damage.Records - min(h.damage.Records, events+h.seals); unseen > 0 {
		h.damage.Lost.Seals = append(h.damage.Lost.Seals, schema.LostSeal{Epoch: t.epoch, From: from, To: behind, Count: unseen})
	}
	return h
}
