//go:build unix

package rewrite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/rewrite"
)

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestFileKeepsModeOwnerAndLinks(t *testing.T) {
	dir := t.TempDir()
	real, link := write(t, filepath.Join(dir, "real"), "old", 0o640), filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	owner := os.Getuid() == 0
	if owner {
		if err := os.Chown(real, 12, 34); err != nil {
			t.Fatal(err)
		}
	}
	if err := rewrite.File(link, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(real); string(text) != "new" {
		t.Errorf("the file holds %q", text)
	}
	info, err := os.Stat(real)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if target, _ := os.Readlink(link); target != "real" {
		t.Error("the link is gone")
	}
	if uid, gid := ownerOf(info); owner && (uid != 12 || gid != 34) {
		t.Errorf("belongs to %d, %d", uid, gid)
	}
	left(t, dir, "link", "real")
}

func TestFileRefusesAndLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	changed := write(t, filepath.Join(dir, "changed"), "other", 0o600)
	readOnly := write(t, filepath.Join(dir, "readonly"), "old", 0o400)
	if err := os.Link(changed, filepath.Join(dir, "twin")); err != nil {
		t.Fatal(err)
	}
	alone := write(t, filepath.Join(dir, "alone"), "other", 0o600)
	for _, c := range []struct {
		name, want string
		was        []byte
	}{
		{alone, rewrite.ErrChanged.Error(), []byte("old")},
		{alone, rewrite.ErrChanged.Error(), nil},
		{changed, "hard links", []byte("other")},
		{readOnly, "read-only", []byte("old")},
		{dir, "no regular file", []byte("old")},
		{filepath.Join(dir, "nowhere"), "no such file", []byte("old")},
	} {
		if err := rewrite.File(c.name, c.was, []byte("new")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if err := rewrite.File(alone, nil, nil); !errors.Is(err, rewrite.ErrChanged) {
		t.Errorf("got %v", err)
	}
	left(t, dir, "alone", "changed", "readonly", "twin")
}

func TestFileMakesWhatIsNotThere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a", "b")
	if err := rewrite.File(name, nil, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	left(t, filepath.Dir(name), "b")
}

func left(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
}
