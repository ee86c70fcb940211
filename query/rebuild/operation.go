package rebuild

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// operation collects one operation while its events come.
type operation struct {
	method, target string
	direction      schema.Direction
	started        time.Time
	// id is the suffix that makes the operation unique in its session.
	id     string
	parent *operation
	rounds []*round

	answers, notifications, facts, replays []uint64

	flags schema.Flag
	extra []string
	cuts  query.Cuts

	granted, required []string
	challenged        bool

	keys []schema.Key
	held *held
	// firstPage says that it is a list request that names no page.
	firstPage bool

	arguments string
	mode      string
	task      *task
	embedded  []*embedded
	approvals []approval
	// status of the last HTTP answer of it, 0 for none.
	status uint16
}

// lists reports whether its answer holds definitions.
func (op *operation) lists() bool { return definition.KindOf(op.method) != "" }

// round is one request of an operation, and how it ended.
type round struct {
	op        *operation
	seq       uint64
	mono      int64
	exchange  uint64
	id        string
	ended     schema.Outcome
	errorCode int64
	endMono   int64
}

// judged are the flags that pairing sets: a collector's own pairing does not
// outlive a better rule.
const judged = schema.FlagUnmatched | schema.FlagLate | schema.FlagIDMismatch

func newOperation(e *schema.Event, leaf schema.Hash, extra []string) *operation {
	op := &operation{
		method: e.Method, target: e.Target, direction: e.Direction,
		started: wall(e), id: fmt.Sprint(e.Seq), granted: slices.Clone(e.Scopes), keys: e.Keys,
	}
	if slices.Contains(extra, query.FlagEquivocation) {
		op.id += fmt.Sprintf("~%x", leaf[:4])
	}
	return op
}

func (op *operation) last() *round { return op.rounds[len(op.rounds)-1] }

// ask begins a round.
func (op *operation) ask(e *schema.Event, extra []string) *round {
	r := &round{op: op, seq: e.Seq, mono: e.Mono, exchange: e.Exchange, id: e.RPCID}
	op.rounds = append(op.rounds, r)
	op.flag(e, extra)
	op.cuts.Add(e.Redactions)
	return r
}

// answer ends a round; only its first answer decides the outcome.
func (op *operation) answer(r *round, e *schema.Event, outcome schema.Outcome, code int64, extra []string) {
	op.answers = append(op.answers, e.Seq)
	op.status = last(op.status, e.HTTPStatus)
	op.flag(e, extra)
	op.cuts.Add(e.Redactions)
	if r.end(outcome, e.Mono) {
		r.errorCode = code
	}
}

func (op *operation) notify(e *schema.Event, extra []string) {
	op.notifications = append(op.notifications, e.Seq)
	op.flag(e, extra)
	op.cuts.Add(e.Redactions)
}

func (op *operation) state(e *schema.Event, extra []string) {
	op.facts = append(op.facts, e.Seq)
	op.status = last(op.status, e.HTTPStatus)
	op.flag(e, extra)
	op.cuts.Add(e.Redactions)
}

func (op *operation) replay(e *schema.Event, extra []string) {
	op.replays = append(op.replays, e.Seq)
	op.flag(e, extra)
}

func (op *operation) flag(e *schema.Event, extra []string) {
	op.flags |= e.Flags &^ judged
	for _, word := range extra {
		if !slices.Contains(op.extra, word) {
			op.extra = append(op.extra, word)
		}
	}
}

// end gives a round an outcome where it has none that says as much, and reports
// whether it did.
func (r *round) end(outcome schema.Outcome, mono int64) bool {
	if weight(outcome) <= weight(r.ended) {
		return false
	}
	r.ended, r.endMono = outcome, mono
	return true
}

// weight orders the ends that one request can meet. An answer says most, whenever
// it comes; what the client called off was not cut off; and of two cuts the first
// counts.
func weight(o schema.Outcome) int {
	switch o {
	case "", schema.OutcomeUnanswered:
		return 0
	case schema.OutcomeAccepted:
		return 1
	case schema.OutcomeClientDisconnect, schema.OutcomeServerDisconnect, schema.OutcomeTransportError,
		schema.OutcomeHTTPError, schema.OutcomeUnauthorized, schema.OutcomeForbidden:
		return 2
	case schema.OutcomeCancelled:
		return 3
	}
	return 4
}

func (r *round) outcome() schema.Outcome {
	if r.ended == "" {
		return schema.OutcomeUnanswered
	}
	return r.ended
}

// operation returns what the timeline shows.
func (op *operation) operation(session uuid.UUID) query.Operation {
	last := op.last()
	o := query.Operation{
		Seq: op.rounds[0].seq, ID: op.name(session), Kind: query.KindOf(op.method), Method: op.method, Target: op.target,
		Direction: op.direction, Outcome: last.outcome(), Started: op.started,
		AnswerSeqs: seqs(op.answers), NotificationSeqs: seqs(op.notifications),
		FactSeqs: seqs(op.facts), ReplaySeqs: seqs(op.replays),
		Keys: []query.Key{}, Approvals: []query.Approval{}, Arguments: op.arguments, HTTPStatus: op.status,
		Rounds: len(op.rounds), Flags: append(op.flags.Names(), op.extra...),
		Redactions: slices.Clone(op.cuts),
		Scopes:     query.Scopes{Granted: append([]string{}, op.granted...), Required: append([]string{}, op.required...)},
	}
	for _, r := range op.rounds {
		o.RequestSeqs = append(o.RequestSeqs, r.seq)
	}
	for _, k := range op.keys {
		o.Keys = append(o.Keys, query.Key(k))
	}
	op.addApprovals(&o, session)
	if op.held != nil {
		source := op.held.Held
		o.Held, o.Definition = &source, op.held.definition()
	}
	if o.Outcome == schema.OutcomeProtocolError {
		o.ErrorCode = &last.errorCode
	}
	if last.ended != "" {
		ms := milliseconds(last.endMono - op.rounds[0].mono)
		o.DurationMS = &ms
	}
	if op.parent != nil {
		parent := op.parent.name(session)
		o.Parent = &parent
	}
	op.settle(&o)
	if op.method == "server/discover" && o.Outcome != schema.OutcomeOK && last.ended != "" {
		o.Flags = append(o.Flags, query.FlagProbe)
	}
	if op.challenged {
		decision := query.Allowed
		if o.Outcome == schema.OutcomeUnauthorized || o.Outcome == schema.OutcomeForbidden {
			decision = query.Denied
		}
		o.Scopes.Decision = &decision
	}
	return o
}

func (op *operation) name(session uuid.UUID) string { return session.String() + ":" + op.id }

// seqs copies, so that a builder that goes on changes no timeline it gave.
func seqs(s []uint64) []uint64 { return append([]uint64{}, s...) }

func milliseconds(ns int64) float64 { return math.Round(float64(ns)/1e3) / 1e3 }

func wall(e *schema.Event) time.Time { return time.Unix(0, e.Time).UTC() }
