package ship_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/mcptrail/mcptrail/collector/kafkasink"
	"github.com/mcptrail/mcptrail/collector/ship"
	"github.com/mcptrail/mcptrail/schema"
)

// reads says how far ingest has read the events' topic, and of which log.
func (w *way) reads(log ship.Log) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logs = map[kafkasink.Place]ship.Log{{Topic: schema.TopicEvents}: log}
}

func TestWhatIsNotStoredIsPublishedAgainWhereTheLogIsAnother(t *testing.T) {
	w := newWay(t, t.TempDir())
	w.reads(ship.Log{Offset: -1, Number: 0})
	before := w.end()
	w.run()
	w.append(0, 10)
	waitFor(t, "all to be published", func() bool { return w.end() == before+10 })
	w.store(everything)
	waitFor(t, "all to be freed", func() bool { return w.spool.Unfreed() == 0 })
	w.store(nothing)
	w.append(10, 30) // of these it is known which log they are in
	waitFor(t, "the others to be published", func() bool { return w.end() == before+30 })
	if cause := w.Resending(); cause != "" {
		t.Errorf("resending: %s", cause)
	}
	w.reads(ship.Log{Offset: -1, Number: 65536})
	waitFor(t, "the others to be published again", func() bool { return w.end() == before+50 && w.Resending() != "" })
	w.store(everything)
	waitFor(t, "that to be over", func() bool { return w.Resending() == "" && w.spool.Unfreed() == 0 })
}

func TestWhatIngestHasPassedOverIsPublishedAgain(t *testing.T) {
	w := newWay(t, t.TempDir())
	before := w.end()
	w.run()
	w.append(0, 30)
	waitFor(t, "all to be published", func() bool { return w.end() == before+30 })
	w.reads(ship.Log{Offset: int64(before) + 28})
	w.asked(15) // for longer than it is patient
	if n := w.end(); n != before+30 {
		t.Fatalf("%d records are published although ingest has not come to the last of 30", n-before)
	}
	w.reads(ship.Log{Offset: int64(before) + 29})
	waitFor(t, "all to be published again", func() bool { return w.end() == before+60 })
	if len(w.damages) > 0 {
		t.Errorf("lost: %+v", w.damages)
	}
}

// TestWhatIngestNeverTakesIsNamedAndHoldsUpNothing has a store that takes all but two
// events, however often they come.
func TestWhatIngestNeverTakesIsNamedAndHoldsUpNothing(t *testing.T) {
	w := newWay(t, t.TempDir())
	w.store(func(run ship.Run) ship.Run {
		run.Events = []ship.Range{{From: 0, To: 9}, {From: 11, To: 16}, {From: 18, To: 1000}}
		return run
	})
	w.reads(ship.Log{Offset: 1 << 40})
	w.run()
	w.append(0, 30)
	waitFor(t, "the two to be named", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.damages) == 1 })
	waitFor(t, "the others to be freed", func() bool { return w.spool.Unfreed() == 0 })
	d := w.damages[0]
	if d.Records != 2 || len(d.Lost.Events) != 2 || d.Lost.Events[0].From != 10 || d.Lost.Events[1].To != 17 || d.Reason != "refused_by_ingest" {
		t.Errorf("named %+v", d)
	}
}

// TestNothingIsFreedThatIsNotStored publishes everything again in the middle of
// everything, while the store takes records in any order.
func TestNothingIsFreedThatIsNotStored(t *testing.T) {
	w := newWay(t, t.TempDir())
	const count, base = 3000, 200
	luck := rand.New(rand.NewPCG(1, 2))
	stored := map[uint64]bool{} // guarded by w.mu, as is first
	first := uint64(0)
	w.store(func(run ship.Run) ship.Run {
		if freed := w.spool.Last().Number - w.spool.Unfreed(); freed > first {
			t.Errorf("%d are freed, and record %d is not stored", freed, first)
		}
		for range base {
			stored[first+luck.Uint64N(3*base)] = true
		}
		for stored[first] {
			first++
		}
		answer := ship.Run{Epoch: run.Epoch}
		for _, r := range run.Events {
			for n := r.From; n <= r.To; n++ {
				switch last := len(answer.Events) - 1; {
				case !stored[n]:
				case last >= 0 && answer.Events[last].To+1 == n:
					answer.Events[last].To = n
				default:
					answer.Events = append(answer.Events, ship.Range{From: n, To: n})
				}
			}
		}
		// The next question comes at once: another log, or the same.
		w.logs = map[kafkasink.Place]ship.Log{{Topic: schema.TopicEvents}: {Offset: luck.Int64N(2) << 40, Number: luck.Int64N(2)}}
		return answer
	})
	w.run()
	var group sync.WaitGroup
	group.Go(func() {
		for n := uint64(0); n < count; n += 10 {
			w.append(n, n+10)
		}
	})
	group.Wait()
	waitFor(t, "all to be freed", func() bool { return w.spool.Unfreed() == 0 })
	if w.Stats.Rewinds.Load() == 0 {
		t.Error("nothing was published again")
	}
}

// nothing is a store that has nothing.
func nothing(run ship.Run) ship.Run { return ship.Run{Epoch: run.Epoch} }
