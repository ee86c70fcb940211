//go:build unix

// Package background runs programs beside this one.
//
// The one rule: what was started ends before this program does. Ctrl-C on a terminal
// reaches it through Stop only, so that parts end in the order that their starter
// chose; where the kernel can, it ends them when their starter is killed.
package background

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// stopTimeout is how long a program may take to end before it is killed.
const stopTimeout = 20 * time.Second

// Process is a running program.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	// err is how it ended; read it after done.
	err error
}

// Start runs the command in a process group of its own.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel ends it when the thread that started it ends: keep that one.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(cmd.Path), err)
	}
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the program ended; call it after Done.
func (p *Process) Err() error { return p.err }

// Pid is the program's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Stop asks the program to end and makes it after a while. Stopping twice is harmless.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails where it has ended
	select {
	case <-p.done:
	case <-time.After(stopTimeout):
		_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
		<-p.done
	}
}

// Answers waits until the program accepts connections.
func (p *Process) Answers(ctx context.Context, address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return fmt.Errorf("%s did not start, see above", filepath.Base(p.cmd.Path))
		case <-tick.C:
		}
	}
}
