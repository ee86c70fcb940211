package daemon_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/ingest/daemon"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

func TestTwoProcessesShareTheTopicAndHandItOver(t *testing.T) {
	brokers, topic := testbed.Topic(t, 4)
	handOver(t, newBench(t, brokers, topic))
}

// handOver has a second process join and leave while events flow.
func handOver(t *testing.T, b *bench) {
	b.config.Blocks.BlockEvents, b.config.Blocks.Grace = 128, time.Second
	b.config.Source.SessionTimeout = 6 * time.Second
	const rounds, each = 12, 500
	produce := func() {
		for range rounds / 3 {
			b.produce(messages(session(each))...)
		}
	}
	first := b.run()
	defer first()
	produce()
	second := b.run()
	produce()
	b.await("some events", 30*time.Second, func() bool { return b.number("(SELECT count() FROM events)") > rounds/2*each })
	second()
	produce()
	b.await("all events", 30*time.Second, func() bool { return b.number("(SELECT uniqExact(hash) FROM events)") == rounds*each })
	if n := b.number("(SELECT count() FROM events)"); n != rounds*each {
		t.Errorf("%d rows for %d events", n, rounds*each)
	}
}

// TestApacheKafka holds what must be the same on a real broker.
func TestApacheKafka(t *testing.T) {
	kafka := testbed.Kafka(t)
	brokers := []string{kafka.Addr}
	t.Run("killed processes and lost answers lose and repeat nothing", func(t *testing.T) {
		churn(t, newBench(t, brokers, kafka.Topic(4)), kafka.Topic(1))
	})
	t.Run("two processes share the topic and hand it over", func(t *testing.T) {
		handOver(t, newBench(t, brokers, kafka.Topic(4)))
	})
	t.Run("a payload of the largest size passes", func(t *testing.T) {
		largest(t, newBench(t, brokers, kafka.Topic(1)))
	})
	for _, mechanism := range []string{"plain", "scram-sha-256"} {
		t.Run("SASL "+mechanism, func(t *testing.T) {
			b := newBench(t, brokers, kafka.Topic(1))
			b.produce(messages(session(10))...)
			t.Setenv(kafkaconn.PasswordVariable, testbed.KafkaPassword)
			b.config.Source.Kafka = kafkaconn.Options{Brokers: []string{kafka.SASLAddr}, SASL: mechanism, User: testbed.KafkaUser}
			b.run()
			b.await("10 events", 30*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 10 })
		})
		t.Run("a wrong password is named as one, "+mechanism, func(t *testing.T) {
			b := newBench(t, brokers, kafka.Topic(1))
			t.Setenv(kafkaconn.PasswordVariable, "guessed-wrong")
			b.config.Source.Kafka = kafkaconn.Options{Brokers: []string{kafka.SASLAddr}, SASL: mechanism, User: testbed.KafkaUser}
			err := daemon.Run(t.Context(), b.config, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), "wrong user, password") || strings.Contains(err.Error(), "guessed-wrong") {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("a broker that was killed and comes back is followed again", func(t *testing.T) {
		b := newBench(t, brokers, kafka.Topic(2))
		b.config.Source.SessionTimeout, b.config.Blocks.Grace = 6*time.Second, time.Second
		b.produce(messages(session(200))...)
		b.run()
		b.await("200 events", 30*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 200 })
		kafka.Kill()
		kafka.Restart()
		b.produce(messages(session(200))...)
		b.await("400 events", 30*time.Second, func() bool { return b.number("(SELECT count() FROM events)") == 400 })
	})
}
