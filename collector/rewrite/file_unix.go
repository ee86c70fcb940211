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
	if was.Uid != is.Uid || was.Gid != is.Gid {
		if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return fmt.Errorf("keeping its owner: %w", err)
		}
	}
	return f.Chmod(info.Mode().Perm())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
