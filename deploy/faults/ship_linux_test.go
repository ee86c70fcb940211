package faults

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatAKilledCollectorLeftIsShownAndShipped is the way of the one on call.
func TestWhatAKilledCollectorLeftIsShownAndShipped(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	collector := filepath.Join(bin, "mcptrail-collector")
	status := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), collector, append([]string{"status", "--spool", s.spool}, args...)...).CombinedOutput()
		if err != nil {
			t.Errorf("status: %v\n%s", err, out)
		}
		return string(out)
	}
	if said := status(); !strings.Contains(said, "no collector runs") {
		t.Errorf("status of nothing says\n%s", said)
	}
	s.toBroker.set(cut, 0)
	o := s.startOracle(nil)
	s.more(o, 100)
	s.await("status to show the collector", 20*time.Second, func() bool {
		running := status()
		return strings.Contains(running, fmt.Sprint(o.pid())) && strings.Contains(running, `"oracle"`)
	})
	o.die()
	var left struct {
		Held    bool
		Waiting int
		State   struct{ Recording string }
	}
	if err := json.Unmarshal([]byte(status("--json")), &left); err != nil || left.Held || left.Waiting < o.count() || left.State.Recording != "oracle" {
		t.Errorf("%d events were left, status says %+v, %v", o.count(), left, err)
	}
	if said := status(); !strings.Contains(said, "(ended)") {
		t.Errorf("status of a killed collector says\n%s", said)
	}
	s.toBroker.set(passing, 0)
	s.shipOnce(s.spool)
	s.visible()
	if said := status(); !strings.Contains(said, "no collector runs") {
		t.Errorf("after shipping, status says\n%s", said)
	}
	s.check()
}
