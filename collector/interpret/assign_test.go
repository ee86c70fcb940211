package interpret_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

func TestHTTPSessionsAreAssignedByTheStrongestEvidence(t *testing.T) {
	call := func(id int) string { return fmt.Sprintf(`{"id":%d,"method":"tools/call","params":{"name":"x"}}`, id) }
	ok := func(id int) string { return fmt.Sprintf(`{"id":%d,"result":{}}`, id) }
	const initialize = `{"id":0,"method":"initialize","params":{}}`
	modern := func(client string) string {
		return `{"id":1,"method":"tools/call","params":{"name":"x","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"` + client + `"}}}}`
	}
	for name, c := range map[string]struct {
		visits []visit
		// want is a letter for each session, in the order of the visits, and the
		// basis of each session's last event.
		want  string
		basis []schema.Basis
	}{
		"the protocol's id": {[]visit{
			{request: initialize, status: 200, answer: ok(0), answerSession: "one"},
			{request: initialize, status: 200, answer: ok(0), answerSession: "two"},
			{session: "one", request: call(1), status: 200, answer: ok(1)},
			{session: "two", request: call(1), status: 200, answer: ok(1)},
		}, "abab", []schema.Basis{schema.BasisMCPSessionID, schema.BasisMCPSessionID}},
		"the protocol's id in the hands of others": {[]visit{
			{token: "alice", request: initialize, status: 200, answer: ok(0), answerSession: "one"},
			{token: "alice", session: "one", request: call(1), status: 200, answer: ok(1)},
			{token: "mallory", session: "one", request: call(1), status: 200, answer: ok(1)},
			{session: "one", request: call(1), status: 200, answer: ok(1)},
			{token: "alice", session: "one", request: call(2), status: 200, answer: ok(2)},
		}, "aabca", []schema.Basis{schema.BasisMCPSessionID, schema.BasisMCPSessionID, schema.BasisMCPSessionID}},
		"an id that a server gives to everybody": {[]visit{
			{token: "t1", request: call(1), status: 200, answer: ok(1), answerSession: "one"},
			{token: "t2", request: call(1), status: 200, answer: ok(1), answerSession: "one"},
		}, "ab", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"an id from before the collector's start": {[]visit{
			{session: "old", request: call(1), status: 200, answer: ok(1)},
			{session: "old", request: call(2), status: 200, answer: ok(2)},
		}, "aa", []schema.Basis{schema.BasisMCPSessionID}},
		"a credential": {[]visit{
			{token: "t1", request: call(1), status: 200, answer: ok(1)},
			{token: "t2", request: call(1), status: 200, answer: ok(1)},
			{token: "t1", request: call(2), status: 200, answer: ok(2)},
		}, "aba", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a long silence": {[]visit{
			{request: call(1), status: 200, answer: ok(1)},
			{request: call(2), status: 200, answer: ok(2), after: time.Hour},
		}, "ab", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"two programs behind one address": {[]visit{
			{request: modern("claude"), status: 200, answer: ok(1)},
			{request: modern("cursor"), status: 200, answer: ok(1)},
			{request: modern("claude"), status: 200, answer: ok(1)},
		}, "aba", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a handshake without an id begins a session": {[]visit{
			{request: initialize, status: 200, answer: ok(0)},
			{request: call(1), status: 200, answer: ok(1)},
			{request: initialize, status: 200, answer: ok(0)},
			{request: call(1), status: 200, answer: ok(1)},
		}, "aabb", []schema.Basis{schema.BasisPrincipal, schema.BasisPrincipal}},
		"a legacy event stream": {[]visit{
			{verb: "GET", url: "/sse", status: 200, stream: true, answer: "event: endpoint\ndata: /messages?sessionId=s1\n\n"},
			{verb: "GET", url: "/sse", status: 200, stream: true, answer: "event: endpoint\ndata: /messages?sessionId=s2\n\n"},
			{url: "/messages?sessionId=s1", request: call(1), status: 202},
			{url: "/messages?sessionId=s2", request: call(1), status: 202},
		}, "abab", []schema.Basis{schema.BasisSSE, schema.BasisSSE}},
	} {
		t.Run(name, func(t *testing.T) {
			events := record(t, setup{Clock: schema.ClockImported}, func(q *observe.Queue) {
				at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
				for i, v := range c.visits {
					at = at.Add(v.after + time.Second)
					if v.url == "" {
						v.url = "/mcp"
					}
					v.agent = "node"
					v.url = strings.ReplaceAll(v.url, "#", fmt.Sprint(i))
					v.play(q, at)
				}
			})
			got, basis := assigned(events)
			if got != c.want || fmt.Sprint(basis) != fmt.Sprint(c.basis) {
				t.Errorf("got %s %v, want %s %v", got, basis, c.want, c.basis)
			}
			all, _ := json.Marshal(events)
			for _, secret := range []string{"sessionId=s1", `"one"`, "Bearer t1"} {
				if strings.Contains(string(all), secret) {
					t.Errorf("the record holds %s", secret)
				}
			}
		})
	}
}

// assigned returns the session of each exchange as a letter, in order of time.
func assigned(events []*schema.Event) (letters string, basis []schema.Basis) {
	name := map[string]byte{}
	seen := map[string]bool{}
	for _, e := range events {
		id := e.SessionID.String()
		if name[id] == 0 {
			name[id] = byte('a' + len(name))
			basis = append(basis, "")
		}
		basis[name[id]-'a'] = e.Basis
		if key := fmt.Sprint(id, e.Exchange); e.Exchange > 0 && !seen[key] {
			seen[key] = true
			letters += string(name[id])
		}
	}
	return letters, basis
}

// TestLongHeadersStayDifferent: what is cut off still distinguishes sessions.
func TestLongHeadersStayDifferent(t *testing.T) {
	long := strings.Repeat("a", 100<<10)
	sessions := map[[16]byte]bool{}
	for _, e := range record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		for _, end := range []string{"1", "2", "1"} {
			visit{agent: long + end, token: long + end, session: long + end, url: "/", request: `{"jsonrpc":"2.0","id":1,"method":"ping"}`, status: 200,
				answer: `{"jsonrpc":"2.0","id":1,"result":{}}`}.play(q, at)
		}
	}) {
		sessions[e.SessionID] = true
	}
	if len(sessions) != 2 {
		t.Errorf("%d sessions, want 2", len(sessions))
	}
}
