package verify_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// stating is an event in which a collector states what it lost.
func stating(lost schema.Lost) *schema.Event {
	e := event(uuid.Must(uuid.NewV7()), 0, schema.KindCollector)
	e.Basis = schema.BasisCollector
	e.Payload, _ = json.Marshal(lost)
	return e
}

// oneSession checks all of one session.
func (r *record) oneSession() *verify.Report {
	return r.check(verify.Options{Trusted: r.collector.Trusted(), Session: r.events[0].SessionID, Now: begin.Add(24 * time.Hour)})
}

// TestAnEventThatIsMissingFromASessionIsNamed checks one session, of which the seals
// alone do not say which events are its own.
func TestAnEventThatIsMissingFromASessionIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		from, to int
		says     string
	}{
		"the first":   {0, 1, "missing: 1 of the session's events is not there; session %s seq 0"},
		"in between":  {5, 7, "missing: 2 of the session's events are not there; session %s seq 5 to 6"},
		"at its tail": {9, 12, "missing: 3 of the session's events are not there; session %s seq 9 to 11"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := chained()
			says := strings.Replace(c.says, "%s", r.events[0].SessionID.String(), 1)
			all := r.events
			r.events = slices.Delete(slices.Clone(all), c.from, c.to)
			report := r.check(verify.Options{Trusted: r.collector.Trusted(), Session: all[0].SessionID, Now: begin.Add(24 * time.Hour)})
			if report.Status() != 1 || report.Missing != uint64(c.to-c.from) || !strings.Contains(say(report), says) {
				t.Errorf("status %d, %d missing, want it to say %q%s", report.Status(), report.Missing, says, say(report))
			}
		})
	}
}

// TestWhatLiesBeforeARangeIsNotMissed checks a part of the record that begins within a
// session.
func TestWhatLiesBeforeARangeIsNotMissed(t *testing.T) {
	r, _ := chained()
	r.runs, r.events = r.runs[1:], r.events[4:]
	if report := r.check(verify.Options{Trusted: r.collector.Trusted()}); report.Status() != 0 || report.Verified != 8 {
		t.Errorf("%+v%s", report, say(report))
	}
	if report := r.whole(); report.Status() != 1 {
		t.Errorf("as the whole record: status %d%s", report.Status(), say(report))
	}
}

// TestAPartOfASessionIsCheckedForItself reads some of the events of a session under all
// of its seals.
func TestAPartOfASessionIsCheckedForItself(t *testing.T) {
	for name, c := range map[string]struct {
		from, to int
		first    uint64
		stops    bool
		status   int
		says     string
	}{
		"from its beginning":               {from: 0, to: 5, stops: true},
		"from its middle":                  {from: 5, to: 9, first: 5, stops: true},
		"to its end":                       {from: 5, to: 12, first: 5},
		"without the first of the part":    {6, 9, 5, true, 1, "missing: 1 of the session's events is not there; session %s seq 5"},
		"read to an end that is not its":   {5, 9, 5, false, 1, "missing: 3 of the session's events are not there; session %s seq 9 to 11"},
		"read to the end, nothing there":   {5, 5, 5, false, 1, "missing: 7 of the session's events are not there; session %s seq 5 to 11"},
		"without its beginning, and whole": {5, 12, 0, false, 1, "missing: 5 of the session's events are not there; session %s seq 0 to 4"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := chained()
			id := r.events[0].SessionID
			v := verify.New(verify.Options{Trusted: r.collector.Trusted(), Session: id, From: c.first, Now: begin.Add(24 * time.Hour)})
			for _, run := range r.runs {
				v.AddSeal(run)
			}
			for _, e := range r.events[c.from:c.to] {
				v.AddEvent(e.Append(nil), nil)
			}
			if c.stops {
				v.Stop()
			}
			report := v.Finish()
			if report.Status() != c.status || report.Verified != uint64(c.to-c.from) || !strings.Contains(say(report), strings.Replace(c.says, "%s", id.String(), 1)) {
				t.Errorf("status %d, %d verified%s", report.Status(), report.Verified, say(report))
			}
		})
	}
}

// TestAnEditedEventIsOneProblem keeps a check from saying in other words of the
// neighbours what it said of the event itself.
func TestAnEditedEventIsOneProblem(t *testing.T) {
	r, _ := chained()
	edit(r, 5).Payload = []byte("{}")
	r.events = append(r.events, r.events[5]) // and stored twice
	for name, report := range map[string]*verify.Report{"the whole record": r.whole(), "its session": r.oneSession()} {
		if report.Mismatches != 1 || report.Missing != 0 || report.Broken != 1 || report.Repeats != 1 || report.Events != 12 || report.Verified != 11 {
			t.Errorf("%s: %+v%s", name, report, say(report))
		}
	}
}

