//go:build unix

package sealer

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockFile opens a file, or makes it, and waits until no other process has it.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	// A signal interrupts the wait, and unix.Flock does not retry by itself.
	for {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
