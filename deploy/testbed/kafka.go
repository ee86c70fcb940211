package testbed

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Who may enter an ApacheKafka's SASL listener, by PLAIN and by SCRAM-SHA-256.
const (
	KafkaUser     = "collector"
	KafkaPassword = "not-a-secret"
)

const (
	kafkaVersion      = "4.4.0"
	kafkaStartTimeout = 60 * time.Second
	kafkaStopTimeout  = 20 * time.Second
)

//go:embed apachekafka/server.properties
var serverProperties string

//go:embed apachekafka/log4j2.properties
var log4jProperties []byte

// ApacheKafka is one test's own Apache Kafka, a single node. Its methods are
// for the test's goroutine.
type ApacheKafka struct {
	// Addr is host:port of the plaintext listener, SASLAddr of the one that
	// asks for KafkaUser and KafkaPassword. Both stay over a Restart.
	Addr, SASLAddr string

	t       testing.TB
	jars    string
	dir     string
	process *os.Process
	// done is closed when the process has ended.
	done chan struct{}
}

// Kafka starts an Apache Kafka and returns when it accepts requests. It ends,
// and its data goes, when the test ends.
func Kafka(t testing.TB) *ApacheKafka {
	t.Helper()
	jars, err := kafkaJars()
	if err != nil {
		missing(t, "make kafka", err)
	}
	if _, err := exec.LookPath("java"); err != nil {
		missing(t, "apt-get install openjdk-17-jre-headless", err)
	}
	k := &ApacheKafka{t: t, jars: jars, dir: t.TempDir()}
	ports := freePorts(t, 3)
	k.Addr = "127.0.0.1:" + ports[0]
	k.SASLAddr = "127.0.0.1:" + ports[1]
	k.format(map[string]string{
		"plaintext": ports[0], "sasl": ports[1], "controller": ports[2],
		"user": KafkaUser, "password": KafkaPassword, "dir": k.dir,
	})
	t.Cleanup(k.Kill)
	k.Restart()
	return k
}

// Restart starts the node again on its ports and data, after Stop or Kill.
func (k *ApacheKafka) Restart() {
	k.t.Helper()
	log, err := os.OpenFile(k.dir+"/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	defer log.Close()
	cmd := k.java("-Xmx512m", "kafka.Kafka", k.dir+"/server.properties")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttr()
	started, done := make(chan error), make(chan struct{})
	go func() {
		// The kernel kills the child when the thread that started it ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(done)
		}
	}()
	if err := <-started; err != nil {
		k.t.Fatalf("starting Apache Kafka: %v", err)
	}
	k.process, k.done = cmd.Process, done
	k.waitReady()
}

// Stop has the node end in its own time.
func (k *ApacheKafka) Stop() {
	k.t.Helper()
	k.process.Signal(syscall.SIGTERM)
	select {
	case <-k.done:
	case <-time.After(kafkaStopTimeout):
		k.t.Fatalf("Apache Kafka has not ended after %s: %s", kafkaStopTimeout, k.said())
	}
}

// Kill ends the node at once, as kill -9 does. Doing it twice is harmless.
func (k *ApacheKafka) Kill() {
	if k.process == nil {
		return
	}
	k.process.Kill()
	<-k.done
}

// Topic makes an empty topic.
func (k *ApacheKafka) Topic(partitions int) string {
	k.t.Helper()
	topic := unique("topic")
	ctx, cancel := context.WithTimeout(context.Background(), kafkaStartTimeout)
	defer cancel()
	transport := &kafka.Transport{} // the default one keeps connections to a node that was restarted
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(k.Addr), Transport: transport}
	response, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1},
	}})
	if err == nil {
		err = response.Errors[topic]
	}
	if err != nil {
		k.t.Fatalf("creating a topic: %v", err)
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

// format writes the configuration and the empty store, with its SCRAM user.
func (k *ApacheKafka) format(values map[string]string) {
	k.t.Helper()
	config := k.dir + "/server.properties"
	text := os.Expand(serverProperties, func(name string) string { return values[name] })
	err := errors.Join(
		os.WriteFile(config, []byte(text), 0o600),
		os.WriteFile(k.dir+"/log4j2.properties", log4jProperties, 0o600),
	)
	if err != nil {
		k.t.Fatal(err)
	}
	var id [16]byte
	rand.Read(id[:])
	format := k.java("kafka.tools.StorageTool", "format", "--standalone", "-c", config,
		"-t", base64.RawURLEncoding.EncodeToString(id[:]),
		"--add-scram", fmt.Sprintf("SCRAM-SHA-256=[name=%s,password=%s]", KafkaUser, KafkaPassword))
	if out, err := format.CombinedOutput(); err != nil {
		k.t.Fatalf("formatting Apache Kafka's store: %v: %s", err, out)
	}
}

func (k *ApacheKafka) java(args ...string) *exec.Cmd {
	return exec.Command("java", append([]string{
		"-cp", k.jars + "/*", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dlog4j2.configurationFile=" + k.dir + "/log4j2.properties",
	}, args...)...)
}

// waitReady returns when the node names itself as a broker on both listeners.
func (k *ApacheKafka) waitReady() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), kafkaStartTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-k.done:
			k.t.Fatalf("Apache Kafka ended before it was ready: %s", k.said())
		case <-ctx.Done():
			k.t.Fatalf("Apache Kafka is not ready after %s: %s", kafkaStartTimeout, k.said())
		case <-tick.C:
		}
		if k.answers(ctx, k.Addr, nil) && k.answers(ctx, k.SASLAddr, k.Plain()) {
			return
		}
	}
}

func (k *ApacheKafka) answers(ctx context.Context, addr string, mechanism sasl.Mechanism) bool {
	transport := &kafka.Transport{SASL: mechanism}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(addr), Timeout: 5 * time.Second, Transport: transport}
	response, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	return err == nil && len(response.Brokers) > 0
}

// said is the end of the node's log.
func (k *ApacheKafka) said() []byte {
	log, err := os.ReadFile(k.dir + "/log")
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(log[max(0, len(log)-4096):])
}

// kafkaJars finds the jars in the source tree around the working directory.
func kafkaJars() (string, error) {
	work, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for dir := work; ; dir = filepath.Dir(dir) {
		jars := filepath.Join(dir, ".cache", "kafka-"+kafkaVersion)
		if _, err := os.Stat(filepath.Join(jars, "kafka_2.13-"+kafkaVersion+".jar")); err == nil {
			return jars, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no .cache/kafka-%s with Apache Kafka's jars around %s", kafkaVersion, work)
		}
	}
}

// freePorts are distinct, since all are held until all are known.
func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports
}
