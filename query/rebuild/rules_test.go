package rebuild_test

import (
	"testing"

	"github.com/mcptrail/mcptrail/schema"
)

type rule struct {
	events []*schema.Event
	want   []string
}

func check(t *testing.T, rules map[string]rule) {
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			holds(t, recorded(append([]*schema.Event{open()}, r.events...)...), r.want...)
		})
	}
}

func TestRequestsAreGivenTheirAnswers(t *testing.T) {
	check(t, map[string]rule{
		"equal ids of both directions": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call"), ask(s2c, "n:1", "sampling/createMessage"),
				answer(c2s, "n:1", "ok"), answer(s2c, "n:1", "tool_error"),
			},
			[]string{"[1] [4] tool tool_error", "[2] [3] sampling ok parent 1", "fact [0] open"},
		},
		"one id on every call of two exchanges": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", in(1)), ask(c2s, "n:1", "resources/read", in(2)),
				answer(s2c, "n:1", "ok", in(2)), answer(s2c, "n:1", "tool_error", in(1)),
			},
			[]string{"[1] [4] tool tool_error", "[2] [3] resource ok", "fact [0] open"},
		},
		"a JSON-RPC error with its code": {
			[]*schema.Event{ask(c2s, "n:1", "prompts/get"), answer(s2c, "n:1", "protocol_error", code(-32602))},
			[]string{"[1] [2] prompt protocol_error -32602", "fact [0] open"},
		},
		"an error with code 0 keeps it when answered again": {
			[]*schema.Event{ask(c2s, "n:1", "prompts/get"), answer(s2c, "n:1", "protocol_error"), answer(s2c, "n:1", "protocol_error", code(5))},
			[]string{"[1] [2 3] prompt protocol_error 0 answered_again", "fact [0] open"},
		},
		"an id of another type": {
			[]*schema.Event{ask(c2s, "n:1", "ping"), answer(s2c, "s:1", "ok")},
			[]string{"[1] [2] ping ok id_mismatch", "fact [0] open"},
		},
		"no answer and no end": {
			[]*schema.Event{ask(c2s, "n:1", "vendor/thing")},
			[]string{"[1] other unanswered", "fact [0] open"},
		},
		"an answer to nothing": {
			[]*schema.Event{answer(s2c, "n:9", "ok", flagged(schema.FlagUnmatched))},
			[]string{"fact [0] open", "unpaired 1 n:9 no_request"},
		},
		"the collector's own pairing is not believed": {
			[]*schema.Event{ask(c2s, "n:1", "ping"), answer(s2c, "n:1", "ok", flagged(schema.FlagUnmatched|schema.FlagIDMismatch|schema.FlagLate))},
			[]string{"[1] [2] ping ok", "fact [0] open"},
		},
		"an answer whose outcome was not stated": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), answer(s2c, "n:1", "", body(`{"id":1,"result":{"isError":true}}`))},
			[]string{"[1] [2] tool tool_error", "fact [0] open"},
		},
		"a batch": {
			[]*schema.Event{
				ask(c2s, "s:a", "tools/call", in(1), flagged(schema.FlagBatch)), ask(c2s, "n:2", "ping", in(1), flagged(schema.FlagBatch)),
				answer(s2c, "n:2", "ok", in(1), sse(1), flagged(schema.FlagBatch)), answer(s2c, "s:a", "ok", in(1), sse(1), flagged(schema.FlagBatch)),
			},
			[]string{"[1] [4] tool ok batch", "[2] [3] ping ok batch", "fact [0] open"},
		},
	})
}

