package redact_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
)

var key = identity.Key{1, 2, 3}

func redactor(t testing.TB, policy string) *redact.Redactor {
	t.Helper()
	p, err := redact.Parse([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	r, err := redact.New(p, "acme", key)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func input(text string) redact.Input {
	return redact.Input{Upstream: "files", Method: "tools/call", Target: "read", Kind: schema.KindAnswer,
		Direction: schema.ServerToClient, Body: message.Body{Data: []byte(text), Size: uint64(len(text))}}
}

func TestSecretsAreCutAndTheRestStays(t *testing.T) {
	r := redactor(t, "")
	ghp := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	for name, c := range map[string]struct{ in, secret, keeps, pointer, rule string }{
		"by the name of a member":     {`{"result":{"password":"hunter2","user":"joe"}}`, "hunter2", `"user":"joe"`, "/result/password", "name"},
		"a token in text":             {`{"result":{"content":[{"type":"text","text":"use ` + ghp + ` now"}]}}`, ghp, "use [", "/result/content/0/text", "github"},
		"JSON in text":                {`{"result":{"content":[{"type":"text","text":"{\"password\": \"hunter2\", \"a\": 1}"}]}}`, "hunter2", `\"a\": 1`, "/result/content/0/text", "assigned"},
		"escaped":                     {`{"result":{"text":"gh\u0070_` + ghp[4:] + `"}}`, ghp[4:], `{"text":"[`, "/result/text", "github"},
		"an address with a password":  {`{"params":{"uri":"postgres://joe:s3cr@t@db/x"}}`, "s3cr", "postgres://joe:[", "/params/uri", "url-credentials"},
		"over two items":              {`{"result":{"content":[{"text":"x ` + ghp[:20] + `"},{"text":"` + ghp[20:] + ` y"}]}}`, ghp[20:30], `"x [`, "/result/content/0/text", "github"},
		"an environment by name":      {`{"env":[{"name":"API_KEY","value":"abcdefgh"}]}`, "abcdefgh", "API_KEY", "/env/0/value", "name"},
		"an argument after its flag":  {`{"args":["--token","abcdefgh","x"]}`, "abcdefgh", `"x"`, "/args/1", "name"},
		"the state between rounds":    {`{"result":{"requestState":"round=1"}}`, "round=1", "requestState", "/result/requestState", "request-state"},
		"in a member's name":          {`{"a":{"` + ghp + `":1}}`, ghp, ":1}}", "", "github"},
		"a card as a number":          {`{"a":4111111111111111}`, "4111111111111111", `"[mcptrail:card`, "/a", "card"},
		"a name that ends the line":   {"DB_PASSWORD=hunter2\nUSER=joe", "hunter2", "USER=joe", "", "assigned"},
		"a header in text":            {"GET /\nAuthorization: Bearer abc123def456\nHost: x", "abc123", "Host: x", "", "credential-header"},
		"no JSON":                     {`{"password": hunter2, "x": 1`, "hunter2", `"x": 1`, "", "assigned"},
		"base64":                      {`{"a":"cGFzc3dvcmQ9aHVudGVyMiBmb3IgZGI="}`, "cGFzc3dv", `"a"`, "/a", "assigned"},
		"percent":                     {`{"a":"x=password%3Dhunter2%20"}`, "hunter2", "x=", "/a", "assigned"},
		"with invisible characters":   {`{"a":"gh` + "\u200b" + `p_` + ghp[4:] + `"}`, ghp[4:], `"a":"[`, "/a", "github"},
		"in an event of a stream":     {"event: message\ndata: {\"result\":{\"requestState\":\"ab\",\"x\":1}}\n\n", `"ab"`, `"x":1`, "", "request-state"},
		"an answer to an elicitation": {`{"id":1,"result":{"action":"accept","content":{"name":"Ada","age":3}}}`, "Ada", `"accept"`, "/result/content/name", "elicitation-answer"},
	} {
		t.Run(name, func(t *testing.T) {
			in := input(c.in)
			if strings.Contains(name, "elicitation") {
				in.Direction, in.Method = schema.ClientToServer, "elicitation/create"
			}
			out := r.Message(in)
			got := string(out.Payload)
			if strings.Contains(got, c.secret) || !strings.Contains(got, c.keeps) || len(out.Redactions) == 0 {
				t.Fatalf("stored %s %v", got, out.Redactions)
			}
			if first := out.Redactions[0]; first.Rule != c.rule || c.pointer != "" && first.Pointer != c.pointer {
				t.Errorf("first cut is %+v", first)
			}
			if json.Valid([]byte(c.in)) != json.Valid(out.Payload) {
				t.Errorf("stored %s", got)
			}
			in.Body.Data = out.Payload
			if again := r.Message(in); string(again.Payload) != got || len(again.Redactions) != 0 {
				t.Errorf("again: %s %v", again.Payload, again.Redactions)
			}
		})
	}
}

// TestAValueCanBeFoundByItsTraces cuts values in several places, and looks for what
// was left among what Traces says.
func TestAValueCanBeFoundByItsTraces(t *testing.T) {
	r := redactor(t, "version: 1\npii: {email: token}")
	ghp := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	for value, messages := range map[string][]string{
		"hunter2": {`{"password":"hunter2"}`, "DB_PASSWORD=hunter2", `{"a":"postgres://u:hunter2@db/x"}`},
		ghp: {`{"a":"x ` + ghp + ` y"}`, `{"token":"` + ghp + `"}`, "Authorization: Bearer " + ghp, `{"authorization":"Bearer ` + ghp + `"}`,
			`{"a":"gh\u0070` + ghp[3:] + `"}`},
		"4111 1111 1111 1111": {`{"a":"4111-1111-1111-1111"}`, `{"a":4111111111111111}`, `{"a":"card 4111 1111 1111 1111."}`},
		"Joe@Example.com":     {`{"a":"to joe@example.com"}`},
		"it's \"q\"\n2 lines": {`{"password":"it's \"q\"\n2 lines"}`},
	} {
		var found []string
		for _, trace := range r.Traces(value) {
			found = append(found, trace.Text)
		}
		for _, m := range messages {
			out := r.Message(input(m))
			holds := func(trace string) bool { return strings.Contains(string(out.Payload), trace) }
			if len(out.Redactions) != 1 || !slices.ContainsFunc(found, holds) {
				t.Errorf("%s is stored as %s, %q leaves %q", m, out.Payload, value, found)
			}
		}
	}
}

func TestWhatAPersonEnteredIsCutWhereItIsSaidAgain(t *testing.T) {
	for _, level := range []string{"full", "digest", "metadata", "none"} {
		t.Run(level, func(t *testing.T) {
			saidAgain(t, redactor(t, "version: 1\ncapture: {rules: [{method: elicitation/create, level: "+level+"}]}"))
		})
	}
}

func saidAgain(t *testing.T, r *redact.Redactor) {
	var answers redact.Session
	say := func(direction schema.Direction, kind schema.Kind, text string) string {
		in := input(text)
		in.Direction, in.Kind, in.Session = direction, kind, &answers
		if direction == schema.ClientToServer {
			in.Method = "elicitation/create"
		}
		out := r.Message(in)
		in.Body.Data = out.Payload
		if again := r.Message(in); string(again.Payload) != string(out.Payload) {
			t.Errorf("again: %s", again.Payload)
		}
		return string(out.Payload)
	}
	say(schema.ClientToServer, schema.KindAnswer, `{"id":1,"result":{"action":"accept","content":{"name":"Ada \"L\" Lovelace","colour":"green","stage":"production","pin":815347,"ok":true}}}`)
	for _, c := range []struct {
		kind schema.Kind
		text string
	}{
		{schema.KindAnswer, `{"result":{"content":[{"type":"text","text":"Thank you, Ada \"L\" Lovelace: green in production, 815347"}]}}`},
		{schema.KindStderr, `got Ada "L" Lovelace and 815347: green in production`},
	} {
		got := say(schema.ServerToClient, c.kind, c.text)
		if strings.Contains(got, "Lovelace") || strings.Contains(got, "815347") || !strings.Contains(got, "green in production") {
			t.Error(got)
		}
	}
}
