package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/mcptrail/mcptrail/deploy/testbed"
	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/ingest/daemon"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal/sealtest"
	"github.com/segmentio/kafka-go"
)

// childEnv makes this test binary an ingest process, so that it can be killed.
const childEnv = "MCPTRAIL_TEST_INGEST"

func child() int {
	var config daemon.Config
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	err := json.Unmarshal([]byte(os.Getenv(childEnv)), &config)
	if err == nil {
		config.ClickHouse, err = clickhouse.ParseDSN(os.Getenv("MCPTRAIL_TEST_DSN"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err == nil {
		err = daemon.Run(ctx, config, log)
	}
	if err != nil {
		log.Error("child ended", "cause", err)
		return 1
	}
	return 0
}

// process is an ingest process that dies by SIGKILL.
type process struct{ *exec.Cmd }

func (b *bench) process(dsn string) process {
	config := b.config
	config.ClickHouse = nil // goes as a DSN: its options hold functions
	//lint:ignore SA1026 only that field can hold functions
	text, err := json.Marshal(config)
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text), "MCPTRAIL_TEST_DSN="+dsn)
	cmd.Stderr = b.t.Output()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	p := process{cmd}
	b.t.Cleanup(p.kill)
	return p
}

// dsn names the bench's database at another address.
func (b *bench) dsn(addr string) string {
	auth := b.config.ClickHouse.Auth
	return "clickhouse://" + auth.Username + ":" + auth.Password + "@" + addr + "/" + auth.Database + "?compress=lz4"
}

func (p process) stop() error {
	return errors.Join(p.Process.Signal(syscall.SIGTERM), p.Wait())
}

func (p process) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
}

// lossyProxy stands before ClickHouse. Of every four inserts it swallows one
// answer, and of every fifty it lets one not through whole.
type lossyProxy struct {
	net.Listener
	upstream string
	// answers and blocks count what came by, swallowed and cuts what did not pass.
	answers, blocks, swallowed, cuts atomic.Int64
}

func newLossyProxy(t testing.TB, upstream string) *lossyProxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &lossyProxy{Listener: l, upstream: upstream}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(c)
		}
	}()
	return p
}

// blockBytes is more than any query here has, and less than any block.
const blockBytes = 6 << 10

