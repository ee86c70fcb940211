package wrap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Executable is the path of the running program for a client's file: the one on PATH where
// that is the same, since it outlasts an update better than what a link leads to.
func Executable() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding the own executable: %w", err)
	}
	if found, err := exec.LookPath(filepath.Base(own)); err == nil {
		if found, err = filepath.Abs(found); err == nil && sameFile(found, own) {
			return found, nil
		}
	}
	return own, nil
}

// sameFile compares by inode and not by name: PATH often has a link, and package managers
// replace what it points to.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	two, err := os.Stat(b)
	return err == nil && os.SameFile(one, two)
}
