package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/background"
	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/testbed/apachekafka"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
)

// storage is an Apache Kafka, an engine, and the tables in it.
type storage struct {
	kafka  *apachekafka.Node
	engine *engine.Engine
	conn   driver.Conn
}

// The databases of ingest and of what it is compared with.
const (
	ours   = "mcptrail"
	theirs = "kafka_engine"
)

func (b *bench) storage(ctx context.Context) (*storage, error) {
	s := &storage{engine: engine.New(engine.Options{Dir: filepath.Join(b.scratch, "engine")})}
	dir := filepath.Join(b.scratch, "kafka")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	s.kafka = apachekafka.New(dir)
	if err := s.begin(ctx); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *storage) begin(ctx context.Context) error {
	if err := s.kafka.Start(ctx); err != nil {
		return err
	}
	if err := s.coordinator(ctx); err != nil {
		return err
	}
	if err := s.engine.Start(ctx); err != nil {
		return err
	}
	for _, database := range []string{ours, theirs} {
		options, err := clickhouse.ParseDSN(s.engine.DSN(database))
		if err != nil {
			return err
		}
		if _, err := ddl.Migrate(ctx, options, ddl.Layout{Database: database}); err != nil {
			return err
		}
	}
	options, err := clickhouse.ParseDSN(s.engine.DSN("default"))
	if err != nil {
		return err
	}
	s.conn, err = clickhouse.Open(options)
	return err
}

// coordinator waits until the broker serves consumer groups, which takes a fresh one
// a second: the first reader would pay for it.
func (s *storage) coordinator(ctx context.Context) error {
	transport := &kafka.Transport{} // the default one would remember that there is no topic yet
	defer transport.CloseIdleConnections()
	client := kafka.Client{Addr: kafka.TCP(s.kafka.Addr), Timeout: 5 * time.Second, Transport: transport}
	for {
		answer, err := client.FindCoordinator(ctx, &kafka.FindCoordinatorRequest{Key: "bench", KeyType: kafka.CoordinatorKeyTypeConsumer})
		if err == nil && answer.Error == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *storage) end() {
	if s.conn != nil {
		s.conn.Close()
	}
	if err := s.engine.Close(); err != nil {
		say("stopping the engine: %v", err)
	}
	s.kafka.Kill()
}

// await waits until that many rows are stored and returns how long it took.
func (s *storage) await(ctx context.Context, database string, rows int, by *background.Process) (time.Duration, error) {
	began := time.Now()
	ended := make(<-chan struct{})
	if by != nil {
		ended = by.Done()
	}
	for {
		var stored uint64
		if err := s.conn.QueryRow(ctx, "SELECT count() FROM "+database+".events").Scan(&stored); err != nil {
			return 0, fmt.Errorf("counting rows: %w", err)
		}
		if stored >= uint64(rows) {
			return time.Since(began), nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-ended:
			return 0, errors.New("mcptrail-ingest ended, see above")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ingestAndQuery stores the same events in the same engine twice, with
// mcptrail-ingest and with the engine's own Kafka table, and then reads sessions.
func (b *bench) ingestAndQuery(ctx context.Context) (r report, err error) {
	s, err := b.storage(ctx)
	if errors.Is(err, engine.ErrMissing) || errors.Is(err, apachekafka.ErrMissing) {
		return report{Notes: []string{"NOT MEASURED: " + err.Error()}}, nil
	}
	if err != nil {
		return r, err
	}
	defer s.end()
	bytes, err := b.preload(ctx, s)
	if err != nil {
		return r, err
	}
	// Merges are put off for both: they would be those of whoever came before.
	if err := s.conn.Exec(ctx, "SYSTEM STOP MERGES"); err != nil {
		return r, fmt.Errorf("stopping merges: %w", err)
	}
	argv := b.ours("mcptrail-ingest", "--brokers", s.kafka.Addr, "--seals-topic", "", "--rejected-topic", "", "--listen", "", "--database", ours)
	ingest, own, err := b.ingest(ctx, s, argv)
	if err != nil {
		return r, err
	}
	defer ingest.Stop()
	table, err := b.kafkaTable(ctx, s)
	if err != nil {
		return r, err
	}
	if err := s.conn.Exec(ctx, "SYSTEM START MERGES"); err != nil {
		return r, fmt.Errorf("starting merges: %w", err)
	}
	r.Commands = append(r.Commands, strings.Join(argv, " "))
	r.Rows = append(r.Rows, row{"mcptrail-ingest", append(own.figures(), figure{"per core of ingest", own.events / own.own.Seconds()})},
		row{"ClickHouse's Kafka table", table.figures()})
	r.Aims = append(r.Aims, atLeast("events/s per core of mcptrail-ingest", 100_000, own.events/own.own.Seconds()),
		atLeast("events/s, ingest to Kafka table", 1, own.rate()/table.rate()),
		atLeast("events per cpu s, ingest to Kafka table", 1, own.perCPU()/table.perCPU()))
	r.Notes = append(r.Notes, fmt.Sprintf("%d events of %d bytes in %d partitions of an Apache Kafka, zstd", b.events, bytes/b.events, partitions),
		"merges are stopped while either stores; the Kafka table reads RowBinary that has hash and offset in it")
	return r, b.query(ctx, s, ingest, &r)
}

// stored is one way to store all events. Rates are over its cpu time of all
// processes; a Kafka table has no process of its own.
type stored struct {
	events            float64
	took, own, engine time.Duration
}

func (s stored) rate() float64   { return s.events / s.took.Seconds() }
func (s stored) perCPU() float64 { return s.events / (s.own + s.engine).Seconds() }

func (s stored) figures() []figure {
	return []figure{{"events/s", s.rate()}, {"ingest cpu s", s.own.Seconds()}, {"engine cpu s", s.engine.Seconds()}, {"events per cpu s", s.perCPU()}}
}

// preload fills the topic and returns how many bytes all events have.
func (b *bench) preload(ctx context.Context, s *storage) (bytes int, err error) {
	const session = 1000
	if err := s.kafka.CreateTopic(ctx, schema.TopicEvents, partitions); err != nil {
		return 0, err
	}
	say("ingest: producing %d events", b.events)
	random := rand.New(rand.NewPCG(1, 2))
	for at := 0; at < b.events; at += session {
		messages := conversation(sessionID(at/session), min(session, b.events-at), random)
		for _, m := range messages {
			bytes += len(m.Value)
		}
		if err := produce(ctx, s.kafka.Addr, schema.TopicEvents, messages); err != nil {
			return 0, err
		}
	}
	return bytes, nil
}

// sessionID of the n-th session: a UUIDv7 that is the same in every run.
func sessionID(n int) uuid.UUID {
	id := uuid.MustParse("0193a000-0000-7000-8000-000000000000")
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// ingest measures mcptrail-ingest and leaves it running.
func (b *bench) ingest(ctx context.Context, s *storage, argv []string) (*background.Process, stored, error) {
	say("ingest: mcptrail-ingest")
	before := cpu(s.engine.Pid())
	p, err := start(argv, "MCPTRAIL_CLICKHOUSE="+s.engine.DSN(ours))
	if err != nil {
		return nil, stored{}, err
	}
	took, err := s.await(ctx, ours, b.events, p)
	if err != nil {
		p.Stop()
		return nil, stored{}, err
	}
	return p, stored{float64(b.events), took, cpu(p.Pid()), cpu(s.engine.Pid()) - before}, nil
}
