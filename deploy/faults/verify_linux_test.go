package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// verify has mcptrail check the store, which nobody has touched: whatever was lost is
// named (2), and nothing is wrong (1).
func (s *stack) verify() {
	s.t.Helper()
	var keys []byte
	files, _ := filepath.Glob(filepath.Join(s.dir, "*.pub"))
	for _, file := range files {
		key, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		keys = append(keys, key...)
	}
	trust := filepath.Join(s.dir, "trust")
	if err := os.WriteFile(trust, keys, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.ask("the record as mcptrail verify does", func() error {
		cmd := exec.CommandContext(s.t.Context(), filepath.Join(bin, "mcptrail"), "--url", "http://"+s.api, "verify", "--trust", trust)
		out, err := cmd.Output()
		switch status := cmd.ProcessState.ExitCode(); {
		case len(out) > 0 && (status == 0 || status == 2):
			return nil
		case len(out) > 0 && status == 1:
			s.t.Errorf("a store that nobody touched is no match\n%.3000s", out)
			return nil
		default: // it could not read
			return fmt.Errorf("%w\n%.3000s", err, out)
		}
	})
}
