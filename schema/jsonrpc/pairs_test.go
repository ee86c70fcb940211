package jsonrpc_test

import (
	"fmt"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

func TestAnswersFindTheirRequests(t *testing.T) {
	const c2s, s2c = schema.ClientToServer, schema.ServerToClient
	type answer struct {
		direction schema.Direction
		exchange  uint64
		id        string
		seq       uint64
		match     jsonrpc.Match
	}
	for name, c := range map[string]struct {
		requests []jsonrpc.Request
		answers  []answer
	}{
		"equal ids of both directions never cross": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, ID: "n:1"}, {Seq: 2, Direction: s2c, ID: "n:1"}},
			[]answer{{c2s, 0, "n:1", 2, jsonrpc.Exact}, {s2c, 0, "n:1", 1, jsonrpc.Exact}},
		},
		"the exchange goes before the order": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 1, ID: "n:1"}, {Seq: 2, Direction: c2s, Exchange: 2, ID: "n:1"}},
			[]answer{{s2c, 2, "n:1", 2, jsonrpc.Exact}, {s2c, 1, "n:1", 1, jsonrpc.Exact}},
		},
		"the same id twice on stdio: oldest first": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, ID: "n:1"}, {Seq: 2, Direction: c2s, ID: "n:1"}},
			[]answer{{s2c, 0, "n:1", 1, jsonrpc.Exact}, {s2c, 0, "n:1", 2, jsonrpc.Exact}},
		},
		"an id with another type": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, ID: "n:1"}},
			[]answer{{s2c, 0, "s:1", 1, jsonrpc.Mismatched}},
		},
		"the right type goes before the other": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, ID: "n:1"}, {Seq: 2, Direction: c2s, ID: "s:1"}},
			[]answer{{s2c, 0, "s:1", 2, jsonrpc.Exact}},
		},
		"no id in an exchange with one request": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 4, ID: "n:1"}},
			[]answer{{s2c, 4, "null", 1, jsonrpc.Mismatched}},
		},
		"no id in an exchange with two requests": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 4, ID: "n:1"}, {Seq: 2, Direction: c2s, Exchange: 4, ID: "n:2"}},
			[]answer{{s2c, 4, "null", 0, jsonrpc.Unmatched}},
		},
		"an answer over another stream": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 4, ID: "n:1"}},
			[]answer{{s2c, 9, "n:1", 1, jsonrpc.Exact}},
		},
		"a request of the server answered in an exchange of its own": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 1, ID: "n:0"}, {Seq: 2, Direction: s2c, Exchange: 1, ID: "n:0"}},
			[]answer{{c2s, 2, "n:0", 2, jsonrpc.Exact}, {s2c, 1, "n:0", 1, jsonrpc.Exact}},
		},
		"a second answer": {
			[]jsonrpc.Request{{Seq: 1, Direction: s2c, ID: "n:1"}},
			[]answer{{c2s, 0, "n:1", 1, jsonrpc.Exact}, {c2s, 0, "n:1", 1, jsonrpc.Again}},
		},
		"a second answer without an id answers nothing": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 1, ID: "null"}},
			[]answer{{s2c, 1, "null", 1, jsonrpc.Exact}, {s2c, 2, "null", 0, jsonrpc.Unmatched}},
		},
		"no id answers no request of another exchange, not even one without": {
			[]jsonrpc.Request{{Seq: 1, Direction: c2s, Exchange: 1, ID: "null"}},
			[]answer{{s2c, 2, "null", 0, jsonrpc.Unmatched}, {s2c, 1, "null", 1, jsonrpc.Exact}},
		},
		"an answer to nothing": {nil, []answer{{s2c, 1, "n:1", 0, jsonrpc.Unmatched}}},
	} {
		t.Run(name, func(t *testing.T) {
			var p jsonrpc.Pairs
			for _, r := range c.requests {
				p.Add(r)
			}
			for _, a := range c.answers {
				r, match := p.Answer(a.direction, a.exchange, a.id)
				if r.Seq != a.seq || match != a.match {
					t.Errorf("answer %+v went to %d as %v", a, r.Seq, match)
				}
			}
		})
	}
}

