package verify

import (
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Options of a check. The zero value checks a part of a record, without any key.
type Options struct {
	// Trusted are the identities whose word is taken; nil is nobody's.
	Trusted *seal.Trusted
	// Whole says that all of the record is given: no seal may then lie before the
	// first, no epoch before another, no event before a session's first.
	Whole bool
	// Session is the one session that is given, of which all is; zero is more. The
	// other events of its seals are then not missed.
	Session uuid.UUID
	// Now is when the record was read; zero takes nothing for late or silent.
	Now time.Time
	// Limit is how many problems are listed; zero is 1000. All are counted.
	Limit int
}

const (
	// grace is how long after its seal an event may be on its way: they travel by
	// different topics.
	grace = 15 * time.Minute
	// silence is how long a collector that lives does not fall silent.
	silence = 3 * time.Minute
)

// Report is what a check found.
type Report struct {
	// State is the weakest of all events, or [Broken] if anything is wrong.
	State string `json:"state"`
	// Events checked, each once, and of them how many are received only, sealed by
	// a key that is not trusted, and verified; Broken are those that are wrong.
	Events   uint64 `json:"events"`
	Received uint64 `json:"received"`
	Sealed   uint64 `json:"sealed"`
	Verified uint64 `json:"verified"`
	Broken   uint64 `json:"broken"`
	// Missing were sealed and are not there; Lost are those of which the collector
	// says itself that they were lost.
	Missing uint64 `json:"missing"`
	Lost    uint64 `json:"lost"`
	// Repeats came a second time, byte for byte; they are harmless.
	Repeats  uint64 `json:"repeats"`
	Seals    uint64 `json:"seals"`
	Epochs   uint64 `json:"epochs"`
	Sessions uint64 `json:"sessions"`
	// Mismatches, Untrusted and Incomplete count the problems, listed or not.
	Mismatches uint64    `json:"mismatches"`
	Untrusted  uint64    `json:"untrusted"`
	Incomplete uint64    `json:"incomplete"`
	Problems   []Problem `json:"problems"`
}

// States of a record.
const (
	// StateReceived: stored, and no seal covers it. StateSealed: as sealed, by a key
	// that was not given. StateVerified: as sealed by a key that is trusted.
	StateReceived = "received"
	StateSealed   = "sealed"
	StateVerified = "verified"
	StateBroken   = "broken"
)

// Status is the exit status of whoever reports: 0 good, 1 mismatch, 2 incomplete,
// 3 untrusted key.
func (r *Report) Status() int {
	switch {
	case r.Mismatches > 0:
		return 1
	case r.Untrusted > 0:
		return 3
	case r.Incomplete > 0:
		return 2
	}
	return 0
}

// Verifier checks one record. One goroutine uses it.
type Verifier struct {
	Options
	report  Report
	pending []pending
	epochs  map[uuid.UUID]*epoch
	// last is the epoch of the event before, since most come in runs.
	last     *epoch
	sessions map[uuid.UUID]*session
	// own is the session of the event before, prior the last that was right.
	own   *session
	prior *schema.Event
	// unsealed are events that no seal covers, by their number.
	unsealed map[number]loose
	// altered are events under the number of another.
	altered map[number][]loose
	// lost is what events under a seal say was lost.
	lost    map[uuid.UUID][]schema.LostRange
	noSeals map[uuid.UUID][]schema.LostSeal
	settled bool
}

// number of an event.
type number struct {
	epoch uuid.UUID
	seq   uint64
}

// loose is an event that no seal vouches for.
type loose struct {
	leaf      schema.Hash
	collector string
	session   uuid.UUID
	seq       uint64
	column    string
}

// New makes a verifier of one record.
func New(o Options) *Verifier {
	if o.Trusted == nil {
		o.Trusted = new(seal.Trusted)
	}
	if o.Limit == 0 {
		o.Limit = 1000
	}
	return &Verifier{Options: o, epochs: map[uuid.UUID]*epoch{}, sessions: map[uuid.UUID]*session{},
		unsealed: map[number]loose{}, altered: map[number][]loose{},
		lost: map[uuid.UUID][]schema.LostRange{}, noSeals: map[uuid.UUID][]schema.LostSeal{}}
}

func (v *Verifier) find(s Severity, p Problem) {
	p.Severity = s
	switch s {
	case Mismatch:
		v.report.Mismatches++
	case Untrusted:
		v.report.Untrusted++
	case Incomplete:
		v.report.Incomplete++
	}
	if len(v.report.Problems) < v.Limit {
		v.report.Problems = append(v.report.Problems, p)
	}
}

// late reports whether a seal is so young that its events may still come.
func (v *Verifier) late(s *seal.Seal) bool {
	return !v.Now.IsZero() && s.Time > v.Now.Add(-grace).UnixNano()
}
