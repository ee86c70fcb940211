package keyfile_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mcptrail/mcptrail/collector/keyfile"
)

func TestAllThatMakeAFileAtOnceUseTheSame(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a", "key")
	var group sync.WaitGroup
	got := make([]string, 20)
	for i := range got {
		group.Go(func() {
			data, err := keyfile.ReadOrMake(name, func() ([]byte, error) { return []byte(rand.Text()), nil })
			if err != nil {
				t.Error(err)
			}
			got[i] = string(data)
		})
	}
	group.Wait()
	for _, data := range got {
		if data != got[0] || data == "" {
			t.Fatalf("got %q and %q", got[0], data)
		}
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".key-*"))
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 || len(left) > 0 {
		t.Errorf("%v, %v, left %v", info, err, left)
	}
}

func TestAFileThatOthersCanReadIsNoSecret(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.ReadOrMake(name, nil); !errors.Is(err, keyfile.ErrOpen) {
		t.Errorf("got %v", err)
	}
}
