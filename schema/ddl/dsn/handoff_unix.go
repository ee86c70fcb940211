//go:build unix

package dsn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Handoff is the scheme of an address that names a unix socket which hands out TCP
// connections: "handoff:/dir/native.sock". What listens there connects where this
// process cannot (the embedded engine's own network namespace) and passes the
// connection over, so that no byte of it is copied on the way.
const Handoff = "handoff:"

// dialHandoff returns a connection that the process behind the socket has made. It
// waits at most until ctx ends or timeout is over.
func dialHandoff(ctx context.Context, address string, timeout time.Duration) (net.Conn, error) {
	dialer := net.Dialer{Timeout: timeout}
	c, err := dialer.DialContext(ctx, "unix", strings.TrimPrefix(address, Handoff))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	deadline := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	// A deadline in the past ends the read under way when ctx ends. The function that AfterFunc
	// returns takes this back once the read is over.
	defer context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })()
	return receive(c.(*net.UnixConn))
}

// errRefused is all that can be said of a message without exactly one descriptor in it.
var errRefused = errors.New("the server behind the socket takes no connection")

// receive reads one file descriptor, which must be a TCP connection.
// It comes with one byte, since a stream socket carries descriptors only beside data.
func receive(c *net.UnixConn) (net.Conn, error) {
	control := make([]byte, syscall.CmsgSpace(4))
	_, n, _, _, err := c.ReadMsgUnix(make([]byte, 1), control)
	if err != nil {
		return nil, fmt.Errorf("waiting for a connection: %w", err)
	}
	messages, err := syscall.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		return nil, errRefused
	}
	fds, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errRefused
	}
	// The descriptor arrives inheritable, and would stay open in every child process.
	syscall.CloseOnExec(fds[0])
	file := os.NewFile(uintptr(fds[0]), "handoff")
	defer file.Close() // FileConn has a descriptor of its own
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("taking the connection over: %w", err)
	}
	// [Open] half-closes its connections, which it does on TCP only.
	if _, ok := conn.(*net.TCPConn); !ok {
		conn.Close()
		return nil, errRefused
	}
	return conn, nil
}
