package verify

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// AddEvent takes the canonical bytes of an event, and its place where the record is
// a table's. Events come in any order; those of a session one after the other take
// the least memory.
func (v *Verifier) AddEvent(canonical []byte, place *schema.Place) {
	v.settle()
	e, err := schema.Decode(canonical)
	if err != nil {
		p := Problem{Kind: Unreadable, Detail: fmt.Sprintf("a stored event is none: %v", err)}
		if place != nil {
			p.Detail += fmt.Sprintf(" (topic %q, partition %d, offset %d)", place.Topic, place.Partition, place.Offset)
		}
		v.report.Broken++
		v.find(Mismatch, p)
		return
	}
	v.Add(e, schema.LeafHash(canonical), place)
}

// Add is AddEvent for one that was decoded, with its leaf hash.
func (v *Verifier) Add(e *schema.Event, leaf schema.Hash, place *schema.Place) {
	v.settle()
	ep := v.last
	if ep == nil || ep.id != e.Epoch {
		if ep = v.epochs[e.Epoch]; ep != nil {
			v.last = ep
		}
	}
	var r *run
	if ep != nil {
		r = ep.run(e.CollectorSeq)
	}
	if r == nil {
		v.loose(ep, e, leaf, place)
		return
	}
	slot, known := r.slot(e.CollectorSeq)
	switch {
	case !known:
		v.report.Broken++
		v.find(Mismatch, named(Problem{Kind: Extra, Detail: "no proof leads from this event to its seal"}, e))
		return
	case r.has(slot) && r.leaves[slot] == leaf:
		v.report.Repeats++
		v.columns(e, leaf, place, !r.open)
		return
	case r.open && !r.has(slot):
		r.leaves[slot] = leaf
	case r.leaves[slot] != leaf:
		v.alter(e, leaf, r.leaves[slot], place)
		return
	}
	r.see(slot)
	v.report.Events++
	if !r.open {
		if ep.trusted {
			v.report.Verified++
		} else {
			v.report.Sealed++
		}
	}
	v.columns(e, leaf, place, !r.open)
	v.follow(e, leaf, !r.open)
}

// loose takes an event that no seal covers.
func (v *Verifier) loose(ep *epoch, e *schema.Event, leaf schema.Hash, place *schema.Place) {
	n := number{e.Epoch, e.CollectorSeq}
	if was, ok := v.unsealed[n]; ok {
		if was.leaf == leaf {
			v.report.Repeats++
		} else {
			v.report.Broken++
			v.find(Mismatch, named(Problem{Kind: Equivocation, Detail: fmt.Sprintf("another event, %d of session %s, has the same number, and neither is sealed", was.seq, was.session)}, e))
		}
		return
	}
	v.unsealed[n] = loose{leaf: leaf, collector: e.CollectorID, session: e.SessionID, seq: e.Seq}
	v.report.Events++
	if ep != nil && ep.runs[len(ep.runs)-1].Final && e.CollectorSeq >= ep.end() {
		v.report.Broken++
		v.find(Mismatch, named(Problem{Kind: Extra, Detail: "its collector had ended this epoch before"}, e))
		return
	}
	v.report.Received++
	v.columns(e, leaf, place, false)
	v.follow(e, leaf, false)
}

// alter takes an event that is not the one that was sealed under its number.
func (v *Verifier) alter(e *schema.Event, leaf, want schema.Hash, place *schema.Place) {
	n := number{e.Epoch, e.CollectorSeq}
	for _, was := range v.altered[n] {
		if was.leaf == leaf {
			v.report.Repeats++
			return
		}
	}
	v.report.Events++
	v.report.Broken++
	column := changed(e, want, v.prior)
	if column == "" && place != nil && place.Stray != "" {
		column = place.Stray
	}
	v.altered[n] = append(v.altered[n], loose{leaf: leaf, collector: e.CollectorID, session: e.SessionID, seq: e.Seq, column: column})
	s := v.session(e.SessionID)
	s.doubted = append(s.doubted, span{e.Seq, e.Seq})
}

// columns checks what ingest stored beside the event. The fields are right if the
// event is the one that was sealed.
func (v *Verifier) columns(e *schema.Event, leaf schema.Hash, place *schema.Place, sealed bool) {
	if place == nil {
		return
	}
	wrong := func(column, detail string) {
		v.report.Broken++
		v.find(Mismatch, named(Problem{Kind: Column, Column: column, Detail: detail}, e))
	}
	whole := *place
	whole.Hash = leaf
	sum := whole.Checksum()
	switch {
	case place.Stray != "":
		wrong(place.Stray, "a column holds what the event does not")
	case place.Hash != leaf && !sealed && place.Sum == place.Checksum():
		wrong("", "its fields are not those that ingest stored")
	case place.Hash != leaf:
		wrong("hash", "the stored hash is not that of the event")
	case place.Sum == schema.Hash{}:
		// Stored before there were checksums.
	case place.Sum != sum:
		wrong("topic, kafka_partition, kafka_offset, stored_at or place", "where or when it was stored was changed")
	}
}

func named(p Problem, e *schema.Event) Problem {
	p.Collector, p.Epoch = e.CollectorID, e.Epoch.String()
	return p.at(e.CollectorSeq, e.CollectorSeq).of(e.SessionID, e.Seq, e.Seq)
}

// excuse notes what a sealed event says was lost.
func (v *Verifier) excuse(e *schema.Event) {
	lost := e.Lost()
	for _, r := range lost.Events {
		v.lost[r.Epoch] = append(v.lost[r.Epoch], r)
	}
	for _, s := range lost.Seals {
		v.noSeals[s.Epoch] = append(v.noSeals[s.Epoch], s)
	}
}

// session returns what is known of one, which may be nothing yet.
func (v *Verifier) session(id uuid.UUID) *session {
	if v.own != nil && v.own.id == id {
		return v.own
	}
	s := v.sessions[id]
	if s == nil {
		s = &session{id: id}
		v.sessions[id] = s
	}
	v.own = s
	return s
}
