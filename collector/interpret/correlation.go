package interpret

import (
	"strings"

	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// correlate ties an answer, a cancellation or progress to its request, keeps a request
// for those to come, and records the event. An excluded request is kept too, with Seq 0:
// what is about it must be excluded with it.
func (in *Interpreter) correlate(x *exchange, e *schema.Event, m *jsonrpc.Message) {
	s := x.session
	about := journal.Subject{}
	switch {
	case e.Kind == schema.KindAnswer:
		about = in.pairAnswer(x, e)
	case m.CancelledID != "" && e.Method == "notifications/cancelled":
		if r, ok := s.pairs.Cancel(e.Direction, m.CancelledID); ok {
			e.Target = r.Target
			about = subject(&r)
			link(e, &r)
		}
	case e.Method == "notifications/progress":
		about = s.subjectOfProgress(e.Direction, m.ProgressToken)
	}
	// A request is kept by its number, so it is recorded first.
	seq := in.recordMessage(x, e, about)
	if e.Kind == schema.KindRequest {
		if e.Direction == schema.ClientToServer {
			x.pending++
		}
		// The token is that of the message: the draft's is cleaned by now.
		s.pairs.Add(jsonrpc.Request{Seq: seq, Mono: e.Mono, Direction: e.Direction, Exchange: x.number,
			ID: e.RPCID, Method: e.Method, Target: e.Target, Task: e.TaskID, ProgressToken: m.ProgressToken})
	}
}

// subjectOfProgress is what progress in that direction and with that token is about.
func (s *session) subjectOfProgress(direction schema.Direction, token string) journal.Subject {
	if r, ok := s.pairs.Progressing(direction, token); ok {
		return subject(&r)
	}
	return journal.Subject{Unknown: true}
}

// subject is a request that a message is about. Its Seq is 0 if it was excluded.
func subject(r *jsonrpc.Request) journal.Subject {
	if r.Seq == 0 {
		return journal.Subject{Excluded: true}
	}
	return journal.Subject{Method: r.Method, Target: r.Target}
}

// pairAnswer ties an answer to its request, whose method and target become its own: an
// answer names neither, and capture rules are about them.
func (in *Interpreter) pairAnswer(x *exchange, e *schema.Event) (about journal.Subject) {
	r, match := x.session.pairs.Answer(e.Direction, x.number, e.RPCID)
	switch match {
	case jsonrpc.Unmatched:
		e.Flags |= schema.FlagUnmatched
	case jsonrpc.Mismatched:
		e.Flags |= schema.FlagIDMismatch
	}
	if match != jsonrpc.Unmatched {
		e.Method, e.Target = r.Method, r.Target
		about.Excluded = !link(e, &r) // else its method and target are those of the request
		// The answer to a question about a task names the task in its request only.
		if e.TaskID == "" && strings.HasPrefix(r.Method, "tasks/") {
			e.TaskID = r.Task
		}
		if r.Cancelled {
			e.Flags |= schema.FlagLate
		}
	}
	if e.Direction == schema.ServerToClient {
		// pending counts the requests of this exchange: a second answer ends none of them, and
		// a request of another exchange is counted there.
		x.answers++
		if match != jsonrpc.Unmatched && match != jsonrpc.Again && r.Exchange == x.number {
			x.pending--
		}
	}
	return about
}

// link ties an event to the request that it is about, and reports whether that is recorded.
// Durations come from the monotonic clock.
func link(e *schema.Event, r *jsonrpc.Request) bool {
	if r.Seq == 0 {
		return false
	}
	e.RequestSeq, e.Duration = r.Seq, e.Mono-r.Mono
	return true
}

// replay records a message that was observed before. It is treated as the first one was:
// an answer by the method of its request, progress as its request.
func (in *Interpreter) replay(x *exchange, e *schema.Event) {
	about := journal.Subject{}
	switch {
	case e.Kind == schema.KindAnswer:
		if r, ok := x.session.pairs.Asked(e.Direction, e.RPCID); ok {
			e.Method, e.Target = r.Method, r.Target
			about.Excluded = r.Seq == 0
		}
	case e.Method == "notifications/progress":
		about = x.session.subjectOfProgress(e.Direction, e.ProgressToken)
	}
	in.recordMessage(x, e, about)
}

// endRequest ties an event that ends an exchange to its first open request. The request
// stays open: its answer can still come over another stream.
func (in *Interpreter) endRequest(x *exchange, e *schema.Event) {
	if open := x.session.pairs.EndExchange(x.number); len(open) > 0 {
		if r := open[0]; link(e, &r) {
			e.Method, e.Target, e.RPCID = r.Method, r.Target, r.ID
		}
	}
}

// recordMessage records an event of a message, or counts it as excluded. It returns the
// event's number, 0 for none.
func (in *Interpreter) recordMessage(x *exchange, e *schema.Event, about journal.Subject) uint64 {
	seq := in.journal.RecordMessage(x.session.Session, e, about)
	x.recorded, x.excluded = x.recorded || seq != 0, x.excluded || seq == 0
	return seq
}
