package daemon_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/ingest"
	store "github.com/mcptrail/mcptrail/ingest/clickhouse"
	"github.com/mcptrail/mcptrail/ingest/daemon"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	testbed.Main(m)
}

// bench is a topic, tables, and an ingest configuration between them.
type bench struct {
	t       testing.TB
	brokers []string
	topic   string
	conn    driver.Conn
	config  daemon.Config
}

func newBench(t testing.TB, brokers []string, topic string) *bench {
	db := testbed.ClickHouse(t)
	if _, err := ddl.Migrate(t.Context(), db.Options, ddl.Layout{Database: db.Name}); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(db.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	blocks := ingest.Defaults()
	blocks.BlockWait = 100 * time.Millisecond
	return &bench{t: t, brokers: brokers, topic: topic, conn: conn, config: daemon.Config{
		Source: kafkasource.Config{Kafka: kafkaconn.Options{Brokers: brokers}, Topics: []string{topic}, Group: topic,
			SessionTimeout: 30 * time.Second, StartTimeout: 10 * time.Second},
		ClickHouse: db.Options, Blocks: blocks}}
}

// run starts ingest and returns what stops it and waits for it.
func (b *bench) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- daemon.Run(ctx, b.config, slog.New(slog.NewTextHandler(b.t.Output(), nil))) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				b.t.Errorf("ingest ended with: %v", err)
			}
		case <-time.After(30 * time.Second):
			b.t.Error("ingest did not stop")
		}
	}
	b.t.Cleanup(stop)
	return stop
}

// session makes n events of one session, about a kilobyte each.
func session(n int) []*schema.Event {
	id := uuid.Must(uuid.NewV7())
	events := make([]*schema.Event, n)
	for i := range events {
		events[i] = &schema.Event{Version: schema.Version, Tenant: "acme", CollectorID: "laptop", Epoch: id, CollectorSeq: uint64(i), SessionID: id, Seq: uint64(i),
			Basis: schema.BasisStdio, Time: time.Now().UnixNano(), Kind: schema.KindRequest, Direction: schema.ClientToServer,
			Method: "tools/call", RPCID: fmt.Sprintf("n:%d", i), Target: "read_file", Transport: schema.TransportStdio,
			ClientName: "inspector", ServerName: "files", ProtocolVersion: "2025-11-25",
			Payload: fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/srv/%x"}}}`, i, bytes.Repeat([]byte{byte(i)}, 350))}
		if i > 0 {
			events[i].Prev = schema.LeafHash(events[i-1].Append(nil))
		}
	}
	return events
}

func messages(events []*schema.Event) []kafka.Message {
	out := make([]kafka.Message, len(events))
	for i, e := range events {
		out[i] = kafka.Message{Key: e.SessionID[:], Value: e.Append(nil)}
	}
	return out
}

func (b *bench) produce(messages ...kafka.Message) {
	b.t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(b.brokers...), Topic: b.topic, Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll,
		BatchTimeout: 5 * time.Millisecond, BatchSize: 500, BatchBytes: 16 << 20, Compression: kafka.Zstd,
		Transport: &kafka.Transport{}} // The default one remembers for 6 s which topics exist.
	defer w.Close()
	if err := w.WriteMessages(context.Background(), messages...); err != nil {
		b.t.Fatalf("producing: %v", err)
	}
}

// number asks for one number.
func (b *bench) number(query string, args ...any) (n int64) {
	b.t.Helper()
	if err := b.conn.QueryRow(context.Background(), "SELECT toInt64("+query+")", args...).Scan(&n); err != nil {
		b.t.Fatalf("asking for %s: %v", query, err)
	}
	return n
}

func (b *bench) text(query string) (s string) {
	if err := b.conn.QueryRow(context.Background(), query).Scan(&s); err != nil {
		b.t.Errorf("asking %s: %v", query, err)
	}
	return s
}

func (b *bench) await(what string, limit time.Duration, met func() bool) {
	b.t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-deadline:
			b.t.Fatalf("%s: not within %v", what, limit)
		case <-tick.C:
		}
	}
}

func TestEventsAreStoredOnceWithTheirSession(t *testing.T) {
	brokers, topic := testbed.Topic(t, 3)
	b := newBench(t, brokers, topic)
	events := session(1000)
	b.produce(messages(events)...)
	stop := b.run()
	b.await("1000 events", 20*time.Second, func() bool { return b.number("(SELECT count() FROM events)") >= 1000 })
	stop()
	if n := b.number("(SELECT uniqExact(hash) FROM events)"); n != 1000 {
		t.Errorf("%d distinct events stored", n)
	}
	if n := b.number("(SELECT events FROM sessions WHERE session_id = ?)", events[0].SessionID); n != 1000 {
		t.Errorf("the session counts %d events", n)
	}
	if n := b.number("(SELECT count() FROM event_points FINAL)"); n != 1000 {
		t.Errorf("%d points", n)
	}
	if n := b.number("(SELECT max(offset) FROM ingest_progress WHERE topic = ?)", topic); n != 999 {
		t.Errorf("stored up to offset %d", n)
	}
}

