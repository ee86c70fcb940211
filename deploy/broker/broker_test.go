package broker

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(processEnv); dir != "" {
		b := New(Options{Dir: dir, Topics: []Topic{{Name: "events", Partitions: 1}}})
		if err := b.Start(context.Background()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(b.Addr())
		select {}
	}
	os.Exit(m.Run())
}

// processEnv makes the test binary a broker to kill; its value is the directory.
const processEnv = "MCPTRAIL_TEST_BROKER"

func start(t *testing.T, opts Options) *Broker {
	t.Helper()
	b := New(opts)
	if err := b.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// produce writes n records and returns when all are acknowledged.
func produce(t *testing.T, addr, topic string, n int, value string) {
	t.Helper()
	w := &kafka.Writer{Addr: kafka.TCP(addr), Topic: topic, RequiredAcks: kafka.RequireAll, BatchTimeout: 5 * time.Millisecond, BatchBytes: 16 << 20}
	defer w.Close()
	messages := make([]kafka.Message, n)
	for i := range messages {
		messages[i] = kafka.Message{Key: fmt.Append(nil, "key ", i), Value: []byte(value)}
	}
	if err := w.WriteMessages(wait.Context(t), messages...); err != nil {
		t.Fatalf("producing to %s: %v", topic, err)
	}
}

// consume reads n records of a topic's one partition, as a member of a group,
// and commits them.
func consume(t *testing.T, addr, group, topic string, n int) (offsets []int64) {
	t.Helper()
	ctx := wait.Context(t)
	g, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: group, Brokers: []string{addr}, Topics: []string{topic}, StartOffset: kafka.FirstOffset,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	generation, err := g.Next(ctx)
	if err != nil {
		t.Fatalf("joining group %s: %v", group, err)
	}
	assigned := generation.Assignments[topic][0]
	r := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{addr}, Topic: topic, Partition: assigned.ID, MaxBytes: 32 << 20, MaxWait: 50 * time.Millisecond})
	defer r.Close()
	if err := r.SetOffset(assigned.Offset); err != nil {
		t.Fatal(err)
	}
	for range n {
		m, err := r.ReadMessage(ctx)
		if err != nil {
			t.Fatalf("reading record %d of %d: %v", len(offsets), n, err)
		}
		offsets = append(offsets, m.Offset)
	}
	next := offsets[n-1] + 1
	if err := generation.CommitOffsets(map[string]map[int]int64{topic: {assigned.ID: next}}); err != nil {
		t.Fatal(err)
	}
	return offsets
}

func equal(t *testing.T, got []int64, first, last int64) {
	t.Helper()
	if len(got) != int(last-first+1) || got[0] != first || got[len(got)-1] != last {
		t.Errorf("got offsets %v, want %d to %d", got, first, last)
	}
}

func TestRecordsAndCommitsSurviveClose(t *testing.T) {
	opts := Options{Dir: t.TempDir(), Topics: []Topic{{Name: "events", Partitions: 1}}}
	b := start(t, opts)
	produce(t, b.Addr(), "events", 10, "x")
	equal(t, consume(t, b.Addr(), "g", "events", 6), 0, 5)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	opts.Listen = b.Addr()
	again := start(t, opts)
	if again.Addr() != opts.Listen {
		t.Errorf("listens on %s, want %s", again.Addr(), opts.Listen)
	}
	equal(t, consume(t, again.Addr(), "g", "events", 4), 6, 9)
}

func TestRecordsAndCommitsSurviveAKilledProcess(t *testing.T) {
	dir := t.TempDir()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), processEnv+"="+dir)
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 1024)
	n, _ := stdout.Read(said)
	addr := strings.TrimSpace(string(said[:n]))
	produce(t, addr, "events", 100, "x")
	equal(t, consume(t, addr, "g", "events", 40), 0, 39)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	process.Wait()
	b := start(t, Options{Dir: dir, Listen: addr})
	equal(t, consume(t, b.Addr(), "g", "events", 60), 40, 99)
}

func TestAMessageOfFifteenMebibytesPasses(t *testing.T) {
	b := start(t, Options{Dir: t.TempDir(), Topics: []Topic{{Name: "events", Partitions: 1}}})
	produce(t, b.Addr(), "events", 1, strings.Repeat("x", 15<<20))
	equal(t, consume(t, b.Addr(), "g", "events", 1), 0, 0)
}

func TestRetentionBoundsATopic(t *testing.T) {
	b := start(t, Options{Dir: t.TempDir(), MaxBytes: 4096, Topics: []Topic{
		{Name: "events", Partitions: 1, Configs: map[string]string{"segment.bytes": "4096"}},
	}})
	for range 30 {
		produce(t, b.Addr(), "events", 1, strings.Repeat("x", 1024))
	}
	b.cluster.ApplyRetention()
	if info := b.cluster.PartitionInfo("events", 0); info.LogStartOffset < 20 || info.HighWatermark != 30 {
		t.Errorf("the log holds %d to %d, want a start of at least 20 and an end of 30", info.LogStartOffset, info.HighWatermark)
	}
}

func TestTwoBrokersNeverShareADirectory(t *testing.T) {
	dir := t.TempDir()
	start(t, Options{Dir: dir})
	err := New(Options{Dir: dir}).Start(context.Background())
	if err == nil || !strings.Contains(err.Error(), dir+" is in use by process") {
		t.Errorf("got %v, want an error that names the directory and the process", err)
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	err = New(Options{Dir: dir, Listen: l.Addr().String()}).Start(context.Background())
	if err == nil || !strings.Contains(err.Error(), "is not free") || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("got %v, want an error that names %s", err, l.Addr())
	}
	start(t, Options{Dir: dir}) // the failed start has let go of the directory
}

func TestOtherInterfacesAreRefused(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:9092", ":9092", "[::]:9092", "9092", "127.0.0.1:no"} {
		if err := New(Options{Dir: t.TempDir(), Listen: listen}).Start(context.Background()); err == nil {
			t.Errorf("listened on %s", listen)
		}
	}
}
