// Package durable is the contract between the journal, which makes records, and the
// stages that keep and deliver them (spool, ship).
//
// The one rule: a record is complete when it is made. No stage behind the journal
// decodes, encodes or hashes it again.
package durable

import (
	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// Record is one event, or one seal, in the form that is kept and published.
type Record struct {
	// Session of the event; of a seal the epoch.
	Session uuid.UUID
	// Seq of the event in its session; 0 for a seal.
	Seq uint64
	// CollectorSeq is the event's; of a seal the first behind its run.
	CollectorSeq uint64
	// Size of the original message in bytes, for the gap if the record is refused or lost.
	Size uint64
	// Control marks what is written into the reserve of a full spool: opens, closes,
	// gaps, statements of the collector and seals.
	Control bool
	// Own marks the events of the collector's own session, and seals. The spool does not
	// keep it.
	Own bool
	// Seal marks what is no event.
	Seal bool
	// Leaf is the hash of Value as a leaf of the seals' tree; zero for a seal. The spool
	// does not keep it.
	Leaf schema.Hash
	// Value is the canonical encoding of the event or the seal, not empty.
	Value []byte
}

// Loss describes records of one epoch that were accepted and cannot be delivered.
type Loss struct {
	// Epoch of the process that made the records.
	Epoch uuid.UUID
	// Reason is a short word: spool_damaged or refused_by_broker.
	Reason string
	// Records lost, seals included. Unknown is set where the number is a lower bound.
	Records uint64
	Unknown bool
	// Bytes of the records as they were stored.
	Bytes int64
	// Lost are the numbers that are missing.
	Lost schema.Lost
	// Events whose session and number are known. Each gets a gap in its place.
	Events []LostEvent
}

// LostEvent names an event that will never be delivered.
type LostEvent struct {
	Session uuid.UUID
	Seq     uint64
	// Size of the original message in bytes.
	Size uint64
}
