// Package rewrite puts a new version of a file in the place of the old one.
//
// The one rule: whatever happens, the file is one of the two, whole, and the new one
// only if the old one was still what the caller had read.
package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrChanged reports that another program wrote the file meanwhile. The caller should read
// it again and decide anew.
var ErrChanged = errors.New("somebody else changed it meanwhile, nothing was written")

// File replaces what a file holds. Links are followed, and mode and owner stay. A was
// that is nil means that there is no such file yet; it is made with mode 0600.
func File(name string, was, becomes []byte) error {
	if err := file(name, was, becomes); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func file(name string, was, becomes []byte) error {
	real, err := filepath.EvalSymlinks(name)
	if was == nil && errors.Is(err, fs.ErrNotExist) {
		return create(name, becomes)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return err
	case was == nil:
		return ErrChanged
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	case info.Mode().Perm()&0o200 == 0:
		return errors.New("it is read-only")
	// A rename replaces one name only; the others would keep the old text for ever.
	case linkCount(info) > 1:
		return errors.New("it has several names (hard links), which would part")
	}
	// The old text is compared as late as possible, right before the rename. A write between
	// these two calls is still lost; no portable call compares and renames in one step.
	return put(real, info, becomes, func(temporary string) error {
		now, err := os.ReadFile(real)
		if err != nil {
			return err
		}
		if !bytes.Equal(now, was) {
			return ErrChanged
		}
		return os.Rename(temporary, real)
	})
}

// create makes a file under its name in one step, unless there is one.
func create(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return put(name, nil, text, func(temporary string) error {
		// A link fails where the name exists; a rename would overwrite what another program has
		// just made.
		err := os.Link(temporary, name)
		if errors.Is(err, fs.ErrExist) {
			return ErrChanged
		}
		return err
	})
}

// Copy makes or replaces the file to with the text, and with the mode and owner of
// the file like.
func Copy(to string, text []byte, like string) error {
	info, err := os.Stat(like)
	if err == nil {
		err = put(to, info, text, func(temporary string) error { return os.Rename(temporary, to) })
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	return nil
}

// put writes the text beside its place, safe on disk, and has it take the place.
func put(name string, like fs.FileInfo, text []byte, take func(temporary string) error) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // where it has taken the place this finds nothing
	_, err = f.Write(text)
	if err == nil && like != nil {
		err = copyModeAndOwner(f, like)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := take(f.Name()); err != nil {
		return err
	}
	return syncDir(dir)
}
