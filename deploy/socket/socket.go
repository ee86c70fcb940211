// Package socket listens at unix sockets that are their owner's alone.
//
// The one rule: from the moment it exists nobody else can connect to it, whatever the
// directory's mode is.
package socket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// MaxPath is the length of a path that every system takes for a socket, in bytes.
const MaxPath = 103

// Listen listens at the path, with mode 0600. What is there already is removed: the caller
// holds the lock of the directory, so it belongs to a process that was killed.
func Listen(path string) (*net.UnixListener, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding the directory of a socket: %w", err)
	}
	if len(path) > MaxPath {
		return nil, fmt.Errorf("listening at %s: the path of a socket has over %d bytes: use a shorter data directory", path, MaxPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing an old socket: %w", err)
	}
	old := syscall.Umask(0o177)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", path, err)
	}
	return l, nil
}
