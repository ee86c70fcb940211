package dirlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSecondIsToldWhoTheFirstIs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Acquire(dir)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint(dir, " is in use by process ", os.Getpid())) {
		t.Errorf("got %v, want an error that names the directory and this process", err)
	}
	lock.Close()
	if lock, err = Acquire(dir); err != nil {
		t.Fatalf("locking after the first let go: %v", err)
	}
	lock.Close()
}
