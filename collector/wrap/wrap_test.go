//go:build unix

package wrap_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
	"github.com/mcptrail/mcptrail/collector/upstreams"
	"github.com/mcptrail/mcptrail/collector/wrap"
)

const config = `{
  "theme": "not-for-eyes",
  "mcpServers": {
    "files": {"command": "npx", "args": ["-y", "server", "--api-key", "not-for-eyes"], "env": {"KEY": "not-for-eyes"}},
    "remote": {"url": "https://h.example/not-for-eyes?k=not-for-eyes"}
  }
}
`

func editor(t *testing.T) (wrap.Editor, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "mcp.json")
	write(t, file, config)
	return wrap.Editor{Collector: "/bin/mcptrail-collector", List: filepath.Join(dir, "list", "upstreams.json"),
		Clean: func(args []string) []string {
			for i := range args {
				if i > 0 && args[i-1] == "--api-key" {
					args[i] = "[cut]"
				}
			}
			return args
		}}, file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func listed(t *testing.T, e wrap.Editor) []upstreams.Upstream {
	t.Helper()
	l, _, err := upstreams.Load(e.List)
	if err != nil {
		t.Fatal(err)
	}
	return l.Upstreams
}

func TestAFileGoesThereAndBack(t *testing.T) {
	e, file := editor(t)
	dry := e
	dry.DryRun = true
	c, err := dry.Wrap(t.Context(), file)
	if err != nil || read(t, file) != config || len(listed(t, e)) != 0 {
		t.Fatalf("a dry run changed something: %v", err)
	}
	for _, words := range []string{"--- " + file, `-    "files": {"command": "npx"`, `"http://127.0.0.1:7680/remote/…"`, "[cut]"} {
		if !bytes.Contains(c.Diff, []byte(words)) {
			t.Errorf("the diff has no %q:\n%s", words, c.Diff)
		}
	}
	if bytes.Contains(c.Diff, []byte("not-for-eyes")) {
		t.Errorf("the diff shows a secret:\n%s", c.Diff)
	}
	if c, err = e.Wrap(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Servers {
		if !s.Wrapped || !s.Changed {
			t.Errorf("%v: %+v", s.Server, s)
		}
	}
	if read(t, c.Backup) != config {
		t.Error("the backup is not the file as it was")
	}
	if info, err := os.Stat(c.Backup); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the backup's mode is %v, %v", info.Mode(), err)
	}
	if l := listed(t, e); len(l) != 1 || l[0].Origin != "https://h.example" || l[0].Files[0] != file {
		t.Errorf("the list is %+v", l)
	}
	if strings.Contains(read(t, e.List), "not-for-eyes") {
		t.Error("the list has a secret")
	}
	wrapped := read(t, file)
	if c, err = e.Wrap(t.Context(), file); err != nil || read(t, file) != wrapped || c.Servers[0].Changed || c.Diff != nil {
		t.Errorf("a second wrap changed something: %v", err)
	}
	if c, err = e.Unwrap(t.Context(), file); err != nil || read(t, file) != config {
		t.Errorf("came back as\n%s(%v)", read(t, file), err)
	}
	if _, err := os.Stat(file + wrap.BackupSuffix); c.Backup != "" || !errors.Is(err, os.ErrNotExist) {
		t.Error("the backup, which says the same, is still there")
	}
	if l := listed(t, e); len(l) != 0 {
		t.Errorf("the list still has %+v", l)
	}
}

func TestTheBackupIsOfTheFileBeforeAnythingWasWrapped(t *testing.T) {
	e, file := editor(t)
	e.Servers = []string{"remote"}
	if _, err := e.Wrap(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read(t, file), "--upstream=files") {
		t.Error("wrapped a server that was not meant")
	}
	e.Servers = nil
	if _, err := e.Wrap(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if read(t, file+wrap.BackupSuffix) != config {
		t.Error("the second wrap made a backup of the first")
	}
	write(t, file, strings.Replace(read(t, file), "theme", "colour", 1))
	c, err := e.Unwrap(t.Context(), file)
	if want := strings.Replace(config, "theme", "colour", 1); err != nil || read(t, file) != want {
		t.Errorf("came back as\n%s(%v)", read(t, file), err)
	}
	if c.Backup == "" || read(t, c.Backup) != config {
		t.Error("the backup is gone, though the file says something else")
	}
	if _, err := e.Wrap(t.Context(), file); err != nil || read(t, file+wrap.BackupSuffix) == config {
		t.Errorf("the next wrap kept a backup of long ago: %v", err)
	}
}

func TestAFileThatCannotBeWrittenLeavesNoTrace(t *testing.T) {
	e, file := editor(t)
	if err := os.Chmod(file, 0o440); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Wrap(t.Context(), file); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v", err)
	}
	if l := listed(t, e); len(l) != 0 || read(t, file) != config {
		t.Errorf("the list has %+v", l)
	}
}

