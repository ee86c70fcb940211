package stdio_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector"
	"github.com/mcptrail/mcptrail/collector/stdio"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/schema"
)

func needPeers(t *testing.T) {
	t.Helper()
	if err := peers.Missing(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED, no conversation was held: ", err)
	}
}

// said is one JSON-RPC message of a server, as far as these tests look at it.
type said struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	line   string
}

// until reads what the server says up to a message that is, by its method or its id.
func (s *session) until(is func(said) bool) said {
	s.t.Helper()
	for {
		line := s.line()
		m := said{line: line}
		if json.Unmarshal([]byte(line), &m) == nil && is(m) {
			return m
		}
	}
}

func (s *session) answer(id int) said {
	s.t.Helper()
	return s.until(func(m said) bool { return m.Method == "" && string(m.ID) == fmt.Sprint(id) })
}

func initialize(capabilities string) string {
	return `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":` + capabilities +
		`,"clientInfo":{"name":"leaks","version":"1"}}}` + "\n"
}

const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n"

// TestServerEverythingLeaksNothing makes the real server say what it should not: its
// environment, what a person entered, and what an error is about.
func TestServerEverythingLeaksNothing(t *testing.T) {
	needPeers(t)
	const env, name, mail, uri = "walrus-env-99d1f0", "Ada Q. Lovelace", "ada@walrus.example", "ghp_q7Xv2Lk9Rt4Zw8Nb3Yc6Md1Pf5Hs0Gj2Ka7e"
	s := begin(t, collector.Config{}, stdio.Config{Command: peers.EverythingStdio(), Env: append(os.Environ(), "PLAIN_SETTING="+env)})
	close(s.hold)
	s.send(initialize(`{"elicitation":{}}`))
	s.answer(0)
	s.send(initialized)
	s.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get-env","arguments":{}}}` + "\n")
	if got := s.answer(1); !strings.Contains(got.line, env) {
		t.Errorf("the server did not tell its environment: %.200s", got.line)
	}
	s.send(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"trigger-elicitation-request","arguments":{}}}` + "\n")
	asked := s.until(func(m said) bool { return m.Method == "elicitation/create" || string(m.ID) == "2" })
	if asked.Method == "" {
		t.Fatalf("nobody was asked: %s", asked.line)
	}
	s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"%s","email":"%s","check":true,"integer":42,"number":3.5}}}`+"\n", asked.ID, name, mail))
	if got := s.answer(2); !strings.Contains(got.line, name) {
		t.Errorf("the server did not repeat what was entered: %.300s", got.line)
	}
	s.send(`{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"demo://` + uri + `"}}` + "\n")
	if got := s.answer(3); !strings.Contains(got.line, uri) {
		t.Errorf("the error does not say what it is about: %s", got.line)
	}
	s.in.Close()
	events := s.events()
	marks := 0
	for _, e := range events {
		bytes := string(e.Append(nil))
		for _, canary := range []string{env, name, mail, uri[4:], "Lovelace"} {
			if strings.Contains(bytes, canary) {
				t.Errorf("%q is in event %d, %s %s", canary, e.Seq, e.Kind, e.Method)
			}
		}
		marks += len(e.Redactions)
	}
	if marks < 8 {
		t.Errorf("only %d cuts in %d events", marks, len(events))
	}
	if !strings.Contains(strings.Join(payloads(events, schema.ServerToClient), ""), "PLAIN_SETTING") {
		t.Error("the names of the environment are gone too")
	}
}

// TestOrdinaryFilesComeThroughUntouched reads files of the peers' own packages through
// the real filesystem server: the record has the bytes that crossed.
func TestOrdinaryFilesComeThroughUntouched(t *testing.T) {
	needPeers(t)
	root, err := filepath.EvalSymlinks(filepath.Join(peers.Root(), "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	s := wrap(t, peers.FilesystemStdio(root)...)
	s.send(initialize(`{}`))
	s.answer(0)
	s.send(initialized)
	var answers []string
	for _, name := range []string{".package-lock.json", "zod/package.json", "zod/index.js", "zod/README.md", "ajv/lib/core.ts", "express/LICENSE", "express/History.md",
		"undici/lib/core/util.js", "ws/lib/websocket.js", "pino/pino-tree.png", "pino/pretty-demo.png", "yargs/locales/de.json"} {
		path := filepath.Join(root, name)
		if _, err := os.Stat(path); err != nil {
			continue // another version of the packages
		}
		tool := "read_text_file"
		if filepath.Ext(name) == ".png" {
			tool = "read_media_file"
		}
		id := len(answers) + 1
		s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":{"path":%q}}}`+"\n", id, tool, path))
		answers = append(answers, s.answer(id).line)
	}
	s.in.Close()
	events := s.events()
	stored := map[string]bool{}
	for _, e := range events {
		stored[string(e.Payload)] = true
		if len(e.Redactions) > 0 {
			t.Errorf("event %d, %s: %v", e.Seq, e.Method, e.Redactions)
		}
	}
	total := 0
	for i, answer := range answers {
		total += len(answer)
		if !stored[answer] {
			t.Errorf("answer %d of %d bytes is not in the record as it was: %.100s", i+1, len(answer), answer)
		}
	}
	if len(answers) < 8 || total < 200_000 {
		t.Errorf("only %d files with %d bytes were read", len(answers), total)
	}
}
