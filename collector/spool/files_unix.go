//go:build unix

package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock takes the lock of a set, or returns errLocked. The lock ends with the process
// that holds it, however that ends.
func lock(dir string, how int) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	flags := os.O_RDWR
	if how == lockExclusive {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flags, fileMode)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errLocked
	}
	// The set may have been removed between open and lock.
	if held, e := f.Stat(); err == nil && e == nil {
		if now, e := os.Stat(path); e != nil || !os.SameFile(held, now) {
			err = errLocked
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return f, nil
}

const (
	lockExclusive = unix.LOCK_EX
	lockShared    = unix.LOCK_SH
)

// writePID writes the process id into the lock file, for people and for status.
func writePID(f *os.File) {
	f.Truncate(0)
	f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
}

// readPID reads the process id from the lock file of a set; 0 if there is none.
func readPID(dir string) int {
	b, _ := os.ReadFile(filepath.Join(dir, lockName))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

// diskFull reports whether err means no space, quota or file size, rather than a broken disk.
func diskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG)
}

// syncDir makes the names in a directory durable: an fsync of a file does not cover its name.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// freeOnDisk is how many bytes the disk of a directory has for this user, if that is known.
func freeOnDisk(dir string) (bytes int64, known bool) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil || disk.Blocks == 0 { // some file systems count nothing
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// unlinked reports whether no directory has an open file any more.
func unlinked(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink == 0
}

// fileTooLarge reports whether err is a limit of one file's size, which a new file does not reach.
func fileTooLarge(err error) bool { return errors.Is(err, unix.EFBIG) }
