package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/redact"
	"github.com/mcptrail/mcptrail/schema"
	"pgregory.net/rapid"
)

// pieces are what texts of the property test are made of: everything that some rule
// looks at, and what can come between.
var pieces = []string{"password", "\"password\"", "token", "api_key", "Authorization: Bearer ", "Cookie: ", "=", ": ", ":", "\"", "'", "\\", "\\\"",
	" ", "\n", "&", "?", "%3D", "%20", "\u200b", "ü", "hunter2", "correct horse", "ghp_0123456789abcdefABCDEF0123456789abcd",
	"AKIAIOSFODNN7EXAMPLE", "sk-ant-api03-", "0123456789abcdefghij", "postgres://u:", "@host/", "-----BEGIN PRIVATE KEY-----\n", "MIIEvQ", "\n-----END PRIVATE KEY-----",
	"cGFzc3dvcmQ9aHVudGVyMiBmb3IgZGI=", "eyJhbGciOiJIUzI1NiJ9", ".", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "[mcptrail:name:0123456789abcdef]",
	"[mcptrail:", "]", "<password>", "</password>", "--token ", "curl -u a:b1c2d3 ", "sig=", "is ", "{", "}", ",", "+", "\\u0070", "-",
	"\u001b[31m", "\u001b[0m", "\b", "\u0000", "&quot;", "&#61;", "=3D", "=\n", "|", "**", "ｐａｓｓ", "value=\"", "<a ", ">", "mysql -p", "sshpass -p ",
	"70617373776f72643d68756e74657232206f6b", "cABhAHMAcwB3AG8AcgBkAD0AaAB1AG4AdABlAHIAMgA=", "H4sIAAAAAAAA/ypILC4uzy9KsVLIKM0rSS0yKk5NLkotUUjMS1FIzyiILzSPKDPyybYMKjGJKrfwSzKOTDbzTTEMSDP1KDZwzzLyTjRPBQQAAP//hXrc/EQAAAA="}

var names = []string{"a", "text", "name", "value", "password", "token", "cookie", "requestState", "content", "action", "result", "params",
	"inputResponses", "url", "arguments", "credentials", "passwords", "a/b~c", "ghp_0123456789abcdefABCDEF0123456789abcd", "", "ü\\"}

func genText(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "text"), "")
}

func genValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind = kind % 5
	}
	switch kind {
	case 0:
		return rapid.SampledFrom([]string{"1", "[112,97,115,115,119,111,114,100,61,104,117,110,116,101,114,50]", "4111111111111111", "-2.5e3", "true", "false", "null", "0"}).Draw(t, "scalar")
	case 5:
		var b strings.Builder
		for i := range rapid.IntRange(0, 4).Draw(t, "elements") {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(genValue(t, depth-1))
		}
		return "[" + b.String() + "]"
	case 6:
		var b strings.Builder
		for i := range rapid.IntRange(0, 4).Draw(t, "members") {
			if i > 0 {
				b.WriteString(" ,")
			}
			name, _ := json.Marshal(rapid.SampledFrom(names).Draw(t, "name") + strings.Repeat("x", i))
			b.Write(name)
			b.WriteString(": " + genValue(t, depth-1))
		}
		return "{" + b.String() + "}"
	}
	text, _ := json.Marshal(genText(t))
	if kind == 1 { // the other way to write it
		text = bytes.ReplaceAll(text, []byte("p"), []byte(`\u0070`))
	}
	return string(text)
}

var policies = []string{"", "version: 1\npii: {email: token, phone: mask, card: mask}", `version: 1
fields:
- {pointer: /params/arguments, action: drop}
- {pointer: /**/value, action: token}
- {pointer: /**/name, action: keep}
- {pointer: /*/a, action: mask}`}

// anyPolicy makes a policy with some of everything that a policy can say.
func anyPolicy(r *rand.Rand) string {
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	b.WriteString("version: 1\n")
	fmt.Fprintf(&b, "pii: {card: %s, iban: %s, email: %s, phone: %s}\n", one("keep", "mask", "token"), one("keep", "mask", "token"), one("keep", "mask", "token"), one("keep", "mask", "token"))
	fmt.Fprintf(&b, "names: {cut: [%s], keep: [%s]}\n", one("a", "text", "url", "value", ""), one("password", "token", "passwords", "content"))
	fmt.Fprintf(&b, "secrets: {off: [%s], patterns: [{name: own, pattern: '%s'}]}\n", one("github", "assigned", "jwt", "url-credentials"), one("hunter[0-9]", "AKI[A-Z]{4,}", "sig=?", "0123[0-9a-z]*"))
	fmt.Fprintf(&b, "capture: {rules: [{method: %s, level: %s}]}\n", one("tools/call", "other"), one("full", "full", "full", "digest"))
	b.WriteString("fields:\n")
	for range 1 + r.IntN(4) {
		fmt.Fprintf(&b, "- {pointer: '%s', action: %s}\n", one("/params/arguments", "/**/value", "/*/a", "/**", "/result/*", "/result/**/text", "/0", "/**/0", "/**/ü\\"), one("keep", "keep", "mask", "token", "drop"))
	}
	return b.String()
}

