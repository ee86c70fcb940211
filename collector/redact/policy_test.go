package redact_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func TestTheBuiltInPolicyHasNoProblems(t *testing.T) {
	if problems := redact.Check(redact.DefaultFile()); len(problems) > 0 {
		t.Error(problems)
	}
	p, err := redact.Parse(redact.DefaultFile())
	if err != nil || p.Hash() != redact.Default().Hash() {
		t.Errorf("the file and the default differ: %v", err)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"version: 1\nfileds: []":                     "fileds",
		"version: 2":                                 "version: is 2",
		"pii: {card: token}":                         "version: is 0",
		"version: 1\ncapture: {default: everything}": `capture.default: is "everything"`,
		"version: 1\nfields: [{pointer: result/x, action: mask}]":                              "fields[0].pointer",
		"version: 1\nfields: [{pointer: /result/~2, action: mask}]":                            "fields[0].pointer",
		"version: 1\nfields: [{pointer: /results/x, action: mask}]":                            "can never match: a message has no member",
		"version: 1\nfields: [{pointer: /result/x, action: hide}]":                             "fields[0].action",
		"version: 1\nfields: [{pointer: /result/requestState, action: keep}]":                  "keeps nothing",
		"version: 1\nfields: [{pointer: /a, action: mask}, {pointer: /a, action: keep}]":       "fields[1]: can never match",
		"version: 1\ncapture: {rules: [{server: '*', level: full}, {server: a, level: none}]}": "capture.rules[1]: can never match",
		"version: 1\ncapture: {rules: [{server: '[', level: full}]}":                           "malformed",
		"version: 1\nsecrets: {off: [nothing]}":                                                `there is no rule "nothing"`,
		"version: 1\nsecrets: {patterns: [{name: X, pattern: ab}]}":                            "secrets.patterns[0].name",
		"version: 1\nsecrets: {patterns: [{name: x, pattern: '[0-9]+'}]}":                      "secrets.patterns[0].pattern",
		"version: 1\nnames: {keep: [authorization]}":                                           "never stored",
		"version: 1\nlimits: {budget: 0}":                                                      "limits.budget",
		"version: 1\npii: {card: drop}":                                                        "pii.card",
		"version: 1\nheaders: [Cookie]":                                                        "never recorded",
		"version: 1\n---\nversion: 1":                                                          "more than one document",
	} {
		var all []string
		for _, p := range redact.Check([]byte(text)) {
			all = append(all, p.Where+": "+p.What)
		}
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("%s\n got %q\nwant %q", text, all, want)
		}
	}
}

