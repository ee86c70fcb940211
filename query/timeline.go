package query

import (
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Timeline is a session rebuilt, the document of GET /api/v1/sessions/{id}/timeline.
// Every event of the session has a place in it: in the seqs of an operation or a
// fact, as unpaired, or as the event that names a gap. No array is ever null.
type Timeline struct {
	Session Session `json:"session"`
	// Operations in the order of their first request.
	Operations []Operation `json:"operations"`
	// Facts are the events that belong to no operation, in their order.
	Facts    []Fact     `json:"facts"`
	Gaps     []Gap      `json:"gaps"`
	Unpaired []Unpaired `json:"unpaired"`
	// LeftOut are the messages that the capture policy let no event be made of; the
	// session's end states them, so there are none before it.
	LeftOut []LeftOut `json:"left_out"`
	// Integrity of the events that were read for it: of a page, its own and some before
	// and behind them. What a page did not read it says nothing about.
	Integrity Integrity `json:"integrity"`
	// NextSeq is where the next page begins, null where this is all or the last.
	NextSeq *uint64 `json:"next_seq"`
}

// Session is what is known of one session as a whole; lists of sessions use it too.
type Session struct {
	ID    string       `json:"id"`
	Basis schema.Basis `json:"basis"`
	// Started and Ended are the wall-clock times of the first and the last event
	// so far, in UTC.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Events stored, each counted once.
	Events     uint64 `json:"events"`
	Operations uint64 `json:"operations"`
	// Errors counts the operations that failed, see [Failed].
	Errors uint64 `json:"errors"`
	// Gaps counts runs of numbers that no event carries, whether named or not.
	Gaps uint64 `json:"gaps"`
	// Complete says that the session was closed and that no number is missing;
	// otherwise more may come or something was lost.
	Complete bool `json:"complete"`
	// Client and Server are what the peers said of themselves.
	Client    Peer      `json:"client"`
	Server    Peer      `json:"server"`
	Principal Principal `json:"principal"`
	// ProtocolVersion last agreed on; empty where none was seen.
	ProtocolVersion string           `json:"protocol_version"`
	Transport       schema.Transport `json:"transport"`
	// Upstream is the configured name of the server.
	Upstream string `json:"upstream"`
}

// Peer is a claimed identity.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Principal is who acted, from the credential.
type Principal struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	ClientID string `json:"client_id"`
	// Fingerprint is a keyed hash of the credential behind its scheme, all that is
	// known of the holder of an opaque token; empty without a credential.
	Fingerprint string `json:"fingerprint"`
	// Verified is true only if the credential's signature was checked.
	Verified bool `json:"verified"`
}

// PrincipalOf gives the principal of an event its JSON shape.
func PrincipalOf(p *schema.Principal) Principal {
	return Principal{Issuer: p.Issuer, Subject: p.Subject, ClientID: p.ClientID, Fingerprint: p.Fingerprint, Verified: p.Verified}
}

