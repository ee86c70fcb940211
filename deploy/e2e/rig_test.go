// Package e2e drives the built programs as a person and a script would.
package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/engine"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// bin holds the programs, built once for this package.
var bin string

func TestMain(m *testing.M) {
	engine.ServeIfChild()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "mcptrail-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	build := exec.Command("go", "build", "-o", dir, "../cmd/mcptrail", "../demo", "../../collector/cmd/mcptrail-collector",
		"../../ingest/cmd/mcptrail-ingest", "../../query/cmd/mcptrail-query", "../../query/cmd/mcptrail-verify", "../../schema/cmd/mcptrail-schema")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// needEngine skips the test where no ClickHouse can be started, and fails it in CI.
func needEngine(t *testing.T) {
	t.Helper()
	e := engine.New(engine.Options{Dir: t.TempDir()})
	err := e.Start(t.Context())
	if err == nil {
		err = e.Close()
	}
	switch {
	case errors.Is(err, engine.ErrMissing) && os.Getenv("CI") == "":
		t.Skipf("SKIPPED: %v", err)
	case err != nil:
		t.Fatal(err)
	}
}

// needPeers skips the test where the public MCP programs are not installed, and fails
// it in CI.
func needPeers(t *testing.T) {
	t.Helper()
	if err := peers.Missing(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %v", err)
	}
}

// up is a running `mcptrail up`.
type up struct {
	cmd              *exec.Cmd
	data, api, kafka string
	out              *bytes.Buffer
}

// token is what lets a program in that cannot read where things run.
func (u *up) token(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(u.data, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// startUp runs it on free ports over a data directory, and waits until it answers.
func startUp(t *testing.T, data string) *up {
	t.Helper()
	u := &up{data: data, api: freeAddress(t), kafka: freeAddress(t), out: new(bytes.Buffer)}
	// What collectors share by default is shared by those that record into u.
	t.Setenv("MCPTRAIL_SPOOL", filepath.Join(data, "spool"))
	t.Setenv("MCPTRAIL_IDENTITY", filepath.Join(data, "identity.key"))
	t.Setenv("MCPTRAIL_RECEIPTS", "http://"+u.api)
	u.cmd = exec.Command(filepath.Join(bin, "mcptrail"), "up", "--data", data, "--listen", u.api, "--kafka-listen", u.kafka,
		"--upstreams", u.list())
	u.cmd.Env = append(os.Environ(), "HOME="+data, "XDG_CONFIG_HOME=")
	u.cmd.Stdout, u.cmd.Stderr = u.out, u.out
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(u.kill)
	wait.For(t, "mcptrail up to answer", func() bool {
		r := mcptrail(t, u, "sessions", "--json")
		return r.status == 0
	})
	return u
}

// list is the file with the remote servers of clients that were wrapped.
func (u *up) list() string { return filepath.Join(u.data, "upstreams.json") }

// kill ends it the hard way.
func (u *up) kill() {
	_ = u.cmd.Process.Kill()
	_ = u.cmd.Wait()
}

// enginePid finds the child process that serves ClickHouse.
func (u *up) enginePid(t *testing.T) int {
	t.Helper()
	out, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", u.cmd.Process.Pid, u.cmd.Process.Pid))
	if err != nil {
		t.Skipf("SKIPPED: no /proc to find the engine in: %v", err)
	}
	pids := string(out)
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", u.cmd.Process.Pid))
	for _, task := range tasks {
		if more, err := os.ReadFile(task); err == nil {
			pids += string(more) + " "
		}
	}
	var pid int
	if _, err := fmt.Sscan(pids, &pid); err != nil {
		t.Fatalf("mcptrail up has no child: %v", err)
	}
	return pid
}

// result of one program.
type result struct {
	stdout, stderr string
	status         int
}

// mcptrail runs a command against u.
func mcptrail(t *testing.T, u *up, args ...string) result {
	t.Helper()
	return program(t, "mcptrail", append([]string{"--url", "http://" + u.api}, args...)...)
}

// collector runs a command that records into u.
func collector(t *testing.T, u *up, args ...string) result {
	t.Helper()
	flags := []string{"--brokers", u.kafka, "--key-file", filepath.Join(u.data, "collector.key")}
	return program(t, "mcptrail-collector", append(args[:1:1], append(flags, args[1:]...)...)...)
}

func program(t *testing.T, name string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(wait.Context(t), filepath.Join(bin, name), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "NO_COLOR=1")
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// imported is one line of `mcptrail-collector import --json`.
type imported struct {
	Session string `json:"session_id"`
	Events  int    `json:"events"`
	Skipped int    `json:"skipped"`
}

func importFile(t *testing.T, u *up, file string) []imported {
	t.Helper()
	r := collector(t, u, "import", "--json", file)
	if r.status != 0 {
		t.Fatalf("importing %s: status %d\n%s", file, r.status, r.stderr)
	}
	return lines[imported](t, r.stdout)
}

// lines decodes JSON lines.
func lines[T any](t *testing.T, text string) []T {
	t.Helper()
	var list []T
	for line := range strings.Lines(text) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		list = append(list, v)
	}
	return list
}

func transcripts(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob("../../../shared/transcripts/*.jsonl")
	if len(files) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no recorded conversations in ../shared/transcripts")
		}
		t.Skip("SKIPPED: no recorded conversations in ../shared/transcripts")
	}
	return files
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
