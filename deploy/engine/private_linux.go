package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mcptrail/mcptrail/deploy/socket"
)

// hostEnv makes this executable the host of a private engine; its value is the socket's
// path and the engine's command line as JSON.
const hostEnv = "MCPTRAIL_ENGINE_HOST"

// order is what a host is to do.
type order struct {
	Socket  string   `json:"socket"`
	Command []string `json:"command"`
}

// canBePrivate reports whether this system may give a child a network of its own.
const canBePrivate = true

// private has the program run in a network namespace that holds nothing but the engine:
// no other process of the machine can send it a byte, and it can reach nobody. A host
// process there hands out connections at the socket.
func private(prog program, path string) (program, error) {
	executable, err := os.Executable()
	if err != nil {
		return program{}, fmt.Errorf("finding the own executable: %w", err)
	}
	value, err := json.Marshal(order{path, append([]string{prog.path}, prog.args...)})
	if err != nil {
		return program{}, fmt.Errorf("encoding the engine's command: %w", err)
	}
	return program{path: executable, env: append([]string{hostEnv + "=" + string(value)}, prog.env...), private: true}, nil
}

// isolate asks for the namespaces. Root needs none for its users; for everybody else a
// user namespace gives the right to a network namespace, if the system allows it.
func isolate(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= syscall.CLONE_NEWNET
	if os.Geteuid() == 0 {
		return
	}
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
}

// serveIfHost turns the process into the host of a private engine if it was started as
// one, and then never returns.
func serveIfHost() {
	value := os.Getenv(hostEnv)
	if value == "" {
		return
	}
	os.Unsetenv(hostEnv)
	var o order
	err := json.Unmarshal([]byte(value), &o)
	status := exitNoNetwork
	if err == nil {
		if err = loopbackUp(); err == nil {
			status, err = host(o.Socket, o.Command)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hosting the engine:", err)
	}
	os.Exit(status)
}

// host runs the engine and hands out connections until it ends, and returns its exit
// status. A signal that killed it kills the host too, so that the parent reads one cause.
func host(path string, command []string) (int, error) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM) // the parent ends it through standard input
	l, err := socket.Listen(path)
	if err != nil {
		return 1, err
	}
	defer l.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	// The lock of the directory, which the host was started with, lives as long as the
	// engine does.
	cmd.ExtraFiles = []*os.File{os.NewFile(3, "lock")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // the engine gets its signal when this thread ends
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go handOut(l)
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		signal.Reset()
		_ = syscall.Kill(os.Getpid(), status.Signal())
		return 128 + int(status.Signal()), nil
	}
	return cmd.ProcessState.ExitCode(), nil
}

// The ports of the engine in its own namespace, where nobody else takes one.
const privateTCP, privateHTTP = 9000, 8123

// handOut gives each caller one connection to the engine.
func handOut(l *net.UnixListener) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_ = handOver(c)
		}()
	}
}

func handOver(c *net.UnixConn) error {
	conn, err := net.Dial("tcp", loopback(privateTCP))
	if err != nil {
		return err
	}
	defer conn.Close() // the caller has a descriptor of its own
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		_, _, sent = c.WriteMsgUnix([]byte{0}, syscall.UnixRights(int(fd)), nil)
	})
	return errors.Join(err, sent)
}

// loopbackUp brings up the one interface that a new namespace has.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("bringing up the loopback interface of the engine's namespace: %w", err)
	}
	return nil
}
