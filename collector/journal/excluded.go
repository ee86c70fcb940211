package journal

import (
	"encoding/hex"
	"slices"

	"github.com/mcptrail/mcptrail/schema"
)

// Excluded counts the messages of a session that the capture policy allows no event of.
// The end of the session states them, so that what was not recorded by policy differs
// from what did not happen.
type Excluded struct {
	// Rule is the member of the policy that excludes, and Policy the beginning of its
	// hash: "capture.rules[0]". What is about an excluded request follows it, whatever a
	// newer policy says: "request".
	Rule   string `json:"rule"`
	Policy string `json:"policy"`
	// Messages, and their Bytes on the wire.
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}

// Subject is the request that a message is about, as far as it is known: progress and a
// cancellation name one. The zero value is none.
type Subject struct {
	// Method and Target of the request as they came. The message is stored at the lower of
	// its own level and that of the request: it can repeat what is in it.
	Method, Target string
	// Excluded: the request was excluded, and so is the message.
	Excluded bool
	// Unknown: which request it is about is not known. The lowest level applies that any
	// message of its server can have.
	Unknown bool
}

const (
	// policyDigits are enough of a policy's hash to tell it from the few others.
	policyDigits = 16
	// maxExcluded bounds the rules that one session counts apart; what exceeds it is
	// counted with the last.
	maxExcluded = 64
)

// Excluded returns what the policy excluded so far.
func (s *Session) Excluded() []Excluded { return s.excluded }

// RecordMessage records a draft of a message, or counts it where the policy excludes it
// or what it is about. It returns the number of the event, 0 for none: the first event
// of a session is no message.
func (j *Journal) RecordMessage(s *Session, e *schema.Event, about Subject) uint64 {
	if !about.Excluded {
		return j.record(s, e, about)
	}
	if !j.excludes(s, e, about) {
		j.countExcluded(s, "request", e.Size)
	}
	return 0
}

// excludes reports whether the policy allows no event of a draft, and counts it then.
// The answer to a recorded request is never excluded, so that pairs stay whole.
func (j *Journal) excludes(s *Session, e *schema.Event, about Subject) bool {
	if e.Size == 0 || e.Kind == schema.KindAnswer && e.RequestSeq != 0 {
		return false
	}
	in := input(s, e, about)
	rule, yes := j.cleaner.redactor.Excludes(&in)
	if yes {
		j.countExcluded(s, rule, e.Size)
	}
	return yes
}

// countExcluded counts a message of which there is no event.
func (j *Journal) countExcluded(s *Session, rule string, bytes uint64) {
	hash := j.cleaner.redactor.Policy()
	policy := hex.EncodeToString(hash[:])[:policyDigits]
	i := slices.IndexFunc(s.excluded, func(x Excluded) bool { return x.Rule == rule && x.Policy == policy })
	if i < 0 && len(s.excluded) < maxExcluded {
		s.excluded = append(s.excluded, Excluded{Rule: rule, Policy: policy})
	}
	if i < 0 {
		i = len(s.excluded) - 1
	}
	s.excluded[i].Messages++
	s.excluded[i].Bytes += bytes
	j.stats.Excluded.Add(1)
}
