package stdio_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"golang.org/x/sys/unix"
)

// process is the wrapper as a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	// outFile is our end of its standard output.
	outFile io.Closer
}

func startWrapper(t *testing.T, command ...string) *process {
	return startAs(t, exec.Command(os.Args[0], command...))
}

// startAs starts a command that becomes a wrapper.
func startAs(t *testing.T, cmd *exec.Cmd) *process {
	cmd.Env = append(os.Environ(), roleVar+"=wrapper")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []any{in, out} { // or a test that failed would hang
		if err := end.(*os.File).SetDeadline(wait.Deadline()); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return &process{t: t, cmd: cmd, in: in, out: bufio.NewReader(out), outFile: out}
}

func (p *process) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("reading a line: %v after %q", err, line)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p *process) number() int {
	p.t.Helper()
	n, err := strconv.Atoi(p.line())
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *process) exitCode() int {
	p.t.Helper()
	ended := make(chan struct{})
	go func() {
		p.cmd.Wait()
		close(ended)
	}()
	wait.Receive(p.t, "the wrapper to end", ended)
	return p.cmd.ProcessState.ExitCode()
}

// watchPID returns a function that fails the test unless that process ends soon.
func watchPID(t *testing.T, pid int) (ends func()) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
	return func() {
		t.Helper()
		defer unix.Close(fd)
		deadline := wait.Deadline()
		n, err := 0, unix.EINTR
		for err == unix.EINTR {
			n, err = poll(fd, time.Until(deadline))
		}
		if n != 1 {
			unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
			t.Fatalf("process %d was still there after %v", pid, wait.Limit)
		}
	}
}

func poll(fd int, limit time.Duration) (int, syscall.Errno) {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(limit.Milliseconds()))
	errno, _ := err.(syscall.Errno)
	return n, errno
}

func TestKillingTheWrapperLeavesNothingBehind(t *testing.T) {
	// A shell that starts what reads our input and holds our output, as npx and uvx do.
	p := startWrapper(t, "sh", "-c", `echo $$; sh -c 'echo $$; exec cat'; true`)
	child, descendant := p.number(), p.number()
	childEnds, descendantEnds := watchPID(t, child), watchPID(t, descendant)
	p.cmd.Process.Kill()
	if rest, err := io.ReadAll(p.out); len(rest) > 0 || err != nil {
		t.Errorf("the output ends with %q, %v", rest, err)
	}
	childEnds()
	descendantEnds()
	p.exitCode()
}

func TestKillingTheWrapperKillsAServerThatIgnoresEverything(t *testing.T) {
	for range 20 {
		p := startWrapper(t, "sh", "-c", `trap '' HUP INT TERM PIPE; echo $$; exec sleep 1000`)
		ends := watchPID(t, p.number())
		p.cmd.Process.Kill()
		ends()
		p.exitCode()
	}
}

func TestSignalsReachTheServerOnce(t *testing.T) {
	p := startWrapper(t, "sh", "-c", roleVar+"=signals exec "+os.Args[0])
	if got := p.line(); got != "ready" {
		t.Fatalf("got %q", got)
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH, syscall.SIGINT} {
		p.cmd.Process.Signal(s)
		if got := p.line(); got != s.String() {
			t.Fatalf("sent %q, the server got %q", s, got)
		}
	}
	p.in.Close()
	if rest, err := io.ReadAll(p.out); len(rest) > 0 || err != nil {
		t.Errorf("the output ends with %q, %v", rest, err)
	}
	if code := p.exitCode(); code != 9 {
		t.Errorf("exit code %d", code)
	}
}

func TestASignalThatWasIgnoredFromTheStartStaysIgnored(t *testing.T) {
	p := startAs(t, exec.Command("sh", "-c", `trap '' HUP; exec "$0" "$@"`, os.Args[0], "sh", "-c", roleVar+"=signals exec "+os.Args[0]))
	if got := p.line(); got != "ready" {
		t.Fatalf("got %q", got)
	}
	p.cmd.Process.Signal(syscall.SIGHUP)
	p.cmd.Process.Signal(syscall.SIGUSR1)
	if got := p.line(); got != syscall.SIGUSR1.String() {
		t.Errorf("the server got %q", got)
	}
	p.in.Close()
	if code := p.exitCode(); code != 9 {
		t.Errorf("exit code %d", code)
	}
}

func TestASignalThatEndsTheServerIsInTheExitCode(t *testing.T) {
	p := startWrapper(t, "sh", "-c", "echo ready; exec sleep 1000")
	p.line()
	p.cmd.Process.Signal(syscall.SIGTERM)
	if code := p.exitCode(); code != 143 {
		t.Errorf("exit code %d", code)
	}
}

func TestABrokenPipeEndsTheServerAndNotTheWrapper(t *testing.T) {
	p := startWrapper(t, "yes")
	p.line()
	p.outFile.Close()
	if code := p.exitCode(); code != 128+int(syscall.SIGPIPE) {
		t.Errorf("exit code %d, want the server's", code)
	}
}

func TestATerminalsInterruptReachesTheServerOnce(t *testing.T) {
	keyboard, screen := terminal(t)
	cmd := exec.Command(os.Args[0], "sh", "-c", roleVar+"=signals exec "+os.Args[0])
	cmd.Env = append(os.Environ(), roleVar+"=wrapper")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	screen.Close()
	out := bufio.NewReader(keyboard)
	expect := func(want string) {
		t.Helper()
		got, err := out.ReadString('\n')
		if got = strings.TrimRight(got, "\r\n"); !strings.HasSuffix(got, want) {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	expect("ready")
	for range 3 {
		fmt.Fprint(keyboard, "\x03") // Ctrl-C
		expect("interrupt")
		fmt.Fprint(keyboard, "\x1c") // Ctrl-\
		expect("quit")
	}
	cmd.Process.Signal(syscall.SIGUSR1) // not from the terminal
	expect("user defined signal 1")
	fmt.Fprint(keyboard, "\x04") // the end of input
	p := &process{t: t, cmd: cmd}
	if code := p.exitCode(); code != 9 {
		t.Errorf("exit code %d", code)
	}
}

// terminal makes a pseudo-terminal without echo and returns both sides of it.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := keyboard.SetDeadline(wait.Deadline()); err != nil {
		t.Fatal(err)
	}
	raw, err := keyboard.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(screen.Fd()), unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	return keyboard, screen
}
