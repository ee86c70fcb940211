package kafkaconn_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

func TestMain(m *testing.M) { testbed.Main(m) }

func check(t *testing.T, o kafkaconn.Options) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := o.Check(ctx, ""); err != nil {
		return err.Error()
	}
	return ""
}

func TestApacheKafkaLetsInWhoHasThePassword(t *testing.T) {
	k := testbed.Kafka(t)
	if says := check(t, kafkaconn.Options{Brokers: []string{k.Addr}}); says != "" {
		t.Errorf("plaintext: %s", says)
	}
	right, wrong := passwordFile(t, testbed.KafkaPassword+"\n"), passwordFile(t, "not-the-password")
	for _, mechanism := range []string{"plain", "scram-sha-256"} {
		o := kafkaconn.Options{Brokers: []string{k.SASLAddr}, SASL: mechanism, User: testbed.KafkaUser, PasswordFile: right}
		if says := check(t, o); says != "" {
			t.Errorf("%s: %s", mechanism, says)
		}
		o.PasswordFile = wrong
		says := check(t, o)
		if !strings.Contains(says, "wrong user, password or mechanism") || strings.Contains(says, "not-the-password") {
			t.Errorf("%s with a wrong password says: %s", mechanism, says)
		}
	}
	if says := check(t, kafkaconn.Options{Brokers: []string{k.SASLAddr}}); !strings.Contains(says, "--kafka-sasl") {
		t.Errorf("no SASL where it is wanted says: %s", says)
	}
}

func TestMissingThingsAreNamed(t *testing.T) {
	for want, o := range map[string]kafkaconn.Options{
		"no broker answers at 127.0.0.1:1: start `mcptrail up`": {Brokers: []string{"127.0.0.1:1"}},
		"--brokers":                         {},
		"MCPTRAIL_KAFKA_PASSWORD":           {Brokers: []string{"x:1"}, SASL: "plain", User: "joe"},
		"reading the Kafka password":        {Brokers: []string{"x:1"}, SASL: "plain", User: "joe", PasswordFile: "nowhere"},
		"must be none, plain":               {Brokers: []string{"x:1"}, SASL: "magic", User: "joe", PasswordFile: passwordFile(t, "x")},
		"reading the brokers' certificates": {Brokers: []string{"x:1"}, TLS: true, CA: "nowhere"},
		"no PEM certificate":                {Brokers: []string{"x:1"}, TLS: true, CA: passwordFile(t, "x")},
		"reading the client certificate":    {Brokers: []string{"x:1"}, TLS: true, Cert: "nowhere"},
	} {
		if says := check(t, o); !strings.Contains(says, want) {
			t.Errorf("says %q, want %q", says, want)
		}
	}
}

func passwordFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAStrangerOnTheDefaultPortGetsNoConnection: the broker that goes by that address
// listens on no port.
func TestAStrangerOnTheDefaultPortGetsNoConnection(t *testing.T) {
	t.Setenv("MCPTRAIL_DATA", t.TempDir())
	stranger, err := net.Listen("tcp", kafkaconn.DefaultBroker)
	if err != nil {
		t.Skipf("SKIPPED, nothing was tested: %v", err)
	}
	connected := make(chan struct{})
	go func() {
		if c, err := stranger.Accept(); err == nil {
			c.Close()
			close(connected)
		}
	}()
	says := check(t, kafkaconn.Options{Brokers: []string{kafkaconn.DefaultBroker}})
	stranger.Close()
	if !strings.Contains(says, "start `mcptrail up`") {
		t.Errorf("says %q", says)
	}
	select {
	case <-connected:
		t.Error("the stranger got a connection")
	default:
	}
}
