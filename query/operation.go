package query

import (
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// Operation is one thing that was requested, with all its rounds and its outcome.
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
	// AnswerSeqs has more than one per round where a request was answered twice.
	AnswerSeqs []uint64 `json:"answer_seqs"`
	// NotificationSeqs are progress, cancellation and others that were sent for it.
	NotificationSeqs []uint64 `json:"notification_seqs"`
	// FactSeqs are what the collector itself stated about its HTTP exchanges; in a
	// batch they belong to each of its operations.
	FactSeqs []uint64 `json:"fact_seqs"`
	// ReplaySeqs are messages of it that a server sent again after a stream was resumed.
	ReplaySeqs []uint64 `json:"replay_seqs"`
	// Parent is the ID of the operation that caused this one, null where the
	// cause is not certain.
	Parent *string `json:"parent"`
	// Rounds is the number of its requests: more than 1 where the server asked for
	// input and the client sent it with another request.
	Rounds int `json:"rounds"`
	// Flags of its events, and the words that begin with Flag in this package.
	Flags  []string `json:"flags"`
	Scopes Scopes   `json:"scopes"`
	// Definition is the content address of the tool, prompt or resource as the client
	// held it at the request; null where it is not known.
	Definition *string `json:"definition"`
	// Held is the source of that definition; null where the operation refers to none.
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
	// RetryOf is the ID of an earlier operation for the same, of which it is not known
	// whether the server did it; null for none.
	RetryOf *string `json:"retry_of"`
	// Approvals that people gave or refused while it ran.
	Approvals []Approval `json:"approvals"`
	// Redactions of its messages, summed up by rule; absent where there are none.
	Redactions Cuts `json:"redactions,omitempty"`
}

// Task is what an operation became that goes on after its answer.
type Task struct {
	ID string `json:"id"`
	// Status that was reported last: working, input_required, completed, failed, cancelled.
	Status string `json:"status"`
	// Polls counts the operations that asked for its state or result.
	Polls int `json:"polls"`
}

// Embedded says where a request without a message of its own is.
type Embedded struct {
	// Key names it in inputRequests and inputResponses.
	Key string `json:"key"`
	// AskedIn and AnsweredIn are the seqs of the events that carry the request and the
	// answer; AnsweredIn is null where none came.
	AskedIn    uint64  `json:"asked_in"`
	AnsweredIn *uint64 `json:"answered_in"`
}

// Approval is a person's answer to an elicitation while an operation ran.
type Approval struct {
	// By is how the person was asked: "elicitation".
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

// Key is a correlation key that a message carries, as [schema.Key].
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
	// Decision is [Allowed] or [Denied] where there was a challenge, else null: without
	// one the record has no decision on scopes.
	Decision *string `json:"decision"`
}

// Words of [Scopes.Decision].
const (
	Allowed = "allowed"
	Denied  = "denied"
)

// Words in [Operation.Flags] and [Fact.Flags] besides the names of [schema.Flag].
const (
	// FlagAnsweredAgain: a request was answered more than once.
	FlagAnsweredAgain = "answered_again"
	// FlagEquivocation: two different events carry one number.
	FlagEquivocation = "equivocation"
	// FlagProbe: a server/discover that failed, with which a client tried which revision
	// the server supports.
	FlagProbe = "probe"
	// FlagDouble: requested more than once, and perhaps done more than once.
	FlagDouble = "possible_double_execution"
)
