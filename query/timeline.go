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
	// Excluded are the messages that the capture policy excluded from the record. The
	// session's end states them, so there are none before it.
	Excluded []Excluded `json:"left_out"`
	// Integrity of the events that were read for it: of a page, its own and some before
	// and behind them. What a page did not read it says nothing about.
	Integrity Integrity `json:"integrity"`
	// NextSeq is where the next page begins, null where this is all or the last.
	NextSeq *uint64 `json:"next_seq"`
}

// Session describes one session as a whole; lists of sessions use it too.
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
	// Client and Server are what the peers claimed to be.
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
	// known of the owner of an opaque token; empty without a credential.
	Fingerprint string `json:"fingerprint"`
	// Verified is true only if the credential's signature was checked.
	Verified bool `json:"verified"`
}

// PrincipalOf gives the principal of an event its JSON shape.
func PrincipalOf(p *schema.Principal) Principal {
	return Principal{Issuer: p.Issuer, Subject: p.Subject, ClientID: p.ClientID, Fingerprint: p.Fingerprint, Verified: p.Verified}
}

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