func TestALostListIsSaidAndNothingIsGuessed(t *testing.T) {
	e, file := editor(t)
	if _, err := e.Wrap(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(e.List); err != nil {
		t.Fatal(err)
	}
	c, err := e.Unwrap(t.Context(), file)
	if err != nil || len(c.Servers) != 2 || !c.Servers[1].Stray {
		t.Errorf("%+v, %v", c, err)
	}
	if text := read(t, file); !strings.Contains(text, `"command": "npx"`) || !strings.Contains(text, "http://127.0.0.1:7680/remote/") {
		t.Errorf("made of the file\n%s", text)
	}
	if read(t, file+wrap.BackupSuffix) != config {
		t.Error("the backup is gone")
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	e, file := editor(t)
	write(t, file, `{"name": "package"}`)
	if _, err := e.Wrap(t.Context(), file); !errors.Is(err, clientconfig.ErrUnknown) || !errors.Is(err, clientconfig.ErrNone) {
		t.Errorf("no configuration: %v", err)
	}
	if _, err := e.Wrap(t.Context(), filepath.Dir(file)); !errors.Is(err, clientconfig.ErrUnknown) {
		t.Errorf("a folder: %v", err)
	}
	write(t, file, config)
	e.Servers = []string{"nonesuch"}
	var none *wrap.NoServerError
	if _, err := e.Wrap(t.Context(), file); !errors.As(err, &none) || read(t, file) != config {
		t.Errorf("no such server: %v", err)
	}
	e.Servers = nil
	if _, err := e.Wrap(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	e.Listen = "127.0.0.1:9999"
	if _, err := e.Wrap(t.Context(), file); err == nil || !strings.Contains(err.Error(), "unwrap them first") {
		t.Errorf("another address while clients use one: %v", err)
	}
}

func TestALongLineIsShownAValueALine(t *testing.T) {
	e, file := editor(t)
	write(t, file, `{"x": "`+strings.Repeat("y", 500)+`", "mcpServers": {"a": {"command": "npx", "args": ["`+strings.Repeat(`z", "`, 200)+`z"]}}}`)
	e.DryRun = true
	c, err := e.Wrap(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(c.Diff)) {
		if len(line) > 300 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if !strings.Contains(string(c.Diff), "+") || strings.Count(string(c.Diff), "\n") > 40 {
		t.Errorf("the diff is\n%s", c.Diff)
	}
}

// TestAServerThatHasClientsSignInIsLeftAlone asks servers before they are wrapped:
// what a client gets from OAuth is for the server's own address.
func TestAServerThatHasClientsSignInIsLeftAlone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["Authorization"]) > 0 {
			t.Error("sent a credential")
		}
		if r.URL.Path == "/private/mcp" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	e, file := editor(t)
	text := `{"mcpServers": {"private": {"url": "` + server.URL + `/private/mcp"}, "open": {"url": "` + server.URL + `/mcp"},
		"key": {"url": "` + server.URL + `/private/mcp", "headers": {"Authorization": "Bearer x"}}, "away": {"url": "http://127.0.0.1:1/mcp"}}}`
	write(t, file, text)
	c, err := e.Wrap(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, true, true} {
		if s := c.Servers[i]; s.Wrapped != want || !want && !strings.Contains(s.Why, "sign in") {
			t.Errorf("%v: wrapped is %v, %q", s.Server, s.Wrapped, s.Why)
		}
	}
	e.Servers = []string{"private"}
	if c, err = e.Wrap(t.Context(), file); err != nil || !c.Servers[0].Wrapped {
		t.Errorf("by its name: %+v, %v", c.Servers, err)
	}
	e.Servers = nil
	if _, err := e.Unwrap(t.Context(), file); err != nil || read(t, file) != text {
		t.Errorf("came back as %s (%v)", read(t, file), err)
	}
}
