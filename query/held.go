package query

import "time"

// Held is the source of the definition that a client held when it sent a request.
type Held struct {
	// Seen is one of the words that begin with Seen.
	Seen string `json:"seen"`
	// SessionID and Seq name the list answer that carried the definition, Time is its
	// wall-clock time; empty where no answer did.
	SessionID string    `json:"session_id"`
	Seq       uint64    `json:"seq"`
	Time      time.Time `json:"time"`
	// Flags are words that begin with Held.
	Flags []string `json:"flags"`
}

// Words of [Held.Seen].
const (
	// SeenSession: a list answer of this session carried it.
	SeenSession = "session"
	// SeenTrail: an earlier session of the trail did, and this one requested no list.
	SeenTrail = "trail"
	// SeenAgent: an earlier session of the same client, principal and upstream did.
	SeenAgent = "agent"
	// SeenUnlisted: the client held a complete list without it. It requested what it
	// was not shown.
	SeenUnlisted = "unlisted"
	// SeenUnknown: no list is in the record, or not enough of one.
	SeenUnknown = "unknown"
)

// Words of [Held.Flags], each a reason to doubt the definition.
const (
	// HeldStale: the server had sent list_changed, and the client had not requested
	// the list since.
	HeldStale = "stale"
	// HeldExpired: the list was older than its ttlMs.
	HeldExpired = "expired"
	// HeldGap: events are missing between the list and the request, so there may have
	// been a newer list.
	HeldGap = "gap"
)
