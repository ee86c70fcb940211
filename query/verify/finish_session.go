package verify

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
)

// close looks at each session.
func (v *chains) close() {
	for _, id := range sorted(v.sessions) {
		v.closeSession(v.sessions[id])
	}
}

// closeSession finds what is missing of a session: within it by its chain, at its end by
// the seals that say how far it came.
// A session without events is one that seals name and of which nothing is there.
func (v *chains) closeSession(s *session) {
	if s.events > 0 {
		v.report.Sessions++
	}
	v.closeChain(s)
	if s.head != nil {
		v.closeHead(s)
	}
	if v.Session == s.id && !s.ended && !s.own && !v.stopped {
		v.addProblem(Incomplete, Problem{Kind: Open, Detail: "the session has no end that is sealed"}.of(s.id, 0, s.lastSeq()))
	}
}

// closeChain looks between the pieces of a session. Without Whole or Session the record
// may begin within the session, so nothing is missed before its first piece.
func (v *chains) closeChain(s *session) {
	begins := v.Whole || v.Session != (uuid.UUID{})
	for i, p := range s.pieces {
		prev, next, number := schema.Hash{}, uint64(0), uint64(0)
		switch {
		case i > 0:
			before := &s.pieces[i-1]
			prev, next, number = before.hash, before.to+1, before.last
		case !begins, v.From > 0 && p.from <= v.From:
			continue // the one before it was not given
		default:
			next = v.From
		}
		// A piece that names the one before it follows it, whatever the numbers: those
		// between are of messages that never became events.
		switch {
		case p.from > next && p.prev != prev && lostWithin(v.lost[p.epoch], number, p.first):
			v.addProblem(Incomplete, lostOf(s.id, next, p.from-1))
		case p.from > next && p.prev != prev:
			v.addMissing(s, next, p.from-1, false)
		case p.prev != prev && !overlaps(s.altered, span{p.from, p.from}):
			v.addProblem(Mismatch, Problem{Kind: Chain, Detail: "the event does not name the one before it"}.of(s.id, p.from, p.from))
		}
	}
}

// closeHead compares the last event of a session with the last that seals name.
// Seqs behind the head are no problem while it is open: the newest events are not sealed yet.
func (v *chains) closeHead(s *session) {
	next, number := v.From, uint64(0)
	if n := len(s.pieces); n > 0 {
		next, number = s.pieces[n-1].to+1, s.pieces[n-1].last
	}
	switch {
	case next <= s.head.seq && v.stopped:
		// The reader stopped before the end, so nothing behind is missed.
	case next <= s.head.seq && lostWithin(v.lost[s.head.epoch], number, s.head.end):
		v.addProblem(Incomplete, lostOf(s.id, next, s.head.seq))
	case next <= s.head.seq:
		v.addMissing(s, next, s.head.seq, s.head.young)
	case s.head.closed && next > s.head.seq+1:
		v.addProblem(Mismatch, Problem{Kind: Extra, Detail: fmt.Sprintf("the session ended with event %d", s.head.seq)}.of(s.id, s.head.seq+1, next-1))
	}
}

// addMissing reports events of a session that are not there, unless that was said of
// them in other words. Young ones may still come. They are counted only in a check of
// one session: elsewhere the runs of the seals count them.
func (v *chains) addMissing(s *session, from, to uint64, young bool) {
	hole := span{from, to}
	if overlaps(s.excused, hole) || overlaps(s.altered, hole) {
		return
	}
	p := Problem{Kind: Missing, Detail: fmt.Sprintf("%d of the session's events %s not there", to-from+1, areNot(to-from+1))}.of(s.id, from, to)
	if young {
		p.Kind, p.Detail = Late, waitingFor(to-from+1)
		if v.Session != (uuid.UUID{}) {
			v.report.Waiting += to - from + 1
		}
		v.addProblem(Incomplete, p)
		return
	}
	if v.Session != (uuid.UUID{}) {
		v.report.Missing += to - from + 1
		v.shape.single += to - from + 1
	}
	v.addProblem(Mismatch, p)
}

// lostOf is the problem that seqs of a session lie where its collector lost events.
func lostOf(id uuid.UUID, from, to uint64) Problem {
	return Problem{Kind: Gap, Detail: "lost by the collector itself, as it says"}.of(id, from, to)
}

// lostWithin reports whether one of the losses has numbers between these two, both ends
// included.
// One number in common is enough: how many events of which session lie in it cannot be seen.
func lostWithin(losses []schema.LostRange, from, to uint64) bool {
	return slices.ContainsFunc(losses, func(l schema.LostRange) bool { return l.From <= to && from <= l.To })
}

// lastSeq is the last seq that is there, 0 for none.
func (s *session) lastSeq() uint64 {
	if n := len(s.pieces); n > 0 {
		return s.pieces[n-1].to
	}
	return 0
}
