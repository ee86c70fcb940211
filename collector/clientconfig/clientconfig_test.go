package clientconfig_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
)

// wrapping sends remote servers to a port of this machine, by their names.
func wrapping() clientconfig.Wrapping {
	origins := map[string]string{}
	return clientconfig.Wrapping{
		Collector: "/usr/bin/mcptrail-collector",
		Local: func(name, origin string) string {
			if strings.EqualFold(origin, "http://127.0.0.1:7680") {
				return ""
			}
			local := "http://127.0.0.1:7680/" + strings.Map(func(r rune) rune {
				if r < 'a' || r > 'z' {
					return '-'
				}
				return r
			}, name)
			for taken, ok := origins[local]; ok && taken != origin; taken, ok = origins[local] {
				local += "x"
			}
			origins[local] = origin
			return local
		},
		Origin: func(address string) (string, string, bool) {
			for local, origin := range origins {
				if rest, ok := strings.CutPrefix(address, local); ok && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
					return local, origin, true
				}
			}
			return "", "", false
		},
	}
}

func parse(t *testing.T, text []byte) *clientconfig.File {
	t.Helper()
	f, err := clientconfig.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFilesOfEachClientComeBackByteForByte compares what Wrap makes of the files in
// testdata with FILE.wrapped, what people are shown of that with FILE.masked, and
// takes it all back.
func TestFilesOfEachClientComeBackByteForByte(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.json*")
	tested := 0
	for _, file := range files {
		if ext := filepath.Ext(file); ext != ".json" && ext != ".jsonc" {
			continue
		}
		tested++
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := wrapping()
			w.Flags = []string{"--brokers=127.0.0.1:9"}
			wrapped, err := parse(t, text).Wrap(w)
			if err != nil {
				t.Fatal(err)
			}
			again := parse(t, wrapped)
			masked := again.Masked(func(args []string) []string { return args })
			golden(t, file+".wrapped", wrapped)
			golden(t, file+".masked", masked)
			if bytes.Contains(masked, []byte("not-for-eyes")) || bytes.Contains(masked, []byte("ghp_")) {
				t.Errorf("shows a secret:\n%s", masked)
			}
			for _, s := range again.Servers {
				if !s.IsWrapped(w) && s.State != clientconfig.Odd {
					t.Errorf("%v is %s", s, s.State)
				}
			}
			if twice, err := again.Wrap(w); err != nil || !bytes.Equal(twice, wrapped) {
				t.Errorf("a second Wrap makes (%v):\n%s", err, twice)
			}
			if back := again.Unwrap(w); !bytes.Equal(back, text) {
				t.Errorf("came back as:\n%q\nwant:\n%q", back, text)
			}
			if back := parse(t, text).Unwrap(w); !bytes.Equal(back, text) {
				t.Errorf("Unwrap changes what was never wrapped:\n%q", back)
			}
		})
	}
	if tested < 5 {
		t.Errorf("only %d files", tested)
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, want %s, got:\n%s", err, file, got)
	}
}

