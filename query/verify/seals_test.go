package verify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

// chained is one epoch of one session: twelve events under three seals, the last of
// which ends the epoch.
func chained() (*record, *sealtest.Epoch) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a := uuid.Must(uuid.NewV7())
	for n := range uint64(12) {
		kind := schema.KindRequest
		if n == 11 {
			kind = schema.KindClose
		}
		r.add(e, event(a, n, kind))
		if n%4 == 3 {
			r.seal(e, n == 11)
		}
	}
	return r, e
}

// resigned changes a seal and signs it with the key of its epoch, as only its own
// collector can.
func resigned(t *testing.T, e *sealtest.Epoch, run verify.Run, change func(s *seal.Seal)) verify.Run {
	t.Helper()
	s, err := seal.Read(run.Note)
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	if run.Note, err = e.Key.Sign(s); err != nil {
		t.Fatal(err)
	}
	return run
}

// TestSealsThatAreSignedAndDoNotFitAreFound has the collector itself sign what
// contradicts its other seals, so that no signature is wrong.
func TestSealsThatAreSignedAndDoNotFitAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, r *record, e *sealtest.Epoch)
		says   string
	}{
		"it names another seal before it": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs[2] = resigned(t, e, r.runs[2], func(s *seal.Seal) { s.Previous = seal.Hash([]byte("another")) })
		}, "bad_seal: seal 2 does not name the one before it"},
		"the one before it was sealed anew": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs[1] = resigned(t, e, r.runs[1], func(s *seal.Seal) { s.Time++ })
		}, "bad_seal: seal 2 does not name the one before it"},
		"it begins behind the end of the one before it": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			leaves := r.runs[2].Leaves[1:]
			r.runs[2] = resigned(t, e, r.runs[2], func(s *seal.Seal) { s.First, s.Count, s.Root = s.First+1, s.Count-1, seal.Root(leaves) })
			r.runs[2].Leaves = leaves
		}, "bad_seal: seal 2 does not begin where the one before it ends"},
		"it follows the last seal of its epoch": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs[1] = resigned(t, e, r.runs[1], func(s *seal.Seal) { s.Final = true })
			r.runs[2] = resigned(t, e, r.runs[2], func(s *seal.Seal) { s.Previous = seal.Hash(r.runs[1].Note) })
		}, "bad_seal: seal 2 follows the last seal of its epoch"},
		"behind a hole it covers what another covers": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs[2] = resigned(t, e, r.runs[2], func(s *seal.Seal) { s.Index, s.First = 3, 7 })
		}, "bad_seal: seal 3 covers numbers that another seal covers"},
		"two seals have one number": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs = append(r.runs, resigned(t, e, r.runs[1], func(s *seal.Seal) { s.Time++ }))
		}, "equivocation: two different seals are number 1 of their epoch"},
		"it names an event that is not in its run": {func(t *testing.T, r *record, e *sealtest.Epoch) {
			r.runs[2] = resigned(t, e, r.runs[2], func(s *seal.Seal) { s.Heads[0].Hash = schema.Hash{1} })
		}, "bad_seal: the seal names an event of a session that is not in its run"},
		"it lacks the last event that it counts": {func(t *testing.T, r *record, _ *sealtest.Epoch) {
			r.runs[2].Leaves = r.runs[2].Leaves[:3]
		}, "bad_seal: the leaf hashes of seal 2 do not lead to its root"},
		"its certificate is that of another epoch": {func(_ *testing.T, r *record, _ *sealtest.Epoch) {
			other := r.collector.Epoch(begin.UnixNano())
			for i := range r.runs {
				r.runs[i].Certificate = other.Certificate
			}
		}, "bad_seal: none of 3 seals comes with a certificate of its epoch: it is of epoch"},
		"a column of its row says something else": {func(_ *testing.T, r *record, _ *sealtest.Epoch) { r.runs[1].Stray = "time" },
			"the row of seal 1 does not say what the seal says; column seals.time"},
	} {
		t.Run(name, func(t *testing.T) {
			r, e := chained()
			if report := r.whole(); report.Status() != 0 {
				t.Fatalf("untouched: status %d%s", report.Status(), say(report))
			}
			c.change(t, r, e)
			report := r.whole()
			if report.Status() != 1 || report.State != verify.StateBroken || !strings.Contains(say(report), c.says) {
				t.Errorf("status %d, state %s, want it to say %q%s", report.Status(), report.State, c.says, say(report))
			}
		})
	}
}

