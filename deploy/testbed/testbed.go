// Package testbed gives tests real parts: a ClickHouse server, a
// Kafka-protocol broker, and an Apache Kafka.
//
// The one rule: a part that is missing is a skipped test on a laptop and a
// failed one where CI is set, never a test that passes without it.
package testbed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/deploy/broker"
	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/schema"
)

// shared is what the tests of one process have in common. Each part starts
// when the first test asks for it.
type shared struct {
	dir string
	// mu guards the rest, and is held while a part starts.
	mu     sync.Mutex
	engine *engine.Engine
	broker *broker.Broker
}

// parts is the process's one set, made by Main.
var parts *shared

// Main runs a package's tests and stops what they started. It is all that a
// TestMain does:
//
//	func TestMain(m *testing.M) { testbed.Main(m) }
func Main(m *testing.M) {
	engine.ServeIfChild()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mcptrail-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "making a directory for tests:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	parts = &shared{dir: dir}
	code := m.Run()
	if err := parts.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the parts of the tests:", err)
		return 1
	}
	return code
}

// clickHouse starts the engine, again if a test has been the end of it.
func (s *shared) clickHouse(t testing.TB) (*engine.Engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.engine == nil {
		e := engine.New(engine.Options{Dir: filepath.Join(s.dir, "engine")})
		if err := e.Start(context.Background()); err != nil {
			return nil, err
		}
		s.engine = e
	}
	select {
	case <-s.engine.Done():
		t.Logf("STARTING CLICKHOUSE AGAIN, an earlier test ended it: %v", s.engine.Err())
		return s.engine, s.engine.Start(context.Background())
	default:
		return s.engine, nil
	}
}

func (s *shared) kafka() (*broker.Broker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broker == nil {
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		b := broker.New(broker.Options{Dir: filepath.Join(s.dir, "broker"), Log: log})
		if err := b.Start(context.Background()); err != nil {
			return nil, err
		}
		s.broker = b
	}
	return s.broker, nil
}

func (s *shared) stop() (err error) {
	if s.engine != nil {
		err = errors.Join(err, s.engine.Close())
	}
	if s.broker != nil {
		err = errors.Join(err, s.broker.Close())
	}
	return err
}

// Database is a database of one test's own on the shared engine.
type Database struct {
	Name string
	// Addr is host:port of the native protocol, HTTPAddr that of HTTP.
	Addr, HTTPAddr string
	// DSN names the database, its user and password.
	DSN string
	// Options are the DSN, read.
	Options *clickhouse.Options
}

// ClickHouse makes an empty database and drops it when the test ends.
func ClickHouse(t testing.TB) Database {
	t.Helper()
	e, err := started(t).clickHouse(t)
	if errors.Is(err, engine.ErrMissing) {
		missing(t, "make engine", err)
	}
	if err != nil {
		t.Fatalf("starting ClickHouse: %v", err)
	}
	name := unique("test")
	db := Database{Name: name, Addr: e.Addr(), HTTPAddr: e.HTTPAddr(), DSN: e.DSN(name)}
	if db.Options, err = clickhouse.ParseDSN(db.DSN); err != nil {
		t.Fatalf("reading the engine's DSN: %v", err)
	}
	admin, err := clickhouse.ParseDSN(e.DSN("default"))
	if err != nil {
		t.Fatalf("reading the engine's DSN: %v", err)
	}
	execute(t, admin, "CREATE DATABASE "+name+" ENGINE = Atomic")
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" SYNC") })
	return db
}

func execute(t testing.TB, opts *clickhouse.Options, statement string) {
	t.Helper()
	conn, err := clickhouse.Open(opts)
	if err != nil {
		t.Fatalf("connecting to ClickHouse: %v", err)
	}
	defer conn.Close()
	if err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatalf("executing %s: %v", statement, err)
	}
}

// Topic makes an empty topic on the shared embedded broker and gives the
// brokers' addresses and its name.
func Topic(t testing.TB, partitions int) (brokers []string, topic string) {
	t.Helper()
	b, err := started(t).kafka()
	if err != nil {
		t.Fatalf("starting the broker: %v", err)
	}
	topic = unique("topic")
	if err := b.CreateTopic(broker.Topic{Name: topic, Partitions: partitions}); err != nil {
		t.Fatal(err)
	}
	return []string{b.Addr()}, topic
}

func started(t testing.TB) *shared {
	t.Helper()
	if parts == nil {
		t.Fatal("this package's TestMain must be: func TestMain(m *testing.M) { testbed.Main(m) }")
	}
	return parts
}

// missing skips the test, or fails it where CI is set.
func missing(t testing.TB, target string, err error) {
	t.Helper()
	message := fmt.Sprintf("A PART IS MISSING, install it with `%s`: %v", target, err)
	if os.Getenv("CI") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}

func unique(prefix string) string {
	return prefix + "_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:16]
}

// Record makes sure that the shared embedded broker has the topics of the record, of
// one partition each, and gives its address. Tests of a process share them.
func Record(t testing.TB) (brokers []string) {
	t.Helper()
	b, err := started(t).kafka()
	if err != nil {
		t.Fatalf("starting the broker: %v", err)
	}
	for _, name := range []string{schema.TopicEvents, schema.TopicSeals, schema.TopicRejected} {
		if err := b.CreateTopic(broker.Topic{Name: name, Partitions: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return []string{b.Addr()}
}
