package peers

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// Each script below opens a named pipe and passes it on to a sleeping child: the pipe's reader sees its end only
// when both are gone.

func TestNothingOutlivesRun(t *testing.T) {
	pipe := newPipe(t)
	opened := make(chan *os.File, 1)
	go func() { opened <- open(t, pipe) }()
	hold(t, []string{"sh", "-c", `exec 3>"$0"; sleep 600 >/dev/null 2>&1 &`, pipe})
	atEnd(t, <-opened)
}

func TestNothingOutlivesStop(t *testing.T) {
	pipe := newPipe(t)
	p, err := start(t.Context(), []string{"sh", "-c", `exec 3>"$0"; sleep 600 & wait`, pipe})
	if err != nil {
		t.Fatal(err)
	}
	reader := open(t, pipe)
	p.stop()
	atEnd(t, reader)
}

func TestAKilledParentTakesItsPeerWithIt(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux has a parent death signal")
	}
	const pipeVar = "PEERS_TEST_PIPE"
	if pipe := os.Getenv(pipeVar); pipe != "" { // this is the parent that will be killed
		if _, err := start(t.Context(), []string{"sh", "-c", `exec sleep 600 >"$0"`, pipe}); err != nil {
			t.Fatal(err)
		}
		<-t.Context().Done()
	}
	pipe := newPipe(t)
	parent := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	parent.Env = append(os.Environ(), pipeVar+"="+pipe)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	reader := open(t, pipe)
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	atEnd(t, reader)
}

func newPipe(t *testing.T) string {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}

// open returns when a writer has opened the pipe too.
func open(t *testing.T, pipe string) *os.File {
	t.Helper()
	reader, err := os.Open(pipe)
	if err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { reader.Close() })
	return reader
}

// atEnd waits until the last writer is gone.
func atEnd(t *testing.T, reader *os.File) {
	t.Helper()
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(reader)
		ended <- err
	}()
	if err := wait.Receive(t, "the last process that holds the pipe to end", ended); err != nil {
		t.Fatal(err)
	}
}