// TestATrustedCertificateIsTakenBeforeAnother gives the first seal a certificate of
// the same epoch by a stranger. The others vouch for the epoch all the same.
func TestATrustedCertificateIsTakenBeforeAnother(t *testing.T) {
	r, e := chained()
	stranger, err := seal.NewKey("stranger")
	if err != nil {
		t.Fatal(err)
	}
	r.runs[0].Certificate, err = stranger.Certify(&seal.Certificate{Tenant: "acme", CollectorID: "laptop", Epoch: e.UUID, Number: 1, Key: e.Key.Public(), Time: e.Time})
	if err != nil {
		t.Fatal(err)
	}
	report := r.whole()
	if report.Verified != 12 || report.Untrusted != 0 || report.Mismatches != 1 || !strings.Contains(say(report), "untrusted_key: seal 0 comes with a certificate by the key stranger+") {
		t.Errorf("%+v%s", report, say(report))
	}
}

// TestAGoodCopyOfASealStandsForADamagedOne stores a seal twice, once with leaves that
// were edited. The good leaves name the event that is missing; the edited ones could
// only say that something is.
func TestAGoodCopyOfASealStandsForADamagedOne(t *testing.T) {
	for name, damagedFirst := range map[string]bool{"the damaged one first": true, "the good one first": false} {
		t.Run(name, func(t *testing.T) {
			r, _ := chained()
			damaged := r.runs[1]
			damaged.Leaves = slices.Clone(damaged.Leaves)
			damaged.Leaves[0][0] ^= 1
			if damagedFirst {
				r.runs = slices.Insert(r.runs, 1, damaged)
			} else {
				r.runs = append(r.runs, damaged)
			}
			r.events = slices.Delete(r.events, 5, 6)
			report := r.whole()
			if text := say(report); report.Missing != 1 || report.Verified != 11 || !strings.Contains(text, "missing: 1 of the events that were sealed is not there") ||
				!strings.Contains(text, "the leaf hashes of seal 1") {
				t.Errorf("%+v%s", report, text)
			}
		})
	}
}

// TestDamagedLeavesAreMadeUpForByTheEvents has a seal whose leaves were edited: its
// events, all of them and no others, lead to the root that was signed.
func TestDamagedLeavesAreMadeUpForByTheEvents(t *testing.T) {
	r, _ := chained()
	r.runs[1].Leaves = slices.Clone(r.runs[1].Leaves)
	r.runs[1].Leaves[0][0] ^= 1
	if report := r.whole(); report.Verified != 12 || report.Broken != 0 || report.Mismatches != 1 {
		t.Errorf("all events are there: %+v%s", report, say(report))
	}
	forged := *r.events[5]
	forged.Target = "another"
	r.events = append(r.events, &forged)
	if report := r.whole(); report.Verified != 12 || !strings.Contains(say(report), "equivocation:") {
		t.Errorf("with another under a number that is taken: %+v%s", report, say(report))
	}
	r.events[5] = &forged
	r.events = r.events[:12]
	if report := r.whole(); report.Broken != 4 || report.Verified != 8 || !strings.Contains(say(report), "altered: of 4 events, with 4 there, at least one is not the one that was sealed") {
		t.Errorf("one is another: %+v%s", report, say(report))
	}
}

// partial is a run of which only some leaves are given, with their proof.
func partial(run verify.Run, at ...uint64) verify.Run {
	all := run.Leaves
	run.Partial, run.At, run.Leaves, run.Proof = true, at, nil, seal.Prove(all, at)
	for _, n := range at {
		run.Leaves = append(run.Leaves, all[n])
	}
	return run
}

