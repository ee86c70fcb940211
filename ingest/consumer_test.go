package ingest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// inBubble runs a case under a clock of its own.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestBlocksEndAtMultiplesWhateverComesTogether(t *testing.T) {
	for name, c := range map[string]struct {
		records int
		resume  int64
		config  func(*Config)
		want    []string
	}{
		"from the start":               {records: 20, want: tokens([2]int{0, 7}, [2]int{8, 15}, [2]int{16, 19})},
		"from the middle of a block":   {records: 20, resume: 5, want: tokens([2]int{5, 7}, [2]int{8, 15}, [2]int{16, 19})},
		"a block of one":               {records: 3, config: func(c *Config) { c.BlockEvents = 1 }, want: tokens([2]int{0, 0}, [2]int{1, 1}, [2]int{2, 2})},
		"large records cut early":      {records: 8, config: func(c *Config) { c.BlockBytes = 200 }, want: nil},
		"nothing waits for a full one": {records: 2, want: tokens([2]int{0, 1})},
	} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t, c.records)
			if c.resume > 0 {
				w.committed = c.resume
				for o := range c.resume {
					w.stored[o] = "earlier"
				}
			}
			config := small()
			if c.config != nil {
				c.config(&config)
			}
			w.run(config, w.allCommitted)
			if c.want != nil && !slices.Equal(w.inserts, c.want) {
				t.Errorf("blocks %v, want %v", w.inserts, c.want)
			}
			if c.want == nil && len(w.inserts) < 3 {
				t.Errorf("blocks %v, want several", w.inserts)
			}
		})
	}
}

func TestABlockIsTriedUntilItsFateIsKnown(t *testing.T) {
	for name, f := range map[string]fate{"not applied": notStored, "applied but reported failed": storedNotReported, "known but not there": notStoredTokenKnown} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t, 20)
			w.insert = func(n int) fate {
				if n%3 != 2 {
					return f
				}
				return storedAndReported
			}
			m := w.run(small(), w.allCommitted)
			if n := testutil.ToFloat64(m.retries); n != 6 {
				t.Errorf("%v retries of 3 blocks that fail twice each", n)
			}
			if w.resumes != 1 {
				t.Errorf("started over %d times", w.resumes-1)
			}
			if len(m.Troubles()) > 0 {
				t.Errorf("still in trouble: %v", m.Troubles())
			}
		})
	}
}

func TestAStoreThatIsAwayStopsReadingAndShows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 20)
		w.insert = func(int) fate { return notStored }
		until := time.Now().Add(time.Minute)
		var troubles []string
		m := w.run(small(), func() bool { troubles = w.metrics.Troubles(); return time.Now().After(until) })
		if left := m.Troubles(); len(left) > 0 {
			t.Errorf("in trouble over a partition it no longer has: %v", left)
		}
		if len(troubles) != 1 || !strings.Contains(troubles[0], errBroken.Error()) {
			t.Errorf("troubles %v", troubles)
		}
		if n := testutil.ToFloat64(m.records); n > 8 {
			t.Errorf("%v records read for one block of 8", n)
		}
		if w.committed != -2 || w.attempts > 60 {
			t.Errorf("committed %d, %d attempts in a minute", w.committed, w.attempts)
		}
	})
}

func TestWhatIsStoredBeyondTheCommitIsNotStoredAgain(t *testing.T) {
	for name, already := range map[string][]int64{
		"a whole block":                    {0, 1, 2, 3, 4, 5, 6, 7},
		"part of a block":                  {0, 1, 2},
		"part of a block, on other shards": {0, 2, 3, 6},
	} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t, 20)
			for _, o := range already {
				w.stored[o] = "earlier"
			}
			w.run(small(), w.allCommitted)
			if len(w.stored) != 20 {
				t.Errorf("%d of 20 stored", len(w.stored))
			}
		})
	}
}

func TestACommitThatFailsStartsOverFromWhatIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 20)
		w.commitErr = errBroken
		w.run(small(), func() bool {
			if w.resumes > 1 {
				w.commitErr = nil
			}
			return w.allCommitted()
		})
		if len(w.stored) != 20 {
			t.Errorf("%d of 20 stored", len(w.stored))
		}
	})
}

func TestWhatKafkaLostIsRecordedNotSkipped(t *testing.T) {
	for name, c := range map[string]struct {
		shape  func(*world)
		missed float64
	}{
		"at the start": {func(w *world) { w.log = w.log[9:]; w.first = 9; w.committed = 3 }, 6},
		"in between":   {func(w *world) { w.log = slices.Delete(w.log, 6, 11) }, 5},
	} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t, 20)
			c.shape(w)
			m := w.run(small(), w.allCommitted)
			if n := testutil.ToFloat64(m.missed); n != c.missed {
				t.Errorf("%v offsets missed", n)
			}
			if len(w.stored) != len(w.log)+1 {
				t.Errorf("%d rows for %d records and a gap", len(w.stored), len(w.log))
			}
		})
	}
}

