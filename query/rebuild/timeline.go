package rebuild

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// Timeline returns the timeline of the events so far. The builder can go on, and changes
// no timeline that it returned.
func (b *Builder) Timeline() *query.Timeline {
	t := &query.Timeline{
		Session:    b.session,
		Operations: make([]query.Operation, 0, len(b.operations.all)),
		Unpaired:   append([]query.Unpaired{}, b.facts.unpaired...),
		Excluded:   append([]query.Excluded{}, b.facts.excluded...),
	}
	facts, early := b.facts.split(b.pairing.tasks)
	t.Facts = facts
	for _, op := range b.operations.all {
		o := op.document(b.id)
		if seqs := early[op]; len(seqs) > 0 {
			// Early ones came before all others of the operation, so the order holds.
			o.NotificationSeqs = append(seqs, o.NotificationSeqs...)
		}
		if query.Failed(o.Outcome) {
			t.Session.Errors++
		}
		t.Operations = append(t.Operations, o)
		t.Operations = append(t.Operations, op.embeddedDocuments(b.id)...)
	}
	// Embedded operations begin in the middle of their parent, where their result came.
	slices.SortStableFunc(t.Operations, func(a, b query.Operation) int { return cmp.Compare(a.Seq, b.Seq) })
	MarkRetries(t.Operations)
	t.Gaps, t.Integrity = b.chain.state()
	t.Session.Operations = uint64(len(t.Operations))
	t.Session.Gaps = uint64(len(t.Gaps))
	// Closed alone is not enough: what is missing may be anything.
	t.Session.Complete = b.facts.closed && len(t.Gaps) == 0
	return t
}

// document is the operation as a timeline shows it.
func (op *operation) document(session uuid.UUID) query.Operation {
	last := op.last()
	o := query.Operation{
		Seq: op.rounds[0].seq, ID: op.name(session), Kind: query.KindOf(op.method), Method: op.method, Target: op.target,
		Direction: op.direction, Outcome: last.outcome(), Started: op.started,
		AnswerSeqs: seqs(op.answers), NotificationSeqs: seqs(op.notifications),
		FactSeqs: seqs(op.facts), ReplaySeqs: seqs(op.replays),
		Keys: []query.Key{}, Approvals: op.approvalDocuments(session), Arguments: op.arguments, HTTPStatus: op.status,
		Rounds: len(op.rounds), Flags: append(op.flags.Names(), op.words...),
		Redactions: slices.Clone(op.cuts),
		Scopes:     query.Scopes{Granted: append([]string{}, op.granted...), Required: append([]string{}, op.required...)},
	}
	for _, r := range op.rounds {
		o.RequestSeqs = append(o.RequestSeqs, r.seq)
	}
	for _, k := range op.keys {
		o.Keys = append(o.Keys, query.Key(k))
	}
	if op.held != nil {
		// A copy, or a caller could change what the next timeline shows.
		source := op.held.Held
		o.Held, o.Definition = &source, op.held.definition()
	}
	if op.parent != nil {
		parent := op.parent.name(session)
		o.Parent = &parent
	}
	if o.Outcome == schema.OutcomeProtocolError {
		code := last.errorCode
		o.ErrorCode = &code
	}
	if last.ended != "" {
		o.DurationMS = milliseconds(last.endMono - op.rounds[0].mono)
	}
	if op.task != nil {
		op.task.document(&o)
	}
	if op.method == "server/discover" && o.Outcome != schema.OutcomeOK && last.ended != "" {
		o.Flags = append(o.Flags, query.FlagProbe)
	}
	if op.challenged {
		o.Scopes.Decision = decision(o.Outcome)
	}
	return o
}

// document gives an operation that became a task the state and the outcome of the task.
func (t *task) document(o *query.Operation) {
	o.Task = &query.Task{ID: t.id, Status: t.status, Polls: t.polls}
	outcome, ended := terminal[t.status]
	if t.outcome != "" {
		outcome, ended = t.outcome, true
	}
	if !ended || o.Outcome != schema.OutcomeTask {
		return
	}
	o.Outcome = outcome
	if outcome == schema.OutcomeProtocolError {
		code := t.errorCode
		o.ErrorCode = &code
	}
	if t.endMono != 0 {
		o.DurationMS = milliseconds(t.endMono - t.op.rounds[0].mono)
	}
}

// decision is what became of a challenged operation in the end: a client that came back with
// more scopes was allowed.
func decision(outcome schema.Outcome) *string {
	word := query.Allowed
	if outcome == schema.OutcomeUnauthorized || outcome == schema.OutcomeForbidden {
		word = query.Denied
	}
	return &word
}

// embeddedDocuments are the operations that stand in the messages of this one.
func (op *operation) embeddedDocuments(session uuid.UUID) (all []query.Operation) {
	parent := op.name(session)
	for i, r := range op.inputs.all {
		o := query.Operation{Seq: r.askedSeq, ID: op.embeddedName(session, i), Kind: query.KindOf(r.method), Method: r.method, Direction: op.direction.Opposite(),
			Outcome: schema.OutcomeUnanswered, Started: r.asked, Parent: &parent, Rounds: 1,
			RequestSeqs: []uint64{}, AnswerSeqs: []uint64{}, NotificationSeqs: []uint64{}, FactSeqs: []uint64{}, ReplaySeqs: []uint64{},
			Flags: []string{}, Scopes: query.Scopes{Granted: []string{}, Required: []string{}}, Keys: []query.Key{}, Approvals: []query.Approval{},
			Embedded: &query.Embedded{Key: r.key, AskedIn: r.askedSeq}}
		if r.answeredSeq != 0 {
			seq := r.answeredSeq
			o.Outcome, o.DurationMS, o.Embedded.AnsweredIn = schema.OutcomeOK, milliseconds(r.answeredMono-r.askedMono), &seq
		}
		all = append(all, o)
	}
	return all
}

func (op *operation) approvalDocuments(session uuid.UUID) []query.Approval {
	all := []query.Approval{}
	for _, a := range op.inputs.approvals {
		by := query.Approval{By: "elicitation", Action: a.action, Mode: a.mode, Seq: a.seq, Arguments: op.arguments}
		if a.op != nil {
			by.Operation = a.op.name(session)
		} else {
			by.Operation = op.embeddedName(session, slices.Index(op.inputs.all, a.in))
		}
		if by.Mode == "" {
			by.Mode = "form" // the default of an elicitation
		}
		all = append(all, by)
	}
	return all
}

func (op *operation) name(session uuid.UUID) string { return session.String() + ":" + op.id }

func (op *operation) embeddedName(session uuid.UUID, i int) string {
	return op.name(session) + "/" + strconv.Itoa(i+1)
}

// seqs copies, so that a builder that goes on changes no timeline that it returned.
func seqs(s []uint64) []uint64 { return append([]uint64{}, s...) }

// milliseconds of nanoseconds, to the microsecond.
func milliseconds(ns int64) *float64 {
	ms := math.Round(float64(ns)/1e3) / 1e3
	return &ms
}