// TestTheSchemaAndTheParserAgree holds the shipped JSON Schema against what Parse takes.
func TestTheSchemaAndTheParserAgree(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(redact.JSONSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("policy.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		string(redact.DefaultFile()): true, "version: 1": true, "version: 2": false, "version: 1\nx: 1": false,
		"version: 1\ncapture: {default: full, rules: [{method: 'tools/*', level: digest}]}": true,
		"version: 1\ncapture: {rules: [{level: all}]}":                                      false,
		"version: 1\nfields: [{pointer: /params/**, action: drop}]":                         true,
		"version: 1\nfields: [{pointer: params, action: drop}]":                             false,
		"version: 1\nsecrets: {patterns: [{name: staff, pattern: 'EMP-[0-9]{6}'}]}":         true,
		"version: 1\npii: {email: drop}":                                                    false,
		"version: 1\nlimits: {depth: 1}":                                                    false,
	} {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(v)
		instance, _ := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		_, parseErr := redact.Parse([]byte(text))
		if schemaErr := s.Validate(instance); (schemaErr == nil) != good || (parseErr == nil) != good {
			t.Errorf("%.80s: schema %v, parser %v", text, schemaErr, parseErr)
		}
	}
}

func TestTheHashIsOfWhatAPolicyMeans(t *testing.T) {
	parse := func(text string) redact.Policy {
		p, err := redact.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	base := redact.Default().Hash()
	if parse("# a comment\nversion: 1\npii:\n    card:   token\n").Hash() != base {
		t.Error("form makes a difference")
	}
	if parse("version: 1\npii: {card: mask}").Hash() == base || parse("version: 1\nnames: {cut: [abc]}").Hash() == base {
		t.Error("meaning makes none")
	}
}

func TestLevelsDecideWhatIsStored(t *testing.T) {
	r := redactor(t, `version: 1
capture:
  default: full
  rules:
  - {server: vault, level: none}
  - {method: "tools/*", target: get-env, level: metadata}
  - {method: resources/read, target: "file:///etc/*", level: digest}
  - {method: prompts/get, level: request}`)
	for _, c := range []struct {
		server, method, target string
		kind                   schema.Kind
		body, commitment       bool
	}{
		{"files", "tools/call", "read", schema.KindAnswer, true, true},
		{"vault", "tools/call", "read", schema.KindAnswer, false, false},
		{"files", "tools/call", "get-env", schema.KindAnswer, false, false},
		{"files", "resources/read", "file:///etc/ssl/x", schema.KindAnswer, false, true},
		{"files", "prompts/get", "x", schema.KindRequest, true, true},
		{"files", "prompts/get", "x", schema.KindAnswer, false, true},
	} {
		in := input(`{"id":1,"result":{"a":1}}`)
		in.Upstream, in.Method, in.Target, in.Kind = c.server, c.method, c.target, c.kind
		out := r.Message(in)
		if (out.Payload != nil) != c.body || out.Flags.Has(schema.FlagWithheld) == c.body || (out.Commitment != schema.Hash{}) != c.commitment {
			t.Errorf("%+v: %q, flags %v, %v", c, out.Payload, out.Flags.Names(), out.Redactions)
		}
	}
}

func TestAMessageOfUnknownMethodGetsTheLowestLevelOfItsServer(t *testing.T) {
	for rules, want := range map[string]struct{ files, vault redact.Level }{
		"{default: full}": {redact.LevelFull, redact.LevelFull},
		"{default: full, rules: [{method: 'tools/*', level: digest}, {method: ping, level: metadata}]}":                   {redact.LevelMetadata, redact.LevelMetadata},
		"{default: none, rules: [{server: vault, level: full}, {server: vault, method: x, level: none}]}":                 {redact.LevelNone, redact.LevelFull},
		"{default: request, rules: [{server: vault, target: x, level: none}, {server: '*', method: '*', level: digest}]}": {redact.LevelDigest, redact.LevelNone},
	} {
		r := redactor(t, "version: 1\ncapture: "+rules)
		for server, want := range map[string]redact.Level{"files": want.files, "vault": want.vault} {
			in := input(`{"result":1}`)
			in.Upstream, in.Method, in.Target, in.Unknown = server, "", "", true
			if out := r.Message(in); out.Level != want {
				t.Errorf("%s of %s is stored as %s, want %s", rules, server, out.Level, want)
			}
			if _, yes := r.Excludes(&in); yes != (want == redact.LevelNone) {
				t.Errorf("%s of %s: left out %v", rules, server, yes)
			}
		}
	}
}

func TestFieldRulesTreatTheirMembers(t *testing.T) {
	r := redactor(t, `version: 1
fields:
- {target: read, pointer: /params/arguments/path, action: token}
- {pointer: /result/*/note, action: mask}
- {pointer: /result/**/big, action: drop}
- {pointer: /result/pub/password, action: keep}
secrets: {off: [github], patterns: [{name: staff, pattern: 'EMP-[0-9]{6}'}]}
names: {cut: [shoe-size], keep: [api_key]}
pii: {email: mask}`)
	for in, want := range map[string]string{
		`{"params":{"arguments":{"path":"/home/x","a":1}}}`:     `{"params":{"arguments":{"path":"[mcptrail:field:#]","a":1}}}`,
		`{"result":{"x":{"note":"abc"},"note":"n"}}`:            `{"result":{"x":{"note":"[mcptrail:field]"},"note":"n"}}`,
		`{"result":{"a":[{"big":{"b":[1,2]}}, {"big": "s"}]}}`:  `{"result":{"a":[{"big":null}, {"big": null}]}}`,
		`{"result":{"pub":{"password":"x"},"password":"x"}}`:    `{"result":{"pub":{"password":"x"},"password":"[mcptrail:name:#]"}}`,
		`{"a":"EMP-123456 and x"}`:                              `{"a":"[mcptrail:staff:#] and x"}`,
		`{"shoeSize":"44","api_key":"abcdef"}`:                  `{"shoeSize":"[mcptrail:name:#]","api_key":"abcdef"}`,
		`{"a":"to joe@example.com."}`:                           `{"a":"to [mcptrail:email]."}`,
		`{"a":"ghp_0123456789abcdefABCDEF0123456789abcd"}`:      `{"a":"ghp_0123456789abcdefABCDEF0123456789abcd"}`,
		`{"result":{"pub":{"requestState":"abc"},"x":[1, 2 ]}}`: `{"result":{"pub":{"requestState":"[mcptrail:request-state:#]"},"x":[1, 2 ]}}`,
	} {
		out := r.Message(input(in))
		got := string(out.Payload)
		for _, c := range out.Redactions {
			if i := strings.LastIndexByte(c.Token, ':'); i > len("[mcptrail:") {
				got = strings.ReplaceAll(got, c.Token, c.Token[:i]+":#]")
			}
		}
		if got != want {
			t.Errorf("\n of  %s\n got %s\nwant %s", in, got, want)
		}
	}
}

func TestTokensJoinEqualValuesOfOneTenantOnly(t *testing.T) {
	r := redactor(t, "")
	out := r.Message(input(`{"a":{"password":"hunter2"},"b":"x password=hunter2","c":{"password":"hunter3"}}`))
	if len(out.Redactions) != 3 {
		t.Fatal(out.Redactions)
	}
	sum := func(i int) string { return out.Redactions[i].Token[len(out.Redactions[i].Token)-17:] }
	if sum(0) != sum(1) || sum(0) == sum(2) || sum(0) != redact.Fingerprint("acme", key, []byte("hunter2"))+"]" {
		t.Error(out.Redactions)
	}
	if redact.Fingerprint("other", key, []byte("hunter2")) == redact.Fingerprint("acme", key, []byte("hunter2")) ||
		redact.Fingerprint("acme", identity.Key{9}, []byte("hunter2")) == redact.Fingerprint("acme", key, []byte("hunter2")) {
		t.Error("tenants or keys can be joined")
	}
}

func TestACommitmentProvesACopy(t *testing.T) {
	r := redactor(t, "")
	body := []byte(`{"password":"hunter2"}`)
	out := r.Message(input(string(body)))
	opening := redact.Opening("acme", key, body)
	if !redact.Verify(out.Commitment, opening, body) {
		t.Error("the original does not verify")
	}
	if redact.Verify(out.Commitment, opening, out.Payload) || redact.Verify(out.Commitment, redact.Opening("acme", identity.Key{9}, body), body) {
		t.Error("something else verifies")
	}
}

func TestExplainSaysWhichRuleTakesWhat(t *testing.T) {
	none, err := redact.Parse([]byte("version: 1\ncapture: {rules: [{target: read, level: none}]}"))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := redact.Explain(none, input(`{"a":1}`)); err != nil || e.Excluded != "capture.rules[0]" || e.Stored != "" {
		t.Errorf("%+v %v", e, err)
	}
	e, err := redact.Explain(redact.Default(), input(`{"result":{"password":"hunter2"}}`))
	if err != nil || e.Level != redact.LevelFull || len(e.Cuts) != 1 || e.Cuts[0].Rule != "name" || strings.Contains(e.Stored, "hunter2") {
		t.Errorf("%+v %v", e, err)
	}
}

func TestTextsBesideTheBodyAreCleaned(t *testing.T) {
	r := redactor(t, "version: 1\nheaders: ['X-*', Cookie]")
	if got := r.Text("postgres://joe:hunter2@db/x"); strings.Contains(got, "hunter2") || !strings.HasPrefix(got, "postgres://joe:[") {
		t.Error(got)
	}
	if got := r.URL("/message?sessionId=123e4567&x=1#f"); strings.Contains(got, "123e4567") || !strings.HasSuffix(got, "]&x=1#f") {
		t.Error(got)
	}
	got := r.Argv([]string{"npx", "server", "--token", "abc", "--url=https://u:pw1234@h/", "--api-key=xyz", "-u", "joe:pass", "--verbose", "PASSWORD=q", "plain"})
	for _, secret := range []string{"abc", "pw1234", "xyz", "pass", "q"} {
		if slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, secret) || strings.Contains(s, secret+"@") }) {
			t.Errorf("%q is in %q", secret, got)
		}
	}
	if got[8] != "--verbose" || got[10] != "plain" {
		t.Errorf("%q", got)
	}
	for in, want := range map[string]string{
		"https://mcp.example/s/hunter2Q7Xv2Lk9Rt4Zw8/mcp?a=1#b": "https://mcp.example/s/[mcptrail:path:#]/mcp?a=1#b",
		"https://mcp.example/sse?api_key=hunter2":               "https://mcp.example/sse?api_key=[mcptrail:assigned:#]",
		"X-Api-Key:hunter2":                                     "X-Api-Key:[mcptrail:argument:#]",
		"--header=X-Api-Key:hunter2":                            "--header=X-Api-Key:[mcptrail:argument:#]",
		"Authorization:${TOKEN}":                                "Authorization:${TOKEN}",
		"http://127.0.0.1:3001/mcp":                             "http://127.0.0.1:3001/mcp",
		"127.0.0.1:3001":                                        "127.0.0.1:3001",
	} {
		got := r.Argv([]string{"run", in})[1]
		for _, f := range []string{"hunter2Q7Xv2Lk9Rt4Zw8", "hunter2"} {
			got = strings.ReplaceAll(got, redact.Fingerprint("acme", key, []byte(f)), "#")
		}
		if got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
	for name, want := range map[string]bool{"X-Request-Id": true, "Cookie": false, "X-Api-Key": false, "Accept": false} {
		if _, ok := r.Header(name, "abc"); ok != want {
			t.Errorf("%s: recorded %v", name, ok)
		}
	}
}