// TestAnotherLogIsReadFromWhereItDiffers stores a log, replaces it, and goes on: at once,
// as when a broker is restarted, or while nobody reads.
func TestAnotherLogIsReadFromWhereItDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		before, after int
		// kept records of the old log are in the new one too.
		kept  int
		first int64
	}{
		"made anew, and shorter":                 {before: 40, after: 5},
		"made anew, and empty":                   {before: 40, after: 0},
		"made anew, and longer":                  {before: 20, after: 45},
		"made anew, and as long":                 {before: 20, after: 20},
		"an older copy":                          {before: 40, kept: 17, after: 0},
		"an older copy, and shorter":             {before: 40, kept: 17, after: 9},
		"an older copy, and longer":              {before: 40, kept: 17, after: 50},
		"an older copy that retention has cut":   {before: 40, kept: 17, after: 50, first: 11},
		"all of it and more, which is no change": {before: 20, kept: 20, after: 10},
	} {
		for when, restart := range map[string]bool{"while it is read": false, "while nobody reads": true} {
			inBubble(t, name+", "+when, func(t *testing.T) {
				w := newWorld(t, c.before)
				replace := func() {
					old := w.log[:c.kept]
					w.log = slices.Clone(old)
					w.session++
					w.produce(c.after)
					w.first, w.log = c.first, w.log[c.first:]
				}
				var m *Metrics
				if restart {
					w.run(small(), w.allCommitted)
					replace()
					m = w.run(small(), w.allStored)
				} else {
					replacedOnce := false
					m = w.run(small(), func() bool {
						if !replacedOnce && w.allCommitted() {
							replace()
							replacedOnce = true
						}
						return replacedOnce && w.allStored()
					})
				}
				if len(w.stored) != c.before+c.after {
					t.Errorf("%d rows for %d records and then %d others", len(w.stored), c.before, c.after)
				}
				want := 1
				if c.kept == c.before {
					want = 0
				}
				if n := testutil.ToFloat64(m.logsReplaced); len(w.logs) != want || int(n) != want {
					t.Errorf("%d logs were begun, the metric counts %v, want %d", len(w.logs), n, want)
				}
				if len(m.Troubles()) > 0 {
					t.Errorf("still in trouble: %v", m.Troubles())
				}
			})
		}
	}
}

func TestACommitBeyondALogOfWhichNothingIsStoredIsOfAnotherLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.committed = 50
		w.run(small(), w.allStored)
		if len(w.stored) != 5 || len(w.logs) != 1 {
			t.Errorf("%d of 5 stored, logs %v", len(w.stored), w.logs)
		}
	})
}

func TestRejectedRecordsArePublishedThenStoredAndTheOffsetMovesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10)
		w.log[3].Value = []byte("not an event")
		w.log[7].Key = []byte("somebody else's")
		m := w.run(small(), w.allCommitted)
		if n := testutil.ToFloat64(m.rejected); n != 2 || !slices.Equal(w.published, []int64{3, 7}) {
			t.Errorf("%v rejected, published %v", n, w.published)
		}
		if n := testutil.ToFloat64(m.events); n != 8 {
			t.Errorf("%v events stored", n)
		}
	})
}

func TestALostPartitionKeepsNothingItHasNotBegunToStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 12)
		config := small()
		config.BlockWait = time.Hour
		w.run(config, func() bool { return w.committed == 8 })
		if len(w.stored) != 8 {
			t.Errorf("%d stored, want the 8 of the full block", len(w.stored))
		}
	})
}

func TestMetricsThatLintAndHelp(t *testing.T) {
	problems, err := testutil.GatherAndLint(NewMetrics().registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestAStoreThatHoldsLessIsFilledAgain puts an older copy of the store back, as one finds
// it after a restart, or under a process that goes on storing.
func TestAStoreThatHoldsLessIsFilledAgain(t *testing.T) {
	for name, c := range map[string]struct {
		from, first int64
		restart     bool
	}{
		"while it is stored to":         {from: 9},
		"while nobody stores":           {from: 9, restart: true},
		"all of it":                     {from: 0, restart: true},
		"and retention has taken a bit": {from: 9, first: 13, restart: true},
	} {
		inBubble(t, name, func(t *testing.T) {
			w := newWorld(t, 40)
			w.lostRows = true
			lose := func() {
				w.loseFrom(c.from)
				w.log, w.first = w.log[c.first:], c.first
				w.produce(5)
			}
			lost := false
			done := func() bool {
				if !lost && w.allCommitted() {
					lose()
					lost = true
				}
				return lost && w.allStored()
			}
			if c.restart {
				w.run(small(), w.allCommitted)
				lose()
				lost = true
			}
			m := w.run(small(), done)
			if n := testutil.ToFloat64(m.storeLost); n != 1 || len(w.incidents) != 1 {
				t.Fatalf("it was noticed %v times, and reported: %v", n, w.incidents)
			}
			if i := w.incidents[0]; i.Kind != StoreBehind || i.From != c.from || i.To != 39 {
				t.Errorf("reported: %+v", i)
			}
			missed := max(0, c.first-c.from)
			if n := testutil.ToFloat64(m.missed); n != float64(missed) {
				t.Errorf("%v offsets missed, want %d", n, missed)
			}
		})
	}
}
