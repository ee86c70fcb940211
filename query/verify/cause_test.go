package verify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// TestTheLikelierCauseIsNamed tells a log that was lost, an older copy and a hand apart by
// what is missing together.
func TestTheLikelierCauseIsNamed(t *testing.T) {
	// cut removes the events under the seals of the first epoch from one to before another.
	cut := func(r *record, from, to int) {
		epoch, first, end := r.events[0].Epoch, first(r.runs[from]), first(r.runs[to])
		r.events = slices.DeleteFunc(r.events, func(e *schema.Event) bool {
			return e.Epoch == epoch && first <= e.CollectorSeq && e.CollectorSeq < end
		})
	}
	for name, c := range map[string]struct {
		change func(*record)
		likely string
		do     string
	}{
		"rows edited":         {func(r *record) { edit(r, 7).Payload = []byte("{}") }, "somebody changed the record", "compare with a bundle or backup"},
		"single rows deleted": {func(r *record) { r.events = slices.Delete(r.events, 9, 11) }, "somebody deleted single rows: 2 events are gone", "mcptrail reingest --from 2026-11-22T09:00:0"},
		"one session deleted": {func(r *record) {
			s := r.events[1].SessionID
			r.events = slices.DeleteFunc(r.events, func(e *schema.Event) bool { return e.SessionID == s })
		}, "somebody deleted single rows", "who may write"},
		"seals deleted":        {func(r *record) { r.runs = slices.Delete(r.runs, 1, 2) }, "the log of seals was lost for a time, or seals were deleted", "--topic mcptrail.seals"},
		"a run that is silent": {func(r *record) { r.runs = r.runs[:len(r.runs)-1] }, "1 collector run was killed", "mcptrail-collector ship"},
		"a run that left none": {func(r *record) { r.runs, r.events = r.runs[5:], r.events[32:] }, "1 collector run left nothing", "mcptrail-collector status"},
		"seals and the events under them": {func(r *record) {
			cut(r, 1, 3)
			r.runs = slices.Delete(r.runs, 1, 3)
		}, "an older copy of the store was put back, or a log was lost before it was stored: of 1 collector run", "mcptrail reingest --from 2026-11-22T09:00:0"},
		"events of a time, and not their seals": {func(r *record) { cut(r, 1, 3) }, "the log of events was lost for a time", "doctor"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ordinary()
			c.change(r)
			report := r.whole()
			if len(report.Causes) == 0 || !strings.Contains(report.Causes[0].Likely, c.likely) || !strings.Contains(report.Causes[0].Do, c.do) {
				t.Errorf("%+v%s", report.Causes, say(report))
			}
		})
	}
	if report := ordinary().whole(); len(report.Causes) > 0 {
		t.Errorf("of a record that is whole: %+v", report.Causes)
	}
}

// TestATailThatMayStillComeIsWaitedFor cuts the end of a record moments after its seal.
func TestATailThatMayStillComeIsWaitedFor(t *testing.T) {
	r := ordinary()
	r.events = r.events[:len(r.events)-3]
	check := func(now time.Duration, session bool) *verify.Report {
		o := verify.Options{Trusted: r.collector.Trusted(), Whole: !session, Now: begin.Add(now)}
		if session {
			o.Session = r.events[len(r.events)-1].SessionID
		}
		return r.check(o)
	}
	report := check(time.Minute, false)
	var text strings.Builder
	report.Print(&text, func(word string, _ verify.Severity) string { return word })
	if report.State == verify.StateVerified || report.Waiting != 3 || report.Status() != 2 || !strings.Contains(text.String(), "received, waiting for 3 sealed events") {
		t.Errorf("moments after the seal: %s, status %d\n%s", report.State, report.Status(), &text)
	}
	if n := len(report.Causes); n == 0 || !strings.Contains(report.Causes[n-1].Likely, "waiting for 3 sealed events") {
		t.Errorf("causes: %+v", report.Causes)
	}
	if one := check(time.Minute, true); one.State == verify.StateVerified || one.Waiting == 0 {
		t.Errorf("one session: %s, waiting for %d", one.State, one.Waiting)
	}
	if report := check(time.Hour, false); report.State != verify.StateBroken || report.Missing != 3 || report.Waiting != 0 {
		t.Errorf("an hour later: %s, %d missing, %d waited for", report.State, report.Missing, report.Waiting)
	}
}

// first is the first number that a seal covers.
func first(r verify.Run) uint64 {
	s, err := seal.Read(r.Note)
	if err != nil {
		panic(err)
	}
	return s.First
}
