package verify

import (
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Options of a check. The zero value checks a part of a record, without any key.
type Options struct {
	// Trusted are the identities whose seals count as verified; nil is none.
	Trusted *seal.Trusted
	// Whole says that all of the record is given: no seal may then lie before the
	// first, no epoch before another, no event before a session's first.
	Whole bool
	// Session is the one session that is given, of which all is; zero is more. The
	// other events of its seals are then not missed.
	Session uuid.UUID
	// From is the first seq of Session that is given; nothing is missed before it.
	From uint64
	// Now is when the record was read. Zero is not known: then no seal is young enough
	// for its events to be on their way, and no collector is silent.
	Now time.Time
	// Limit is how many problems are listed; zero is 1000. All are counted.
	Limit int
}

const (
	// grace is how long after its seal an event may still come: they travel by
	// different topics, and ingest of one can lag behind the other.
	grace = 15 * time.Minute
	// silentAfter is the time without a seal after which a collector counts as dead. One
	// that is idle seals every few seconds all the same.
	silentAfter = 3 * time.Minute
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
	// Waiting were sealed moments ago and are not there yet: they may be on their way, or
	// have been deleted, which only time tells.
	Waiting uint64 `json:"waiting"`
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
	// Causes are what the problems most likely come from, the worst first.
	Causes []Cause `json:"causes,omitempty"`
}

// States of a record.
const (
	// StateReceived: stored, and no seal covers it, or not all that is sealed is stored.
	// StateSealed: as sealed, by a key
	// that was not given. StateVerified: as sealed by a key that is trusted.
	StateReceived = "received"
	StateSealed   = "sealed"
	StateVerified = "verified"
	StateBroken   = "broken"
)

// Status is the exit status of a program that reports: 0 good, 1 mismatch, 2 incomplete,
// 3 untrusted key. What is wrong outweighs what is not known, and an untrusted key
// outweighs what is missing: it makes every other statement worthless.
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

// Verifier checks one record. One goroutine uses it. Its memory grows with the seals
// (32 bytes for each event that they cover) and with what is wrong, not with the bytes
// of the events. Each question that it asks is a type of its own; they share an inquiry.
type Verifier struct {
	*inquiry
	seals    *signedSeals
	chains   *chains
	unproven *unproven
}

// inquiry is what all questions share: what is asked for, what was found so far, and what
// the record itself states was lost.
type inquiry struct {
	Options
	*findings
	*losses
}

// findings are what was found so far.
type findings struct {
	report Report
	shape  shape
	// limit is how many problems are listed.
	limit int
}

// losses are what sealed events state was lost, by the epoch that lost it.
type losses struct {
	lost    map[uuid.UUID][]schema.LostRange
	noSeals map[uuid.UUID][]schema.LostSeal
}

// number names an event as its collector counted it: collector_seq within the epoch.
type number struct {
	epoch uuid.UUID
	seq   uint64
}

// New makes a verifier of one record.
// A nil Trusted trusts nobody: every key is then reported as untrusted.
func New(o Options) *Verifier {
	if o.Trusted == nil {
		o.Trusted = new(seal.Trusted)
	}
	if o.Limit == 0 {
		o.Limit = 1000
	}
	q := &inquiry{Options: o, findings: &findings{limit: o.Limit},
		losses: &losses{lost: map[uuid.UUID][]schema.LostRange{}, noSeals: map[uuid.UUID][]schema.LostSeal{}}}
	c := &chains{inquiry: q, sessions: map[uuid.UUID]*session{}}
	s := &signedSeals{inquiry: q, chains: c, epochs: map[uuid.UUID]*epoch{}}
	return &Verifier{inquiry: q, seals: s, chains: c,
		unproven: &unproven{inquiry: q, seals: s, chains: c, unsealed: map[number]unsealedEvent{}, altered: map[number][]unsealedEvent{}}}
}

// Stop says that events of the session follow that were not read: nothing is missed
// behind the last one. Who reads to the end must not call it, or a cut tail passes.
func (v *Verifier) Stop() { v.chains.stopped = true }

// addProblem counts a problem, and lists it up to the limit. The counts decide on the
// status, so a limit hides no mismatch.
func (v *findings) addProblem(s Severity, p Problem) {
	p.Severity = s
	v.shape.add(s, p.Kind)
	switch s {
	case Mismatch:
		v.report.Mismatches++
	case Untrusted:
		v.report.Untrusted++
	case Incomplete:
		v.report.Incomplete++
	}
	if len(v.report.Problems) < v.limit {
		v.report.Problems = append(v.report.Problems, p)
	}
}

// mayStillCome reports whether a seal is so young that its events may be on their way.
// The time is the collector's own and may lie in the future, where its events stay waiting;
// they are reported either way, and never count as verified.
func (v *inquiry) mayStillCome(s *seal.Seal) bool {
	return !v.Now.IsZero() && s.Time > v.Now.Add(-grace).UnixNano()
}
