package faults

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/deploy/broker"
	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/testbed/apachekafka"
	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/query/client"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/ddl"
)

// stack is all that stands behind a collector, each part a process of its own: broker,
// engine, ingest and query service. Ingest reaches the engine, and everybody the
// broker, through a proxy.
type stack struct {
	t    *testing.T
	dir  string
	luck *rand.Rand

	broker *process
	// kafka is an Apache Kafka in the place of broker; nil is none.
	kafka         *apachekafka.Node
	brokerAt      string
	toBroker      *proxy
	engine        *engine.Engine
	toEngine      *proxy
	ingest, query *process
	api           string
	dsn           string

	db     driver.Conn
	client *client.Client
	// oracles are all that ever ran.
	oracles []*oracle
	spool   string
	// engineDied counts how often the engine ended by itself, and was started again.
	engineDied int
}

const database = "mcptrail"

// sessionTimeout is how long the partitions of a killed ingest stand still.
const sessionTimeout = "6s"

// partitions of the events' topic.
const partitions = 2

// newStack starts the parts. They end with the test.
func newStack(t *testing.T) *stack {
	t.Helper()
	return newStackOn(t, nil)
}

// newKafkaStack is newStack on an Apache Kafka, at whose own address everybody reaches it.
func newKafkaStack(t *testing.T) *stack {
	t.Helper()
	node := apachekafka.New(t.TempDir())
	t.Cleanup(node.Kill)
	err := node.Start(t.Context())
	switch {
	case errors.Is(err, apachekafka.ErrMissing) && os.Getenv("CI") == "":
		t.Skipf("SKIPPED, nothing was tested: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	return newStackOn(t, node)
}

func newStackOn(t *testing.T, kafka *apachekafka.Node) *stack {
	t.Helper()
	seed := soak.Seed(t)
	s := &stack{t: t, kafka: kafka, dir: t.TempDir(), luck: rand.New(rand.NewPCG(seed, 0))}
	s.spool = filepath.Join(s.dir, "spool")
	t.Cleanup(func() {
		if t.Failed() {
			tail(t, s.dir)
		}
	})
	s.engine = engine.New(engine.Options{Dir: filepath.Join(s.dir, "engine")})
	err := s.engine.Start(t.Context())
	switch {
	case errors.Is(err, engine.ErrMissing) && os.Getenv("CI") == "":
		t.Skipf("SKIPPED, nothing was tested: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	t.Cleanup(func() { s.engine.Close() })
	s.toEngine = newProxy(t, s.engine.Addr())
	options, err := clickhouse.ParseDSN(s.engine.DSN(database))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ddl.Migrate(t.Context(), options, ddl.Layout{Database: database}); err != nil {
		t.Fatal(err)
	}
	if s.db, err = clickhouse.Open(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.dsn = "clickhouse://" + options.Auth.Username + ":" + options.Auth.Password + "@" + s.toEngine.addr() + "/" + database

	if kafka != nil {
		s.brokerAt = kafka.Addr
		s.toBroker = newProxy(t, s.brokerAt)
		s.remakeTopics()
	} else {
		s.brokerAt = freeAddress(t)
		s.toBroker = newProxy(t, s.brokerAt)
		s.startBroker()
	}
	s.ingest = s.startIngest("ingest")
	s.api = freeAddress(t)
	s.query = start(t, s.dir, "query", exec.Command(filepath.Join(bin, "mcptrail-query"), "--listen", s.api, "--clickhouse", s.engine.DSN(database)))
	if s.client, err = client.New("http://" + s.api); err != nil {
		t.Fatal(err)
	}
	return s
}

// brokerConfig is what the role of a broker needs.
type brokerConfig struct{ Dir, Listen, Advertise string }

func serveBroker(c brokerConfig) error {
	b := broker.New(broker.Options{Dir: c.Dir, Listen: c.Listen, Advertise: c.Advertise, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Topics: []broker.Topic{{Name: schema.TopicEvents, Partitions: partitions}, {Name: schema.TopicSeals, Partitions: 1}, {Name: schema.TopicRejected, Partitions: 1}}})
	if err := b.Start(context.Background()); err != nil {
		return err
	}
	select {} // until it is killed
}

func (s *stack) startBroker() {
	s.broker = start(s.t, s.dir, "broker", inRole("broker", brokerConfig{Dir: filepath.Join(s.dir, "broker"), Listen: s.brokerAt, Advertise: s.toBroker.addr()}))
	s.await("the broker", 20*time.Second, func() bool {
		c, err := net.Dial("tcp", s.brokerAt)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (s *stack) startIngest(name string) *process {
	return start(s.t, s.dir, name, exec.Command(filepath.Join(bin, "mcptrail-ingest"), "--brokers", s.toBroker.addr(), "--clickhouse", s.dsn,
		"--session-timeout", sessionTimeout, "--listen", "", "--block-wait", "200ms", "--block-events", "1024"))
}

// killEngine ends the engine as kill -9 does, and starts it again.
func (s *stack) killEngine() {
	s.t.Helper()
	if err := syscall.Kill(s.engine.Pid(), syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	<-s.engine.Done()
	s.startEngine()
}

func (s *stack) startEngine() {
	s.t.Helper()
	if err := s.engine.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// tend starts the engine again where it ended by itself, as mcptrail up does.
func (s *stack) tend() {
	select {
	case <-s.engine.Done():
		s.engineDied++
		s.t.Logf("the engine ended by itself: %.300v", s.engine.Err())
		s.startEngine()
	default:
	}
}

// await returns when a condition is met, and fails the test when it was not within
// limit, though the machine had time.
func (s *stack) await(what string, limit time.Duration, met func() bool) (took time.Duration) {
	s.t.Helper()
	for begun := time.Now(); !met(); {
		if took = time.Since(begun); took > wait.Within(limit) {
			s.t.Fatalf("waited %v in vain for %s", took.Round(time.Second), what)
		}
		if s.engine != nil {
			s.tend()
		}
		<-time.After(50 * time.Millisecond)
	}
	return took
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