// TestEqualRequestsAreAnsweredInTheirOrder has requests that nothing but their order
// distinguishes. A client that gives every call one id is in the field.
func TestEqualRequestsAreAnsweredInTheirOrder(t *testing.T) {
	two := func(a, b with) []*schema.Event {
		return []*schema.Event{ask(c2s, "n:1", "tools/call", a), ask(c2s, "n:1", "resources/read", b)}
	}
	answered := func(asked []*schema.Event, first, second with) []*schema.Event {
		return append(asked, answer(s2c, "n:1", "ok", first), answer(s2c, "n:1", "tool_error", second))
	}
	inOrder := []string{"[1] [3] tool ok", "[2] [4] resource tool_error", "fact [0] open"}
	check(t, map[string]rule{
		"on stdio":                              {answered(two(in(0), in(0)), in(0), in(0)), inOrder},
		"in one exchange":                       {answered(two(in(1), in(1)), in(1), in(1)), inOrder},
		"in two exchanges, answered in a third": {answered(two(in(1), in(2)), in(9), in(9)), inOrder},
		"the own exchange of one, then a third": {answered(two(in(1), in(2)), in(2), in(9)), []string{"[1] [4] tool tool_error", "[2] [3] resource ok", "fact [0] open"}},
		"an answer by the text of its id": {
			append(two(in(0), in(0)), answer(s2c, "s:1", "ok"), answer(s2c, "s:1", "tool_error")),
			[]string{"[1] [3] tool ok id_mismatch", "[2] [4] resource tool_error id_mismatch", "fact [0] open"},
		},
		"the one of the right type, not the oldest": {
			[]*schema.Event{ask(c2s, "s:1", "tools/call"), ask(c2s, "n:1", "resources/read"), answer(s2c, "n:1", "ok")},
			[]string{"[1] tool unanswered", "[2] [3] resource ok", "fact [0] open"},
		},
	})
}

func TestEndsWithoutAnswer(t *testing.T) {
	check(t, map[string]rule{
		"cancelled and never answered": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), cancel(c2s, "1"), closed("exit")},
			[]string{"[1] notes [2] tool cancelled", "fact [0] open", "fact [3] close exit"},
		},
		"cancelled and answered anyway": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), cancel(c2s, "1"), answer(s2c, "n:1", "ok")},
			[]string{"[1] [3] notes [2] tool ok late", "fact [0] open"},
		},
		"a cancellation that comes too late": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), answer(s2c, "n:1", "ok"), cancel(c2s, "1")},
			[]string{"[1] [2] notes [3] tool ok", "fact [0] open"},
		},
		"a cancellation names a string, the request has a number": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), cancel(c2s, `"1"`)},
			[]string{"[1] tool unanswered", "fact [0] open", "fact [2] notification notifications/cancelled"},
		},
		"a cancellation whose body was not stored": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), note(c2s, "cancelled", func(e *schema.Event) { e.RequestSeq = 1 })},
			[]string{"[1] notes [2] tool cancelled", "fact [0] open"},
		},
		"each side cancels its own": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), ask(s2c, "n:1", "elicitation/create"), cancel(s2c, "1")},
			[]string{"[1] tool unanswered", "[2] notes [3] elicitation cancelled parent 1", "fact [0] open"},
		},
		"a client that hangs up": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), fact("hang_up", "client_disconnect", in(1))},
			[]string{"[1] facts [2] tool client_disconnect", "fact [0] open"},
		},
		"a client that hangs up and says so": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), fact("hang_up", "client_disconnect", in(1)),
				cancel(c2s, "1", in(2)), fact("accepted", "accepted", in(2))},
			[]string{"[1] notes [3] facts [2 4] tool cancelled", "fact [0] open"},
		},
		"a stream that breaks and goes on elsewhere": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), fact("cut_off", "server_disconnect", in(1)), answer(s2c, "n:1", "ok", in(2))},
			[]string{"[1] [3] facts [2] tool ok", "fact [0] open"},
		},
		"legacy SSE: accepted, then answered on the stream": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(2)), fact("accepted", "accepted", in(2)), answer(s2c, "n:1", "ok", in(1))},
			[]string{"[1] [3] facts [2] ping ok", "fact [0] open"},
		},
		"legacy SSE: answered on the stream before it was accepted": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(2)), answer(s2c, "n:1", "ok", in(1)), fact("accepted", "accepted", in(2))},
			[]string{"[1] [2] facts [3] ping ok", "fact [0] open"},
		},
		"an unreachable server": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), fact("unreachable", "transport_error", in(1))},
			[]string{"[1] facts [2] ping transport_error", "fact [0] open"},
		},
		"an error page ends every request of a batch": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), ask(c2s, "n:2", "tools/list", in(1)),
				event(schema.KindHTTP, s2c, []with{in(1), body(`{"what":"accepted"}`), func(e *schema.Event) { e.Outcome, e.HTTPStatus = "http_error", 502 }})},
			[]string{"[1] facts [3] ping http_error", "[2] facts [3] list http_error", "fact [0] open"},
		},
		"an error page after an answer ends no other request": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), ask(c2s, "n:1", "ping", in(2)), answer(s2c, "n:1", "protocol_error", in(1)),
				fact("response", "http_error", in(1)), answer(s2c, "n:1", "ok", in(2))},
			[]string{"[1] [3] facts [4] ping protocol_error 0", "[2] [5] ping ok", "fact [0] open"},
		},
		"a request that was accepted and left there": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), fact("accepted", "accepted", in(1))},
			[]string{"[1] facts [2] ping accepted", "fact [0] open"},
		},
		"a request that was accepted and then cut off": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), fact("accepted", "accepted", in(1)), closed("deleted")},
			[]string{"[1] facts [2] ping client_disconnect", "fact [0] open", "fact [3] close deleted"},
		},
		"a server that exits": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), ask(s2c, "n:1", "roots/list"), closed("exit")},
			[]string{"[1] tool server_disconnect", "[2] roots unanswered parent 1", "fact [0] open", "fact [3] close exit"},
		},
		"a client that takes leave": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), closed("deleted")},
			[]string{"[1] tool client_disconnect", "fact [0] open", "fact [2] close deleted"},
		},
		"a session that falls silent": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), closed("idle")},
			[]string{"[1] tool unanswered", "fact [0] open", "fact [2] close idle"},
		},
		"a challenge, and the same id tried again": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", in(1)), challenge("unauthorized", nil, in(1)),
				ask(c2s, "n:1", "tools/call", in(2)), answer(s2c, "n:1", "ok", in(9)),
			},
			[]string{"[1] facts [2] tool unauthorized", "[3] [4] tool ok", "fact [0] open"},
		},
	})
}

