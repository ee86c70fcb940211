package journal

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/schema"
)

// Self is the payload of the first event of the collector's own session.
type Self struct {
	What    string `json:"what"`
	Version string `json:"version,omitempty"`
	PID     int    `json:"pid,omitempty"`
	Host    string `json:"host,omitempty"`
	// OnFull is what happens to messages that cannot be recorded: wait, pass or block.
	OnFull string `json:"on_full,omitempty"`
	// MaxWait is how long a message waits for capacity before it passes, in nanoseconds; 0
	// where none waits.
	MaxWait int64 `json:"max_wait_ns,omitempty"`
	// Key identifies the tenant's key without revealing it: marks and fingerprints made
	// under two keys cannot be joined.
	Key string `json:"key,omitempty"`
}

// Statement is the payload of an event of kind collector.
type Statement struct {
	// What happened: paused, resumed, policy, adopted, lost, killed, spool_replaced.
	What   string `json:"what"`
	Reason string `json:"reason,omitempty"`
	// Nanoseconds that it took, of a pause that is over.
	Nanoseconds int64 `json:"ns,omitempty"`
	// Refused messages, which were not passed on either.
	Refused uint64 `json:"refused,omitempty"`
	// Records that were found or lost. Unknown is set where the number is a lower bound.
	Records uint64 `json:"records,omitempty"`
	Bytes   int64  `json:"bytes,omitempty"`
	Unknown bool   `json:"unknown_count,omitempty"`
	// Epoch of the process that made them.
	Epoch string `json:"epoch,omitempty"`
	// File that another policy was read from, and the hashes of the policies.
	File string `json:"file,omitempty"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	*schema.Lost
}

// Start opens the collector's own session. Without it, State and Stop do nothing.
func (j *Journal) Start(self Self, now time.Time) {
	j.own = &Session{ID: uuid.Must(uuid.NewV7()), Basis: schema.BasisCollector, began: now}
	j.stats.Opened.Add(1)
	e := j.Draft(j.own, schema.KindOpen, now)
	e.Payload = Detail(self)
	j.Record(j.own, e)
}

// State records a fact about the collector itself.
func (j *Journal) State(what Statement, now time.Time) {
	if j.own == nil {
		return
	}
	e := j.Draft(j.own, schema.KindCollector, now)
	e.Payload = Detail(what)
	j.Record(j.own, e)
}

// Stop closes the collector's own session.
func (j *Journal) Stop(now time.Time) {
	if j.own == nil {
		return
	}
	e := j.Draft(j.own, schema.KindClose, now)
	e.Payload = Detail(struct {
		Reason string `json:"reason"`
	}{"stopped"})
	j.Close(j.own, e)
}

// Detail is the payload of an event that the collector itself states.
func Detail(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("encoding a detail of our own: " + err.Error())
	}
	return b
}
