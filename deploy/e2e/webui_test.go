package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// webUI is where the web UI and its tests are.
const webUI = "../../query/web"

// needWebUI gives the command line of the web UI's tests. It skips where they cannot
// run, and fails there in CI.
func needWebUI(t *testing.T) []string {
	t.Helper()
	missing := ""
	if err := peers.Missing(); err != nil {
		missing = err.Error()
	}
	if _, err := os.Stat(filepath.Join(webUI, "dist/ui/index.html")); err != nil {
		missing = "the web UI is not built, run `make web`"
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		missing = "there is no chromium, run `make chromium` as root"
	}
	if missing != "" && os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	if missing != "" {
		t.Skip("SKIPPED: ", missing)
	}
	tests, err := filepath.Glob(filepath.Join(webUI, "tests/*.test.mjs"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("the web UI has no tests: %v", err)
	}
	return append([]string{peers.NodePath(), "--test", "--test-concurrency=2", "--test-reporter=tap"}, tests...)
}

// TestWebUIInABrowser runs the web UI's own tests, in Chromium, against `mcptrail up`
// with recorded conversations in it and new ones through the collector.
func TestWebUIInABrowser(t *testing.T) {
	argv := needWebUI(t)
	needEngine(t)
	u := startUp(t, t.TempDir())
	r := collector(t, u, append([]string{"import", "--json"}, transcripts(t)...)...)
	if r.status != 0 {
		t.Fatalf("importing: status %d\n%s", r.status, r.stderr)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	for _, talk := range [][]string{
		peers.LegacyClient(peers.ToCommand(append(recording(u), peers.EverythingStdio()...)...)...),
		peers.HostileClient(peers.ToCommand(append(recording(u), peers.HostileStdio()...)...)...),
	} {
		if out, err := peers.Run(ctx, talk); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	imported := lines[imported](t, r.stdout)
	wait.For(t, "the sessions", func() bool {
		return len(lines[struct{}](t, mcptrail(t, u, "sessions", "--json", "--limit", "100").stdout)) > len(imported)+1
	})
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(append(os.Environ(), settings(u)...), "MCPTRAIL_URL=http://"+u.api, "MCPTRAIL_BIN="+bin, "MCPTRAIL_TOKEN="+u.token(t), "MCPTRAIL_DATA="+u.data)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// settings of the collectors that tests start, as environment variables.
func settings(u *up) []string {
	return []string{"MCPTRAIL_BROKERS=" + u.kafka, "MCPTRAIL_KEY_FILE=" + filepath.Join(u.data, "collector.key"), "MCPTRAIL_RECEIPTS=http://" + u.api,
		"MCPTRAIL_SPOOL=" + filepath.Join(u.data, "spool"), "MCPTRAIL_IDENTITY=" + filepath.Join(u.data, "identity.key")}
}

// recording is the command line of a collector that wraps what follows it.
func recording(u *up) []string {
	return append(append([]string{"env"}, settings(u)...), filepath.Join(bin, "mcptrail-collector"), "stdio", "--")
}