func TestNotificationsGoToWhatTheySpeakOf(t *testing.T) {
	check(t, map[string]rule{
		"progress by its token and the token's type": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", token("n:1")), ask(c2s, "n:2", "tools/call", token("s:1")),
				note(s2c, "progress", token("s:1")), note(s2c, "progress", token("n:1")), note(s2c, "progress", token("n:2"))},
			[]string{"[1] notes [4] tool unanswered", "[2] notes [3] tool unanswered", "fact [0] open", "fact [5] notification notifications/progress"},
		},
		"progress of both directions with one token": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", token("n:1")), ask(s2c, "n:1", "sampling/createMessage", token("n:1")),
				note(c2s, "progress", token("n:1")), note(s2c, "progress", token("n:1"))},
			[]string{"[1] notes [4] tool unanswered", "[2] notes [3] sampling unanswered parent 1", "fact [0] open"},
		},
		"one token in two exchanges": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1), token("n:7")), ask(c2s, "n:2", "tools/call", in(2), token("n:7")),
				note(s2c, "progress", in(1), token("n:7")), note(s2c, "progress", in(2), token("n:7"))},
			[]string{"[1] notes [3] tool unanswered", "[2] notes [4] tool unanswered", "fact [0] open"},
		},
		"progress on another stream": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1), token("n:7")), note(s2c, "progress", in(5), token("n:7"))},
			[]string{"[1] notes [2] tool unanswered", "fact [0] open"},
		},
		"a log line in the answer's stream": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), note(s2c, "message", in(1)), note(s2c, "message", in(2))},
			[]string{"[1] notes [2] tool unanswered", "fact [0] open", "fact [3] notification notifications/message"},
		},
		"a log line on stdio belongs to nobody for certain": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), note(s2c, "message"), note(s2c, "message"), note(s2c, "tools/list_changed")},
			[]string{"[1] tool unanswered", "fact [0] open", "fact [2 3] notification notifications/message", "fact [4] notification notifications/tools/list_changed"},
		},
		"a run ends where something comes between": {
			[]*schema.Event{note(s2c, "message"), note(s2c, "message"), ask(c2s, "n:1", "ping"), note(s2c, "message")},
			[]string{"[3] ping unanswered", "fact [0] open", "fact [1 2] notification notifications/message", "fact [4] notification notifications/message"},
		},
		"a notification of a subscription": {
			[]*schema.Event{ask(c2s, "s:listen:0", "subscriptions/listen"), ask(c2s, "n:1", "tools/call"),
				note(s2c, "tools/list_changed", subscription("listen:0")), note(s2c, "tools/list_changed", subscription("1"))},
			[]string{"[1] notes [3] subscription unanswered", "[2] tool unanswered", "fact [0] open", "fact [4] notification notifications/tools/list_changed"},
		},
	})
}

