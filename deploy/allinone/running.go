package allinone

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/mcptrail/mcptrail/collector/rewrite"
)

// Running is what a program of this machine needs to find one that runs.
type Running struct {
	Addresses
	PID int `json:"pid"`
	// DSN addresses ClickHouse with user and password: the file is its owner's alone.
	DSN string `json:"dsn"`
}

const runningName = "running.json"

// announce writes the file, and returns what takes it away again.
func announce(data string, r Running) (func(), error) {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(data, runningName)
	_ = os.Remove(file) // of one that was killed
	if err := rewrite.File(file, nil, text); err != nil {
		return nil, fmt.Errorf("saying where the parts are: %w", err)
	}
	return func() { os.Remove(file) }, nil
}

// Find reads where the parts are that run over a data directory; false where none do.
func Find(data string) (r Running, ok bool) {
	text, err := os.ReadFile(filepath.Join(data, runningName))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return Running{}, false
	}
	return r, syscall.Kill(r.PID, 0) == nil
}
