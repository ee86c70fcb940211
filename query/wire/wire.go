package wire

import (
	"time"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// SessionSummary is a row of the list of sessions. In a list, Operations counts requests:
// each round of an operation counts.
type SessionSummary struct {
	query.Session
	ToolCalls uint64 `json:"tool_calls"`
	// Lost counts messages that gap events name.
	Lost        uint64 `json:"lost"`
	CollectorID string `json:"collector_id"`
	// Peer is the client's network address; empty on stdio.
	Peer string `json:"peer"`
}

// Page of a list. Next is the cursor of the page after it, empty on the last one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Hit is one place where a searched text occurs.
type Hit struct {
	SessionID string           `json:"session_id"`
	Seq       uint64           `json:"seq"`
	Time      time.Time        `json:"time"`
	Kind      schema.Kind      `json:"kind"`
	Direction schema.Direction `json:"direction"`
	Method    string           `json:"method"`
	Target    string           `json:"target"`
	Outcome   schema.Outcome   `json:"outcome"`
	// Snippet is the payload around the first occurrence, as it was recorded.
	Snippet string `json:"snippet"`
	// Highlights are the [start, end) of occurrences in Snippet, counted in
	// Unicode code points.
	Highlights [][2]int `json:"highlights"`
}

// Health says whether the record can be read and how fresh it is.
type Health struct {
	// Status is "ok", or with Reason "stalled", when what is stored can be read and
	// nothing new comes in, or "down".
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Engine is ClickHouse's version.
	Engine string `json:"engine"`
	// Stored is when the newest block of events was stored, null before the first.
	Stored *time.Time `json:"stored"`
	// LagMS is the longest way from a collector into the table among the events of
	// that block, in milliseconds; null where all of them were imported.
	LagMS *float64 `json:"lag_ms"`
}

// Filter chooses sessions. A list means any of its values, empty means all.
type Filter struct {
	// ID is the beginning of an id, or of an id's last group of digits.
	ID string
	// From and To choose sessions with a part in [From, To); zero is no bound.
	From, To  time.Time
	Client    []string
	Server    []string
	Principal []string
	Upstream  []string
	Transport []string
	// Collector is an id of one.
	Collector []string
	Complete  *bool
	Event     EventFilter
	// Scope was granted, or asked for by a challenge, at the event that Event chooses.
	Scope []string
	// Not has what must not be, by dimension: of the session, or of the event that
	// the other conditions choose.
	Not map[string][]string
	// Collectors says whether sessions of [schema.BasisCollector] are listed too.
	Collectors bool
	// Text must occur in a payload of the session, see [Search].
	Text string
}

// EventFilter chooses events; all conditions must hold for one event. A list
// means any of its values, empty means all.
type EventFilter struct {
	Kind    []string
	Method  []string
	Target  []string
	Outcome []string
}

// Search chooses places in payloads. The words of Text must occur next to each
// other as written, as whole words, in any ASCII case.
type Search struct {
	Text string
	// Session to search in; empty is all.
	Session  string
	From, To time.Time
	Event    EventFilter
}

// Progress is how far the topics of the record are stored.
type Progress struct {
	Partitions []Stored `json:"partitions"`
}

// Stored is how far one topic partition is stored.
type Stored struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	// Offset of the last record that is stored together with all before it, as an
	// event, a seal, or rejected; -1 before the first.
	Offset int64 `json:"offset"`
}
