package main

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func TestWhatIsWrongAtTheStartIsSaid(t *testing.T) {
	db := testbed.ClickHouse(t)
	brokers, topic := testbed.Topic(t, 1)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args string
		exit int
		says string
	}{
		{"--colour", 3, "unknown flag"},
		{"--kafka-sasl kerberos", 3, "must be one of"},
		{"--kafka-sasl plain", 2, "needs --kafka-user"},
		{"--clickhouse nonsense", 3, "want HOST:PORT"},
		{"--block-events 0", 3, "want 1 to"},
		{"--session-timeout 500ms", 3, "session timeout"},
		{"--brokers BROKER --clickhouse DSN --database DB --listen=", 2, "run mcptrail-schema migrate first"},
		{"--brokers 127.0.0.1:1 --start-timeout 1s --clickhouse 127.0.0.1:1 --listen=", 2, "no broker answers"},
		{"--brokers BROKER --topic nowhere --start-timeout 1s --clickhouse 127.0.0.1:1 --listen=", 2, "no topic of ours"},
		{"--brokers BROKER --clickhouse 127.0.0.1:1 --listen TAKEN", 2, "listening for metrics"},
	} {
		t.Run(c.args, func(t *testing.T) {
			var out bytes.Buffer
			args := strings.Fields(strings.NewReplacer("DSN", db.DSN, "DB", db.Name, "BROKER", brokers[0], "TAKEN", taken.Addr().String()).Replace(c.args))
			if exit := run(t.Context(), append([]string{"--topic", topic, "--seals-topic", ""}, args...), &out, &out); exit != c.exit || !strings.Contains(out.String(), c.says) {
				t.Errorf("exit %d, want %d, with %q in:\n%s", exit, c.exit, c.says, out.String())
			}
		})
	}
}