func TestAPartOfARunIsProvenAndNothingElse(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a, b := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	r.add(e, event(a, 0, schema.KindOpen), event(a, 1, schema.KindRequest), event(b, 0, schema.KindOpen), event(a, 2, schema.KindClose))
	r.seal(e, true)
	r.runs[0] = partial(r.runs[0], 0, 1, 3)
	check := func(numbers ...int) *verify.Report {
		one := *r
		one.events = nil
		for _, n := range numbers {
			one.events = append(one.events, r.events[n])
		}
		return one.check(verify.Options{Trusted: r.collector.Trusted(), Session: a})
	}
	if report := check(0, 1, 3); report.Status() != 0 || report.Verified != 3 {
		t.Errorf("what the proof holds: %+v%s", report, say(report))
	}
	if report := check(0, 1, 2, 3); report.Broken != 1 || !strings.Contains(say(report), "extra: no proof leads from this event to its seal") {
		t.Errorf("an event beside it: %+v%s", report, say(report))
	}
	if report := check(0, 3); !strings.Contains(say(report), "missing: 1 of the events that were sealed is not there") {
		t.Errorf("an event that it holds and that is gone: %+v%s", report, say(report))
	}
	r.runs[0].Leaves = slices.Clone(r.runs[0].Leaves)
	r.runs[0].Leaves[0][0] ^= 1
	report := check(0, 1, 3)
	if text := say(report); report.Verified != 0 || report.Received != 3 || !strings.Contains(text, "the leaf hashes of seal 0") || !strings.Contains(text, "there is no seal of this epoch") {
		t.Errorf("a proof that is wrong: %+v%s", report, text)
	}
}

// TestASealThatWasLostExcusesItsOwnPlaceOnly has a collector state that it lost a
// seal, and another seal be gone.
func TestASealThatWasLostExcusesItsOwnPlaceOnly(t *testing.T) {
	for name, c := range map[string]struct {
		lost   schema.LostSeal
		gone   []int
		status int
	}{
		"the one that is gone":    {schema.LostSeal{From: 4, To: 8, Count: 1}, []int{1}, 2},
		"one before it":           {schema.LostSeal{From: 0, To: 4, Count: 1}, []int{1}, 1},
		"one behind it":           {schema.LostSeal{From: 8, To: 16, Count: 1}, []int{1}, 1},
		"one of two that are":     {schema.LostSeal{From: 4, To: 12, Count: 1}, []int{1, 2}, 1},
		"both of two that are":    {schema.LostSeal{From: 4, To: 12, Count: 2}, []int{1, 2}, 2},
		"of another epoch's name": {schema.LostSeal{Epoch: uuid.Must(uuid.NewV7()), From: 4, To: 8, Count: 1}, []int{1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := &record{collector: sealtest.New("acme", "laptop")}
			dead, living := r.collector.Epoch(begin.UnixNano()), r.collector.Epoch(begin.UnixNano())
			a := uuid.Must(uuid.NewV7())
			for n := range uint64(16) {
				r.add(dead, event(a, n, schema.KindRequest))
				if n%4 == 3 {
					r.seal(dead, n == 15)
				}
			}
			for _, n := range slices.Backward(c.gone) {
				r.runs = slices.Delete(r.runs, n, n+1)
			}
			if c.lost.Epoch == (uuid.UUID{}) {
				c.lost.Epoch = dead.UUID
			}
			r.add(living, stating(schema.Lost{Seals: []schema.LostSeal{c.lost}}))
			r.seal(living, true)
			if report := r.whole(); report.Status() != c.status {
				t.Errorf("status %d, want %d%s", report.Status(), c.status, say(report))
			}
		})
	}
}

// TestACheckOfOneSessionMissesNothingOfOthers gives the seals and events of one session,
// between which another session's lie.
func TestACheckOfOneSessionMissesNothingOfOthers(t *testing.T) {
	r := &record{collector: sealtest.New("acme", "laptop")}
	e := r.collector.Epoch(begin.UnixNano())
	a, b := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	r.add(e, event(a, 0, schema.KindOpen))
	r.seal(e, false)
	r.add(e, event(b, 0, schema.KindOpen))
	r.seal(e, false)
	r.add(e, event(b, 1, schema.KindRequest), event(a, 1, schema.KindClose))
	r.seal(e, true)
	session := verify.Options{Trusted: r.collector.Trusted(), Session: a, Now: begin.Add(time.Hour)}
	if report := r.check(session); report.Status() != 0 || report.Sessions != 1 {
		t.Errorf("with the events of both: %+v%s", report, say(report))
	}
	r.runs = slices.Delete(r.runs, 1, 2)
	r.events = []*schema.Event{r.events[0], r.events[3]}
	if report := r.check(session); report.Status() != 0 || report.Verified != 2 {
		t.Errorf("with its own alone: %+v%s", report, say(report))
	}
}
