package recording

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/kafkaconn"
)

// said keeps the log of a recording.
type said struct {
	mu   sync.Mutex // held for a write
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) count(words string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.text.String(), words)
}

// without builds a recording that has no broker and no store.
func without(t *testing.T, shape func(*Config)) (*Recording, *said) {
	t.Helper()
	dir, log := t.TempDir(), &said{}
	c := Config{Collector: collector.Config{CollectorID: "test"}.Defaults(), Kafka: kafkaconn.Options{Brokers: []string{"127.0.0.1:1"}},
		SpoolDir: filepath.Join(dir, "spool"), Receipts: "http://127.0.0.1:1", Identity: filepath.Join(dir, "identity.key"), What: "test",
		Log: slog.New(slog.NewTextHandler(log, nil))}
	shape(&c)
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r, log
}

func begin(r *Recording) *observe.Exchange {
	return r.Recorder.Queue().Begin(observe.Exchange{Upstream: "u", Transport: schema.TransportStdio,
		Process: &observe.Process{Command: []string{"u"}}}, time.Now())
}

func call(x *observe.Exchange, n int) bool {
	text := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"t"}}`, n)
	return x.Message(schema.ClientToServer, message.Copy(text, 1<<20), time.Now())
}

// TestWithoutGraceTheLastEventsAreInTheSpool: --grace is the time for broker and store. Without
// any, what was observed is on disk, and nothing says that it was given up.
func TestWithoutGraceTheLastEventsAreInTheSpool(t *testing.T) {
	r, _ := without(t, func(c *Config) { c.Grace = 0 })
	const calls = 2000
	err := r.Run(t.Context(), 0, func(context.Context) error {
		x := begin(r)
		for n := range calls {
			call(x, n)
		}
		x.Exit(observe.Exit{Reason: "exit"}, time.Now())
		return nil
	})
	if errors.Is(err, collector.ErrUnpublished) || !errors.Is(err, ErrUnshipped) {
		t.Errorf("the end says: %v", err)
	}
	s, err := spool.Open(spool.Options{Dir: r.config.SpoolDir, Epoch: uuid.Must(uuid.NewV7())}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Adopt(); err != nil {
		t.Fatal(err)
	}
	kinds := map[schema.Kind]int{}
	for final := false; !final; {
		entries, err := s.Next(t.Context(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if final = s.Ended(e.Position); e.Seal || e.Damage != nil {
				continue
			}
			event, err := schema.Decode(e.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds[event.Kind]++
		}
	}
	if kinds[schema.KindRequest] != calls || kinds[schema.KindOpen] != kinds[schema.KindClose] {
		t.Errorf("of %d calls the spool has %v", calls, kinds)
	}
}

// TestBlockOnADiskThatIsTooSmallRecovers refuses what it cannot keep space for, says why, and
// passes messages once there is space.
func TestBlockOnADiskThatIsTooSmallRecovers(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("SKIPPED, nothing was tested: cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	r, log := without(t, func(c *Config) { c.SpoolDir, c.Collector.Strict = filepath.Join(disk, "spool"), true })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- r.Run(ctx, 0, func(ctx context.Context) error { <-ctx.Done(); return nil })
	}()
	x := begin(r)
	refused := 0
	wait.For(t, "a message to be refused", func() bool {
		if !call(x, 1) {
			refused++
		}
		return refused > 0
	})
	wait.For(t, "the log to say why", func() bool { return log.count("the spool cannot keep space back") == 1 })
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=200m"); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "a message to pass on a disk with space", func() bool { return call(x, 2) })
	stop()
	if err := <-ended; errors.Is(err, collector.ErrUnpublished) {
		t.Error(err)
	}
	if n := log.count("the spool cannot keep space back"); n != 1 {
		t.Errorf("said %d times", n)
	}
}