// TestWhatIsStoredIsNotStoredAgainWithoutACommit stores two blocks in one, as a process
// would that died between the insert and the commit: their token is another, and only
// the offsets that are stored tell.
func TestWhatIsStoredIsNotStoredAgainWithoutACommit(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	events := session(20)
	stored := func(n int64) func() bool {
		return func() bool { return b.number("(SELECT count() FROM events)") >= n }
	}
	stop := b.run()
	for n := 0; n < 10; n += 5 {
		b.produce(messages(events[n : n+5])...)
		b.await("a block that time cut", 20*time.Second, stored(int64(n+5)))
	}
	stop()
	b.config.Source.Group += "_that_committed_nothing"
	b.produce(messages(events[10:])...)
	b.run()
	b.await("the rest", 30*time.Second, func() bool { return b.number("(SELECT uniqExact(hash) FROM events)") == 20 })
	if n := b.number("(SELECT count() FROM events)"); n != 20 {
		t.Errorf("%d rows for 20 events", n)
	}
}

// TestABlockThatTheEngineKnowsAndHasNotIsStored has the engine remember a block whose
// rows are gone, as one that is killed while it takes a block may.
func TestABlockThatTheEngineKnowsAndHasNotIsStored(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	s, err := store.New(b.config.ClickHouse)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	block := ingest.Block{Topic: topic, Last: 9, Begun: time.Now()}
	for i, e := range session(10) {
		block.Events = append(block.Events, ingest.Entry{Event: e, Offset: int64(i), Hash: schema.LeafHash(e.Append(nil))})
	}
	insert := func(tried bool, want int64) {
		t.Helper()
		block.Tried = tried
		if err := s.Insert(t.Context(), &block); err != nil {
			t.Fatal(err)
		}
		if n := b.number("(SELECT count() FROM events)"); n != want {
			t.Fatalf("%d of %d rows", n, want)
		}
	}
	lose := func(statement string) {
		t.Helper()
		if err := b.conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	insert(false, 10)
	lose("ALTER TABLE events DELETE WHERE kafka_offset >= 4 SETTINGS mutations_sync = 2")
	lose("TRUNCATE TABLE session_rollup")
	insert(false, 4) // the engine takes it for a repeat
	insert(true, 10)
	insert(true, 10)
	if n := b.number("(SELECT events FROM sessions)"); n != 10 {
		t.Errorf("the session counts %d events", n)
	}
}

func TestWhatIsNoEventIsKeptAsRejectedAndTheRestGoesOn(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	_, rejected := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	b.config.RejectedTopic = rejected
	good := messages(session(10))
	forged := good[9]
	forged.Key = []byte("another session!")
	b.produce(append(append(good[:5:5], kafka.Message{Key: []byte("k"), Value: []byte("not an event")}, forged), good[5:]...)...)
	b.run()
	b.await("10 events", 20*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 10 })
	b.await("2 rejected", 20*time.Second, func() bool {
		return b.number("(SELECT count() FROM rejected WHERE raw IN ('not an event', ?) AND reason != '' AND kafka_offset IN (5, 6))", string(forged.Value)) == 2
	})
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: rejected, MaxWait: 100 * time.Millisecond})
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if m, err := r.FetchMessage(ctx); err != nil || string(m.Value) != "not an event" {
		t.Errorf("topic %s holds %q, %v", rejected, m.Value, err)
	}
}

func TestSealsAreStoredOnceFromATopicOfTheirOwn(t *testing.T) {
	brokers, topic := testbed.Topic(t, 2)
	_, seals := testbed.Topic(t, 1)
	b := newBench(t, brokers, topic)
	b.config.Source.Topics = append(b.config.Source.Topics, seals)
	epoch := sealtest.New("acme", "laptop").Epoch(time.Now().UnixNano())
	events := session(50)
	var sealed []kafka.Message
	for run := range slices.Chunk(events, 10) {
		epoch.Add(run...)
		record := epoch.Seal(false)
		sealed = append(sealed, kafka.Message{Key: []byte("laptop"), Value: record.Append(nil)})
	}
	b.produce(messages(events)...)
	forged := kafka.Message{Key: []byte("another"), Value: sealed[0].Value}
	cut := kafka.Message{Key: []byte("laptop"), Value: sealed[0].Value[:100]}
	other := newBench(t, brokers, seals)
	other.produce(append(sealed, forged, cut)...)
	b.run()
	b.await("50 events, 5 seals, 2 rejected", 20*time.Second, func() bool {
		return b.number("(SELECT count() FROM events)") == 50 && b.number("(SELECT count() FROM seals)") == 5 && b.number("(SELECT count() FROM rejected)") == 2
	})
	if n := b.number("(SELECT count() FROM seals WHERE has(sessions, toUUID(?)) AND first_seq = 10 * seal_index AND count = 10 AND length(leaves) = 320 AND topic = ?)", events[0].SessionID, seals); n != 5 {
		t.Errorf("%d seals found by what they say", n)
	}
	if n := b.number("(SELECT max(greatest(offset, rejected_offset)) FROM ingest_progress WHERE topic = ?)", seals); n != 6 {
		t.Errorf("seals are stored up to offset %d", n)
	}
}

func TestAPayloadOfTheLargestSizePasses(t *testing.T) {
	brokers, topic := testbed.Topic(t, 1)
	largest(t, newBench(t, brokers, topic))
}

func largest(t *testing.T, b *bench) {
	events := session(3)
	for i := range uint64(schema.MaxPayload / 8) {
		// Bytes that do not compress.
		events[1].Payload = append(events[1].Payload[:i*8], byte(i*i), byte(i*i>>8), byte(i*2654435761>>13), byte(i*2654435761>>21), byte(i*40503>>3), byte(i*i*i>>7), byte(i>>2), byte(i))
	}
	for _, m := range messages(events) {
		b.produce(m)
	}
	b.run()
	b.await("3 events", 30*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 3 })
	if n := b.number("(SELECT max(length(payload)) FROM events)"); n != schema.MaxPayload {
		t.Errorf("largest payload has %d bytes", n)
	}
}