func TestTwoEventsInOnePlaceAreFound(t *testing.T) {
	t.Run("both sealed, of one session", func(t *testing.T) {
		r := &record{collector: sealtest.New("acme", "laptop")}
		e := r.collector.Epoch(begin.UnixNano())
		a := uuid.Must(uuid.NewV7())
		twin := event(a, 1, schema.KindAnswer)
		twin.Target = "another"
		r.add(e, event(a, 0, schema.KindOpen), event(a, 1, schema.KindRequest), twin, event(a, 2, schema.KindClose))
		r.seal(e, true)
		if report := r.whole(); report.Status() != 1 || !strings.Contains(say(report), "equivocation: another event has the same place in the session") {
			t.Errorf("status %d%s", report.Status(), say(report))
		}
	})
	t.Run("neither sealed", func(t *testing.T) {
		r, _ := chained()
		r.runs = nil
		twin := *r.events[5]
		twin.Target = "another"
		r.events = append(r.events, &twin, r.events[5])
		report := r.whole()
		if report.Status() != 1 || report.Repeats != 1 || report.Broken != 1 || !strings.Contains(say(report), "equivocation: another event, 5 of session") {
			t.Errorf("%+v%s", report, say(report))
		}
	})
}

// TestAnEventThatDoesNotNameTheOneBeforeItIsFound has a session go on in another
// epoch, whose collector signs any link.
func TestAnEventThatDoesNotNameTheOneBeforeItIsFound(t *testing.T) {
	for name, right := range map[string]bool{"the one before it": true, "another": false} {
		t.Run(name, func(t *testing.T) {
			r := &record{collector: sealtest.New("acme", "laptop")}
			first, second := r.collector.Epoch(begin.UnixNano()), r.collector.Epoch(begin.UnixNano())
			a := uuid.Must(uuid.NewV7())
			before, after := event(a, 0, schema.KindOpen), event(a, 1, schema.KindClose)
			r.add(first, before)
			r.seal(first, true)
			after.Prev = schema.Hash{1}
			if right {
				after.Prev = schema.LeafHash(before.Append(nil))
			}
			r.add(second, after)
			r.seal(second, true)
			report := r.whole()
			if good := report.Status() == 0; good != right {
				t.Errorf("status %d%s", report.Status(), say(report))
			}
			if !right && !strings.Contains(say(report), "chain: the event does not name the one before it") {
				t.Errorf("says%s", say(report))
			}
		})
	}
}

// TestASessionThatEndedTakesNoMoreEvents adds one behind the close event that nobody
// sealed, in an epoch that goes on.
func TestASessionThatEndedTakesNoMoreEvents(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	r.add(e, event(a, 0, schema.KindOpen), event(a, 1, schema.KindClose))
	r.seal(e, false)
	if report := r.oneSession(); report.Status() != 0 {
		t.Fatalf("ended: status %d%s", report.Status(), say(report))
	}
	r.add(e, event(a, 2, schema.KindRequest))
	if report := r.oneSession(); report.Status() != 1 || !strings.Contains(say(report), "extra: the session ended with event 1") {
		t.Errorf("status %d%s", report.Status(), say(report))
	}
}

func TestASessionIsOpenUntilItsEndIsSealed(t *testing.T) {
	r, _ := chained()
	r.runs = r.runs[:2] // the close event is there, its seal is not
	if report := r.oneSession(); report.Status() != 2 || !strings.Contains(say(report), "open: the session has no end that is sealed") {
		t.Errorf("status %d%s", report.Status(), say(report))
	}
	own := &record{collector: sealtest.New("acme", "laptop")}
	e := own.collector.Epoch(begin.UnixNano())
	own.add(e, stating(schema.Lost{}))
	own.seal(e, true)
	if report := own.oneSession(); report.Status() != 0 {
		t.Errorf("a collector's own session, which has no end: status %d%s", report.Status(), say(report))
	}
}

// TestAGapExcusesOnlyWhatItStandsFor has a gap event of its own number, as a collector
// makes one of what it saw and could not record, claim numbers that events had.
func TestAGapExcusesOnlyWhatItStandsFor(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	gap := event(a, 6, schema.KindGap)
	gap.Gap = &schema.Gap{From: 2, To: 3, Count: 2, Reason: "queue_full"}
	r.add(e, event(a, 0, schema.KindOpen), event(a, 1, schema.KindRequest), event(a, 2, schema.KindRequest), event(a, 3, schema.KindAnswer), gap, event(a, 7, schema.KindClose))
	r.seal(e, true)
	r.events = slices.Delete(r.events, 2, 3)
	if report := r.oneSession(); report.Status() != 1 || !strings.Contains(say(report), "missing: 1 of the session's events is not there") {
		t.Errorf("status %d%s", report.Status(), say(report))
	}
}

func TestAGapThatNobodySealedSaysNothing(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	r.add(e, event(a, 0, schema.KindOpen), event(a, 1, schema.KindRequest))
	r.seal(e, false)
	gap := event(a, 2, schema.KindGap)
	gap.Gap = &schema.Gap{From: 0, To: 1, Count: 2, Reason: "queue_full"}
	r.add(e, gap)
	if report := r.oneSession(); strings.Contains(say(report), "gap:") || report.Received != 1 {
		t.Errorf("%+v%s", report, say(report))
	}
}

