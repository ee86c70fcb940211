package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/soak"
)

// TestAClonedHost has hosts with one identity.key, from an image that never ran a collector:
// each numbers its runs from 1. Nothing is lost or broken by it, and verify says what it is.
func TestAClonedHost(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	image := filepath.Join(s.dir, "identity.epochs")
	for range soak.Count(2, 10) {
		o := s.startOracle(nil)
		s.more(o, 50)
		s.finish(o)
		if err := os.Remove(image); err != nil { // the next host begins as this one did
			t.Fatal(err)
		}
	}
	if c := s.check(); c.named > 0 || c.lost > 0 { // which fails where verify finds a mismatch
		t.Errorf("something was lost: %+v", c)
	}
	out, _ := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail"), "--url", "http://"+s.api, "verify", "--trust", filepath.Join(s.dir, "trust")).CombinedOutput()
	if says := string(out); !strings.Contains(says, "identity.key is used on two hosts") || strings.Contains(says, "equivocation") {
		t.Errorf("verify says:\n%.3000s", says)
	}
}