// TestOfEqualRequestsTheOldestIsAnswered puts two requests that fit an answer equally well
// behind each other, for each way to fit, and behind an older one that fits worse: the
// better one goes before the older one, and the older one before its equal.
func TestOfEqualRequestsTheOldestIsAnswered(t *testing.T) {
	const c2s, s2c = schema.ClientToServer, schema.ServerToClient
	request := func(exchange uint64, id string) jsonrpc.Request {
		return jsonrpc.Request{Direction: c2s, Exchange: exchange, ID: id}
	}
	for name, c := range map[string]struct {
		worse, equal jsonrpc.Request
		exchange     uint64
		id           string
		match        jsonrpc.Match
	}{
		"exchange and id":           {request(7, "s:1"), request(7, "n:1"), 7, "n:1", jsonrpc.Exact},
		"exchange and id as a text": {request(8, "n:1"), request(7, "n:1"), 7, "s:1", jsonrpc.Mismatched},
		"id alone":                  {request(8, "s:1"), request(9, "n:1"), 7, "n:1", jsonrpc.Exact},
		"id alone, without HTTP":    {request(0, "s:1"), request(0, "n:1"), 0, "n:1", jsonrpc.Exact},
		"id as a text alone":        {request(7, "n:2"), request(9, "n:1"), 7, "s:1", jsonrpc.Mismatched},
		"no id, without HTTP":       {request(0, "n:1"), request(0, "null"), 0, "null", jsonrpc.Exact},
	} {
		t.Run(name, func(t *testing.T) {
			var p jsonrpc.Pairs
			for seq, r := range []jsonrpc.Request{c.worse, c.equal, c.equal} {
				r.Seq = uint64(seq)
				p.Add(r)
			}
			for _, want := range []uint64{1, 2} {
				if r, match := p.Answer(s2c, c.exchange, c.id); r.Seq != want || match != c.match {
					t.Errorf("the answer went to request %d as %v, not to %d", r.Seq, match, want)
				}
			}
		})
	}
}

func TestPairsStayBounded(t *testing.T) {
	var p jsonrpc.Pairs
	for i := range uint64(100_000) {
		p.Add(jsonrpc.Request{Seq: i + 1, Direction: schema.ClientToServer, ID: "n:1"})
		if i%2 == 0 {
			p.Answer(schema.ServerToClient, 0, "n:1")
		}
	}
	if n := len(p.Open()); n > 4096 {
		t.Errorf("%d requests are kept open", n)
	}
}

// TestProgressFindsItsRequest: the newest open one with the token, else one that was
// answered, and never one of the other direction.
func TestProgressFindsItsRequest(t *testing.T) {
	const c2s, s2c = schema.ClientToServer, schema.ServerToClient
	var p jsonrpc.Pairs
	p.Add(jsonrpc.Request{Seq: 1, Direction: c2s, ID: "n:1", ProgressToken: "n:7"})
	p.Add(jsonrpc.Request{Seq: 2, Direction: s2c, ID: "n:1", ProgressToken: "n:7"})
	p.Add(jsonrpc.Request{Seq: 3, Direction: c2s, ID: "n:2", ProgressToken: "n:7"})
	p.Add(jsonrpc.Request{Seq: 4, Direction: c2s, ID: "n:3"})
	find := func(when string, direction schema.Direction, token string, want uint64) {
		t.Helper()
		if r, ok := p.Progressing(direction, token); r.Seq != want || ok != (want != 0) {
			t.Errorf("%s, progress %s of %q finds request %d, want %d", when, direction, token, r.Seq, want)
		}
	}
	find("all open", s2c, "n:7", 3)
	find("all open", c2s, "n:7", 2)
	find("all open", s2c, "s:7", 0)
	find("all open", s2c, "", 0)
	p.Answer(s2c, 0, "n:2")
	find("the newest answered", s2c, "n:7", 1)
	p.Answer(s2c, 0, "n:1")
	find("both answered", s2c, "n:7", 1)
	find("both answered", c2s, "n:7", 2)
}

// TestAnAnsweredIDThatIsUsedAgainStaysKnown as long as its newest request does.
func TestAnAnsweredIDThatIsUsedAgainStaysKnown(t *testing.T) {
	var p jsonrpc.Pairs
	ask := func(id string) {
		p.Add(jsonrpc.Request{Direction: schema.ClientToServer, ID: id})
		p.Answer(schema.ServerToClient, 0, id)
	}
	ask("n:again")
	for i := range 1100 {
		if i == 1000 {
			ask("n:again")
		}
		ask(fmt.Sprint("n:", i))
	}
	if _, match := p.Answer(schema.ServerToClient, 0, "n:again"); match != jsonrpc.Again {
		t.Errorf("the second answer to it is %v", match)
	}
}
