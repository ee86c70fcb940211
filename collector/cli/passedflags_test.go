package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWhatWasGivenIsPassedOn holds that a wrapped server's collector gets the flags of
// the wrap command and of its environment, and looks into the configuration file itself.
func TestWhatWasGivenIsPassedOn(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	file := filepath.Join(dir, "collector.json")
	if err := os.WriteFile(file, []byte(`{"tenant": "acme", "kafka-user": "joe"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MCPTRAIL_IDLE", "5m")
	t.Setenv("MCPTRAIL_COLLECTOR_ID", "")
	var c commands
	parser, err := newParser(&c, file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse([]string{"wrap", "--brokers", "a:1,b:2", "--kafka-tls", "--key-file", "key", "--kafka-user", "jill", "--dry-run", "mcp.json"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := passedOn(parsed)
	want := []string{"--brokers=a:1,b:2", "--kafka-tls=true", "--kafka-user=jill", "--key-file=" + filepath.Join(dir, "key"), "--idle=5m0s"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("passes on %q, want %q (%v)", got, want, err)
	}
}

// TestAConfigurationFileThatIsNoObjectIsBadInput holds that the usual file is read before
// the flags are, and that what is wrong with it is said and is no crash.
func TestAConfigurationFileThatIsNoObjectIsBadInput(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	file := usualConfig()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("kafka-tls: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := Run([]string{"status"}); status != 3 {
		t.Errorf("ends with status %d, want 3", status)
	}
}
