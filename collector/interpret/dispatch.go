package interpret

import (
	"time"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

// Config is what the interpretation of observations depends on.
type Config struct {
	// Key hashes session ids, tokens and other secrets that must be joinable.
	Key identity.Key
	// Keys are the correlation keys to look for.
	Keys []KeyRule
	// Idle is how long a session without a better end lives after its last message.
	Idle time.Duration
	// Clock is schema.ClockImported where times come from a transcript.
	Clock schema.Clock
	// Handover is called between the messages of one body, which can be very many, so that
	// the caller can hand over what the journal holds; nil for nobody.
	Handover func()
}

// Interpreter turns observations into drafts of events. Make it with New. One goroutine
// uses it, in the order in which the observations were enqueued.
type Interpreter struct {
	config   Config
	journal  *journal.Journal
	clean    *journal.Cleaner
	sessions *assigner
	keys     keyFinder
}

// New builds an Interpreter that has its events recorded by a journal.
func New(config Config, j *journal.Journal) *Interpreter {
	prints := newFingerprints(config.Key)
	clean := j.Cleaner()
	return &Interpreter{config: config, journal: j, clean: clean,
		keys: keyFinder{rules: config.Keys, clean: clean, prints: prints},
		sessions: &assigner{config: config, journal: j, clean: clean, prints: prints,
			registry:   registry{open: map[*session]struct{}{}, named: map[name]*session{}},
			identities: newLRU[[32]byte, identity.Identity](maxIdentities), signatures: newLRU[string, string](maxSignatures)}}
}

// Dispatch turns one observation into events. The observations of one exchange come in
// their order; those of different exchanges interleave.
func (in *Interpreter) Dispatch(o *observe.Observation) {
	x := exchangeOf(o.Exchange)
	switch o.Kind {
	case observe.KindStart:
		in.sessions.openProcess(x, o.At)
	case observe.KindMessage:
		switch {
		case x.HTTP == nil:
			in.messages(x, o)
		case o.Direction == schema.ClientToServer:
			in.requestBody(x, o)
		default:
			in.answerBody(x, o)
		}
	case observe.KindStderr:
		in.stderr(x, o)
	case observe.KindResponse:
		in.responseHead(x, o)
	case observe.KindServerEvent:
		in.serverEvent(x, o)
	case observe.KindEnd:
		if x.HTTP == nil {
			in.processEnd(x, o)
		} else {
			in.exchangeEnd(x, o)
		}
	case observe.KindSkip:
		in.sessions.unreadable(o.Body.Size, o.At)
	case observe.KindFinish:
		in.sessions.closeAll(string(o.End), o.At)
	case observe.KindTask:
		// Between two observations: a policy that it adopts is not in force for what was
		// observed before.
		o.Task.Run()
	}
	// A gap or an end can open a session too, so this comes last.
	if x != nil && x.session != nil && o.At.After(x.session.last) {
		x.session.last = o.At
	}
}

// Loss records a gap for messages that found no capacity in the queue. An HTTP exchange
// whose first message was lost is assigned by its headers, which outlive the loss.
func (in *Interpreter) Loss(l *observe.Loss, at time.Time) {
	x := exchangeOf(l.Exchange)
	if x.session == nil {
		if x.HTTP == nil {
			return // a process whose start was lost too: nothing was recorded of it
		}
		in.sessions.assign(x, false, "", at)
	}
	in.journal.RecordLoss(x.session.Session, draft(in.journal, x.session, x, schema.KindGap, at), l.Count, l.Bytes, l.Reason)
}

// Expire closes the sessions that have been idle for too long.
func (in *Interpreter) Expire(now time.Time) { in.sessions.expire(now) }

// CloseAll closes every session.
func (in *Interpreter) CloseAll(reason string, now time.Time) { in.sessions.closeAll(reason, now) }

// Adopt puts another policy in force for all that is observed from now on. Cached
// identities are dropped, since the policy before has cleaned them. Requests that were
// excluded stay so: what is about them follows them, not the new policy.
func (in *Interpreter) Adopt(redactor *redact.Redactor) {
	in.journal.Adopt(redactor)
	in.sessions.identities.Purge()
}

// stderr records a line of free text.
func (in *Interpreter) stderr(x *exchange, o *observe.Observation) {
	if x.session == nil {
		return // a process whose start was lost
	}
	e := draft(in.journal, x.session, x, schema.KindStderr, o.At)
	e.Direction = o.Direction
	carry(e, o.Body)
	e.Waited = int64(o.Waited)
	in.journal.Record(x.session.Session, e)
}

// processEnd closes the session of a process. Nothing can belong to it afterwards.
func (in *Interpreter) processEnd(x *exchange, o *observe.Observation) {
	if x.session == nil {
		return
	}
	in.sessions.close(x.session, x, *o.Exit, o.At)
	in.sessions.evict(x.session, o.Exit.Reason, o.At)
}
