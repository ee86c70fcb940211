package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
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
		wait.For(t, "the server "+server, func() bool {
			out, err := peers.Run(t.Context(), peers.Inspector("--config", plain, "--server", server, "--method", "tools/call", "--tool-name", "echo", "--tool-arg", "message=wrapped-"+server))
			if err != nil {
				t.Logf("%v: %s", err, out)
			}
			return err == nil && strings.Contains(string(out), "wrapped-"+server)
		})
		wait.For(t, "the session with "+server, func() bool {
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
	wait.For(t, "the collector to see that nobody calls the server there any more", func() bool {
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

// TestEachClientIsWrappedByItsName puts a file where each client has its own, in a
// home directory and in a project, and asks for the client alone.
func TestEachClientIsWrappedByItsName(t *testing.T) {
	const strict = `{"mcpServers": {"files": {"command": "npx", "args": ["server"]}}}`
	const loose = "{\r\n  // mine\r\n  \"%s\": {\"files\": {\"command\": \"npx\", \"args\": [\"server\"],},},\r\n}"
	for client, c := range map[string]struct {
		text  string
		files []string
	}{
		"claude-desktop": {strict, []string{".config/Claude/claude_desktop_config.json"}},
		"claude-code":    {strict, []string{".claude.json", "project/.mcp.json"}},
		"cursor":         {fmt.Sprintf(loose, "mcpServers"), []string{".cursor/mcp.json", "project/.cursor/mcp.json"}},
		"vscode":         {fmt.Sprintf(loose, "servers"), []string{".config/Code/User/mcp.json", "project/.vscode/mcp.json"}},
	} {
		t.Run(client, func(t *testing.T) { wrappedByName(t, client, c.text, c.files) })
	}
}

func wrappedByName(t *testing.T, client, before string, files []string) {
	home := t.TempDir()
	project := filepath.Join(home, "project")
	run := func(args ...string) (said string, now []string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "mcptrail-collector"), append(args, "--client", client)...)
		cmd.Dir, cmd.Env = project, append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "CLAUDE_CONFIG_DIR=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		for _, name := range files {
			now = append(now, read(t, filepath.Join(home, name)))
		}
		return string(out), now
	}
	for _, name := range append([]string{"project/x"}, files...) {
		file := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, wrapped := run("wrap")
	for i, text := range wrapped {
		if !strings.Contains(text, "mcptrail-collector") {
			t.Errorf("%s is not wrapped: %s", files[i], text)
		}
	}
	if said, now := run("wrap", "--list"); strings.Count(said, "recorded") < len(files) || !slices.Equal(now, wrapped) {
		t.Errorf("the list says\n%s", said)
	}
	if _, now := run("wrap"); !slices.Equal(now, wrapped) {
		t.Errorf("a second wrap made %q of %q", now, wrapped)
	}
	_, after := run("unwrap")
	for i, text := range after {
		if text != before {
			t.Errorf("%s came back as %q", files[i], text)
		}
	}
}
