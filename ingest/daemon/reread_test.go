package daemon_test

import (
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/ingest/reingest"
	"github.com/mcptrail/mcptrail/schema"
)

// exec changes the tables behind everybody's back.
func (b *bench) exec(statement string, args ...any) {
	b.t.Helper()
	if err := b.conn.Exec(b.t.Context(), statement, args...); err != nil {
		b.t.Fatalf("executing %s: %v", statement, err)
	}
}

// once fails unless n events are there, each once, also in what is derived from them.
func (b *bench) once(what string, events []*schema.Event) {
	b.t.Helper()
	n := int64(len(events))
	if rows, distinct := b.number("(SELECT count() FROM events)"), b.number("(SELECT uniqExact(hash) FROM events)"); rows != n || distinct != n {
		b.t.Errorf("%s: %d rows of %d events, want %d", what, rows, distinct, n)
	}
	if got := b.number("(SELECT events FROM sessions WHERE session_id = ?)", events[0].SessionID); got != n {
		b.t.Errorf("%s: the session counts %d of %d events", what, got, n)
	}
	if got := b.number("(SELECT count() FROM event_points FINAL)"); got != n {
		b.t.Errorf("%s: %d points of %d events", what, got, n)
	}
}

func (b *bench) stored(n int64) func() bool {
	return func() bool {
		return b.number("(SELECT uniqExact(hash) FROM events)") == n && b.number("(SELECT count() FROM event_points FINAL)") == n &&
			b.number("(SELECT max(events) FROM sessions)") == n
	}
}

// TestATableThatHoldsLessIsFilledAgain takes the end of what is stored away, as an older
// copy of the tables that is put back does, while ingest runs and while it does not.
func TestATableThatHoldsLessIsFilledAgain(t *testing.T) {
	for name, running := range map[string]bool{"while ingest runs": true, "while it does not": false} {
		t.Run(name, func(t *testing.T) {
			brokers, topic := testbed.Topic(t, 1)
			b := newBench(t, brokers, topic)
			b.config.Blocks.BlockEvents = 256
			events := session(2000)
			b.produce(messages(events[:1990])...)
			stop := b.run()
			b.await("1990 events", 30*time.Second, b.stored(1990))
			if !running {
				stop()
			}
			// The engine still remembers the tokens of the blocks.
			b.exec("ALTER TABLE events DELETE WHERE kafka_offset >= 700 SETTINGS mutations_sync = 2")
			b.exec("TRUNCATE TABLE session_rollup")
			b.exec("ALTER TABLE event_points DELETE WHERE 1 SETTINGS mutations_sync = 2")
			if !running {
				b.run()
			}
			b.produce(messages(events[1990:])...)
			b.await("rows that Kafka still has", 30*time.Second, func() bool {
				return b.number("(SELECT uniqExact(hash) FROM events)") == 2000
			})
			if n := b.number("(SELECT count() FROM events)"); n != 2000 {
				t.Errorf("%d rows of 2000 events", n)
			}
			if n := b.number("(SELECT count() FROM ingest_incidents WHERE kind = 'store_behind' AND from_offset = 700 AND to_offset = 1989)"); n != 1 {
				t.Errorf("it was recorded %d times: %s", n, b.text("SELECT toString(groupArray((kind, from_offset, to_offset))) FROM ingest_incidents"))
			}
		})
	}
}

// TestReingestBringsBackWhatKafkaStillHas takes rows away that lie far before what is
// stored, of which ingest sees nothing.
func TestReingestBringsBackWhatKafkaStillHas(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	events := session(3000)
	b.produce(messages(events)...)
	b.run()
	b.await("3000 events", 30*time.Second, b.stored(3000))
	b.exec("ALTER TABLE events DELETE WHERE kafka_offset BETWEEN 500 AND 2499 SETTINGS mutations_sync = 2")
	b.exec("TRUNCATE TABLE session_rollup")
	b.exec("ALTER TABLE event_points DELETE WHERE 1 SETTINGS mutations_sync = 2")

	again := func(from string, dry bool) reingest.Partition {
		t.Helper()
		at, err := reingest.ParseFrom(from, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		all, err := reingest.Run(t.Context(), reingest.Config{Source: b.config.Source, ClickHouse: b.config.ClickHouse, From: at, DryRun: dry, BlockEvents: 700})
		if err != nil || len(all) != 1 || !all[0].Done() {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	if p := again("beginning", true); p.Read != 3000 || p.Missing != 2000 || p.Stored != 0 {
		t.Errorf("a dry run: %+v", p)
	}
	if n := b.number("(SELECT count() FROM events)"); n != 1000 {
		t.Errorf("a dry run left %d rows", n)
	}
	if p := again("1500", false); p.Read != 1500 || p.Missing != 1000 || p.Stored != 1000 {
		t.Errorf("from the middle: %+v", p)
	}
	if p := again("1h", false); p.Missing != 1000 || p.Stored != 1000 {
		t.Errorf("from an hour ago: %+v", p)
	}
	b.once("after all of it", events)
	if p := again("beginning", false); p.Missing != 0 || p.Stored != 0 {
		t.Errorf("a second time: %+v", p)
	}
	// A collector that publishes again gives its events other places.
	b.produce(messages(events[:10])...)
	b.await("the repeats", 20*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 3010 })
	b.exec("ALTER TABLE events DELETE WHERE kafka_offset < 10 SETTINGS mutations_sync = 2")
	if p := again("beginning", false); p.Missing != 0 {
		t.Errorf("of events that are stored from another place: %+v", p)
	}
	b.once("after repeats", events)
}

// TestWhatViewsLackIsFilledByTheNextOwner takes away what views made of rows that are not
// committed, as a server leaves it whose client dies between a block's rows and its views.
func TestWhatViewsLackIsFilledByTheNextOwner(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	events := session(50)
	b.produce(messages(events)...)
	stop := b.run()
	b.await("50 events", 30*time.Second, b.stored(50))
	stop()
	b.exec("TRUNCATE TABLE session_rollup")
	b.exec("ALTER TABLE event_points DELETE WHERE 1 SETTINGS mutations_sync = 2")
	b.config.Source.Group += "_that_committed_nothing"
	b.run()
	b.await("what the views make of them", 30*time.Second, b.stored(50))
	b.once("after the next owner", events)
}
