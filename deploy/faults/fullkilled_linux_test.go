package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
)

// TestACollectorThatIsKilledOnAFullDisk has messages pass while the disk is full, kills the
// collector, and has another take over what it left. Each message is in the record, in a gap, or
// in the number that the other says may be missing.
func TestACollectorThatIsKilledOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"stdio", "http"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			for range soak.Count(1, 20) {
				fullThenKilled(t, transport)
			}
		})
	}
}

func fullThenKilled(t *testing.T, transport string) {
	p := overFull(t, "pass", transport)
	n := p.fill(0, func(int, bool, string) {})
	// Another program takes what is left, also of what the collector frees.
	filler, err := os.Create(filepath.Join(filepath.Dir(p.s.spool), "other"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until); n++ {
		for err = nil; err == nil; {
			_, err = filler.Write(make([]byte, 4096))
		}
		if result, message := p.request(n); !result {
			t.Fatalf("request %d was refused: %s", n, message)
		}
	}
	named := func() (unrecorded int) {
		out, _ := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail-collector"), "status", "--json", "--spool", p.s.spool).Output()
		for line := range strings.Lines(string(out)) {
			var c struct {
				PID   int
				State struct{ Unrecorded, Lost int }
			}
			if json.Unmarshal([]byte(line), &c) == nil && c.PID == p.pid() {
				unrecorded = c.State.Unrecorded + c.State.Lost
			}
		}
		return unrecorded
	}
	p.s.await("status to count what passed", 20*time.Second, func() bool { return named() > 0 })
	last := -1
	p.s.await("status to stand still", 20*time.Second, func() bool {
		before := last
		last = named()
		if before != last {
			<-time.After(2 * time.Second)
		}
		return before == last
	})
	if !strings.Contains(p.s.statusSays(), "messages passed and are neither recorded nor in a gap yet") && !strings.Contains(p.s.statusSays(), "messages were lost") {
		t.Errorf("status says nothing of them:\n%s", p.s.statusSays())
	}
	p.kill()
	filler.Close()
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	p.s.toBroker.set(passing, 0)
	p.s.shipOnce(p.s.spool)
	p.s.await("all that passed to be recorded, in a gap, or said to be missing", recovery, func() bool {
		return p.s.number("SELECT uniqExact(session_id, seq) FROM events WHERE kind IN ('request', 'answer')")+
			p.s.number("SELECT sum(gap_count) FROM (SELECT any(gap_count) AS gap_count FROM events WHERE kind = 'gap' GROUP BY session_id, seq)")+
			p.s.mayMiss() >= 2*n
	})
	c, missing := p.s.check(), p.s.mayMiss()
	// Who took over records on a full disk too, so that its own session may have gaps.
	c.named -= p.s.number("SELECT sum(gap_count) FROM (SELECT any(gap_count) AS gap_count FROM events WHERE kind = 'gap' AND basis = 'collector' GROUP BY session_id, seq)")
	if all := c.messages + c.named; all+missing < 2*n || all > 2*n && transport == "stdio" {
		t.Errorf("%d messages passed, %d are stored, %d named by gaps and at most %d said to be missing", 2*n, c.messages, c.named, missing)
	}
	// What passed before status was last written is in gaps; what did after is bounded.
	if c.named == 0 {
		t.Error("no gap was recorded while the disk was full")
	}
	t.Logf("%d messages passed: %d stored, %d in gaps, at most %d said to be missing", 2*n, c.messages, c.named, missing)
}

// mayMiss is how many messages of killed collectors others say may be missing at most.
func (s *stack) mayMiss() (n int) {
	events, err := s.stored(s.t.Context(), "kind = 'gap'")
	if err != nil {
		return -1
	}
	for _, e := range events {
		if e.Gap.Reason == "killed" {
			n += int(e.Gap.AtMost)
		}
	}
	return n
}
