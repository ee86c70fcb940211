package verify

import (
	"fmt"

	"github.com/mcptrail/mcptrail/schema"
)

// AddEvent takes the canonical bytes of an event, and its place where the record is
// a table's, nil elsewhere. Events come in any order; those of a session one after the
// other take the least memory. Bytes that are no event are a mismatch, not an error.
//
// The first call closes the seals: those that come later are not checked any more.
func (v *Verifier) AddEvent(canonical []byte, place *schema.Location) {
	v.seals.checkSeals()
	e, err := schema.Decode(canonical)
	if err != nil {
		p := Problem{Kind: Unreadable, Detail: fmt.Sprintf("a stored event is none: %v", err)}
		if place != nil {
			p.Detail += fmt.Sprintf(" (topic %q, partition %d, offset %d)", place.Topic, place.Partition, place.Offset)
		}
		v.report.Broken++
		v.addProblem(Mismatch, p)
		return
	}
	v.Add(e, schema.LeafHash(canonical), place)
}

// Add is AddEvent for one that was decoded, with the leaf hash of its canonical bytes:
// a caller that has it saves the second encoding. The verifier keeps the event until
// the next one.
// leaf must be that of e: it is what the seals are compared with, and e only says where.
func (v *Verifier) Add(e *schema.Event, leaf schema.Hash, place *schema.Location) {
	ep, r := v.seals.covering(e)
	if r == nil {
		v.unproven.addUnsealed(ep, e, leaf, place)
		return
	}
	slot, known := r.slot(e.CollectorSeq)
	// The order of the cases counts: a repeat is harmless even in an open run, and an
	// open run takes its leaves from the first event under each number.
	switch {
	case !known:
		v.report.Broken++
		v.addProblem(Mismatch, named(Problem{Kind: Extra, Detail: "no proof leads from this event to its seal"}, e))
		return
	case r.has(slot) && r.leaves[slot] == leaf:
		v.report.Repeats++
		v.columns(e, leaf, place, !r.open)
		return
	case r.open && !r.has(slot):
		r.leaves[slot] = leaf
	case r.leaves[slot] != leaf:
		v.unproven.addAltered(e, leaf, r.leaves[slot], place)
		return
	}
	r.mark(slot)
	v.report.Events++
	if !r.open {
		if ep.trusted {
			v.report.Verified++
		} else {
			v.report.Sealed++
		}
	}
	v.columns(e, leaf, place, !r.open)
	v.chains.linkEvent(e, leaf, !r.open)
}

// columns checks what ingest stored beside the event, which no seal covers. If the event
// is sealed its fields are right, so a stored hash that differs was itself edited; of an
// unsealed one either may have been, and the checksum says which.
func (v *findings) columns(e *schema.Event, leaf schema.Hash, place *schema.Location, sealed bool) {
	if place == nil {
		return
	}
	wrong := func(column, detail string) {
		v.report.Broken++
		v.addProblem(Mismatch, named(Problem{Kind: Column, Column: column, Detail: detail}, e))
	}
	// A copy with the right hash: what is left to differ is the place.
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
		// Stored by a version that wrote no checksums.
	case place.Sum != sum:
		wrong("topic, kafka_partition, kafka_offset, stored_at or place", "where or when it was stored was changed")
	}
}

// named gives a problem all the names of an event.
func named(p Problem, e *schema.Event) Problem {
	p.Collector, p.Epoch = e.CollectorID, e.Epoch.String()
	return p.at(e.CollectorSeq, e.CollectorSeq).of(e.SessionID, e.Seq, e.Seq)
}

// addLosses keeps what a sealed event states was lost. It may excuse events of another
// session, or of another epoch whose process died before it could state it.
// The caller has checked that the event is sealed: everybody can insert one that excuses
// everything.
func (v *losses) addLosses(e *schema.Event) {
	lost := e.Lost()
	for _, r := range lost.Events {
		v.lost[r.Epoch] = append(v.lost[r.Epoch], r)
	}
	for _, s := range lost.Seals {
		v.noSeals[s.Epoch] = append(v.noSeals[s.Epoch], s)
	}
}
