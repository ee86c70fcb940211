package flow_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/flow"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

// event is one of a session, whose number and time follow from its place in it.
func event(kind schema.Kind, direction schema.Direction, id, method, payload string) *schema.Event {
	return &schema.Event{Kind: kind, Direction: direction, RPCID: id, Method: method, Transport: schema.TransportStdio, Payload: []byte(payload)}
}

// recorded numbers the events of a session and chains them.
func recorded(calls ...[]*schema.Event) []*schema.Event {
	events := slices.Concat(append([][]*schema.Event{{{Kind: schema.KindOpen}}}, calls...)...)
	var prev schema.Hash
	for i, e := range events {
		e.SessionID, e.Seq, e.Prev, e.Mono = uuid.MustParse("0193a000-0000-7000-8000-000000000002"), uint64(i), prev, int64(i)*1e6
		e.Time = 1795354487844105562 + e.Mono
		prev = schema.LeafHash(e.Append(nil))
	}
	return events
}

// used is a call with arguments and its result, both JSON.
func used(tool, arguments, result string) []*schema.Event {
	id := "s:" + tool + arguments
	call := event(schema.KindRequest, schema.ClientToServer, id, "tools/call", `{"params":{"name":"`+tool+`","arguments":`+arguments+`}}`)
	call.Target = tool
	answer := event(schema.KindAnswer, schema.ServerToClient, id, "tools/call", `{"result":`+result+`}`)
	answer.Outcome = schema.OutcomeOK
	return []*schema.Event{call, answer}
}

func drawFlows(t *testing.T, sessions ...[]*schema.Event) string {
	t.Helper()
	flows := flow.New()
	var timelines []*query.Timeline
	for _, events := range sessions {
		b := rebuild.NewBuilder()
		for _, e := range events {
			flows.Add(e)
			if err := b.Add(query.Event{Event: e, Leaf: schema.LeafHash(e.Append(nil))}); err != nil {
				t.Fatal(err)
			}
		}
		timelines = append(timelines, b.Timeline())
	}
	var lines []string
	for _, f := range flows.Between(timelines...) {
		line := f.From.Target + " → " + f.To.Target
		if f.Across {
			line += " across"
		}
		for _, v := range f.Values {
			line += fmt.Sprintf(" %s %d%s %d%s", v.Value, v.FromSeq, v.FromPointer, v.ToSeq, v.ToPointer)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestAValueIsFollowedFromAResultToArguments(t *testing.T) {
	const nothing = `{}`
	for name, c := range map[string]struct {
		calls [][]*schema.Event
		want  string
	}{
		"an id": {[][]*schema.Event{used("find", nothing, `{"content":[{"type":"text","text":"order ord_8f3k2x1 is open"}]}`), used("pay", `{"order":"ord_8f3k2x1"}`, nothing)},
			"find → pay ord_8f3k2x1 2/result/content/0/text 3/params/arguments/order"},
		"a number": {[][]*schema.Event{used("find", nothing, `{"structuredContent":{"id":8812345}}`), used("pay", `{"order":8812345}`, nothing)},
			"find → pay 8812345 2/result/structuredContent/id 3/params/arguments/order"},
		"the end of a URL": {[][]*schema.Event{used("find", nothing, `{"u":"https://shop.example/orders/8812345?x=1"}`), used("pay", `{"order":"8812345"}`, nothing)},
			"find → pay 8812345 2/result/u 3/params/arguments/order"},
		"JSON within text": {[][]*schema.Event{used("find", nothing, `{"text":"{\"mail\":\"ada@example.org\"}"}`), used("send", `{"to":["ada@example.org"]}`, nothing)},
			"find → send ada@example.org 2/result/text 3/params/arguments/to/0"},
		"words":                         {[][]*schema.Event{used("find", nothing, `{"text":"the quarterly report is ready"}`), used("send", `{"text":"the quarterly report"}`, nothing)}, ""},
		"a date, a version and a type":  {[][]*schema.Event{used("find", nothing, `{"text":"2026-11-22 at 10:15:00, v1.2.3 of application/json"}`), used("send", `{"a":"2026-11-22","b":"v1.2.3","c":"application/json","d":"10:15:00"}`, nothing)}, ""},
		"what the agent had asked with": {[][]*schema.Event{used("find", `{"id":"ord_8f3k2x1"}`, `{"id":"ord_8f3k2x1"}`), used("pay", `{"order":"ord_8f3k2x1"}`, nothing)}, ""},
		"what came later":               {[][]*schema.Event{used("pay", `{"order":"ord_8f3k2x1"}`, nothing), used("find", nothing, `{"id":"ord_8f3k2x1"}`)}, ""},
		"the newest of two": {[][]*schema.Event{used("find", nothing, `{"id":"ord_8f3k2x1"}`), used("get", nothing, `{"id":"ord_8f3k2x1"}`), used("pay", `{"order":"ord_8f3k2x1"}`, nothing)},
			"get → pay ord_8f3k2x1 4/result/id 5/params/arguments/order"},
	} {
		if got := drawFlows(t, recorded(c.calls...)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	// What a list of the server holds is no secret of a result.
	list := []*schema.Event{
		event(schema.KindRequest, schema.ClientToServer, "n:1", "tools/list", `{"params":{}}`),
		event(schema.KindAnswer, schema.ServerToClient, "n:1", "tools/list", `{"result":{"tools":[{"name":"pay","description":"for orders like ord_8f3k2x1"}]}}`),
	}
	if got := drawFlows(t, recorded(list, used("find", nothing, `{"id":"ord_8f3k2x1"}`), used("pay", `{"order":"ord_8f3k2x1"}`, nothing))); got != "" {
		t.Errorf("a listed value flows: %s", got)
	}
}

// TestAValueIsFollowedToAnotherServer has two sessions of a trail, the later one given
// first.
func TestAValueIsFollowedToAnotherServer(t *testing.T) {
	inbox := recorded(used("read", `{}`, `{"text":"code 993471"}`))
	bank := recorded(used("pay", `{"code":"993471"}`, `{}`))
	for _, e := range bank {
		e.SessionID, e.Upstream, e.Time = uuid.MustParse("0193a000-0000-7000-8000-000000000003"), "bank", e.Time+1e9
	}
	want := "read → pay across 993471 2/result/text 1/params/arguments/code"
	if got := drawFlows(t, bank, inbox); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
