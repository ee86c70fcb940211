package peers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tailSize is how much of a process's last output is kept for an error message, in bytes.
const tailSize = 4 << 10

// process is one started peer, the leader of its own process group.
type process struct {
	cmd    *exec.Cmd
	name   string
	output *tail
	kill   context.CancelFunc
	exited chan struct{} // closed once the leader has been waited for
	err    error         // how it ended; read only after exited is closed
}

// start runs argv with extra environment variables until ctx ends or stop is called.
func start(ctx context.Context, argv []string, env ...string) (*process, error) {
	ctx, kill := context.WithCancel(ctx)
	p := &process{name: nameOf(argv), output: &tail{}, kill: kill, exited: make(chan struct{})}
	p.cmd = command(ctx, argv)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		kill()
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		killGroup(p.cmd)
		close(p.exited)
	}()
	return p, nil
}

// stop kills the whole process group and returns when its leader has been waited for.
func (p *process) stop() {
	p.kill()
	<-p.exited
}

// Run runs a command line to its end and returns what it printed, on both streams. Nothing it started outlives it.
func Run(ctx context.Context, argv []string) ([]byte, error) {
	cmd := command(ctx, argv)
	output, err := cmd.CombinedOutput()
	killGroup(cmd)
	if err != nil {
		return output, fmt.Errorf("running %s: %w", nameOf(argv), err)
	}
	return output, nil
}

// command builds a command that leads its own process group and takes the group with it when ctx ends.
func command(ctx context.Context, argv []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = groupLeader()
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = time.Second // for a descendant that left the group and still holds our pipe
	return cmd
}

func killGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// nameOf names a command line by its program, or by its script when the program is Node.js.
func nameOf(argv []string) string {
	if len(argv) > 1 && strings.HasSuffix(argv[1], "js") {
		path := strings.Split(filepath.ToSlash(argv[1]), "/")
		if at := len(path) - 3; at > 0 && path[at+1] == "dist" {
			return path[at]
		}
		return path[len(path)-1]
	}
	return filepath.Base(argv[0])
}

// tail keeps the last tailSize bytes written to it.
type tail struct {
	mu   sync.Mutex // guards kept; held for one copy
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	t.kept = t.kept[max(0, len(t.kept)-tailSize):]
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}