// Operation is one thing that was asked for, with all its rounds and what came of it.
type Operation struct {
	// Seq of the first request.
	Seq uint64 `json:"seq"`
	// ID is unique over all sessions and stays the same however rules improve.
	ID        string           `json:"id"`
	Kind      OperationKind    `json:"kind"`
	Method    string           `json:"method"`
	Target    string           `json:"target"`
	Direction schema.Direction `json:"direction"`
	// Outcome of the last round.
	Outcome schema.Outcome `json:"outcome"`
	// ErrorCode is the JSON-RPC code where Outcome is protocol_error, else null.
	ErrorCode *int64    `json:"error_code"`
	Started   time.Time `json:"started"`
	// DurationMS runs from the first request to what ended the last round, in
	// milliseconds; null where no end was seen.
	DurationMS  *float64 `json:"duration_ms"`
	RequestSeqs []uint64 `json:"request_seqs"`
	// AnswerSeqs holds more than one per round where a request was answered again.
	AnswerSeqs []uint64 `json:"answer_seqs"`
	// NotificationSeqs are progress, cancellation and what else was sent for it.
	NotificationSeqs []uint64 `json:"notification_seqs"`
	// FactSeqs are what the collector itself stated about its HTTP exchanges; in a
	// batch they belong to each of its operations.
	FactSeqs []uint64 `json:"fact_seqs"`
	// ReplaySeqs are messages of it that crossed a second time.
	ReplaySeqs []uint64 `json:"replay_seqs"`
	// Parent is the ID of the operation that caused this one, null where the
	// cause is not certain.
	Parent *string `json:"parent"`
	// Rounds is the number of its requests: more than 1 where the server asked for
	// input and the client came back with it.
	Rounds int `json:"rounds"`
	// Flags of its events, and the words that begin with Flag in this package.
	Flags  []string `json:"flags"`
	Scopes Scopes   `json:"scopes"`
	// Definition is the content address of the tool, prompt or resource as the client
	// held it when it asked; null where it is not known.
	Definition *string `json:"definition"`
	// Held says from where the client had the definition; null where the operation
	// needs none.
	Held *Held `json:"held"`
	// Keys are the correlation keys of its first request.
	Keys []Key `json:"keys"`
	// Arguments is the content address of the arguments of a tool or a prompt as they
	// were recorded; empty for other kinds and where no body was kept.
	Arguments string `json:"arguments"`
	// HTTPStatus of its last HTTP answer, 0 where there is none.
	HTTPStatus uint16 `json:"http_status"`
	// Task that the operation became, null for none. Outcome is then that of the task.
	Task *Task `json:"task"`
	// Embedded is set where no message of its own carried it: a request in a result,
	// answered in the params of a later request. Its seqs are empty then.
	Embedded *Embedded `json:"embedded"`
	// RetryOf is the ID of an operation that asked for the same and of which nobody
	// knows whether it was done; null for none.
	RetryOf *string `json:"retry_of"`
	// Approvals that were given or refused while it ran.
	Approvals []Approval `json:"approvals"`
	// Redactions of its messages, summed up by rule; left out where nothing was cut.
	Redactions Cuts `json:"redactions,omitempty"`
}

// Task is what an operation became that its server does in its own time.
type Task struct {
	ID string `json:"id"`
	// Status last told: working, input_required, completed, failed, cancelled.
	Status string `json:"status"`
	// Polls are the operations that asked for it.
	Polls int `json:"polls"`
}

// Embedded is where a request without a message of its own stands.
type Embedded struct {
	// Key names it in inputRequests and inputResponses.
	Key string `json:"key"`
	// AskedIn and AnsweredIn are the seqs of the events that carry the request and the
	// answer; AnsweredIn is null where none came.
	AskedIn    uint64  `json:"asked_in"`
	AnsweredIn *uint64 `json:"answered_in"`
}

// Approval is what a person answered when the server asked, while an operation ran.
type Approval struct {
	// By is how it was asked: "elicitation".
	By string `json:"by"`
	// Action is accept, decline or cancel.
	Action string `json:"action"`
	// Mode is form or url.
	Mode string `json:"mode"`
	// Operation is the ID of the elicitation.
	Operation string `json:"operation"`
	// Seq of the event that carries the answer.
	Seq uint64 `json:"seq"`
	// Arguments of the operation that was approved: its content address.
	Arguments string `json:"arguments"`
}

// Key is a correlation key that was found on a message.
type Key struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Where string `json:"where"`
}

// Scopes of one operation.
type Scopes struct {
	// Granted by the credential.
	Granted []string `json:"granted"`
	// Required by the challenge that answered it; empty without one.
	Required []string `json:"required"`
	// Decision is "allowed" or "denied" where there was a challenge, else null:
	// without one nobody decided on scopes within sight.
	Decision *string `json:"decision"`
}

// Words of [Scopes.Decision].
const (
	Allowed = "allowed"
	Denied  = "denied"
)

