package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/mcptrail/mcptrail/deploy/testbed/lossy"
	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
	"github.com/mcptrail/mcptrail/schema"
)

// shipOnce has the program send what dead collectors left in a spool.
func (s *stack) shipOnce(spool string) {
	s.t.Helper()
	ship := start(s.t, s.dir, "ship", exec.Command(filepath.Join(bin, "mcptrail-collector"), "ship", "--once", "--spool", spool,
		"--brokers", s.toBroker.addr(), "--receipts", "http://"+s.api, "--collector-id", "ship", "--key-file", filepath.Join(s.dir, "ship.key"),
		"--identity", filepath.Join(s.dir, "ship-identity.key"), "--grace", "20s"))
	s.await("ship --once to end", 40*time.Second, func() bool {
		select {
		case <-ship.done:
			return true
		default:
			return false
		}
	})
	if left, err := os.ReadDir(spool); err != nil || len(left) > 0 {
		s.t.Errorf("ship --once left %v, %v", left, err)
	}
}

func TestPowerCuts(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	var times sum
	lost := 0
	for range soak.Count(12, 500) {
		disk := lossy.New(s.luck)
		mounted, unmount := disk.Mount(t)
		disk.CutAfter(20 + s.luck.IntN(200))
		s.spool = filepath.Join(mounted, "spool")
		o := s.startOracle(func(c *oracleConfig) { c.Every = 5 * time.Millisecond })
		s.await("the power to go", 30*time.Second, disk.Dead)
		o.die()
		unmount()
		after := t.TempDir()
		disk.Restore(t, after)
		s.spool = filepath.Join(after, "spool")
		if _, err := os.Stat(s.spool); err == nil {
			s.shipOnce(s.spool)
		}
		times.add(s.visible())
		lost += o.count()
	}
	c := s.check()
	times.log(t, "the power was cut")
	torn := s.said("ship", "cut off in the middle of a write") + s.said("ship", "the spool is damaged")
	t.Logf("%d events were accepted, %d ends were torn, %d numbers named as lost", lost, torn, c.lost)
	if torn == 0 {
		t.Error("no cut tore anything")
	}
}

func TestFailingFsyncs(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	disk := lossy.New(s.luck)
	mounted, unmount := disk.Mount(t)
	s.spool = filepath.Join(mounted, "spool")
	o := s.startOracle(nil)
	n := soak.Count(10, 100)
	for range n {
		s.more(o, 1+s.luck.IntN(60))
		left := 1 + s.luck.IntN(3) // more than one make the call fail that was retried
		failed := make(chan struct{})
		disk.FailSync(func() bool {
			if left--; left == 0 {
				close(failed)
			}
			return left >= 0
		})
		s.await("an fsync to fail", 20*time.Second, func() bool {
			select {
			case <-failed:
				return true
			default:
				return false
			}
		})
	}
	s.more(o, 50)
	// What came to nowhere for a failed fsync must have been written again.
	disk.Cut()
	o.die()
	unmount()
	after := t.TempDir()
	disk.Restore(t, after)
	s.spool = filepath.Join(after, "spool")
	s.shipOnce(s.spool)
	took := s.visible()
	c := s.check()
	t.Logf("%d times an fsync failed: everything visible after %v", n, took)
	if s.said("oracle", "goes on in a new segment") == 0 {
		t.Error("no segment was given up")
	}
	if c.named > 0 {
		t.Errorf("something was lost: %+v", c)
	}
}

// smallDisk is a directory on a disk of 4 MiB.
func smallDisk(t *testing.T) string {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		if os.Getenv("CI") != "" && os.Getuid() == 0 {
			t.Fatalf("mounting a small disk: %v", err)
		}
		t.Skipf("SKIPPED, nothing was tested: cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestFullDisks(t *testing.T) {
	t.Parallel()
	const tooLarge = "files that are too large"
	for name, full := range map[string]struct {
		dir   func(*testing.T) string
		shape func(*oracleConfig)
	}{
		"no space left":    {smallDisk, nil},
		"a limit of bytes": {func(t *testing.T) string { return t.TempDir() }, func(c *oracleConfig) { c.SpoolBytes = 2 << 20 }},
		tooLarge:           {func(t *testing.T) string { return t.TempDir() }, func(c *oracleConfig) { c.FileLimit, c.SpoolBytes, c.Filler = 1200<<10, 16<<20, 25_000 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.spool = filepath.Join(full.dir(t), "spool")
			o := s.startOracle(func(c *oracleConfig) {
				c.Filler = 6000
				if full.shape != nil {
					full.shape(c)
				}
			})
			var times sum
			n := soak.Count(5, 50)
			if name == tooLarge {
				n = soak.Count(1, 5) // each of them fills a dozen files
			}
			for i := range n {
				s.more(o, 20)
				s.toBroker.set(cut, 0)
				s.await("the spool to be full", 40*time.Second, func() bool { return s.said("oracle", "spool is full") > i })
				s.pass(time.Second)
				s.toBroker.set(passing, 0)
				times.add(s.visible())
				s.more(o, 20) // takes messages again
			}
			s.finish(o)
			c := s.check()
			times.log(t, "the disk was full")
			if given := s.said("oracle", "goes on in a new segment"); name == tooLarge && given < soak.Count(5, 50) {
				t.Errorf("%d files were too large", given)
			}
			if c.gaps < n || c.named == 0 {
				t.Errorf("%d times full, and %d gaps name %d messages", n, c.gaps, c.named)
			}
		})
	}
}

// TestABrokerThatForgetsWhatItAcknowledged takes from the broker what nobody has
// stored yet.
func TestABrokerThatForgetsWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	data, before := filepath.Join(s.dir, "broker"), filepath.Join(s.dir, "broker-before")
	n := 0
	s.series("the broker forgot", soak.Count(2, 20), func() {
		n++
		s.ingest.kill()
		s.broker.kill()
		copyDir(t, data, fmt.Sprint(before, n))
		s.startBroker()
		had := s.logEnd()
		// For longer than it takes to ask what is stored.
		s.await("the broker to acknowledge events", 30*time.Second, func() bool { return s.logEnd() > had+300 })
		s.broker.kill()
		if err := os.RemoveAll(data); err != nil {
			t.Fatal(err)
		}
		copyDir(t, fmt.Sprint(before, n), data)
		s.startBroker()
		s.ingest = s.startIngest("ingest")
	})
	if s.said("oracle", "lost what it had acknowledged") < n {
		t.Errorf("the broker forgot %d times, and the collector noticed %d times", n, s.said("oracle", "lost what it had acknowledged"))
	}
}

// logEnd is how many events the broker has, as far as it answers.
func (s *stack) logEnd() (all int64) {
	for id := range partitions {
		conn, err := kafka.DialLeader(s.t.Context(), "tcp", s.toBroker.addr(), schema.TopicEvents, id)
		if err != nil {
			continue
		}
		end, err := conn.ReadLastOffset()
		if err == nil {
			all += end
		}
		conn.Close()
	}
	return all
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
