package e2e

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// lockedBuffer is a log that a test reads while a program writes it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestAPolicyChangesUnderWayAndAValueIsFoundByItsMark changes the policy of a wrapper
// that runs, and then looks for a credential as somebody does who knows it.
func TestAPolicyChangesUnderWayAndAValueIsFoundByItsMark(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	dir := t.TempDir()
	policy, key := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "key")
	write := func(text string) {
		if err := os.WriteFile(policy, []byte("version: 1\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail-collector"), "stdio", "--brokers", u.kafka, "--key-file", key, "--policy", policy, "--", "cat")
	var log lockedBuffer
	cmd.Stderr = &log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	echo := bufio.NewReader(out)
	call := func(tool, text string) {
		fmt.Fprintf(in, sayTool+"\n", tool, text)
		if _, err := echo.ReadString('\n'); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
	}
	call("read", "say "+githubCanary+" aloud")
	write("capture: {rules: [{method: '*/vault', level: none}]}")
	wait.For(t, "the change", func() bool { return strings.Contains(log.String(), "the capture policy changed") })
	call("vault", "walrus")
	write("capture: {rules: [{method: '*/vault', level: some}]}")
	wait.For(t, "the warning", func() bool { return strings.Contains(log.String(), "the capture policy stays as it was") })
	call("vault", "walrus")
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &log)
	}

	tokens := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail-collector"), "policy", "token", "--key-file", key)
	tokens.Stdin = strings.NewReader(githubCanary + "\n")
	traces, err := tokens.Output()
	if err != nil {
		t.Fatal(err)
	}
	searched := 0
	for line := range strings.Lines(string(traces)) {
		text := strings.Fields(line)[0]
		if !strings.Contains(line, "[mcptrail:github:") && strings.HasPrefix(text, "[") {
			continue // left elsewhere, had it stood there
		}
		searched++
		wait.For(t, "a hit of "+text, func() bool {
			return strings.Count(mcptrail(t, u, "search", text, "--json").stdout, githubCanary[:4]) == 0 &&
				len(lines[struct{ Seq int }](t, mcptrail(t, u, "search", text, "--json").stdout)) == 2 // said, and echoed
		})
	}
	if searched != 2 {
		t.Errorf("of what the value leaves only %d are known:\n%s", searched, traces)
	}
	if hits := mcptrail(t, u, "search", githubCanary, "--json").stdout; hits != "" {
		t.Errorf("the value itself is found: %s", hits)
	}
	id := lines[struct{ ID string }](t, mcptrail(t, u, "sessions", "--json").stdout)[0].ID
	record := mcptrail(t, u, "events", id, "--json").stdout
	if strings.Contains(record, "walrus") || strings.Contains(record, "vault") || !strings.Contains(record, `"messages":4`) {
		t.Errorf("the record is\n%s", record)
	}
	checkProof(t, u)
	tenantKey, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	original := fmt.Sprintf(sayTool, "read", "say "+githubCanary+" aloud")
	committed := 0
	for _, e := range lines[struct{ Method, Commitment string }](t, record) {
		if e.Method != "notifications/read" {
			continue
		}
		var commitment schema.Hash
		if _, err := hex.Decode(commitment[:], []byte(e.Commitment)); err != nil {
			t.Fatal(err)
		}
		opening := redact.Opening("default", identity.Key(tenantKey), []byte(original))
		if !redact.Verify(commitment, opening, []byte(original)) || redact.Verify(commitment, opening, []byte(original+" ")) {
			t.Errorf("the commitment %s is not that of the original", e.Commitment)
		}
		committed++
	}
	if committed != 2 {
		t.Errorf("%d commitments", committed)
	}
}

// sayTool is a notification as the test sends it.
const sayTool = `{"jsonrpc":"2.0","method":"notifications/%s","params":{"text":"%s"}}`