// Fact is one event, or a run of like events with consecutive numbers, that belongs
// to no operation: a notification of its own, a line on stderr, the end of a stream.
type Fact struct {
	// Seq of the first, and Seqs of all of them.
	Seq       uint64           `json:"seq"`
	Seqs      []uint64         `json:"seqs"`
	Kind      schema.Kind      `json:"kind"`
	Direction schema.Direction `json:"direction"`
	Method    string           `json:"method"`
	Target    string           `json:"target"`
	// Detail is one of the collector's own words, "stream_end" for example; never
	// text from a message.
	Detail     string         `json:"detail"`
	Outcome    schema.Outcome `json:"outcome"`
	HTTPStatus uint16         `json:"http_status"`
	Time       time.Time      `json:"time"`
	Flags      []string       `json:"flags"`
	// Redactions of its messages, summed up by rule; left out where nothing was cut.
	Redactions Cuts `json:"redactions,omitempty"`
}

// Gap is a run of numbers that no event carries.
type Gap struct {
	FromSeq uint64 `json:"from_seq"`
	ToSeq   uint64 `json:"to_seq"`
	// Count of messages lost, and their Bytes on the wire where they are known.
	Count uint64 `json:"count"`
	Bytes uint64 `json:"bytes"`
	// Reason as the collector gave it, or [ReasonMissing].
	Reason string `json:"reason"`
	// NamedBy is the seq of the event that states the gap; null for a missing run.
	NamedBy *uint64 `json:"named_by"`
}

// ReasonMissing is the reason of a gap that no event explains.
const ReasonMissing = "missing"

// Unpaired is an answer to a request that is not in the record.
type Unpaired struct {
	Seq       uint64           `json:"seq"`
	Direction schema.Direction `json:"direction"`
	RPCID     string           `json:"rpc_id"`
	// Reason is [ReasonNoRequest] or [ReasonGap].
	Reason string `json:"reason"`
	// HTTPStatus of the answer that carried it, 0 on stdio.
	HTTPStatus uint16 `json:"http_status"`
}

// Reasons of an [Unpaired] answer.
const (
	ReasonNoRequest = "no_request"
	// ReasonGap: numbers are missing before it, so its request may be among them.
	ReasonGap = "gap"
)

// Integrity is what the hash chain of a session says, and the seals over it.
type Integrity struct {
	// State is [Received], [Sealed], [Verified] or [Broken].
	State string `json:"state"`
	// Events checked, and how many of them name the event before them rightly. An
	// event behind a gap need not: the one before it may be lost.
	Events   uint64 `json:"events"`
	Verified uint64 `json:"verified"`
	// Equivocations are the numbers that two different events carry.
	Equivocations []uint64 `json:"equivocations"`
	// FirstBadSeq is the lowest number that is missing and not named by a gap,
	// that two different events carry, or whose event does not name the one before
	// it, or is not what was sealed; null where there is none.
	FirstBadSeq *uint64 `json:"first_bad_seq"`
	// Sealed counts the events that are as a seal says, whoever sealed them.
	Sealed uint64 `json:"sealed"`
	// Findings say what does not fit the seals, at most a few.
	Findings []string `json:"findings"`
}

// States of a session's [Integrity].
const (
	// Received: the chain holds, and no seal speaks for all of it.
	Received = "received"
	// Sealed: all of it is as it was sealed, by a key that is not trusted here.
	Sealed = "sealed"
	// Verified: all of it is as it was sealed by a key that is trusted here.
	Verified = "verified"
	Broken   = "broken"
)

// Words in [Operation.Flags] and [Fact.Flags] besides the names of [schema.Flag].
const (
	// FlagAnsweredAgain: a request was answered more than once.
	FlagAnsweredAgain = "answered_again"
	// FlagEquivocation: two different events carry one number.
	FlagEquivocation = "equivocation"
	// FlagProbe: a server/discover that failed, by which a client found out what the
	// server speaks.
	FlagProbe = "probe"
	// FlagDouble: asked for more than once, and perhaps done more than once.
	FlagDouble = "possible_double_execution"
)
