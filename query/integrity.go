package query

// Integrity is what the hash chain of a session proves, and the seals over it.
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
	// Sealed counts the events that are as they were sealed, by whatever key.
	Sealed uint64 `json:"sealed"`
	// Findings are sentences about what does not match the seals, at most a few.
	Findings []string `json:"findings"`
}

// States of a session's [Integrity].
const (
	// Received: the chain holds, and seals do not cover all of it.
	Received = "received"
	// Sealed: all of it is as it was sealed, by a key that is not trusted here.
	Sealed = "sealed"
	// Verified: all of it is as it was sealed by a key that is trusted here.
	Verified = "verified"
	Broken   = "broken"
)
