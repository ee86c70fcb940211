package bundle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcptrail/mcptrail/query/bundle"
	"github.com/mcptrail/mcptrail/query/verify"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// TestBundlesOfVersion1Verify checks what the last program before version 2 of the event
// exported: people keep such files and expect every later program to read them.
func TestBundlesOfVersion1Verify(t *testing.T) {
	dir := filepath.Join("..", "..", "schema", "testdata", "v1")
	key, err := os.ReadFile(filepath.Join(dir, "identity.pub"))
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := seal.Trust(string(key))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		events uint64
		status int
	}{"record.zip": {130, 2}, "session.zip": {39, 0}} { // the record has a gap
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		_, report, err := bundle.Verify(bytes.NewReader(data), int64(len(data)), trusted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if report.Status() != want.status || report.State != verify.StateVerified || report.Events != want.events || report.Verified != want.events {
			t.Errorf("%s: %+v", name, report)
		}
	}
}