func TestAnEnvironmentKeepsItsNamesOnly(t *testing.T) {
	r := redactor(t, "")
	for _, text := range []string{"PATH=/usr/bin\nHOME=/root\nCANARY=walrus\nUSER=root\nEMPTY=\n",
		"{\n  \"PATH\": \"/usr/bin\",\n  \"HOME\": \"/root\",\n  \"CANARY\": \"walrus\",\n  \"USER\": \"root\"\n}"} {
		quoted, _ := json.Marshal(text)
		in := input(`{"result":{"content":[{"type":"text","text":` + string(quoted) + `}]}}`)
		out := r.Message(in)
		if got := string(out.Payload); strings.Contains(got, "walrus") || strings.Contains(got, "/usr/bin") || !strings.Contains(got, "CANARY") || !json.Valid(out.Payload) {
			t.Error(got)
		}
		in.Body.Data = out.Payload
		if again := r.Message(in); len(again.Redactions) > 0 {
			t.Error(again.Redactions)
		}
	}
	script := `{"text":"#!/bin/sh\nset -e\ncd /srv\nPATH=/usr/bin\nHOME=/root\necho done\nexec ./run"}`
	if out := r.Message(input(script)); len(out.Redactions) > 0 {
		t.Error(out.Redactions)
	}
}