func TestServerRequestsHaveAParentOnlyWhenItIsCertain(t *testing.T) {
	check(t, map[string]rule{
		"the only open request on stdio": {
			[]*schema.Event{ask(c2s, "n:1", "ping"), answer(s2c, "n:1", "ok"), ask(c2s, "n:2", "tools/call"), ask(s2c, "n:0", "elicitation/create")},
			[]string{"[1] [2] ping ok", "[3] tool unanswered", "[4] elicitation unanswered parent 3", "fact [0] open"},
		},
		"two open requests on stdio": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), ask(c2s, "n:2", "tools/call"), ask(s2c, "n:0", "sampling/createMessage")},
			[]string{"[1] tool unanswered", "[2] tool unanswered", "[3] sampling unanswered", "fact [0] open"},
		},
		"a cancelled request asks nothing more": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), cancel(c2s, "1"), ask(c2s, "n:2", "tools/call"), ask(s2c, "n:0", "roots/list")},
			[]string{"[1] notes [2] tool cancelled", "[3] tool unanswered", "[4] roots unanswered parent 3", "fact [0] open"},
		},
		"the same HTTP exchange": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), ask(c2s, "n:2", "tools/call", in(2)), ask(s2c, "n:0", "sampling/createMessage", in(2)),
				answer(c2s, "n:0", "ok", in(3)), fact("accepted", "accepted", in(3))},
			[]string{"[1] tool unanswered", "[2] tool unanswered", "[3] [4] facts [5] sampling ok parent 2", "fact [0] open"},
		},
		"a stream of its own": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), ask(s2c, "n:0", "roots/list", in(2))},
			[]string{"[1] tool unanswered", "[2] roots unanswered", "fact [0] open"},
		},
		"a batch of two": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", in(1)), ask(c2s, "n:2", "tools/call", in(1)), ask(s2c, "n:0", "roots/list", in(1))},
			[]string{"[1] tool unanswered", "[2] tool unanswered", "[3] roots unanswered", "fact [0] open"},
		},
		"a ping has no cause": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call"), ask(s2c, "n:0", "ping")},
			[]string{"[1] tool unanswered", "[2] ping unanswered", "fact [0] open"},
		},
	})
}

func TestReplaysAreNotCountedTwice(t *testing.T) {
	check(t, map[string]rule{
		"a request and its second answer": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", in(1)),
				ask(s2c, "n:0", "sampling/createMessage", in(1), sse(1)), answer(c2s, "n:0", "task", in(2)),
				ask(s2c, "n:0", "sampling/createMessage", in(3), sse(1), flagged(schema.FlagReplay)), answer(c2s, "n:0", "ok", in(4)),
			},
			[]string{"[1] tool unanswered", "[2] [3 5] replays [4] sampling task parent 1 replay,answered_again", "fact [0] open"},
		},
		"an answer, by the id of its event alone": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), answer(s2c, "n:1", "ok", in(1), sse(1)), answer(s2c, "n:1", "ok", in(2), sse(1))},
			[]string{"[1] [2] replays [3] ping ok replay", "fact [0] open"},
		},
		"an answer, by the collector's flag alone": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), answer(s2c, "n:1", "ok", in(1)), answer(s2c, "n:1", "ok", in(2), flagged(schema.FlagReplay))},
			[]string{"[1] [2] replays [3] ping ok replay", "fact [0] open"},
		},
		"a request, by the collector's flag alone": {
			[]*schema.Event{ask(s2c, "n:1", "ping", in(1)), ask(s2c, "n:1", "ping", in(2), flagged(schema.FlagReplay))},
			[]string{"[1] replays [2] ping unanswered replay", "fact [0] open"},
		},
		"a request of another method under the same id": {
			[]*schema.Event{ask(s2c, "n:1", "ping", in(1)), ask(s2c, "n:1", "roots/list", in(2), flagged(schema.FlagReplay))},
			[]string{"[1] ping unanswered", "[2] roots unanswered replay", "fact [0] open"},
		},
		"a batch": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", in(1), token("n:1")),
				note(s2c, "progress", in(1), token("n:1"), sse(1), flagged(schema.FlagBatch)), note(s2c, "progress", in(1), token("n:1"), sse(1), flagged(schema.FlagBatch)),
				note(s2c, "progress", in(2), token("n:1"), sse(1), flagged(schema.FlagBatch)), note(s2c, "progress", in(2), token("n:1"), sse(1), flagged(schema.FlagBatch)),
			},
			[]string{"[1] notes [2 3] replays [4 5] tool unanswered replay,batch", "fact [0] open"},
		},
		"another answer under the id of an event": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), answer(s2c, "n:1", "ok", in(1), sse(1)), answer(s2c, "n:1", "ok", in(2), sse(1),
				func(e *schema.Event) { e.Commitment[0] = 9 })},
			[]string{"[1] [2 3] ping ok answered_again", "fact [0] open"},
		},
		"an answer whose first delivery was lost is the answer": {
			[]*schema.Event{ask(c2s, "n:1", "ping", in(1)), answer(s2c, "n:1", "ok", in(2), sse(1), flagged(schema.FlagReplay))},
			[]string{"[1] [2] ping ok replay", "fact [0] open"},
		},
		"notifications": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", in(1), token("n:1")), note(s2c, "progress", in(1), token("n:1"), sse(1)), note(s2c, "message", in(2), sse(2)),
				note(s2c, "progress", in(3), token("n:1"), sse(1)), note(s2c, "message", in(3), sse(2)),
			},
			[]string{"[1] notes [2] replays [4] tool unanswered replay", "fact [0] open", "fact [3] notification notifications/message", "fact [5] notification notifications/message replay"},
		},
	})
}

