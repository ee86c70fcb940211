// Package apachekafka runs a real Apache Kafka, a single node, from its Maven
// artifacts.
//
// The one rule: the node ends with the process that started it, and what it
// stores is in one directory.
package apachekafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/plain"
)

// Who may enter the SASL listener, by PLAIN and by SCRAM-SHA-256.
const (
	User     = "collector"
	Password = "not-a-secret"
)

// ErrMissing says that this machine has no Apache Kafka. Tests skip on it.
var ErrMissing = errors.New("no Apache Kafka found: run `make kafka`, which needs Java 17 and Maven")

const (
	version      = "4.4.0"
	startTimeout = 3 * time.Minute
	stopTimeout  = 20 * time.Second
)

// Node is one Apache Kafka. Its methods are for one goroutine.
type Node struct {
	// Addr is host:port of the plaintext listener, SASLAddr of the one that asks
	// for User and Password. Both are known after the first Start, and stay.
	Addr, SASLAddr string

	dir     string
	jars    string
	ports   []string
	process *os.Process
	// done is closed when the process has ended.
	done chan struct{}
}

// New builds a node that keeps everything in dir, and does nothing else.
func New(dir string) *Node { return &Node{dir: dir} }

// Start returns when the node accepts requests. After Stop or Kill it may be called
// again: ports and data stay.
func (n *Node) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if n.Addr == "" {
		if err := n.prepare(ctx); err != nil {
			return fmt.Errorf("preparing Apache Kafka: %w", err)
		}
	}
	if err := n.launch(); err != nil {
		return fmt.Errorf("starting Apache Kafka: %w", err)
	}
	if err := n.waitReady(ctx); err != nil {
		n.Kill()
		return fmt.Errorf("starting Apache Kafka: %w: %s", err, n.said())
	}
	return nil
}

// prepare finds the program, picks the ports and makes the empty store.
func (n *Node) prepare(ctx context.Context) (err error) {
	if n.jars, err = findJars(); err != nil {
		return err
	}
	if _, err := exec.LookPath("java"); err != nil {
		return fmt.Errorf("%w: %w", ErrMissing, err)
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	if err := n.format(ctx, ports); err != nil {
		return err
	}
	n.ports = ports
	n.Addr, n.SASLAddr = "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1]
	return nil
}

func (n *Node) launch() error {
	log, err := os.OpenFile(n.dir+"/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := n.java(context.Background(), "-Xmx512m", "kafka.Kafka", n.dir+"/server.properties")
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
			_ = cmd.Wait() // it is asked to end, or the log tells
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	n.process, n.done = cmd.Process, done
	return nil
}

// Stop has the node end in its own time.
func (n *Node) Stop() error {
	if err := n.process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping Apache Kafka: %w", err)
	}
	select {
	case <-n.done:
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("stopping Apache Kafka: not ended after %s: %s", stopTimeout, n.said())
	}
}

// Kill ends the node at once, as kill -9 does. Doing it twice is harmless.
func (n *Node) Kill() {
	if n.process == nil {
		return
	}
	_ = n.process.Kill() // it fails only for one that has ended
	<-n.done
}

// Replace kills the node and starts another one, a cluster of its own that is empty, at
// the same addresses.
func (n *Node) Replace(ctx context.Context) error {
	n.Kill()
	if err := os.RemoveAll(filepath.Join(n.dir, "data")); err != nil {
		return fmt.Errorf("removing the data of Apache Kafka: %w", err)
	}
	if err := n.format(ctx, n.ports); err != nil {
		return fmt.Errorf("preparing Apache Kafka: %w", err)
	}
	return n.Start(ctx)
}

// CreateTopic makes an empty topic.
func (n *Node) CreateTopic(ctx context.Context, topic string, partitions int) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	transport := &kafka.Transport{} // the default one keeps connections to a node that was restarted
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(n.Addr), Transport: transport}
	response, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{
		{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1},
	}})
	if err == nil {
		err = response.Errors[topic]
	}
	if err != nil {
		return fmt.Errorf("creating topic %s: %w", topic, err)
	}
	return nil
}

// waitReady returns when the node names itself as a broker on both listeners.
func (n *Node) waitReady(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-n.done:
			return errors.New("it ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("waiting until it answers: %w", ctx.Err())
		case <-tick.C:
		}
		sasl := &kafka.Transport{SASL: plain.Mechanism{Username: User, Password: Password}}
		if answers(ctx, n.Addr, &kafka.Transport{}) && answers(ctx, n.SASLAddr, sasl) {
			return nil
		}
	}
}

func answers(ctx context.Context, addr string, by *kafka.Transport) bool {
	defer by.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(addr), Timeout: 5 * time.Second, Transport: by}
	response, err := client.Metadata(ctx, &kafka.MetadataRequest{})
	return err == nil && len(response.Brokers) > 0
}

// findJars finds the jars in the source tree around the working directory.
func findJars() (string, error) {
	work, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the working directory: %w", err)
	}
	for dir := work; ; dir = filepath.Dir(dir) {
		jars := filepath.Join(dir, ".cache", "kafka-"+version)
		if _, err := os.Stat(filepath.Join(jars, "kafka_2.13-"+version+".jar")); err == nil {
			return jars, nil
		}
		if dir == filepath.Dir(dir) {
			return "", ErrMissing
		}
	}
}

// freePorts are distinct, since all are held until all are known.
func freePorts(n int) (ports []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("picking a port: %w", err)
		}
		defer l.Close()
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports, nil
}
