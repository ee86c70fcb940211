// Package keyfile keeps secrets in files that only their owner can read.
//
// The one rule: of several processes that make a file at once, one wins, and all of
// them use what is in it.
package keyfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrOpen means that the mode of the file lets others read it; nothing was read from it.
var ErrOpen = errors.New("others can read it: chmod 600 it, or remove it to get a new one")

// Read returns what is in the file. It fails with ErrOpen for a secret that others may
// have read already.
func Read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", name, ErrOpen)
	}
	return os.ReadFile(name)
}

// ReadOrMake returns what is in the file, or puts into it what fresh makes. A new file has
// another name until all of it is on disk, so that no process reads a part of a key.
func ReadOrMake(name string, fresh func() ([]byte, error)) ([]byte, error) {
	data, err := Read(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = fresh(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	// Unlike a rename, a link fails where another process was first.
	switch err := os.Link(f.Name(), name); {
	case errors.Is(err, fs.ErrExist):
		return Read(name)
	case err != nil:
		return nil, err
	}
	return data, nil
}
