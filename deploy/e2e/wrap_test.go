package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/peers"
)

// TestAWrappedClientIsRecorded has the MCP Inspector talk to the servers of a
// configuration file before and after it was wrapped: one that it starts, and one
// that is elsewhere, for which mcptrail up starts a collector by itself.
func TestAWrappedClientIsRecorded(t *testing.T) {
	needEngine(t)
	needPeers(t)
	remote, stop, err := peers.StartEverythingHTTP(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	u := startUp(t, t.TempDir())
	file := filepath.Join(t.TempDir(), "mcp.json")
	local := peers.EverythingStdio()
	args, _ := json.Marshal(local[1:])
	before := fmt.Sprintf("\ufeff{\r\n\t\"mcpServers\": {\r\n\t\t\"here\": {\"command\": %q, \"args\": %s, \"env\": {\"TOKEN\": %q}},\r\n"+
		"\t\t\"there\" : { \"type\":\"streamable-http\", \"url\": %q, \"headers\": {\"X-Api-Key\": %q} }\r\n\t}\r\n}", local[0], args, envCanary, remote, envCanary)
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	listen := freeAddress(t)
	wrap := func(command string, more ...string) result {
		flags := []string{command, "--upstreams", u.list()}
		if command == "wrap" {
			flags = append(flags, "--brokers", u.kafka, "--receipts", "http://"+u.api, "--listen", listen,
				"--key-file", filepath.Join(u.data, "collector.key"), "--spool", filepath.Join(u.data, "spool"), "--identity", filepath.Join(u.data, "identity.key"))
		}
		r := program(t, "mcptrail-collector", append(append(flags, more...), file)...)
		if r.status != 0 {
			t.Fatalf("%s ended with %d:\n%s%s", command, r.status, r.stdout, r.stderr)
		}
		if strings.Contains(r.stdout+r.stderr, envCanary) {
			t.Errorf("%s shows a secret:\n%s", command, r.stdout)
		}
		return r
	}
	if r := wrap("wrap", "--dry-run"); !strings.Contains(r.stdout, `"command": "`) || read(t, file) != before {
		t.Errorf("a dry run says:\n%s", r.stdout)
	}
	wrap("wrap")
	wrapped := read(t, file)
	wrap("wrap")
	if read(t, file) != wrapped {
		t.Error("a second wrap changed something")
	}
	// The Inspector refuses a byte order mark.
	plain := filepath.Join(t.TempDir(), "plain.json")
	if err := os.WriteFile(plain, []byte(strings.TrimPrefix(wrapped, "\ufeff")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{"here", "there"} {
		waitFor(t, "the server "+server, func() bool {
			out, err := peers.Run(t.Context(), peers.Inspector("--config", plain, "--server", server, "--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=wrapped-"+server))
			if err != nil {
				t.Logf("%v: %s", err, out)
			}
			return err == nil && strings.Contains(string(out), "wrapped-"+server)
		})
		waitFor(t, "the session with "+server, func() bool {
			return strings.Contains(mcptrail(t, u, "sessions", "--upstream", server, "--text", "wrapped-"+server, "--json").stdout, `"upstream":"`+server+`"`)
		})
	}
	for _, s := range lines[struct{ ID string }](t, mcptrail(t, u, "sessions", "--json").stdout) {
		if r := mcptrail(t, u, "events", s.ID, "--json"); r.status != 0 || strings.Contains(r.stdout, envCanary) {
			t.Errorf("session %s has a secret of the file, or cannot be read (%d)", s.ID, r.status)
		}
	}
	wrap("unwrap")
	if read(t, file) != before {
		t.Errorf("came back as\n%q, want\n%q", read(t, file), before)
	}
	waitFor(t, "the collector to see that nobody calls the server there any more", func() bool {
		response, err := http.Get("http://" + listen + "/there/mcp")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusNotFound
	})
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
