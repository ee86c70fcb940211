//go:build unix

package unsynced

import (
	"os"

	"golang.org/x/sys/unix"
)

// lock takes the lock of a file, which ends with the process, or fails at once.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

func mapFile(f *os.File) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), 0, fileBytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func unmap(mem []byte) error { return unix.Munmap(mem) }