// resolve returns the raw value that a pointer names, and whether there is one.
func resolve(t *rapid.T, data []byte, pointer string) (json.RawMessage, bool) {
	at := json.RawMessage(data)
	if pointer == "" {
		return at, true
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch bytes.TrimSpace(at)[0] {
		case '{':
			var m map[string]json.RawMessage
			if json.Unmarshal(at, &m) != nil || m[token] == nil {
				return nil, false
			}
			at = m[token]
		case '[':
			var s []json.RawMessage
			n, err := strconv.Atoi(token)
			if json.Unmarshal(at, &s) != nil || err != nil || n >= len(s) {
				return nil, false
			}
			at = s[n]
		default:
			return nil, false
		}
	}
	return at, true
}

func TestRedactionKeepsItsPromisesForAnyMessage(t *testing.T) {
	var redactors []*redact.Redactor
	for _, p := range policies {
		redactors = append(redactors, redactor(t, p))
	}
	for seed := range uint64(24) {
		redactors = append(redactors, redactor(t, anyPolicy(rand.New(rand.NewPCG(seed, 5)))))
	}
	rapid.Check(t, func(t *rapid.T) {
		r := redactors[rapid.IntRange(0, len(redactors)-1).Draw(t, "policy")]
		text := genValue(t, 4)
		valid := rapid.Bool().Draw(t, "valid")
		if !valid {
			cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
			text = text[:cut] + genText(t)
		}
		in := input(text)
		in.Direction = rapid.SampledFrom([]schema.Direction{schema.ClientToServer, schema.ServerToClient}).Draw(t, "direction")
		if rapid.Bool().Draw(t, "truncated") {
			in.Body.Size += 100
		}
		checkPromises(t, r, in)
	})
}

func checkPromises(t *rapid.T, r *redact.Redactor, in redact.Input) {
	out := r.Message(in)
	if out.Flags.Has(schema.FlagWithheld) {
		if out.Redactions[0].Rule == redact.WithheldLevel && out.Payload == nil {
			return
		}
		t.Fatalf("withheld: %v", out.Redactions)
	}
	if json.Valid(in.Body.Data) {
		if !json.Valid(out.Payload) {
			t.Fatalf("no JSON any more: %s", out.Payload)
		}
		for _, c := range out.Redactions {
			v, ok := resolve(t, out.Payload, c.Pointer)
			if last := c.Pointer[strings.LastIndexByte(c.Pointer, '/')+1:]; !ok || !bytes.Contains(v, []byte(c.Token)) && !strings.Contains(last, c.Token) {
				t.Fatalf("%+v names %s in %s", c, v, out.Payload)
			}
		}
	}
	for _, c := range out.Redactions {
		if c.Length == 0 || c.Token != "" && !bytes.Contains(out.Payload, []byte(c.Token)) {
			t.Fatalf("%+v is not in %s", c, out.Payload)
		}
	}
	again := in
	again.Body = message.Body{Data: out.Payload, Size: in.Body.Size - uint64(len(in.Body.Data)) + uint64(len(out.Payload))}
	if second := r.Message(again); !bytes.Equal(second.Payload, out.Payload) || len(second.Redactions) > 0 {
		t.Fatalf("of %s\n first  %s\n second %s\n%v", in.Body.Data, out.Payload, second.Payload, second.Redactions)
	}
}

func FuzzMessage(f *testing.F) {
	for _, text := range []string{`{"result":{"content":[{"text":"x ghp_01234567"},{"text":"89abcdefABCDEF0123456789abcd \u0041%41"}]}}`,
		"DB_PASSWORD=hunter2\n", `["--token","abc",4111111111111111]`, "data: {\"requestState\":\"x\"}\n"} {
		f.Add([]byte(text), true, true)
	}
	r := redactor(f, "")
	f.Fuzz(func(t *testing.T, text []byte, whole, answer bool) {
		in := input(string(text))
		if !whole {
			in.Body.Size++
		}
		if answer {
			in.Direction = schema.ClientToServer
		}
		out := r.Message(in)
		if out.Flags.Has(schema.FlagWithheld) {
			if out.Redactions[0].Rule == redact.WithheldFailure {
				t.Fatal("it failed")
			}
			return
		}
		if json.Valid(text) && !json.Valid(out.Payload) {
			t.Fatalf("no JSON any more: %s", out.Payload)
		}
		in.Body = message.Body{Data: out.Payload, Size: in.Body.Size - uint64(len(text)) + uint64(len(out.Payload))}
		if again := r.Message(in); !bytes.Equal(again.Payload, out.Payload) {
			t.Fatalf("first  %q\nsecond %q", out.Payload, again.Payload)
		}
	})
}
