package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// process is a child that ends with the test. Its log is a file.
type process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	// done is closed when it has ended.
	done chan struct{}
}

// start starts it. The kernel kills a child when the thread that started it ends, so
// a goroutine keeps that thread.
func start(t testing.TB, dir, name string, cmd *exec.Cmd) *process {
	t.Helper()
	log, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{t: t, name: name, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_, _ = cmd.Process.Wait() // our ends of its pipes stay open
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	t.Cleanup(p.kill)
	return p
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.pid(), s); err != nil {
		p.t.Fatalf("sending %v to %s: %v", s, p.name, err)
	}
}

// kill ends it as kill -9 does. Doing it twice is harmless.
func (p *process) kill() {
	select {
	case <-p.done:
		return
	default:
	}
	_ = syscall.Kill(p.pid(), syscall.SIGKILL)
	<-p.done
}

// end asks it to end and waits.
func (p *process) end() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	wait.Receive(p.t, p.name+" to end", p.done)
}

// said counts how often a log says something.
func (s *stack) said(log, words string) int {
	text, _ := os.ReadFile(filepath.Join(s.dir, log+".log"))
	return strings.Count(string(text), words)
}

// tail is the end of a log, for a test that failed.
func tail(t testing.TB, dir string) {
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		t.Logf("%s:\n%s", filepath.Base(name), text[max(0, len(text)-6000):])
	}
}
