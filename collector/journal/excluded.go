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

// Subject is the request that a message is about, as far as it is known.
type Subject uint8

const (
	// SubjectNone: the message is about no other, or about a request that is recorded.
	SubjectNone Subject = iota
	// SubjectExcluded: the request was excluded, and so is the message.
	SubjectExcluded
	// SubjectUnknown: the message is about a request that is not known. It is taken for
	// excluded where any message of its server could be.
	SubjectUnknown
)

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
	if about != SubjectNone {
		if j.excludes(s, e, about == SubjectUnknown) {
			return 0
		}
		if about == SubjectExcluded {
			j.countExcluded(s, "request", e.Size)
			return 0
		}
	}
	return j.Record(s, e)
}

// excludes reports whether the policy allows no event of a draft, and counts it then.
// The answer to a recorded request is never excluded, so that pairs stay whole. If
// unknown is set, the lowest level of the server applies.
func (j *Journal) excludes(s *Session, e *schema.Event, unknown bool) bool {
	if e.Size == 0 || e.Kind == schema.KindAnswer && e.RequestSeq != 0 {
		return false
	}
	in := input(s, e)
	in.Unknown = in.Unknown || unknown
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
