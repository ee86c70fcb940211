package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInputIsNamed says what people get for the mistakes that people make: a
// sentence with the thing to do, and an exit status that scripts can tell.
func TestBadInputIsNamed(t *testing.T) {
	needEngine(t)
	u := startUp(t, t.TempDir())
	broken := filepath.Join(t.TempDir(), "broken.jsonl")
	text := `{"ts":"2026-11-22T13:00:00Z","dir":"c2s","raw":"{\"id\":1,\"method\":\"ping\"}"}` + "\n" + `{"ts":` + "\n" +
		`{"ts":"2026-11-22T13:00:01Z","dir":"s2c","raw":"{\"id\":1,\"result\":{}}"}` + "\n"
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	misspelt := filepath.Join(other, "collector.json")
	if err := os.WriteFile(misspelt, []byte(`{"brokerz":["x"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		program string
		args    []string
		status  int
		says    []string
	}{
		"a wrong flag of the collector":   {"mcptrail-collector", []string{"stdio", "--nope", "--", "true"}, 3, []string{"--nope", "--help"}},
		"a wrong flag of mcptrail":        {"mcptrail", []string{"sessions", "--nope"}, 3, []string{"--nope"}},
		"a setting that is no flag":       {"mcptrail-collector", []string{"stdio", "--config", misspelt, "--", "true"}, 3, []string{"brokerz", "no flag"}},
		"no command to wrap":              {"mcptrail-collector", []string{"stdio"}, 3, []string{"COMMAND"}},
		"a command that does not exist":   {"mcptrail-collector", []string{"stdio", "--key-file", other + "/k", "--grace", "1ms", "--", "/no/such/server"}, 127, []string{"/no/such/server"}},
		"an upstream without a name":      {"mcptrail-collector", []string{"http", "--key-file", other + "/k", "--upstream", "http://127.0.0.1:1/"}, 3, []string{"NAME=URL"}},
		"a client's file that is none":    {"mcptrail-collector", []string{"wrap", broken}, 3, []string{broken, "no JSON", "left as it is"}},
		"no file and no client":           {"mcptrail-collector", []string{"wrap"}, 3, []string{"--client", "--list"}},
		"a client that is not here":       {"mcptrail-collector", []string{"unwrap", "--client", "cursor"}, 3, []string{"cursor", "--list"}},
		"a client that nobody knows":      {"mcptrail-collector", []string{"wrap", "--client", "notepad"}, 3, []string{"claude-desktop"}},
		"a broker that is not there":      {"mcptrail-collector", []string{"import", "--brokers", "127.0.0.1:1", broken}, 2, []string{"no broker answers at 127.0.0.1:1", "mcptrail up", "--brokers"}},
		"a file that is not there":        {"mcptrail-collector", []string{"import", "--brokers", u.kafka, "--key-file", other + "/k", "nowhere.jsonl"}, 3, []string{"nowhere.jsonl"}},
		"a malformed line":                {"mcptrail-collector", []string{"import", "--json", "--brokers", u.kafka, "--key-file", other + "/k", broken}, 3, []string{broken + ":2:", "1 malformed"}},
		"SASL without a user":             {"mcptrail-collector", []string{"import", "--kafka-sasl", "plain", broken}, 2, []string{"--kafka-user", "MCPTRAIL_KAFKA_PASSWORD"}},
		"a taken port of the query API":   {"mcptrail", []string{"up", "--data", other + "/a", "--listen", u.api, "--kafka-listen", "127.0.0.1:0"}, 2, []string{u.api, "--listen"}},
		"a data directory in use":         {"mcptrail", []string{"up", "--data", u.data, "--listen", "127.0.0.1:0", "--kafka-listen", "127.0.0.1:0"}, 2, []string{"in use"}},
		"a session that is not there":     {"mcptrail", []string{"--url", "http://" + u.api, "show", "01a2037b-0000-7000-8000-000000000000"}, 3, []string{"no session"}},
		"an id that is none":              {"mcptrail", []string{"--url", "http://" + u.api, "show", "what?"}, 3, []string{"what?"}},
		"a query service that is away":    {"mcptrail", []string{"--url", "http://127.0.0.1:1", "sessions"}, 2, []string{"nothing answers", "mcptrail up"}},
		"a ClickHouse that is away":       {"mcptrail-schema", []string{"status", "--clickhouse", "127.0.0.1:1"}, 2, []string{"127.0.0.1:1"}},
		"an ingest without its broker":    {"mcptrail-ingest", []string{"--brokers", "127.0.0.1:1", "--start-timeout", "100ms", "--listen", ""}, 2, []string{"127.0.0.1:1"}},
		"a query service without engine?": {"mcptrail-query", []string{"--listen", u.api}, 2, []string{u.api, "--listen"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := program(t, c.program, c.args...)
			if r.status != c.status {
				t.Errorf("exit status %d, want %d", r.status, c.status)
			}
			for _, words := range c.says {
				if !strings.Contains(r.stderr, words) {
					t.Errorf("says nothing of %q", words)
				}
			}
			if strings.Contains(r.stderr, "goroutine ") || strings.Count(r.stderr, "\n") > 8 {
				t.Error("says too much")
			}
			if t.Failed() {
				t.Logf("stderr:\n%s", r.stderr)
			}
		})
	}
	t.Run("the lines around a malformed one are imported", func(t *testing.T) {
		r := program(t, "mcptrail-collector", "import", "--json", "--brokers", u.kafka, "--key-file", other+"/k", broken)
		if made := lines[imported](t, r.stdout); len(made) != 1 || made[0].Events != 5 || made[0].Skipped != 1 {
			t.Errorf("made %+v", made)
		}
	})
	t.Run("a malformed cursor", func(t *testing.T) {
		r := program(t, "mcptrail", "--url", "http://"+u.api, "sessions", "--cursor", "!!")
		if r.status != 3 || !strings.Contains(r.stderr, "cursor") {
			t.Errorf("status %d: %s", r.status, r.stderr)
		}
	})
}

func TestHelpNamesOnlyFlagsThatMeanSomething(t *testing.T) {
	if r := program(t, "mcptrail", "up", "--help"); r.status != 0 || strings.Contains(r.stdout, "--url") || !strings.Contains(r.stdout, "--kafka-listen") {
		t.Errorf("status %d:\n%s", r.status, r.stdout)
	}
	if r := program(t, "mcptrail", "show", "--help"); !strings.Contains(r.stdout, "--url") {
		t.Errorf("show:\n%s", r.stdout)
	}
}

// TestWhatCannotBeWrittenIsNoSuccess has programs print where nothing can be written.
// A standard output that is closed cannot be told from /dev/null: Go's runtime opens
// that in its place.
func TestWhatCannotBeWrittenIsNoSuccess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("SKIPPED: no /dev/full here: %v", err)
	}
	defer full.Close()
	for _, argv := range [][]string{
		{"mcptrail", "completion", "bash"},
		{"mcptrail-collector", "policy", "default"},
		{"mcptrail-collector", "policy", "check", "../../collector/redact/policy.yaml"},
		{"mcptrail-collector", "status"},
		{"mcptrail-collector", "wrap", "--list"},
		{"mcptrail-schema", "print"},
		{"mcptrail-query", "completion", "zsh"},
	} {
		cmd := exec.Command(filepath.Join(bin, argv[0]), argv[1:]...)
		cmd.Stdout, cmd.Env = full, append(os.Environ(), "HOME="+t.TempDir())
		if _ = cmd.Run(); cmd.ProcessState.ExitCode() < 2 {
			t.Errorf("%v ends with %d", argv, cmd.ProcessState.ExitCode())
		}
	}
}
