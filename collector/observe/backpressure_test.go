package observe_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

const maxWait = 250 * time.Millisecond

// fullQueue is a queue whose traffic waits, full with messages that were taken and are not
// done, their bytes, and a process that has more to say.
func fullQueue(t *testing.T) (q *observe.Queue, x *observe.Exchange, taken []observe.Observation) {
	t.Helper()
	q = observe.New(observe.Config{MaxBytes: 64 << 10, MaxItems: 1 << 20, MaxWait: maxWait})
	x = process(q)
	for range 100 {
		x.Message(schema.ClientToServer, body(1000), time.Now())
	}
	x.Passed(schema.ClientToServer)
	taken, losses := q.Take(nil)
	if n, _ := lost(losses); n == 0 || n != uint64(101-len(taken)) {
		t.Fatalf("%d messages are queued and %d lost", len(taken), n)
	}
	q.Done(0) // it moves
	return q, x, taken
}

func TestMessagesWaitInOrderUntilThereIsCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, x, taken := fullQueue(t)
		var group sync.WaitGroup
		for i := range 3 {
			group.Go(func() { x.Message(schema.ServerToClient, body(900+i), time.Now()) })
			synctest.Wait()
		}
		time.Sleep(maxWait / 2)
		q.Done(sum(taken[:len(taken)/3])) // now two thirds are in use
		synctest.Wait()
		if items, _ := q.Take(nil); len(items) > 0 {
			t.Fatal("a message took of the half that is for those whose wait is over")
		}
		q.Done(sum(taken[len(taken)/3:]))
		group.Wait()
		items, losses := q.Take(nil)
		if len(items) != 3 || len(losses) != 0 {
			t.Fatalf("%d of 3 messages were recorded, losses %v", len(items), losses)
		}
		for i := range items {
			if items[i].Body.Size != uint64(900+i) || items[i].Waited != maxWait/2 {
				t.Errorf("message %d has %d bytes and waited %v", i, items[i].Body.Size, items[i].Waited)
			}
		}
	})
}

func TestAMessagePassesAtTheBoundOfItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, x, _ := fullQueue(t)
		expired, waited := q.Stats.Expired.Load(), q.Stats.Waited.Load()
		begun := time.Now()
		if !x.Message(schema.ServerToClient, body(1000), begun) || time.Since(begun) != maxWait {
			t.Errorf("a message passed after %v", time.Since(begun))
		}
		// The bytes at hand have used up their bound; those that come next have not.
		if x.Message(schema.ServerToClient, body(1000), begun); time.Since(begun) != maxWait {
			t.Errorf("the bytes at hand waited for %v", time.Since(begun))
		}
		if x.Waited(schema.ServerToClient) != maxWait || q.Stats.Expired.Load() != expired+1 || time.Duration(q.Stats.Waited.Load()-waited) != maxWait {
			t.Errorf("counted: waited %v, expired %d", x.Waited(schema.ServerToClient), q.Stats.Expired.Load()-expired)
		}
		for range 50 { // a record that does not move is not waited for for ever
			x.Passed(schema.ServerToClient)
			x.Message(schema.ServerToClient, body(1000), time.Now())
		}
		if d := time.Since(begun); d > 22*maxWait {
			t.Errorf("52 messages waited for %v for a record that stands still", d)
		}
		_, losses := q.Take(nil)
		if n, _ := lost(losses); n != 52 {
			t.Errorf("%d of 52 messages are counted as lost", n)
		}
	})
}

func TestWhatThePausedRecordRefusesWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := observe.New(observe.Config{MaxBytes: 64 << 10, MaxItems: 100, MaxWait: maxWait})
		x := process(q)
		q.Pause()
		time.AfterFunc(maxWait/2, func() { q.Resume() })
		x.Message(schema.ClientToServer, body(10), time.Now())
		if items, losses := q.Take(nil); len(items) != 2 || len(losses) != 0 {
			t.Errorf("%d items and losses %v", len(items), losses)
		}
	})
}

// TestAFloodIsSlowedDownAndNothingIsLost has many clients flood a queue whose consumer is
// slow.
func TestAFloodIsSlowedDownAndNothingIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, each = 50, 200
		q := observe.New(observe.Config{MaxBytes: 32 << 10, MaxItems: 64, MaxWait: maxWait})
		var group sync.WaitGroup
		for range clients {
			group.Go(func() {
				x := process(q)
				for i := range each {
					x.Message(schema.ClientToServer, body(100+i), time.Now())
					x.Passed(schema.ClientToServer)
				}
			})
		}
		done := make(chan struct{})
		go func() { group.Wait(); close(done) }()
		next := map[*observe.Exchange]uint64{}
		messages := 0
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			case <-q.Wake():
			}
			time.Sleep(time.Millisecond)
			items, losses := q.Take(nil)
			if len(losses) > 0 {
				t.Fatal("a message was lost")
			}
			for i := range items {
				if o := &items[i]; o.Kind == observe.KindMessage {
					messages++
					if want := 100 + next[o.Exchange]; o.Body.Size != want {
						t.Fatalf("message of %d bytes, want %d", o.Body.Size, want)
					}
					next[o.Exchange]++
				}
			}
			q.Done(sum(items))
		}
		if messages != clients*each || q.Stats.Waits.Load() == 0 {
			t.Errorf("%d of %d messages, %d waited", messages, clients*each, q.Stats.Waits.Load())
		}
	})
}