// TestWhatOthersChangedMeanwhileStays edits a wrapped file as people and clients do
// before it is unwrapped.
func TestWhatOthersChangedMeanwhileStays(t *testing.T) {
	for name, c := range map[string]struct{ before, old, new, after string }{
		"another member": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`{"mcpServers"`, `{"theme":"dark","mcpServers"`, `{"theme":"dark","mcpServers":{"a":{"command":"x","args":["y"]}}}`},
		"an argument more": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`"y"]`, `"y","z"]`, `{"mcpServers":{"a":{"command":"x","args":["y","z"]}}}`},
		"the first argument where there was none": {`{"mcpServers":{"a":{"command":"x"}}}`,
			`"x"]`, `"x", "z"]`, `{"mcpServers":{"a":{"command":"x", "args": ["z"]}}}`},
		"the argument gone": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`, "y"]`, `]`, `{"mcpServers":{"a":{"command":"x","args":[]}}}`},
		"a trailing comma": {`{"mcpServers":{"a":{"command":"x","args":[]}}}`,
			`"x"]`, `"x" , ]`, `{"mcpServers":{"a":{"command":"x","args":[ ]}}}`},
		"a comment between our words": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`"--"`, `/* why? */ "--"`, `{"mcpServers":{"a":{"command":"x","args":[ /* why? */ "y"]}}}`},
		"a line for each": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`"args":["stdio", "--upstream=a", "--", "x", "y"]`, "\"args\": [\n  \"stdio\",\n  \"--upstream=a\",\n  \"--\",\n  \"x\",\n  \"y\"\n]",
			"{\"mcpServers\":{\"a\":{\"command\":\"x\",\"args\": [\n  \"y\"\n]}}}"},
		"the members in another order": {`{"mcpServers":{"a":{"command":"x"}}}`,
			`"command":"/usr/bin/mcptrail-collector", "args": ["stdio", "--upstream=a", "x"]`,
			`"args": ["stdio", "--upstream=a", "x"], "command":"/usr/bin/mcptrail-collector"`, `{"mcpServers":{"a":{ "command":"x"}}}`},
		"another name": {`{"mcpServers":{"a":{"command":"x","args":["y"]}}}`,
			`{"a"`, `{"b"`, `{"mcpServers":{"b":{"command":"x","args":["y"]}}}`},
		"another path of the address": {`{"mcpServers":{"a":{"url":"https://h.example/mcp"}}}`,
			`/mcp"`, `/v2/mcp?x"`, `{"mcpServers":{"a":{"url":"https://h.example/v2/mcp?x"}}}`},
		"another origin": {`{"mcpServers":{"a":{"url":"https://h.example/mcp"}}}`,
			`http://127.0.0.1:7680/a`, `https://i.example`, `{"mcpServers":{"a":{"url":"https://i.example/mcp"}}}`},
		"the server gone": {`{"mcpServers":{"a":{"command":"x"},"b":{"command":"y","args":[]}}}`,
			`"a":{"command":"/usr/bin/mcptrail-collector", "args": ["stdio", "--upstream=a", "x"]},`, ``, `{"mcpServers":{"b":{"command":"y","args":[]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := wrapping()
			wrapped, err := parse(t, []byte(c.before)).Wrap(w)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(wrapped), c.old) {
				t.Fatalf("no %s in %s", c.old, wrapped)
			}
			edited := strings.Replace(string(wrapped), c.old, c.new, 1)
			if got := parse(t, []byte(edited)).Unwrap(w); string(got) != c.after {
				t.Errorf("came back as\n%s, want\n%s", got, c.after)
			}
		})
	}
}

func TestFilesThatAreNotUnderstoodAreRefused(t *testing.T) {
	for want, text := range map[string]string{
		"empty":                  " \n",
		"no UTF-8":               "\xff\xfe{\x00}\x00",
		"no JSON: line 1":        `{"mcpServers": {`,
		"no JSON object":         `[]`,
		"neither mcpServers":     `{"name": "package", "dependencies": {}}`,
		`"mcpServers" is no obj`: `{"mcpServers": []}`,
		`"mcpServers" is there`:  `{"mcpServers": {}, "mcpServers": {}}`,
		`has "a" twice`:          `{"mcpServers": {"a": {}, "a": {}}}`,
		`"args" is there twice`:  `{"mcpServers": {"a": {"command": "x", "args": [], "args": []}}}`,
		"nested deeper":          `{"mcpServers": {}, "x": ` + strings.Repeat("[", 100_000),
		"after top-level value":  `{"mcpServers": {}} {}`,
	} {
		if _, err := clientconfig.Parse([]byte(text)); !errors.Is(err, clientconfig.ErrUnknown) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestServersThatCannotBeWrappedSayWhy(t *testing.T) {
	for want, server := range map[string]string{
		"no object":            `1`,
		"no command":           `{}`,
		"a command and an":     `{"command": "x", "url": "http://h"}`,
		"several addresses":    `{"httpUrl": "http://h", "url": "http://h"}`,
		"no program":           `{"command": "-x"}`,
		"args are no list":     `{"command": "x", "args": "y"}`,
		"not all strings":      `{"command": "x", "args": ["y", 1]}`,
		"begin with http":      `{"url": "ws://h"}`,
		"a user in it":         `{"url": "https://joe:secret@h/mcp"}`,
		"a variable":           `{"url": "https://${HOST:-h}/mcp"}`,
		"written with escapes": `{"url": "http\u0073://h/mcp"}`,
		"in another way":       `{"command": "/x/mcptrail-collector", "args": ["http"]}`,
	} {
		text := []byte(`{"mcpServers": {"a": ` + server + `}}`)
		f := parse(t, text)
		if s := f.Servers[0]; s.State != clientconfig.Odd || !strings.Contains(s.Why, want) {
			t.Errorf("%s: %s, %q, want %q", server, s.State, s.Why, want)
		}
		if got, err := f.Wrap(wrapping()); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %v: %s", server, err, got)
		}
	}
	f := parse(t, []byte(`{"mcpServers": {"a": {"command": "C:\\x\\MCPTRAIL-collector.exe", "args": ["stdio", "--", "npx"]}}}`))
	if f.Servers[0].State != clientconfig.ByHand {
		t.Errorf("what somebody wrapped by hand is %s", f.Servers[0].State)
	}
}

// FuzzUnwrapUndoesWrap holds the one rule for whatever parses.
func FuzzUnwrapUndoesWrap(f *testing.F) {
	files, _ := filepath.Glob("testdata/*")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(text)
		}
	}
	for _, text := range []string{
		`{"mcpServers":{"a":{"command":"x","args":["stdio","--upstream=a","--","y",]}}}`,
		`{"servers":{"a":{"args":[],"command":"/mcptrail-collector"},"":{"url":"http://h"}}}`,
		"{\"mcp\":{\"servers\":{\"a\":{\"command\"://\n\"x\"//\n}}}}", `{"mcpServers":{"a":{"url":"HTTPS:\/\/H?x","args":[1]}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := clientconfig.Parse(text)
		if err != nil {
			return
		}
		w := wrapping()
		before := file.Unwrap(w)
		wrapped, err := file.Wrap(w)
		if err != nil {
			t.Fatal(err)
		}
		again, err := clientconfig.Parse(wrapped)
		if err != nil {
			t.Fatal(err)
		}
		if after := again.Unwrap(w); !bytes.Equal(after, before) {
			t.Errorf("%q\ncame back as\n%q by way of\n%q", before, after, wrapped)
		}
		if twice, err := again.Wrap(w); err != nil || !bytes.Equal(twice, wrapped) {
			t.Errorf("a second Wrap makes of\n%q\n%q (%v)", wrapped, twice, err)
		}
		if _, err := clientconfig.Parse(again.Masked(func(args []string) []string { return args })); err != nil {
			t.Errorf("the masked text of %q: %v", wrapped, err)
		}
	})
}
