package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryProgramCompletes has a real bash complete what each program of ours
// takes.
func TestEveryProgramCompletes(t *testing.T) {
	for name, c := range map[string]struct{ typed, want string }{
		"mcptrail":           {"mcptrail sess", "sessions"},
		"mcptrail-collector": {"mcptrail-collector wrap --client cur", "cursor"},
		"mcptrail-ingest":    {"mcptrail-ingest --kafka-sasl pl", "plain"},
		"mcptrail-query":     {"mcptrail-query serve --allow", "--allow-host"},
		"mcptrail-schema":    {"mcptrail-schema mig", "migrate"},
	} {
		const ask = `source <("$1" completion bash) && shift && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && "_${1//-/_}"; echo "${COMPREPLY[*]}"`
		argv := append([]string{"--norc", "-c", ask, "bash", filepath.Join(bin, name)}, strings.Fields(c.typed)...)
		out, err := exec.Command("bash", argv...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%q: offers %q, want %q (%v)", c.typed, got, c.want, err)
		}
	}
}