func TestRoundsAreJoinedByTheExactStateOnly(t *testing.T) {
	deploy := named("deploy")
	check(t, map[string]rule{
		"three rounds": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", deploy), answer(s2c, "n:1", "input_required", state(1)),
				ask(c2s, "n:2", "tools/call", deploy, state(1)), answer(s2c, "n:2", "input_required", state(2)),
				ask(c2s, "n:3", "tools/call", deploy, state(2)), answer(s2c, "n:3", "ok"),
			},
			[]string{"[1 3 5] [2 4 6] tool ok", "fact [0] open"},
		},
		"a server with one state for every round": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", deploy), answer(s2c, "n:1", "input_required", state(1)),
				ask(c2s, "n:2", "tools/call", deploy, state(1)), answer(s2c, "n:2", "input_required", state(1)),
				ask(c2s, "n:3", "tools/call", deploy, state(1)),
			},
			[]string{"[1 3 5] [2 4] tool unanswered", "fact [0] open"},
		},
		"no state": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", deploy), answer(s2c, "n:1", "input_required"), ask(c2s, "n:2", "tools/call", deploy)},
			[]string{"[1] [2] tool input_required", "[3] tool unanswered", "fact [0] open"},
		},
		"the state of another target": {
			[]*schema.Event{ask(c2s, "n:1", "tools/call", deploy), answer(s2c, "n:1", "input_required", state(1)), ask(c2s, "n:2", "tools/call", state(1))},
			[]string{"[1] [2] tool input_required", "[3] tool unanswered", "fact [0] open"},
		},
		"a server that gives everyone the same state": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", deploy), answer(s2c, "n:1", "input_required", state(1)),
				ask(c2s, "n:2", "tools/call", deploy), answer(s2c, "n:2", "input_required", state(1)),
				ask(c2s, "n:3", "tools/call", deploy, state(1)),
			},
			[]string{"[1] [2] tool input_required", "[3] [4] tool input_required", "[5] tool unanswered", "fact [0] open"},
		},
		"a round that was cut off and asked once more": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", deploy, in(1)), answer(s2c, "n:1", "input_required", state(1), in(1)),
				ask(c2s, "n:2", "tools/call", deploy, state(1), in(2)), fact("hang_up", "client_disconnect", in(2)),
				ask(c2s, "n:3", "tools/call", deploy, state(1), in(3)), answer(s2c, "n:3", "ok", in(3)),
			},
			[]string{"[1 3 5] [2 6] facts [4] tool ok", "fact [0] open"},
		},
		"the end of the first round's stream ends no later one": {
			[]*schema.Event{
				ask(c2s, "n:1", "tools/call", deploy, in(1)), answer(s2c, "n:1", "input_required", state(1), in(1)),
				ask(c2s, "n:2", "tools/call", deploy, state(1), in(2)), fact("cut_off", "server_disconnect", in(1)),
			},
			[]string{"[1 3] [2] facts [4] tool unanswered", "fact [0] open"},
		},
	})
}
