package workflows

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/mcptrail/mcptrail/query/trail"
	"github.com/mcptrail/mcptrail/query/wire"
)

// Targets of the project.
const (
	MinPrecision = 0.99
	MinRecall    = 0.95
)

// Score counts pairs of units of one behaviour, or joins of one rule.
type Score struct {
	Name string
	// Right pairs are in one workflow and in one trail. Wrong ones are in one trail
	// only, Missed ones in one workflow only.
	Right, Wrong, Missed int
}

// Precision is the share of what was joined that belongs together.
func (s Score) Precision() float64 { return share(s.Right, s.Wrong) }

// Recall is the share of what belongs together that was joined.
func (s Score) Recall() float64 { return share(s.Right, s.Missed) }

// Decidable reports whether the record of a behaviour holds the truth, so that there
// is a target for it.
func (s Score) Decidable() bool { return !strings.HasPrefix(s.Name, undecidable) }

func share(part, rest int) float64 {
	if part+rest == 0 {
		return 1
	}
	return float64(part) / float64(part+rest)
}

// Report is how well trails fit the truth.
type Report struct {
	// Behaviours by trails, Alone the same by Mcp-Session-Id alone, Rules by the joins
	// that each rule made.
	Behaviours, Alone, Rules []Score
}

// Good reports whether every behaviour whose record holds the truth reaches the
// targets.
func (r *Report) Good() bool {
	return !slices.ContainsFunc(r.Behaviours, func(s Score) bool {
		return s.Decidable() && (s.Precision() < MinPrecision || s.Recall() < MinRecall)
	})
}

// Measure compares trails with the truth.
func (t *Traffic) Measure(trails []*wire.Trail) *Report {
	holds := map[Unit][]int{}
	for u := range t.Workflow {
		for i, tr := range trails {
			if slices.ContainsFunc(tr.Members, func(m trail.Member) bool {
				return m.SessionID == u.Session && (m.Part == nil || m.Part.Value == u.Chat)
			}) {
				holds[u] = append(holds[u], i)
			}
		}
	}
	r := &Report{}
	r.Behaviours = t.pairs(func(a, b Unit) bool {
		return slices.ContainsFunc(holds[a], func(i int) bool { return slices.Contains(holds[b], i) })
	})
	r.Alone = t.pairs(func(a, b Unit) bool {
		id := t.ProtocolID[a.Session]
		return a.Session == b.Session || id != "" && id == t.ProtocolID[b.Session]
	})
	r.Rules = t.rules(trails)
	return r
}

// pairs scores every pair of units of one behaviour, and those across behaviours as
// one more.
func (t *Traffic) pairs(joined func(a, b Unit) bool) []Score {
	scores := map[string]*Score{}
	const across = "across behaviours"
	for _, b := range append([]string{across}, slices.Collect(maps.Values(t.Behaviour))...) {
		scores[b] = &Score{Name: b}
	}
	units := slices.SortedFunc(maps.Keys(t.Workflow), func(a, b Unit) int { return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Chat, b.Chat)) })
	for i, a := range units {
		for _, b := range units[i+1:] {
			s := scores[across]
			if of := t.Behaviour[t.Workflow[a]]; of == t.Behaviour[t.Workflow[b]] {
				s = scores[of]
			}
			s.count(joined(a, b), t.Workflow[a] == t.Workflow[b])
		}
	}
	return sorted(scores)
}

func (s *Score) count(joined, true bool) {
	switch {
	case joined && true:
		s.Right++
	case joined:
		s.Wrong++
	case true:
		s.Missed++
	}
}

// rules scores the joins of each rule: Right and Wrong are its own, Missed are those
// of other rules that it did not make too.
func (t *Traffic) rules(trails []*wire.Trail) []Score {
	type pair struct{ a, b string }
	made := map[string]map[pair]bool{}
	right := map[pair]bool{}
	scores := map[string]*Score{}
	for _, tr := range trails {
		unit := map[string]Unit{}
		for _, m := range tr.Members {
			u := Unit{Session: m.SessionID}
			if m.Part != nil && t.Workflow[u] == "" {
				u.Chat = m.Part.Value
			}
			unit[m.ID] = u
		}
		for _, j := range tr.Joins {
			if scores[j.Rule] == nil {
				scores[j.Rule], made[j.Rule] = &Score{Name: j.Rule}, map[pair]bool{}
			}
			p := pair{j.A, j.B}
			if made[j.Rule][p] {
				continue
			}
			made[j.Rule][p] = true
			if t.Workflow[unit[j.A]] == t.Workflow[unit[j.B]] {
				scores[j.Rule].Right++
				right[p] = true
			} else {
				scores[j.Rule].Wrong++
			}
		}
	}
	for rule, s := range scores {
		for p := range right {
			if !made[rule][p] {
				s.Missed++
			}
		}
	}
	return sorted(scores)
}

func sorted(scores map[string]*Score) []Score {
	var list []Score
	for _, name := range slices.Sorted(maps.Keys(scores)) {
		list = append(list, *scores[name])
	}
	return list
}

// Write prints the report as a table.
func (r *Report) Write(out io.Writer, seed uint64) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "seed %d\tprecision\trecall\tright\twrong\tmissed\tby Mcp-Session-Id alone: precision\trecall\t\n", seed)
	for i, s := range r.Behaviours {
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%d\t%d\t%d\t%.4f\t%.4f\t\n", s.Name, s.Precision(), s.Recall(), s.Right, s.Wrong, s.Missed,
			r.Alone[i].Precision(), r.Alone[i].Recall())
	}
	for _, s := range r.Rules {
		fmt.Fprintf(w, "rule %s\t%.4f\t%.4f\t%d\t%d\t%d\t\t\t\n", s.Name, s.Precision(), s.Recall(), s.Right, s.Wrong, s.Missed)
	}
	return w.Flush()
}
