package peers

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
)

// need skips a test on a machine without the peers; a CI run without them has failed.
func need(t *testing.T) {
	t.Helper()
	switch err := Missing(); {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatal(err)
	default:
		t.Skip("SKIPPED, no conversation was held: ", err)
	}
}

// hold runs a client to its end and returns what it printed.
func hold(t *testing.T, argv []string) string {
	t.Helper()
	output, err := Run(wait.Context(t), argv)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return string(output)
}

// serving starts a server for the length of a test.
func serving(t *testing.T, startServer func(context.Context) (string, func(), error)) string {
	t.Helper()
	url, stop, err := startServer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
}

func goEverythingServer(stateless bool) func(context.Context) (string, func(), error) {
	return func(ctx context.Context) (string, func(), error) { return StartGoEverything(ctx, stateless) }
}

func TestConversationsComeToTheirEnd(t *testing.T) {
	need(t)
	dir := t.TempDir()
	inside := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(inside, []byte("the quarterly figures\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "salaries.txt")

	for name, argv := range map[string]func(*testing.T) []string{
		"legacy over stdio": func(*testing.T) []string {
			return LegacyClient(ToCommand(EverythingStdio()...)...)
		},
		"legacy over Streamable HTTP": func(t *testing.T) []string {
			return LegacyClient(ToURL(serving(t, StartEverythingHTTP))...)
		},
		"legacy over HTTP+SSE": func(t *testing.T) []string {
			return LegacyClient(ToSSE(serving(t, StartEverythingSSE))...)
		},
		"modern over stdio": func(*testing.T) []string {
			return ModernClient(ToCommand(GoEverythingStdio()...)...)
		},
		"modern over Streamable HTTP": func(t *testing.T) []string {
			return ModernClient(ToURL(serving(t, goEverythingServer(true)))...)
		},
		"hostile over stdio": func(*testing.T) []string {
			return HostileClient(ToCommand(HostileStdio()...)...)
		},
		"files over stdio": func(*testing.T) []string {
			return FilesystemClient(inside, outside, ToCommand(FilesystemStdio(dir)...)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if said := hold(t, argv(t)); !strings.Contains(said, "\nclose ") {
				t.Errorf("the conversation was not closed:\n%s", said)
			}
		})
	}
}

func TestInspectorListsTools(t *testing.T) {
	need(t)
	said := hold(t, Inspector(append(EverythingStdio(), "--method", "tools/list")...))
	if !strings.Contains(said, `"name": "get-sum"`) {
		t.Errorf("no get-sum in %s", said)
	}
}

// The 30 failures are all of the tasks extension, which go-sdk does not have and the suite does not score.
func TestConformanceTotalsOfTheGoServer(t *testing.T) {
	need(t)
	for _, want := range []struct {
		requirements   string
		stateless      bool
		passed, failed int
	}{
		{"2026-07-28", true, 165, 30},
		{"2025-11-25", false, 82, 0},
	} {
		t.Run(want.requirements, func(t *testing.T) {
			url := serving(t, goEverythingServer(want.stateless))
			passed, failed, report, err := Conformance(t.Context(), url, want.requirements)
			if err != nil {
				t.Fatal(err)
			}
			if passed != want.passed || failed != want.failed {
				t.Errorf("passed %d, failed %d; want %d and %d\n%s", passed, failed, want.passed, want.failed, report)
			}
		})
	}
}

func TestConformanceOfAnUnknownRevisionIsAnError(t *testing.T) {
	need(t)
	if _, _, _, err := Conformance(t.Context(), "http://127.0.0.1:1/", "no-such-revision"); err == nil {
		t.Error("no error for a requirement set that does not exist")
	}
}
