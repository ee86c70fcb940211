package testbed

import (
	"errors"
	"testing"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mcptrail/mcptrail/deploy/testbed/apachekafka"
)

// Who may enter an ApacheKafka's SASL listener, by PLAIN and by SCRAM-SHA-256.
const (
	KafkaUser     = apachekafka.User
	KafkaPassword = apachekafka.Password
)

// ApacheKafka is one test's own Apache Kafka, a single node. Its methods are
// for the test's goroutine.
type ApacheKafka struct {
	// Addr is host:port of the plaintext listener, SASLAddr of the one that
	// asks for KafkaUser and KafkaPassword. Both stay over a Restart.
	Addr, SASLAddr string

	t    testing.TB
	node *apachekafka.Node
}

// Kafka starts an Apache Kafka and returns when it accepts requests. It ends,
// and its data goes, when the test ends.
func Kafka(t testing.TB) *ApacheKafka {
	t.Helper()
	node := apachekafka.New(t.TempDir())
	t.Cleanup(node.Kill)
	err := node.Start(t.Context())
	if errors.Is(err, apachekafka.ErrMissing) {
		missing(t, "make kafka", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &ApacheKafka{t: t, node: node, Addr: node.Addr, SASLAddr: node.SASLAddr}
}

// Restart starts the node again on its ports and data, after Stop or Kill.
func (k *ApacheKafka) Restart() {
	k.t.Helper()
	if err := k.node.Start(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// Stop has the node end in its own time.
func (k *ApacheKafka) Stop() {
	k.t.Helper()
	if err := k.node.Stop(); err != nil {
		k.t.Fatal(err)
	}
}

// Kill ends the node at once, as kill -9 does. Doing it twice is harmless.
func (k *ApacheKafka) Kill() { k.node.Kill() }

// Topic makes an empty topic.
func (k *ApacheKafka) Topic(partitions int) string {
	k.t.Helper()
	topic := unique("topic")
	if err := k.node.CreateTopic(k.t.Context(), topic, partitions); err != nil {
		k.t.Fatal(err)
	}
	return topic
}

// Plain is the first of two ways into the SASL listener.
func (k *ApacheKafka) Plain() sasl.Mechanism {
	return plain.Mechanism{Username: KafkaUser, Password: KafkaPassword}
}

// Scram is the second, SCRAM-SHA-256.
func (k *ApacheKafka) Scram() sasl.Mechanism {
	k.t.Helper()
	m, err := scram.Mechanism(scram.SHA256, KafkaUser, KafkaPassword)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}
