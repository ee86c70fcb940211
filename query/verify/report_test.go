package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// TestTheStateIsThatOfTheWeakestEvent counts by whom events are vouched for.
func TestTheStateIsThatOfTheWeakestEvent(t *testing.T) {
	for name, c := range map[string]struct {
		change                     func(r *record)
		trust                      bool
		state                      string
		verified, sealed, received uint64
		status                     int
	}{
		"sealed by a key that is trusted": {func(*record) {}, true, verify.StateVerified, 12, 0, 0, 0},
		"sealed by one that is not":       {func(*record) {}, false, verify.StateSealed, 0, 12, 0, 3},
		"some not sealed":                 {func(r *record) { r.runs = r.runs[:2] }, true, verify.StateReceived, 8, 0, 4, 2},
		"none sealed":                     {func(r *record) { r.runs = nil }, true, verify.StateReceived, 0, 0, 12, 2},
		"one missing":                     {func(r *record) { r.events = r.events[:11] }, true, verify.StateBroken, 11, 0, 0, 1},
		"nothing at all":                  {func(r *record) { r.runs, r.events = nil, nil }, true, verify.StateReceived, 0, 0, 0, 0},
		"damaged leaves, not trusted":     {func(r *record) { r.runs[1].Leaves = nil }, false, verify.StateBroken, 0, 12, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := chained()
			c.change(r)
			o := verify.Options{Now: begin.Add(24 * time.Hour)}
			if c.trust {
				o.Trusted = r.collector.Trusted()
			}
			report := r.check(o)
			if report.State != c.state || report.Verified != c.verified || report.Sealed != c.sealed || report.Received != c.received || report.Status() != c.status {
				t.Errorf("status %d, %+v%s", report.Status(), report, say(report))
			}
			if text, err := json.Marshal(report); err != nil || strings.Contains(string(text), `"problems":null`) {
				t.Errorf("%s, %v", text, err)
			}
		})
	}
}

func TestProblemsBeyondTheLimitAreCounted(t *testing.T) {
	r, _ := chained()
	for n := range 5 {
		edit(r, n).Target = "another"
	}
	report := r.check(verify.Options{Trusted: r.collector.Trusted(), Limit: 2})
	if len(report.Problems) != 2 || report.Mismatches != 5 {
		t.Errorf("%d problems, %d counted%s", len(report.Problems), report.Mismatches, say(report))
	}
}

// TestWithoutAClockNothingIsLateOrSilent checks as one who does not know when the
// record was read, of a bundle for example.
func TestWithoutAClockNothingIsLateOrSilent(t *testing.T) {
	r, _ := chained()
	r.events = r.events[:11]
	if report := r.check(verify.Options{Trusted: r.collector.Trusted(), Whole: true}); report.Status() != 1 || report.Missing != 1 {
		t.Errorf("an event is gone: %+v%s", report, say(report))
	}
	r, _ = chained()
	r.runs = r.runs[:2]
	r.events = r.events[:8]
	for name, c := range map[string]struct {
		now    time.Time
		silent bool
	}{"no clock": {time.Time{}, false}, "moments later": {begin.Add(time.Minute), false}, "an hour later": {begin.Add(time.Hour), true}} {
		report := r.check(verify.Options{Trusted: r.collector.Trusted(), Whole: true, Now: c.now})
		if silent := strings.Contains(say(report), "silent:"); silent != c.silent {
			t.Errorf("%s: %+v%s", name, report, say(report))
		}
	}
}

// TestReportsHoldNoCommandsForATerminal has a server and a collector choose words that
// are escapes.
func TestReportsHoldNoCommandsForATerminal(t *testing.T) {
	const escape = "\x1b[2J"
	r := &record{collector: sealtest.New("acme", "laptop"+escape)}
	e := r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	gap := event(a, 1, schema.KindGap)
	gap.Gap = &schema.Gap{From: 0, To: 0, Count: 1, Reason: "full" + escape}
	r.add(e, gap)
	r.seal(e, true)
	if text := say(r.whole()); !strings.Contains(text, "full?") || strings.ContainsRune(text, 0x1b) {
		t.Errorf("%q", text)
	}
}
