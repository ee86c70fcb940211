package testbed

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// roundTrip produces a record and reads partition 0 up to it.
func roundTrip(t *testing.T, addr string, mechanism sasl.Mechanism, topic, value string) (values []string) {
	t.Helper()
	ctx := wait.Context(t)
	transport := &kafka.Transport{SASL: mechanism}
	defer transport.CloseIdleConnections()
	w := &kafka.Writer{
		Addr: kafka.TCP(addr), Topic: topic, Transport: transport, RequiredAcks: kafka.RequireAll,
		BatchTimeout: 5 * time.Millisecond, BatchBytes: 16 << 20, Compression: kafka.Zstd,
	}
	defer w.Close()
	if err := w.WriteMessages(ctx, kafka.Message{Value: []byte(value)}); err != nil {
		t.Fatalf("producing: %v", err)
	}
	r := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{addr}, Topic: topic, Dialer: &kafka.Dialer{SASLMechanism: mechanism, Timeout: 5 * time.Second},
		MaxBytes: 32 << 20, MaxWait: 50 * time.Millisecond,
	})
	defer r.Close()
	for {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			t.Fatalf("consuming after %d records: %v", len(values), err)
		}
		values = append(values, string(m.Value))
		if string(m.Value) == value {
			return values
		}
	}
}

func TestApacheKafka(t *testing.T) {
	began := time.Now()
	k := Kafka(t)
	t.Logf("ready after %s", time.Since(began))

	t.Run("passes records over every listener", func(t *testing.T) {
		topic := k.Topic(1)
		roundTrip(t, k.Addr, nil, topic, "plaintext")
		roundTrip(t, k.SASLAddr, k.Plain(), topic, "plain")
		got := roundTrip(t, k.SASLAddr, k.Scram(), topic, "scram")
		if want := "[plaintext plain scram]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})

	t.Run("refuses a wrong password", func(t *testing.T) {
		dialer := kafka.Dialer{SASLMechanism: plain.Mechanism{Username: KafkaUser, Password: "wrong"}}
		if conn, err := dialer.DialContext(wait.Context(t), "tcp", k.SASLAddr); err == nil {
			conn.Close()
			t.Error("a wrong password was let in")
		}
	})

	t.Run("passes a record of fifteen mebibytes", func(t *testing.T) {
		roundTrip(t, k.Addr, nil, k.Topic(1), strings.Repeat("x", 15<<20))
	})

	t.Run("serves a group", func(t *testing.T) {
		topic := k.Topic(2)
		g, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
			ID: topic, Brokers: []string{k.Addr}, Topics: []string{topic}, JoinGroupBackoff: 50 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		generation, err := g.Next(wait.Context(t))
		var answer kafka.Error
		for errors.As(err, &answer) && answer.Temporary() { // until a fresh broker has made its offsets topic
			generation, err = g.Next(wait.Context(t))
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := len(generation.Assignments[topic]); n != 2 {
			t.Errorf("got %d partitions, want 2", n)
		}
	})

	for how, end := range map[string]func(){"Stop": k.Stop, "Kill": k.Kill} {
		t.Run("keeps records over "+how, func(t *testing.T) {
			topic := k.Topic(1)
			roundTrip(t, k.Addr, nil, topic, "before")
			end()
			began := time.Now()
			k.Restart()
			t.Logf("ready again after %s", time.Since(began))
			got := roundTrip(t, k.Addr, nil, topic, "after")
			if want := "[before after]"; fmt.Sprint(got) != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}
