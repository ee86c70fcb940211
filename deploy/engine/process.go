package engine

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"time"
)

// child is one run of the server.
type child struct {
	pid   int
	stdin io.Closer
	kill  func() error
	// stopping is set before the end is asked for: then it is no error.
	stopping atomic.Bool
	// done is closed after err was set.
	done chan struct{}
	err  error
	// status is its exit status, -1 after a signal.
	status int
}

// exitNoNetwork is the exit status of a host whose namespace is of no use, since an
// administrator took the right to configure it.
const exitNoNetwork = 99

// startChild starts the program with the lock as an inherited file.
func startChild(prog program, lock *os.File) (*child, error) {
	cmd := exec.Command(prog.path, prog.args...)
	cmd.Env = append(os.Environ(), prog.env...)
	cmd.ExtraFiles = []*os.File{lock}
	cmd.SysProcAttr = childAttr()
	if prog.private {
		isolate(cmd.SysProcAttr)
	}
	said := &tail{max: 4096}
	cmd.Stderr = said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c := &child{stdin: stdin, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel ends the child when the *thread* that started it ends, so
		// this one is kept until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		err = cmd.Wait()
		c.status = cmd.ProcessState.ExitCode()
		if !c.stopping.Load() {
			c.err = fmt.Errorf("the ClickHouse engine ended by itself: %s %s", cmd.ProcessState, bytes.TrimSpace(said.b))
		} else if err != nil {
			c.err = fmt.Errorf("stopping the ClickHouse engine: %w", err)
		}
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	c.pid = cmd.Process.Pid
	c.kill = cmd.Process.Kill
	return c, nil
}

// stop closes the child's input, which ends it, and kills it after the grace.
// Stopping twice, or after the child ended, is harmless.
func (c *child) stop(grace time.Duration) error {
	select {
	case <-c.done:
		return nil
	default:
	}
	c.stopping.Store(true)
	c.stdin.Close()
	select {
	case <-c.done:
		return c.err
	case <-time.After(grace):
	}
	c.kill()
	<-c.done
	return c.err
}

// tail keeps the last bytes written to it. The command's own copying goroutine
// is its only user until the command has been waited for.
type tail struct {
	b   []byte
	max int
}

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b) - t.max; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}
