//go:build unix

package rewrite

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// linkCount is the number of names that a file has.
func linkCount(info fs.FileInfo) uint64 {
	return uint64(info.Sys().(*syscall.Stat_t).Nlink)
}

// copyModeAndOwner gives a new file the mode and owner of another.
func copyModeAndOwner(f *os.File, info fs.FileInfo) error {
	made, err := f.Stat()
	if err != nil {
		return err
	}
	was, is := info.Sys().(*syscall.Stat_t), made.Sys().(*syscall.Stat_t)
	// Chown only where it changes something: without privileges it fails even for the
	// values that are there already on some file systems.
	if was.Uid != is.Uid || was.Gid != is.Gid {
		if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return fmt.Errorf("keeping its owner: %w", err)
		}
	}
	// Mode after owner, because chown clears the set-id bits. Perm leaves them off anyway:
	// a configuration file has no use for them.
	return f.Chmod(info.Mode().Perm())
}

// syncDir makes a rename or link durable: the name of a file is data of its directory,
// and an fsync of the file alone leaves it to chance after a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
