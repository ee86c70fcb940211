package faults

import (
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
	cmd := exec.CommandContext(s.t.Context(), filepath.Join(bin, "mcptrail"), "--url", "http://"+s.api, "verify", "--trust", trust)
	out, _ := cmd.CombinedOutput() // its status says more
	if status := cmd.ProcessState.ExitCode(); status != 0 && status != 2 {
		s.t.Errorf("mcptrail verify of a store that nobody touched: status %d\n%.3000s", status, out)
	}
}
