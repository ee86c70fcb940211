package wire

import (
	"time"

	"github.com/google/uuid"

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

// Progress is how far the topics of the record are stored, and what is stored of the
// collectors' runs that were asked for.
type Progress struct {
	Partitions []Stored `json:"partitions"`
	// Runs in the order of their first mention; absent if none was asked for.
	Runs []Run `json:"runs,omitempty"`
}

// Run is what is stored of one run of a collector, within what was asked for. It is read
// after the partitions: a number that is in no range, and was published at an offset that
// its partition had already passed, is not in the log that was read.
type Run struct {
	Epoch uuid.UUID `json:"epoch" format:"uuid"`
	// Events are ranges of collector_seq, ascending.
	Events []Range `json:"events"`
	// Seals are ranges of the seals' numbers, ascending.
	Seals []Range `json:"seals"`
}

// Range is a run of numbers, both ends included.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Stored is how far one topic partition is stored.
type Stored struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	// Offset of the last record of the partition's log that is stored as an event or a
	// seal; -1 before the first.
	Offset int64 `json:"offset"`
	// Log changes when the partition has another log: its topic was made anew, or its
	// broker lost data. Offsets of different logs cannot be compared.
	Log int64 `json:"log"`
}
