package stdio

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// child is the running server and our ends of its pipes.
type child struct {
	cmd            *exec.Cmd
	stdin          *os.File
	stdout, stderr *output
	// exited is closed when the child has been waited for. Its output may still
	// hold what it wrote last: the pipes are ours, waiting does not close them.
	exited chan struct{}
}

// start runs the command. The goroutine that starts it keeps its thread until the
// child has ended, since the death of that thread is what kills the child.
//
// The pipes are made here and not by exec, whose Wait closes its own: what the child wrote
// last would be lost.
func start(config Config) (*child, error) {
	cmd := exec.Command(config.Command[0], config.Command[1:]...)
	cmd.Env = config.Env
	cmd.SysProcAttr = diesWithUs()
	var ours, theirs [3]*os.File
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ours[:i], theirs[:i])
			return nil, fmt.Errorf("making a pipe for %s: %w", config.Command[0], err)
		}
		if ours[i], theirs[i] = r, w; i == 0 {
			ours[i], theirs[i] = w, r
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs[0], theirs[1], theirs[2]
	c := &child{cmd: cmd, exited: make(chan struct{}),
		stdin: ours[0], stdout: &output{file: ours[1]}, stderr: &output{file: ours[2]}}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		// The child has its own; while we hold one, reading the output would never come to
		// an end.
		closeAll(theirs[:])
		started <- err
		if err == nil {
			cmd.Wait() // how it ended is in ProcessState
			close(c.exited)
		}
	}()
	if err := <-started; err != nil {
		closeAll(ours[:])
		return nil, fmt.Errorf("starting %s: %w", config.Command[0], err)
	}
	return c, nil
}

func closeAll(groups ...[]*os.File) {
	for _, files := range groups {
		for _, f := range files {
			f.Close()
		}
	}
}

// startCode is the exit code that a shell would give for the error.
func startCode(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return notFound
	}
	return notExecutable
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// signal does nothing if the child has ended.
func (c *child) signal(s os.Signal) { c.cmd.Process.Signal(s) }

// expire ends the wait for the child's output at that time.
//
// The goroutine of Run calls it once; later deadlines are set by the pumps that read.
func (c *child) expire(at time.Time) {
	c.stdout.file.SetReadDeadline(at)
	c.stderr.file.SetReadDeadline(at)
}

// exit describes how the child ended. exited must be closed.
func (c *child) exit() observe.Exit {
	state := c.cmd.ProcessState
	exit := observe.Exit{Reason: "exit", Code: state.ExitCode(), Held: c.stdout.held.Load() || c.stderr.held.Load()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		exit.Code, exit.Signal = 128+int(status.Signal()), signalName(status.Signal())
	}
	return exit
}

// output is what the child writes. When its time is over it still gives what was in
// the pipe by then, since the client may be slower than the child was.
type output struct {
	file *os.File
	// late counts the reads after the deadline.
	late int
	// held is set by the goroutine that reads and read by that of Run: another process has
	// the output open.
	held atomic.Bool
}

const (
	// lateReads of pumpSize each take what a pipe can hold at most.
	lateReads = 1 << 20 / pumpSize
	lateWait  = 10 * time.Millisecond
)

func (o *output) Read(p []byte) (int, error) {
	if o.late == 0 {
		n, err := o.file.Read(p)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
	// Each late read gets lateWait: a pipe that stays empty for so long has nothing of the
	// child left in it.
	o.late++
	o.file.SetReadDeadline(time.Now().Add(lateWait))
	n, err := o.file.Read(p)
	if o.late > lateReads || errors.Is(err, os.ErrDeadlineExceeded) {
		o.held.Store(true)
		return n, io.EOF
	}
	return n, err
}

func (o *output) Close() error { return o.file.Close() }
