package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// Credentials of the forms that their issuers document; none was ever valid.
const (
	githubCanary   = "ghp_" + "q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e"
	passwordCanary = "correct-horse-battery-7731"
	databaseCanary = "Tr0ub4dor-and-3"
	envCanary      = "env-canary-99d1f0c2ab"
	argumentCanary = "argv-canary-5c0e77aa1b"
	stderrCanary   = "AKIA" + "IOSFODNN7EXAMPLQ"
)

// TestNoCredentialIsStored lets a real server and a hostile script say credentials
// in every place, and looks for them in all that was stored, answered and logged.
func TestNoCredentialIsStored(t *testing.T) {
	needEngine(t)
	needPeers(t)
	u := startUp(t, t.TempDir())
	log := converse(t, u)
	var said bytes.Buffer
	said.WriteString(log)
	var sessions []struct {
		ID       string
		Events   int
		Complete bool
	}
	wait.For(t, "both sessions", func() bool {
		sessions = lines[struct {
			ID       string
			Events   int
			Complete bool
		}](t, mcptrail(t, u, "sessions", "--json").stdout)
		return len(sessions) == 2 && sessions[0].Complete && sessions[1].Complete
	})
	for _, s := range sessions {
		said.WriteString(mcptrail(t, u, "events", s.ID, "--json").stdout)
		said.WriteString(mcptrail(t, u, "show", s.ID).stdout)
	}
	if n := strings.Count(said.String(), "[mcptrail:"); n < 6 {
		t.Errorf("only %d marks stand in the record: were the credentials said at all?", n)
	}
	if r := mcptrail(t, u, "export", "--bundle", filepath.Join(u.data, "bundle.zip")); r.status == 1 || r.status == 3 {
		t.Errorf("exporting: %d %s", r.status, r.stderr)
	}
	said.WriteString(u.out.String())
	u.kill()
	files := 0
	_ = filepath.WalkDir(u.data, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			data, _ := os.ReadFile(path)
			said.Write(data)
			files++
		}
		return nil
	})
	if files < 10 {
		t.Errorf("only %d files were stored", files)
	}
	for _, canary := range []string{githubCanary, passwordCanary, databaseCanary, envCanary, argumentCanary, stderrCanary} {
		if at := strings.Index(said.String(), canary); at >= 0 {
			t.Errorf("%q is in what was stored or said: …%q", canary, said.String()[max(0, at-60):at])
		}
	}
	if !strings.Contains(said.String(), "an ordinary sentence") {
		t.Error("ordinary text did not come through")
	}
}

// converse runs server-everything and then a script through the wrapper, and
// returns what the wrapper logged.
func converse(t *testing.T, u *up) string {
	t.Helper()
	everything := append([]string{}, peers.EverythingStdio()...)
	log := talk(t, u, everything, []string{
		`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"canary","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"an ordinary sentence with %s in it"}}}`, githubCanary),
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get-env","arguments":{}}}`,
		fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"message":"x","password":"%s"}}}`, passwordCanary),
		fmt.Sprintf(`{"jsonrpc":"2.0","id":4,"method":"resources/read","params":{"uri":"postgres://joe:%s@db.example/x"}}`, databaseCanary),
	}, 5)
	script := fmt.Sprintf(`echo "stderr says %s" >&2; echo "no JSON but password=%s"; read line; echo "$line"`, stderrCanary, passwordCanary)
	return log + talk(t, u, []string{"sh", "-c", script, "--token", argumentCanary}, []string{`{"jsonrpc":"2.0","id":1,"method":"ping"}`}, 2)
}

// talk sends lines to a wrapped server and waits for as many lines back.
func talk(t *testing.T, u *up, server, say []string, answers int) string {
	t.Helper()
	argv := append([]string{"stdio", "--brokers", u.kafka, "--key-file", filepath.Join(t.TempDir(), "key"), "--"}, server...)
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail-collector"), argv...)
	cmd.Env = append(os.Environ(), "DEPLOY_TOKEN="+envCanary)
	var log bytes.Buffer
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
	for _, line := range say {
		fmt.Fprintln(in, line)
	}
	lines := bufio.NewReader(out)
	for got := 0; got < answers; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d answers: %v\n%s", got, err, &log)
		}
		if strings.Contains(line, `"id"`) || strings.Contains(line, "no JSON") {
			got++
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &log)
	}
	// The wrapper passes the server's stderr on; that is not its log.
	return strings.ReplaceAll(log.String(), "stderr says "+stderrCanary, "")
}
