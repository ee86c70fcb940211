package rebuild

import (
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// facts are the parts of a timeline that belong to no operation.
type facts struct {
	runs     []fact
	unpaired []query.Unpaired
	excluded []query.Excluded
	closed   bool
	// start is the first seq that is given, 0 for all of them.
	start uint64
}

// fact is a run of events as the timeline shows it.
type fact struct {
	query.Fact
	// task that a notification refers to.
	task taskKey
}

// take keeps a message that has no round.
func (f *facts) take(m *message) {
	switch m.role {
	case roleStray:
		f.stray(m)
		return
	case roleGap:
		return
	case roleClose:
		f.closed = true
		f.excluded = append(f.excluded, m.excluded...)
	}
	if len(m.rounds) == 0 {
		f.add(m)
	}
}

// stray lists an answer as unpaired, unless its request stands on an earlier page.
func (f *facts) stray(m *message) {
	// On a page the request was not read; the whole timeline pairs it.
	if m.RequestSeq != 0 && m.RequestSeq < f.start {
		return
	}
	u := query.Unpaired{Seq: m.Seq, Direction: m.Direction, RPCID: m.RPCID, Reason: query.ReasonNoRequest, HTTPStatus: m.HTTPStatus}
	if m.incomplete {
		u.Reason = query.ReasonGap
	}
	f.unpaired = append(f.unpaired, u)
}

// add appends an event to the last run where it is alike in everything that a fact
// shows, else it begins a run.
func (f *facts) add(m *message) {
	next := fact{Fact: query.Fact{
		Seq: m.Seq, Seqs: []uint64{m.Seq}, Kind: m.Kind, Direction: m.Direction, Method: m.Method, Target: m.Target,
		Detail: m.detail, Outcome: m.Outcome, HTTPStatus: m.HTTPStatus, Time: wall(m.Event.Event),
		Flags: append(m.flags.Names(), m.words...),
	}, task: taskKey{m.Direction.Opposite(), m.TaskID}}
	next.Redactions.Add(m.Redactions)
	if n := len(f.runs); n > 0 && f.runs[n-1].continues(&next) {
		f.runs[n-1].extend(m)
		return
	}
	f.runs = append(f.runs, next)
}

// extend adds an event to a run. A timeline that was given before stays as it is.
func (f *fact) extend(m *message) {
	f.Seqs = append(f.Seqs, m.Seq)
	if len(m.Redactions) > 0 {
		f.Redactions = slices.Clone(f.Redactions)
		f.Redactions.Add(m.Redactions)
	}
}

// continues reports whether next belongs to the run of f.
func (f *fact) continues(next *fact) bool {
	return f.Seqs[len(f.Seqs)-1]+1 == next.Seq && f.Kind == next.Kind && f.Direction == next.Direction &&
		f.Method == next.Method && f.Target == next.Target && f.Detail == next.Detail && f.Outcome == next.Outcome &&
		f.HTTPStatus == next.HTTPStatus && f.task == next.task && slices.Equal(f.Flags, next.Flags)
}

// split returns the runs that the timeline shows as facts, and the seqs of those that
// refer to a task: a server may report on it before the answer that creates it.
func (f *facts) split(all tasks) ([]query.Fact, map[*operation][]uint64) {
	shown := []query.Fact{}
	early := map[*operation][]uint64{}
	// Only here, when all tasks are known, since a report may come before its task.
	for _, run := range f.runs {
		if t := all[run.task]; t != nil && run.task.id != "" && run.Kind == schema.KindNotification {
			early[t.op] = append(early[t.op], run.Seqs...)
			continue
		}
		shown = append(shown, run.Fact)
	}
	return shown, early
}
