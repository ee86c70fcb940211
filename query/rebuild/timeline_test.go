package rebuild_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/schema"
)

// TestTheDocumentHasTheNamesOfTheContract spells a whole document out, since tests
// and tools elsewhere rely on its names.
func TestTheDocumentHasTheNamesOfTheContract(t *testing.T) {
	events := recorded(
		open(),
		ask(c2s, "n:1", "tools/call", named("read_file"), token("n:1"), scopes("files:read")),
		note(s2c, "progress", token("n:1")),
		answer(s2c, "n:1", "protocol_error", code(-32602)),
		at(6, answer(c2s, "n:9", "ok")),
	)
	for _, e := range events {
		e.Basis, e.Upstream, e.ProtocolVersion = schema.BasisStdio, "files", "2025-11-25"
		e.ClientName, e.ClientVersion, e.ServerName, e.ServerVersion = "inspector", "1", "fs", "2"
		e.Principal = schema.Principal{Issuer: "host", Subject: "ada"}
	}
	events = recorded(events...)
	events[3].Mono += 345_678
	got, err := json.MarshalIndent(rebuilt(t, events), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "session": {
  "id": "0193a000-0000-7000-8000-000000000002",
  "basis": "stdio",
  "started": "2026-11-22T13:34:47.844105562Z",
  "ended": "2026-11-22T13:34:47.848105562Z",
  "events": 5,
  "operations": 1,
  "errors": 1,
  "gaps": 1,
  "complete": false,
  "client": {
   "name": "inspector",
   "version": "1"
  },
  "server": {
   "name": "fs",
   "version": "2"
  },
  "principal": {
   "issuer": "host",
   "subject": "ada",
   "client_id": "",
   "fingerprint": "",
   "verified": false
  },
  "protocol_version": "2025-11-25",
  "transport": "stdio",
  "upstream": "files"
 },
 "operations": [
  {
   "seq": 1,
   "id": "0193a000-0000-7000-8000-000000000002:1",
   "kind": "tool",
   "method": "tools/call",
   "target": "read_file",
   "direction": "client_to_server",
   "outcome": "protocol_error",
   "error_code": -32602,
   "started": "2026-11-22T13:34:47.845105562Z",
   "duration_ms": 2.346,
   "request_seqs": [
    1
   ],
   "answer_seqs": [
    3
   ],
   "notification_seqs": [
    2
   ],
   "fact_seqs": [],
   "replay_seqs": [],
   "parent": null,
   "rounds": 1,
   "flags": [],
   "scopes": {
    "granted": [
     "files:read"
    ],
    "required": [],
    "decision": null
   },
   "definition": null,
   "held": {
    "seen": "unknown",
    "session_id": "",
    "seq": 0,
    "time": "0001-01-01T00:00:00Z",
    "flags": []
   },
   "keys": [],
   "arguments": "",
   "http_status": 0,
   "task": null,
   "embedded": null,
   "retry_of": null,
   "approvals": []
  }
 ],
 "facts": [
  {
   "seq": 0,
   "seqs": [
    0
   ],
   "kind": "open",
   "direction": "",
   "method": "",
   "target": "",
   "detail": "",
   "outcome": "",
   "http_status": 0,
   "time": "2026-11-22T13:34:47.844105562Z",
   "flags": []
  }
 ],
 "gaps": [
  {
   "from_seq": 4,
   "to_seq": 5,
   "count": 2,
   "bytes": 0,
   "reason": "missing",
   "named_by": null
  }
 ],
 "unpaired": [
  {
   "seq": 6,
   "direction": "client_to_server",
   "rpc_id": "n:9",
   "reason": "gap",
   "http_status": 0
  }
 ],
 "left_out": [],
 "integrity": {
  "state": "broken",
  "events": 5,
  "verified": 4,
  "equivocations": [],
  "first_bad_seq": 4,
  "sealed": 0,
  "findings": []
 },
 "next_seq": null
}`
	if string(got) != want {
		t.Errorf("got %s", got)
	}
}

func TestAnEmptyTimelineHasNoNullArrays(t *testing.T) {
	got, err := json.Marshal(rebuilt(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"operations", "facts", "gaps", "unpaired", "equivocations"} {
		if !strings.Contains(string(got), `"`+name+`":[]`) {
			t.Errorf("%s is no empty array in %s", name, got)
		}
	}
}

func TestScopesAreDecidedOnlyByAChallenge(t *testing.T) {
	tl := rebuilt(t, recorded(open(),
		ask(c2s, "n:1", "tools/call", in(1), scopes("read")), challenge("forbidden", []string{"read", "admin"}, in(1)),
		ask(c2s, "n:2", "tools/call", in(2), scopes("read", "admin")), answer(s2c, "n:2", "ok", in(2)),
		challenge("unauthorized", []string{"x"}, in(3)),
	))
	refused, allowed := tl.Operations[0].Scopes, tl.Operations[1].Scopes
	if strings.Join(refused.Granted, " ") != "read" || strings.Join(refused.Required, " ") != "read admin" || *refused.Decision != query.Denied {
		t.Errorf("refused: %+v", refused)
	}
	if len(allowed.Required) != 0 || allowed.Decision != nil {
		t.Errorf("without a challenge: %+v", allowed)
	}
	if f := tl.Facts[1]; f.Kind != schema.KindAuth || f.Detail != "insufficient_scope" || f.Outcome != schema.OutcomeUnauthorized {
		t.Errorf("a challenge of a stream: %+v", f)
	}
}

func TestDetailsNeverComeFromAPeer(t *testing.T) {
	tl := rebuilt(t, recorded(open(),
		event(schema.KindHTTP, s2c, []with{body(`{"what":"secret","reason":"secret","error":"secret"}`)}),
		event(schema.KindAuth, "", []with{body(`{"scheme":"Bearer","error":"secret"}`)}),
		event(schema.KindStderr, s2c, []with{body(`{"what":"secret"}`)}),
	))
	if text, _ := json.Marshal(tl); strings.Contains(string(text), "secret") {
		t.Errorf("%s", text)
	}
}

func TestTheLastWordOnASessionCounts(t *testing.T) {
	events := recorded(open(), ask(c2s, "n:1", "initialize"), answer(s2c, "n:1", "ok"), note(s2c, "message"))
	events[1].ProtocolVersion, events[2].ProtocolVersion = "2025-11-25", "2025-06-18"
	events[1].ClientName, events[2].ServerName = "c", "s"
	s := rebuilt(t, events).Session
	if s.ProtocolVersion != "2025-06-18" || s.Client.Name != "c" || s.Server.Name != "s" {
		t.Errorf("%+v", s)
	}
}
