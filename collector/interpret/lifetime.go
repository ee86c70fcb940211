package interpret

import (
	"time"

	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// maxSessions bounds how many sessions are open at once; beyond it the one whose last
// message is longest ago is closed.
const maxSessions = 10_000

// openProcess opens the session of a stdio process with its first event.
func (a *assigner) openProcess(x *exchange, at time.Time) {
	a.identify(x)
	x.session = a.openSession(x, schema.BasisStdio, at)
	e := draft(a.journal, x.session, x, schema.KindOpen, at)
	e.Keys = x.Process.Keys
	process := *x.Process
	process.Command, process.Dir = a.clean.Argv(process.Command), a.clean.Text(process.Dir)
	e.Payload = journal.Detail(process)
	a.journal.Record(x.session.Session, e)
	a.flushUnread(x.session, at)
}

// openHTTP opens a session with its first event.
func (a *assigner) openHTTP(x *exchange, basis schema.Basis, at time.Time) *session {
	s := a.openSession(x, basis, at)
	agent, _ := a.clean.Header("User-Agent", x.Headers.Get("User-Agent"))
	e := draft(a.journal, s, x, schema.KindOpen, at)
	e.Exchange = 0 // it is the session's event, not that of one exchange
	e.Payload = journal.Detail(struct {
		Path      string `json:"path"`
		UserAgent string `json:"user_agent,omitempty"`
	}{a.clean.Path(x.HTTP.URL), agent})
	e.Keys = append(e.Keys, x.who.Keys...)
	a.journal.Record(s.Session, e)
	a.flushUnread(s, at)
	return s
}

// openSession makes a session; its first event is the caller's.
func (a *assigner) openSession(x *exchange, basis schema.Basis, at time.Time) *session {
	// Looking for the oldest takes a walk over all, which only a flood of sessions pays.
	if len(a.open) >= maxSessions {
		oldest := a.oldest()
		a.evict(oldest, "evicted", oldest.last)
	}
	s := &session{Session: a.journal.OpenSession(basis, x.transport, x.Upstream, at), last: at}
	a.add(s)
	return s
}

// close records the last event of a session. It stays in the registry: messages that come
// later still belong to it.
func (a *assigner) close(s *session, x *exchange, exit observe.Exit, at time.Time) {
	e := draft(a.journal, s, x, schema.KindClose, at)
	if s.Transport == schema.TransportStdio && exit.Reason == "exit" {
		e.Payload = journal.Detail(struct {
			observe.Exit
			Excluded []journal.Excluded `json:"left_out,omitempty"`
		}{exit, s.Excluded()})
	} else {
		e.Payload = journal.Detail(struct {
			Reason   string             `json:"reason"`
			Excluded []journal.Excluded `json:"left_out,omitempty"`
		}{exit.Reason, s.Excluded()})
	}
	a.journal.Close(s.Session, e)
}

// evict closes a session, unless it is closed, and removes it. Exchanges that hold it
// still record into it.
func (a *assigner) evict(s *session, reason string, at time.Time) {
	if !s.Closed() {
		a.close(s, nil, observe.Exit{Reason: reason}, at)
	}
	a.remove(s)
}

// expire closes the sessions that have been idle for too long. A process ends by itself,
// however long it is idle, and so does a transcript, whose times are old.
func (a *assigner) expire(now time.Time) {
	if a.config.Clock == schema.ClockImported {
		return
	}
	for s := range a.open {
		if s.Transport != schema.TransportStdio && now.Sub(s.last) > a.config.Idle {
			a.evict(s, "idle", now)
		}
	}
}

// closeAll closes every session.
func (a *assigner) closeAll(reason string, now time.Time) {
	for s := range a.open {
		a.evict(s, reason, now)
	}
}

// unreadable records a gap in every session that what could not be read may belong to.
func (a *assigner) unreadable(bytes uint64, at time.Time) {
	// Before the first session there is nothing that could hold the gap.
	if len(a.open) == 0 {
		a.unread = append(a.unread, bytes)
	}
	for s := range a.open {
		a.recordUnreadable(s, bytes, at)
	}
}

// flushUnread records in the first session the gaps from before it.
func (a *assigner) flushUnread(s *session, at time.Time) {
	for _, bytes := range a.unread {
		a.recordUnreadable(s, bytes, at)
	}
	a.unread = nil
}

// recordUnreadable records a gap of one message.
func (a *assigner) recordUnreadable(s *session, bytes uint64, at time.Time) {
	a.journal.RecordLoss(s.Session, draft(a.journal, s, nil, schema.KindGap, at), 1, bytes, "unreadable")
}
