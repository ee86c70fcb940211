package verify

import (
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// session is what was seen of one.
type session struct {
	id uuid.UUID
	// pieces are runs of events that each name the one before, in the order of their
	// numbers: one, once all events are there.
	pieces []piece
	// excused are numbers whose events were lost, or have something in their place;
	// doubted are those of events that are not what was sealed.
	excused, doubted []span
	// head is how far the seals say the session came, of the epoch that came
	// furthest; young says that its seal is, closed that nothing follows.
	head *head
	// own says that it is a collector's own, ended that its close event is sealed.
	own, ended bool
	events     uint64
}

type head struct {
	seq           uint64
	closed, young bool
	// epoch whose seal says so, and the collector_seq behind its run.
	epoch uuid.UUID
	end   uint64
}

// piece is a run of events that name each other.
type piece struct {
	from, to   uint64
	prev, hash schema.Hash
	// first and last are their numbers in the epoch.
	epoch       uuid.UUID
	first, last uint64
}

// span is a run of numbers, both ends included.
type span struct{ from, to uint64 }

func meets(all []span, a span) bool {
	return slices.ContainsFunc(all, func(b span) bool { return a.from <= b.to && b.from <= a.to })
}

// follow links an event to its session. Only what is sealed excuses anything.
func (v *Verifier) follow(e *schema.Event, leaf schema.Hash, sealed bool) {
	v.prior = e
	if sealed {
		v.excuse(e)
	}
	if v.Session != (uuid.UUID{}) && v.Session != e.SessionID {
		return // It is here for what it says was lost.
	}
	s := v.session(e.SessionID)
	s.events++
	s.own = s.own || e.Basis == schema.BasisCollector
	s.ended = s.ended || sealed && e.Kind == schema.KindClose
	if g := e.Gap; g != nil {
		v.gap(s, e, sealed)
		if e.Placeholder() {
			return // It stands in the place of what was lost, and links to nothing.
		}
	}
	if n := len(s.pieces); n > 0 && s.pieces[n-1].to < e.Seq && s.pieces[n-1].hash == e.Prev {
		s.pieces[n-1].to, s.pieces[n-1].hash, s.pieces[n-1].last = e.Seq, leaf, e.CollectorSeq
		return
	}
	i, _ := slices.BinarySearchFunc(s.pieces, e.Seq, func(p piece, seq uint64) int {
		if p.to < seq {
			return -1
		}
		return 1
	})
	if i < len(s.pieces) && s.pieces[i].from <= e.Seq {
		v.report.Broken++
		v.find(Mismatch, named(Problem{Kind: Equivocation, Detail: "another event has the same place in the session"}, e))
		return
	}
	p := piece{e.Seq, e.Seq, e.Prev, leaf, e.Epoch, e.CollectorSeq, e.CollectorSeq}
	if i > 0 && s.pieces[i-1].hash == p.prev {
		i--
		p.from, p.prev, p.first = s.pieces[i].from, s.pieces[i].prev, s.pieces[i].first
		s.pieces[i] = p
	} else {
		s.pieces = slices.Insert(s.pieces, i, p)
	}
	if i+1 < len(s.pieces) && s.pieces[i+1].prev == p.hash {
		s.pieces[i].to, s.pieces[i].hash, s.pieces[i].last = s.pieces[i+1].to, s.pieces[i+1].hash, s.pieces[i+1].last
		s.pieces = slices.Delete(s.pieces, i+1, i+2)
	}
}

// gap takes what a session says of its own losses.
func (v *Verifier) gap(s *session, e *schema.Event, sealed bool) {
	g := e.Gap
	if !sealed {
		return
	}
	if e.Placeholder() || len(e.Lost().Events) > 0 {
		s.excused = append(s.excused, span{g.From, g.To})
	}
	v.find(Incomplete, Problem{Kind: Gap, Detail: "not recorded: " + g.Reason, Collector: e.CollectorID}.of(e.SessionID, g.From, g.To))
}

// heads takes what a seal says of the sessions that its run touched.
func (v *Verifier) heads(e *epoch, r *run) {
	leaves := make(map[schema.Hash]bool, len(r.leaves))
	for i := range r.leaves {
		leaves[r.leaves[i]] = true
	}
	for i := range r.Heads {
		h := &r.Heads[i]
		if v.Session != (uuid.UUID{}) && h.Session != v.Session {
			continue
		}
		if r.at == nil && !r.open && !leaves[h.Hash] {
			v.find(Mismatch, r.name(Problem{Kind: BadSeal, Detail: "the seal names an event of a session that is not in its run"}.in(e)).of(h.Session, h.Seq, h.Seq))
		}
		s := v.session(h.Session)
		if s.head == nil || s.head.seq <= h.Seq {
			s.head = &head{seq: h.Seq, closed: h.Closed, young: v.late(r.Seal), epoch: e.id, end: r.End()}
		}
	}
}
