package interpret_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// TestASessionIsFoundByItsNewestNames: a server that names ever more addresses fills no
// memory.
func TestASessionIsFoundByItsNewestNames(t *testing.T) {
	const addresses = 17 // one more than a session keeps
	events := record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		var stream strings.Builder
		for i := range addresses {
			fmt.Fprintf(&stream, "event: endpoint\ndata: /messages?s=%d\n\n", i)
		}
		visit{verb: "GET", url: "/sse", status: 200, stream: true, answer: stream.String()}.play(q, at)
		for _, i := range []int{1, addresses - 1, 0} {
			visit{url: fmt.Sprintf("/messages?s=%d", i), request: `{"id":1,"method":"ping"}`, status: 202}.play(q, at)
		}
	})
	if letters, _ := assigned(events); letters != "aaab" {
		t.Errorf("sessions %s, want the first address to find another one", letters)
	}
}

// TestBeyondTheBoundTheLongestIdleSessionIsEvicted, with an event that states it.
func TestBeyondTheBoundTheLongestIdleSessionIsEvicted(t *testing.T) {
	const clients, bound = 10_003, 10_000
	events := record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		for i := range clients {
			visit{url: "/mcp", token: fmt.Sprint("t", i), request: `{"id":1,"method":"ping"}`, status: 200, answer: `{"id":1,"result":{}}`}.play(q, at.Add(time.Duration(i)*time.Millisecond))
		}
	})
	open, most, evicted := 0, 0, 0
	order := map[string]int{}
	for _, e := range events {
		switch e.Kind {
		case schema.KindOpen:
			open++
			order[e.SessionID.String()] = len(order)
		case schema.KindClose:
			open--
			if strings.Contains(string(e.Payload), "evicted") {
				if order[e.SessionID.String()] != evicted {
					t.Errorf("session %d is evicted, want session %d", order[e.SessionID.String()], evicted)
				}
				evicted++
			}
		}
		most = max(most, open)
	}
	if most != bound || evicted != clients-bound {
		t.Errorf("%d sessions were open at once, %d were evicted", most, evicted)
	}
}

// TestAReplayIsRecognisedAsFarBackAsTheSessionKeepsIDs, and what is older is new.
func TestAReplayIsRecognisedAsFarBackAsTheSessionKeepsIDs(t *testing.T) {
	const kept = 4096
	events := record(t, setup{}, func(q *observe.Queue) {
		at := time.Now()
		var stream strings.Builder
		for i := range kept + 1 {
			fmt.Fprintf(&stream, "id: %d\ndata: {\"method\":\"notifications/message\"}\n\n", i)
		}
		visit{verb: "GET", url: "/mcp", session: "s", status: 200, stream: true, answer: stream.String()}.play(q, at)
		visit{verb: "GET", url: "/mcp", session: "s", status: 200, stream: true,
			answer: "id: 0\ndata: {\"method\":\"notifications/message\"}\n\nid: 4096\ndata: {\"method\":\"notifications/message\"}\n\n"}.play(q, at)
	})
	var replays []bool
	for _, e := range events {
		if e.Kind == schema.KindNotification {
			replays = append(replays, e.Flags.Has(schema.FlagReplay))
		}
	}
	if n := len(replays); n != kept+3 || slices.Contains(replays[:n-1], true) || !replays[n-1] {
		t.Errorf("%d events, the last two replays: %v", n, replays[max(0, n-2):])
	}
}

// TestAnEventIDThatIsUsedAgainHidesNothing: only the same content under the same id is a
// replay.
func TestAnEventIDThatIsUsedAgainHidesNothing(t *testing.T) {
	const ping = "id: 1\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n\n"
	events := record(t, setup{}, func(q *observe.Queue) {
		visit{verb: "GET", url: "/mcp", session: "s", status: 200, stream: true, answer: "id: 0\ndata:\n\n" + ping +
			"id: 1\ndata: {\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"sampling/createMessage\"}\n\n" +
			"id: 0\ndata: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"roots/list\"}\n\n" + ping + "id: 0\ndata: {}\n\n"}.play(q, time.Now())
	})
	got := ""
	for _, e := range events {
		if e.Direction == schema.ServerToClient && e.Kind != schema.KindHTTP {
			got += fmt.Sprintf("%s %v; ", e.Method, e.Flags.Has(schema.FlagReplay))
		}
	}
	if want := "ping false; sampling/createMessage false; roots/list false; ping true;  true; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
