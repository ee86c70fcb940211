package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// chance is what differs from run to run in what a client prints: the time that a step
// took, and how many notifications came before their answer was read.
var chance = regexp.MustCompile(`\s+\(\d+ ms\)|\d notifications`)

// client runs a public MCP client to its end and returns what it printed.
func client(t *testing.T, argv []string) (said string, err error) {
	t.Helper()
	ctx := wait.Context(t)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return chance.ReplaceAllString(stdout.String(), ""), err
}

// TestARecordedSessionIsServedToItsClientsAgain records a client with a real server,
// and has that client and another talk to the record.
func TestARecordedSessionIsServedToItsClientsAgain(t *testing.T) {
	needEngine(t)
	needPeers(t)
	u := startUp(t, t.TempDir())
	wrapped := append([]string{filepath.Join(bin, "mcptrail-collector"), "stdio", "--brokers", u.kafka,
		"--key-file", filepath.Join(u.data, "collector.key"), "--spool", filepath.Join(u.data, "spool"),
		"--identity", filepath.Join(u.data, "identity.key"), "--receipts", "http://" + u.api, "--"}, peers.EverythingStdio()...)
	then, err := client(t, peers.LegacyClient(peers.ToCommand(wrapped...)...))
	if err != nil {
		t.Fatalf("recording: %v\n%s", err, then)
	}
	var id string
	wait.For(t, "the session", func() bool {
		for _, s := range lines[struct{ ID string }](t, mcptrail(t, u, "sessions", "--complete", "--json").stdout) {
			id = s.ID
		}
		return id != ""
	})

	serve := []string{filepath.Join(bin, "mcptrail"), "--url", "http://" + u.api, "serve-session", id}
	if now, err := client(t, peers.LegacyClient(peers.ToCommand(serve...)...)); err != nil || now != then {
		t.Errorf("over stdio: %v\n%s\nwas\n%s", err, now, then)
	}
	if now, err := client(t, peers.LegacyClient(peers.ToURL(serveHTTP(t, serve))...)); err != nil || now != then {
		t.Errorf("over HTTP: %v\n%s\nwas\n%s", err, now, then)
	}
	for what, c := range map[string]struct {
		args []string
		want []string
	}{
		"list":      {[]string{"--method", "tools/list"}, []string{`"name": "get-sum"`}},
		"call":      {[]string{"--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=invoice 4711"}, []string{"Echo: invoice 4711"}},
		"unmatched": {[]string{"--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=invoice 4712"}, []string{"this call is not in it", "tools/call echo", "/arguments/message"}},
	} {
		said, err := client(t, peers.Inspector(append(append([]string{}, serve...), c.args...)...))
		if err != nil {
			said += err.Error() // which has what it printed beside
		}
		if (err != nil) != (what == "unmatched") {
			t.Errorf("%s: %v", what, err)
		}
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in %s", what, want, said)
			}
		}
	}
}

// serveHTTP serves a session over HTTP until the test ends, and returns the URL.
func serveHTTP(t *testing.T, serve []string) string {
	t.Helper()
	cmd := exec.Command(serve[0], append(serve[1:], "--http", "127.0.0.1:0")...)
	notes, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(notes).ReadString('\n')
	_, url, found := strings.Cut(strings.TrimSpace(line), " at ")
	if err != nil || !found {
		t.Fatalf("%q, %v", line, err)
	}
	return url
}
