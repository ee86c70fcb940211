//go:build unix

// Package dirlock keeps two processes out of one data directory.
//
// The one rule: the lock ends with the last process that holds the file, so it
// never outlives its owner and never has to be removed by hand.
package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// name of the lock file within the directory. It stays behind, empty of meaning.
const name = "lock"

// ErrInUse says that another process holds the directory. Whoever restarts a
// process that was killed tries again for a moment.
var ErrInUse = errors.New("stop it, or choose another directory")

// Acquire makes dir if needed and locks it. Closing the returned file gives the
// lock back; a child process that inherits the file holds the lock as well.
func Acquire(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening lock file: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		owner, _ := os.ReadFile(f.Name())
		f.Close()
		return nil, fmt.Errorf("directory %s is in use by process %s: %w", dir, strings.TrimSpace(string(owner)), ErrInUse)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking directory %s: %w", dir, err)
	}
	return f, nil
}
