package faults

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/recording"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// oracleConfig is what an oracle process does.
type oracleConfig struct {
	// Run numbers the oracles of a test.
	Run               int
	Brokers, Receipts string
	Spool, Identity   string
	SpoolBytes        int64
	Sessions          int
	Every             time.Duration
	Filler            int
	// FileLimit is how large its files may grow; 0 is no limit.
	FileLimit uint64
}

// issue is the oracle process: it has a collector record messages until its input
// ends, and says what was accepted. Then it waits until all is stored.
func issue(c oracleConfig) error {
	if err := limitFiles(c.FileLimit); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	var mu sync.Mutex // guards out, for a batch
	kept := func(records []durable.Record) {
		mu.Lock()
		defer mu.Unlock()
		for i := range records {
			r := &records[i]
			if r.Seal {
				fmt.Fprintln(out, "seal", r.CollectorSeq)
				continue
			}
			e, err := schema.Decode(r.Value)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(out, "event %s %s %d %d %x\n", e.Epoch, e.SessionID, e.Seq, e.CollectorSeq, schema.LeafHash(r.Value))
		}
		out.Flush()
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	rec, err := recording.New(recording.Config{
		Collector: collector.Config{CollectorID: "oracle"}.Defaults(), Kafka: kafkaconn.Options{Brokers: []string{c.Brokers}},
		SpoolDir: c.Spool, SpoolBytes: c.SpoolBytes, Receipts: c.Receipts, Identity: c.Identity, What: "oracle", Grace: 5 * time.Minute, Spooled: kept, Log: log,
	})
	if err != nil {
		return err
	}
	return rec.Run(context.Background(), 0, func(ctx context.Context) error {
		ctx, stop := context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
		var group sync.WaitGroup
		for session := range c.Sessions {
			group.Go(func() {
				n := c.session(ctx, rec.Recorder, session)
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintln(out, "issued", session, n)
				out.Flush()
			})
		}
		group.Wait()
		return nil
	})
}

// session issues requests and their answers until ctx ends, and returns how many
// messages these were.
func (c oracleConfig) session(ctx context.Context, rec *collector.Recorder, session int) (messages int) {
	x := rec.Queue().Begin(observe.Exchange{Upstream: "oracle", Transport: schema.TransportStdio,
		Process: &observe.Process{Command: []string{"oracle", fmt.Sprint(c.Run), fmt.Sprint(session)}}}, time.Now())
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		for _, d := range []schema.Direction{schema.ClientToServer, schema.ServerToClient} {
			x.Message(d, message.Copy(body(d, c.Run, session, n, c.Filler), 1<<20), time.Now())
			messages++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	x.Exit(observe.Exit{Reason: "exit"}, time.Now())
	return messages
}

const lorem = "the quick brown fox jumps over the lazy dog and sits down again near an old oak while it rains outside "

// body is the message that an oracle issues in a place, the same whenever it is asked.
func body(d schema.Direction, run, session, n, filler int) []byte {
	from := (run + session + n) % 40
	text := strings.Repeat(lorem, filler/len(lorem)+2)[from : from+filler]
	if d == schema.ClientToServer {
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"oracle","arguments":{"run":%d,"session":%d,"n":%d,"text":"%s"}}}`, n, run, session, n, text)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":{"run":%d,"session":%d,"n":%d,"content":[{"type":"text","text":"%s"}]}}`, n, run, session, n, text)
}

// accepted is an event that was promised.
type accepted struct {
	epoch, session    uuid.UUID
	seq, collectorSeq uint64
	hash              schema.Hash
}

// oracle is an oracle process as the test sees it.
type oracle struct {
	*process
	config oracleConfig
	input  io.Closer
	// heard is closed when it has said all that it ever will.
	heard chan struct{}

	// mu guards what follows, for a map access.
	mu     sync.Mutex
	events []accepted
	seals  int
	// issued messages, known when it was asked to end.
	issued int
}

// startOracle starts one more oracle over the stack's spool.
func (s *stack) startOracle(shape func(*oracleConfig)) *oracle {
	s.t.Helper()
	o := &oracle{heard: make(chan struct{}), config: oracleConfig{Run: len(s.oracles), Brokers: s.toBroker.addr(), Receipts: "http://" + s.api,
		Spool: s.spool, Identity: filepath.Join(s.dir, "identity.key"), SpoolBytes: 64 << 20, Sessions: 3, Every: 30 * time.Millisecond, Filler: 300}}
	if shape != nil {
		shape(&o.config)
	}
	cmd := inRole("oracle", o.config)
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	o.input = in
	o.process = start(s.t, s.dir, "oracle", cmd)
	s.oracles = append(s.oracles, o)
	go o.hear(out)
	return o
}

func (o *oracle) hear(out io.Reader) {
	defer close(o.heard)
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			return // a line that was cut off was not said
		}
		o.take(strings.Fields(line))
	}
}

func (o *oracle) take(words []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case words[0] == "seal":
		o.seals++
	case words[0] == "issued":
		var session, n int
		_, _ = fmt.Sscan(words[1]+" "+words[2], &session, &n)
		o.issued += n
	case words[0] == "event" && len(words) == 6:
		e := accepted{epoch: uuid.MustParse(words[1]), session: uuid.MustParse(words[2])}
		_, _ = fmt.Sscan(words[3]+" "+words[4], &e.seq, &e.collectorSeq)
		_, _ = hex.Decode(e.hash[:], []byte(words[5]))
		o.events = append(o.events, e)
	}
}

// count is how many events it was promised so far.
func (o *oracle) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.events)
}

// more waits until it was promised n events more.
func (s *stack) more(o *oracle, n int) {
	s.t.Helper()
	want := o.count() + n
	s.await("the collector to accept events", 30*time.Second, func() bool { return o.count() >= want })
}

// die kills the oracle as kill -9 does; what it said before is heard.
func (o *oracle) die() {
	o.kill()
	<-o.heard
}

// finish has it issue no more, and waits until it has ended and everything it recorded
// is visible.
func (s *stack) finish(o *oracle) {
	s.t.Helper()
	o.input.Close()
	s.await("the collector to end", 90*time.Second, func() bool {
		select {
		case <-o.heard:
			return true
		default:
			return false
		}
	})
	<-o.done
	s.visible()
}
