package verify

import (
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// chains answers whether each session is whole: each event names the one before it, and
// its seals say how far it came.
type chains struct {
	*inquiry
	sessions map[uuid.UUID]*session
	// own is the session of the event before, a cache. prior is the last event that was as
	// it was sealed; an altered one is compared with it, see [changed].
	// own is changed by session alone.
	own   *session
	prior *schema.Event
	// stopped says that the reader of a session stopped before its end.
	stopped bool
}

// session is what events and seals say of one session.
type session struct {
	id uuid.UUID
	// pieces are runs of events that each name the one before, in the order of their
	// numbers: one, once all events are there.
	pieces []piece
	// excused are seqs whose events were lost, or have something in their place; altered
	// are those of events that are not what was sealed. Neither is missed.
	excused, altered []span
	// head is how far the seals say the session came, of the epoch that came
	// furthest; young says that its seal is, closed that nothing follows.
	head *head
	// own says that it is a collector's own session, which never ends; ended that its
	// close event is sealed.
	own, ended bool
	events     uint64
}

// head is the end of a session as a seal states it. A tail that was cut shows only here:
// the events that are left still form a chain.
type head struct {
	seq           uint64
	closed, young bool
	// epoch whose seal says so, and the collector_seq behind its run.
	epoch uuid.UUID
	end   uint64
}

// piece is a run of events of a session, each of which names the one before it. prev is
// what the first names, hash the leaf of the last.
type piece struct {
	from, to   uint64
	prev, hash schema.Hash
	// first and last are their numbers in the epoch.
	epoch       uuid.UUID
	first, last uint64
}

// span is a run of seqs, both ends included.
type span struct{ from, to uint64 }

// overlaps reports whether a span has a number in common with one of the others.
func overlaps(all []span, a span) bool {
	return slices.ContainsFunc(all, func(b span) bool { return a.from <= b.to && b.from <= a.to })
}

// linkEvent links an event to its session, whatever the order in which events come: it
// prolongs a piece, joins two, or begins one. In the end a whole session is one piece.
// Only what is sealed excuses anything: everybody can insert a gap.
func (v *chains) linkEvent(e *schema.Event, leaf schema.Hash, sealed bool) {
	v.prior = e
	if sealed {
		v.addLosses(e)
	}
	if v.Session != (uuid.UUID{}) && v.Session != e.SessionID {
		return // It is here for what it says was lost.
	}
	s := v.session(e.SessionID)
	s.events++
	s.own = s.own || e.Basis == schema.BasisCollector
	s.ended = s.ended || sealed && e.Kind == schema.KindClose
	if g := e.Gap; g != nil {
		v.addGap(s, e, sealed)
		if e.Placeholder() {
			return // It stands in the place of what was lost, and links to nothing.
		}
	}
	// The usual case first: events come in the order of their session.
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
	// A repeat of the same bytes never gets here: its number has them already.
	if i < len(s.pieces) && s.pieces[i].from <= e.Seq {
		v.report.Broken++
		v.addProblem(Mismatch, named(Problem{Kind: Equivocation, Detail: "another event has the same place in the session"}, e))
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

// addGap takes what a session states of its own losses. A gap event that stands in the
// place of its first number, or that names the lost numbers of an epoch, was made because
// events were there and are not; any other gap names messages that never became events,
// so that no number of the chain is excused by it.
func (v *chains) addGap(s *session, e *schema.Event, sealed bool) {
	g := e.Gap
	if !sealed {
		return
	}
	if e.Placeholder() || len(e.Lost().Events) > 0 {
		s.excused = append(s.excused, span{g.From, g.To})
	}
	v.addProblem(Incomplete, Problem{Kind: Gap, Detail: "not recorded: " + g.Reason, Collector: e.CollectorID}.of(e.SessionID, g.From, g.To))
}

// checkHeads takes what a seal says of the sessions that its run touched. Whether a head
// is in the run can be seen only where all leaves are there.
// Of heads with the same seq the one that was checked later counts: epochs come in the order
// of their ids, and the seals of one by number.
func (v *chains) checkHeads(e *epoch, r *run) {
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
			v.addProblem(Mismatch, r.name(Problem{Kind: BadSeal, Detail: "the seal names an event of a session that is not in its run"}.in(e)).of(h.Session, h.Seq, h.Seq))
		}
		s := v.session(h.Session)
		if s.head == nil || s.head.seq <= h.Seq {
			s.head = &head{seq: h.Seq, closed: h.Closed, young: v.mayStillCome(r.Seal), epoch: e.id, end: r.End()}
		}
	}
}

// session returns what is known of a session, which may be nothing yet.
func (v *chains) session(id uuid.UUID) *session {
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