// TestAPlaceholderExcusesWhatWasLostBeforeTheEpochEnded has a collector die with the
// last events of a session, and the next process put a placeholder there and go on.
func TestAPlaceholderExcusesWhatWasLostBeforeTheEpochEnded(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	dead, living := r.collector.Epoch(begin.UnixNano()), r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	for n := range uint64(10) {
		r.add(dead, event(a, n, schema.KindRequest))
	}
	r.seal(dead, true)
	gap, next := event(a, 8, schema.KindGap), event(a, 10, schema.KindClose)
	gap.Gap = &schema.Gap{From: 8, To: 9, Count: 2, Reason: "damaged"}
	gap.Payload, _ = json.Marshal(schema.Lost{Events: []schema.LostRange{{Epoch: dead.UUID, From: 8, To: 9}}})
	r.add(living, gap)
	next.Prev = schema.LeafHash(r.events[9].Append(nil))
	r.add(living, next)
	r.seal(living, true)
	r.events = slices.Delete(r.events, 8, 10)
	if report := r.whole(); report.Status() != 2 || report.Lost != 2 {
		t.Errorf("status %d, %d lost%s", report.Status(), report.Lost, say(report))
	}
}

func TestEpochsAreCounted(t *testing.T) {
	epochs := func(numbers ...uint64) *record {
		r := &record{collector: sealtest.New("acme", "laptop")}
		for _, n := range numbers {
			r.collector.Number = n - 1
			r.seal(r.collector.Epoch(begin.UnixNano()), true)
		}
		return r
	}
	for name, c := range map[string]struct {
		numbers []uint64
		status  int
		says    string
	}{
		"one after the other":  {[]uint64{1, 2, 3}, 0, ""},
		"a number twice":       {[]uint64{1, 2, 2}, 2, "identity.key is used on two hosts: epoch"},
		"a number left out":    {[]uint64{1, 3}, 2, "epoch number 2 of identity laptop+"},
		"very many left out":   {[]uint64{1, 300_000}, 2, "has begun 300000 epochs, and 2 are there"},
		"the first is not 1":   {[]uint64{2}, 2, "epoch number 1 of identity laptop+"},
		"in any order of time": {[]uint64{2, 1}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := epochs(c.numbers...)
			if report := r.whole(); report.Status() != c.status || !strings.Contains(say(report), c.says) {
				t.Errorf("status %d, want %d and %q%s", report.Status(), c.status, c.says, say(report))
			}
		})
	}
}

// TestACloneIsToldFromAForgery: two runs with one number are whole where two hosts have one
// key. Where something was changed as well, one may stand in for the other.
func TestACloneIsToldFromAForgery(t *testing.T) {
	clone := func() *record {
		r := ordinary()
		r.collector.Number = 1
		e := r.collector.Epoch(begin.UnixNano())
		r.add(e, event(uuid.Must(uuid.NewV7()), 0, schema.KindClose))
		r.seal(e, true)
		return r
	}
	report := clone().whole()
	if report.State == verify.StateBroken || !strings.Contains(say(report), "cloned_identity: identity.key is used on two hosts") {
		t.Errorf("a clone is %s%s", report.State, say(report))
	}
	if len(report.Causes) != 1 || !strings.Contains(report.Causes[0].Likely, "identity.key is used on two hosts") {
		t.Errorf("the causes are %+v", report.Causes)
	}
	forged := clone()
	forged.events = forged.events[1:]
	report = forged.whole()
	if report.State != verify.StateBroken || !strings.Contains(say(report), "equivocation: epoch") || strings.Contains(say(report), "two hosts") {
		t.Errorf("a record of which an event is gone is %s%s", report.State, say(report))
	}
}

// TestATailThatItsCollectorLostIsNotMissed has a collector state in its own session
// that it lost the last events of another.
func TestATailThatItsCollectorLostIsNotMissed(t *testing.T) {
	for name, c := range map[string]struct {
		from, to uint64
		status   int
	}{"the tail": {8, 9, 2}, "something else": {2, 3, 1}} {
		t.Run(name, func(t *testing.T) {
			r := &record{collector: sealtest.New("acme", "laptop")}
			dead, living := r.collector.Epoch(begin.UnixNano()), r.collector.Epoch(begin.UnixNano())
			a := uuid.Must(uuid.NewV7())
			for n := range uint64(10) {
				r.add(dead, event(a, n, schema.KindRequest))
			}
			r.seal(dead, true)
			r.add(living, stating(schema.Lost{Events: []schema.LostRange{{Epoch: dead.UUID, From: c.from, To: c.to}}}))
			r.seal(living, true)
			r.events = slices.Delete(r.events, 8, 10)
			for name, report := range map[string]*verify.Report{"the whole record": r.whole(), "its session": r.oneSession()} {
				if report.Status() != c.status {
					t.Errorf("%s: status %d, want %d%s", name, report.Status(), c.status, say(report))
				}
			}
		})
	}
}
