package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/schema"
)

// A log that is replaced begins at offsets that others had before. Each test replaces it
// behind the back of a collector, an ingest and a store that know the old one.

// TestATopicThatIsMadeAnew deletes the topics of a broker that runs, and makes them again.
func TestATopicThatIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.replaced("the topics were made anew", func() { s.remakeTopics() })
}

// TestABrokerWhoseDataIsLost starts over with an empty directory at the same address.
func TestABrokerWhoseDataIsLost(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.replaced("the broker's data was lost", func() {
		s.broker.kill()
		if err := os.RemoveAll(filepath.Join(s.dir, "broker")); err != nil {
			t.Fatal(err)
		}
		s.startBroker()
	})
}

// TestAnOlderCopyOfTheBrokersData is a backup that somebody put back: the log lacks what
// it had acknowledged since, all of which is stored.
func TestAnOlderCopyOfTheBrokersData(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	data, n := filepath.Join(s.dir, "broker"), 0
	s.replaced("an older copy of the broker's data was put back", func() {
		n++
		backup := filepath.Join(s.dir, fmt.Sprint("backup-", n))
		s.broker.kill()
		copyDir(t, data, backup)
		s.startBroker()
		s.more(s.oracles[len(s.oracles)-1], 300)
		select {
		case <-s.ingest.done: // of these nothing is stored
		default:
			s.visible()
		}
		s.more(s.oracles[len(s.oracles)-1], 50) // of these some are stored, some published only
		s.broker.kill()
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		copyDir(t, backup, data)
		s.startBroker()
	})
}

// TestAnApacheKafkaThatIsReplaced does the same to a real one: its topics are made anew,
// and a new cluster comes under the same address.
func TestAnApacheKafkaThatIsReplaced(t *testing.T) {
	t.Parallel()
	t.Run("topics made anew", func(t *testing.T) {
		s := newKafkaStack(t)
		s.replaced("the topics of an Apache Kafka were made anew", s.remakeTopics)
	})
	t.Run("another cluster under the same address", func(t *testing.T) {
		s := newKafkaStack(t)
		s.replaced("a new Apache Kafka came under the same address", func() {
			if err := s.kafka.Replace(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.remakeTopics()
		})
	})
}

// TestAForgedRowAmongTheRejected claims that everything up to a far offset was read.
func TestAForgedRowAmongTheRejected(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.series("a row was forged", soak.Count(2, 10), func() {
		for id := range partitions {
			if err := s.db.Exec(t.Context(), "INSERT INTO rejected (topic, kafka_partition, kafka_offset, reason, stored_at) VALUES (?, ?, ?, 'forged', now64())",
				schema.TopicEvents, id, s.luck.Int64N(1<<40)); err != nil {
				t.Fatal(err)
			}
		}
		s.ingest.kill() // who takes the partition over looks at how far it is stored
		s.ingest = s.startIngest("ingest")
		// What is recorded now is freed only once it is stored.
		s.more(s.oracles[len(s.oracles)-1], 50)
	})
}

// replaced replaces the log under a collector that goes on, and then under one whose
// ingest is away, when status and doctor have to say what is happening.
func (s *stack) replaced(what string, replace func()) {
	s.t.Helper()
	c := s.series(what, soak.Count(2, 10), replace)
	if c.repeated > 0 {
		s.t.Logf("%d rows are there again, as a reader never sees them", c.repeated)
	}
	o := s.startOracle(nil)
	s.more(o, 200)
	s.visible()
	s.ingest.kill()
	s.more(o, 100)
	s.await("the broker to have them", recovery, func() bool { return s.published(o) })
	replace()
	s.await("status to say that the log was replaced", recovery, func() bool {
		return strings.Contains(s.statusSays(), "lost what it had acknowledged")
	})
	s.ingest = s.startIngest("ingest")
	s.await("doctor to say that the log was replaced", recovery, func() bool {
		return strings.Contains(s.doctorSays(), "another log than before")
	})
	took := s.visible()
	s.await("status to say that all is well", recovery, func() bool {
		return !strings.Contains(s.statusSays(), "lost what it had acknowledged")
	})
	s.finish(o)
	if c := s.check(); c.named > 0 || c.lost > 0 {
		s.t.Errorf("something was lost: %+v", c)
	}
	s.t.Logf("%s while ingest was away: everything visible after %v", what, took.Round(time.Millisecond))
}

// published reports whether the broker has acknowledged all that a collector recorded
// until now.
func (s *stack) published(o *oracle) bool {
	out, _ := exec.CommandContext(s.t.Context(), filepath.Join(bin, "mcptrail-collector"), "status", "--json", "--spool", s.spool).Output()
	for line := range strings.Lines(string(out)) {
		var c struct {
			PID   int
			State struct{ Published, Recorded int }
		}
		if json.Unmarshal([]byte(line), &c) == nil && c.PID == o.pid() && c.State.Published > 0 && c.State.Published >= o.count()/2 {
			return true
		}
	}
	return false
}

// statusSays is what the program says about the collectors of this host.
func (s *stack) statusSays() string {
	out, _ := exec.CommandContext(s.t.Context(), filepath.Join(bin, "mcptrail-collector"), "status", "--spool", s.spool).CombinedOutput()
	return string(out)
}

// doctorSays is what the program says about the whole.
func (s *stack) doctorSays() string {
	out, _ := exec.CommandContext(s.t.Context(), filepath.Join(bin, "mcptrail"), "--url", "http://"+s.api, "doctor", "--data", filepath.Join(s.dir, "none"),
		"--spool", s.spool, "--brokers", s.toBroker.addr(), "--clickhouse", s.dsn, "--upstreams", filepath.Join(s.dir, "none.yaml")).CombinedOutput()
	return string(out)
}

// remakeTopics deletes the topics and makes them again, empty.
func (s *stack) remakeTopics() {
	s.t.Helper()
	transport := &kafka.Transport{} // the default one keeps connections to a broker that is gone
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(s.brokerAt), Timeout: 10 * time.Second, Transport: transport}
	topics := map[string]int{schema.TopicEvents: partitions, schema.TopicSeals: 1, schema.TopicRejected: 1}
	for name, partitions := range topics {
		s.await("topic "+name+" to be gone", recovery, func() bool {
			answer, err := client.DeleteTopics(s.t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{name}})
			return err == nil && (answer.Errors[name] == nil || errors.Is(answer.Errors[name], kafka.UnknownTopicOrPartition))
		})
		s.await("topic "+name, recovery, func() bool {
			answer, err := client.CreateTopics(s.t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1,
				ConfigEntries: []kafka.ConfigEntry{{ConfigName: "max.message.bytes", ConfigValue: fmt.Sprint(schema.MaxMessageBytes)}}}}})
			return err == nil && (answer.Errors[name] == nil || errors.Is(answer.Errors[name], kafka.TopicAlreadyExists))
		})
	}
}