// pass never resets the connection to the server, as the kernel does for a client
// that was killed: the embedded engine aborts when it reads from such a one.
func (p *lossyProxy) pass(client net.Conn) {
	defer client.Close()
	c, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	server := c.(*net.TCPConn)
	defer server.Close()
	var sent atomic.Int64
	go func() {
		defer server.CloseWrite()
		buf := make([]byte, 4<<10)
		for {
			n, err := client.Read(buf)
			if before := sent.Load(); n > 0 && before <= blockBytes && before+int64(n) > blockBytes && p.blocks.Add(1)%50 == 0 {
				p.cuts.Add(1)
				return
			}
			sent.Add(int64(n))
			if _, werr := server.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
	defer io.Copy(io.Discard, server)
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if n > 0 && sent.Load() > blockBytes && p.answers.Add(1)%4 == 0 {
			p.swallowed.Add(1)
			// Long enough for the insert to take effect.
			_ = server.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
			_, _ = io.Copy(io.Discard, server)
			_ = server.SetReadDeadline(time.Time{})
			client.Close()
			return
		}
		if sent.Swap(0); err != nil {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestKilledProcessesAndLostAnswersLoseAndRepeatNothing(t *testing.T) {
	brokers, topic := testbed.Topic(t, 4)
	_, seals := testbed.Topic(t, 1)
	churn(t, newBench(t, brokers, topic), seals)
}

// churn lets two processes move many events, and seals by another topic, and kills
// one of them again and again, while some inserts fail and some succeed without an
// answer.
func churn(t *testing.T, b *bench, seals string) {
	total, kills := soak.Count(30_000, 600_000), soak.Count(22, 200)
	b.config.Source.Topics = append(b.config.Source.Topics, seals)
	sealing := *b
	sealing.topic = seals
	epoch := sealtest.New("acme", "laptop").Epoch(time.Now().UnixNano())
	proxy := newLossyProxy(t, b.config.ClickHouse.Addr[0])
	dsn := b.dsn(proxy.Addr().String())
	b.config.Source.SessionTimeout = 2 * time.Second
	b.config.Blocks.BlockEvents, b.config.Blocks.Grace = 256, 400*time.Millisecond
	b.config.Blocks.RetryMin = 10 * time.Millisecond

	processes := [2]process{b.process(dsn), b.process(dsn)}
	stored := func() int64 { return b.number("(SELECT count() FROM events)") }
	// The embedded broker never drops a member that died between joining and
	// syncing, and its partitions stand still; one that joins makes it look again.
	// Apache Kafka needs no such help.
	await := func(what string, met func() bool) {
		last, since := stored(), time.Now()
		limit := time.Minute
		if soak.Long() {
			limit = 20 * time.Minute // half of the events wait when the last process is killed
		}
		b.await(what, limit, func() bool {
			if n := stored(); n != last {
				last, since = n, time.Now()
			} else if time.Since(since) > 8*time.Second {
				t.Log("nothing moves: one more process dies")
				processes[0].kill()
				processes[0], since = b.process(dsn), time.Now()
			}
			return met()
		})
	}
	var sessions [][]*schema.Event
	for range kills {
		s := session(total / kills)
		sessions = append(sessions, s)
		b.produce(messages(s)...)
		record := epoch.Seal(false)
		sealing.produce(kafka.Message{Key: []byte("laptop"), Value: record.Append(nil)})
		before := stored()
		await("progress", func() bool { return stored() > before })
		victim := rand.N(2)
		processes[victim].kill()
		processes[victim] = b.process(dsn)
	}
	if left := total - len(sessions)*len(sessions[0]); left > 0 {
		rest := session(left)
		sessions = append(sessions, rest)
		b.produce(messages(rest)...)
	}
	defer func() {
		if t.Failed() {
			t.Logf("stored %d, distinct %d; by partition %s; running %s", stored(), b.number("(SELECT uniqExact(hash) FROM events)"),
				b.text("SELECT toString(groupArray((p, c, m))) FROM (SELECT kafka_partition p, count() c, max(kafka_offset) m FROM events GROUP BY p)"),
				b.text("SELECT toString(groupArray((query_id, elapsed, substring(query, 1, 60)))) FROM system.processes"))
		}
	}()
	await("the rest", func() bool { return b.number("(SELECT uniqExact(hash) FROM events)") == int64(total) })
	// A block's rows are visible before the views of its insert are filled. A process that is
	// killed in between leaves that to the partition's next owner, of which there is none here.
	// Each view is filled on its own.
	await("the views", func() bool {
		return b.number("(SELECT count() FROM event_points FINAL)") == int64(total) && b.number("(SELECT sum(events) FROM sessions)") == int64(total)
	})
	await("the seals", func() bool { return b.number("(SELECT uniqExact(note) FROM seals)") == int64(kills) })
	for _, p := range processes {
		p.kill()
	}
	if n := b.number("(SELECT count() FROM seals)"); n != int64(kills) {
		t.Errorf("%d rows for %d seals", n, kills)
	}
	if n := stored(); n != int64(total) {
		t.Errorf("%d rows for %d events", n, total)
	}
	if n := b.number("(SELECT count() FROM rejected)"); n != 0 {
		t.Errorf("%d rejected", n)
	}
	for _, s := range sessions {
		if n := b.number("(SELECT events FROM sessions WHERE session_id = ?)", s[0].SessionID); n != int64(len(s)) {
			t.Errorf("the rollup of a session counts %d of %d events", n, len(s))
		}
	}
	if n := b.number("(SELECT count() FROM event_points FINAL)"); n != int64(total) {
		t.Errorf("%d points for %d events", n, total)
	}
	if n := proxy.swallowed.Load(); n < int64(soak.Count(25, 500)) {
		t.Errorf("%d answers were lost", n)
	}
	t.Logf("%d kills, %d answers lost, %d inserts cut, %d blocks", kills, proxy.swallowed.Load(), proxy.cuts.Load(),
		b.number("(SELECT uniqExact(topic, kafka_partition, stored_at) FROM events)"))
}
