package rebuild_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/rebuild"
	"github.com/mcptrail/mcptrail/schema"
)

const (
	c2s = schema.ClientToServer
	s2c = schema.ServerToClient
)

var session = uuid.MustParse("0193a000-0000-7000-8000-000000000002")

// with changes an event of a conversation.
type with func(*schema.Event)

func event(kind schema.Kind, direction schema.Direction, changes []with) *schema.Event {
	e := &schema.Event{Kind: kind, Direction: direction, Transport: schema.TransportStdio}
	for _, change := range changes {
		change(e)
	}
	return e
}

func open(changes ...with) *schema.Event { return event(schema.KindOpen, "", changes) }

func ask(direction schema.Direction, id, method string, changes ...with) *schema.Event {
	e := event(schema.KindRequest, direction, changes)
	e.RPCID, e.Method = id, method
	return e
}

func answer(direction schema.Direction, id string, outcome schema.Outcome, changes ...with) *schema.Event {
	e := event(schema.KindAnswer, direction, changes)
	e.RPCID, e.Outcome = id, outcome
	return e
}

func note(direction schema.Direction, method string, changes ...with) *schema.Event {
	e := event(schema.KindNotification, direction, changes)
	e.Method = "notifications/" + method
	return e
}

func cancel(direction schema.Direction, id string, changes ...with) *schema.Event {
	payload := fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, id)
	return note(direction, "cancelled", append(changes, body(payload))...)
}

// fact is what the collector states about an HTTP exchange.
func fact(what string, outcome schema.Outcome, changes ...with) *schema.Event {
	e := event(schema.KindHTTP, "", changes)
	e.Outcome, e.Payload = outcome, fmt.Appendf(nil, `{"what":%q,"verb":"POST"}`, what)
	return e
}

func challenge(outcome schema.Outcome, scopes []string, changes ...with) *schema.Event {
	e := event(schema.KindAuth, "", changes)
	e.Outcome, e.Scopes, e.Payload = outcome, scopes, []byte(`{"scheme":"Bearer","error":"insufficient_scope"}`)
	return e
}

func closed(reason string) *schema.Event {
	return event(schema.KindClose, "", []with{body(fmt.Sprintf(`{"reason":%q}`, reason))})
}

func gap(from, to uint64, reason string) *schema.Event {
	e := event(schema.KindGap, "", nil)
	e.Gap = &schema.Gap{From: from, To: to, Count: to - from + 1, Bytes: 100, Reason: reason}
	return e
}

func in(exchange uint64) with {
	return func(e *schema.Event) { e.Exchange, e.Transport = exchange, schema.TransportHTTP }
}
func named(target string) with      { return func(e *schema.Event) { e.Target = target } }
func body(text string) with         { return func(e *schema.Event) { e.Payload = []byte(text) } }
func flagged(f schema.Flag) with    { return func(e *schema.Event) { e.Flags |= f } }
func token(text string) with        { return func(e *schema.Event) { e.ProgressToken = text } }
func state(n byte) with             { return func(e *schema.Event) { e.RequestState = schema.Hash{n} } }
func sse(n byte) with               { return func(e *schema.Event) { e.SSEID = schema.Hash{n} } }
func scopes(granted ...string) with { return func(e *schema.Event) { e.Scopes = granted } }
func task(id string) with           { return func(e *schema.Event) { e.TaskID = id } }
func code(n int64) with             { return func(e *schema.Event) { e.ErrorCode = n } }
func subscription(id string) with {
	return func(e *schema.Event) {
		e.Keys = append(e.Keys, schema.Key{Name: "io.modelcontextprotocol/subscriptionId", Value: id, Where: "meta"})
	}
}

// recorded numbers and chains events as a collector does, a millisecond apart. An
// event whose Seq is set keeps it, and the numbers go on from there.
func recorded(events ...*schema.Event) []*schema.Event {
	var seq uint64
	var prev schema.Hash
	for i, e := range events {
		if e.Seq != 0 {
			seq = e.Seq
		}
		e.Tenant, e.SessionID, e.Seq, e.Prev = "t", session, seq, prev
		e.Mono = int64(i) * 1e6
		e.Time = 1795354487844105562 + e.Mono
		prev = schema.LeafHash(e.Append(nil))
		seq++
	}
	return events
}

func each(events []*schema.Event) iter.Seq2[query.Event, error] {
	return query.Hashed(func(yield func(*schema.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	})
}

func hashed(e *schema.Event) query.Event {
	return query.Event{Event: e, Leaf: schema.LeafHash(e.Append(nil))}
}

func rebuilt(t interface{ Fatal(...any) }, events []*schema.Event) *query.Timeline {
	tl, err := rebuild.Timeline(each(events))
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

// draw writes a timeline as a few lines, leaving out what is empty.
func draw(tl *query.Timeline) string {
	var out strings.Builder
	for _, o := range tl.Operations {
		fmt.Fprintf(&out, "%v", o.RequestSeqs)
		for _, part := range []struct {
			name string
			seqs []uint64
		}{{"", o.AnswerSeqs}, {"notes ", o.NotificationSeqs}, {"facts ", o.FactSeqs}, {"replays ", o.ReplaySeqs}} {
			if len(part.seqs) > 0 {
				fmt.Fprintf(&out, " %s%v", part.name, part.seqs)
			}
		}
		fmt.Fprintf(&out, " %s %s", o.Kind, o.Outcome)
		if o.ErrorCode != nil {
			fmt.Fprintf(&out, " %d", *o.ErrorCode)
		}
		if o.Parent != nil {
			fmt.Fprintf(&out, " parent %s", strings.TrimPrefix(*o.Parent, session.String()+":"))
		}
		if o.Embedded != nil {
			fmt.Fprintf(&out, " in %d", o.Embedded.AskedIn)
			if o.Embedded.AnsweredIn != nil {
				fmt.Fprintf(&out, " answered in %d", *o.Embedded.AnsweredIn)
			}
		}
		if o.Task != nil {
			fmt.Fprintf(&out, " task %s", o.Task.Status)
		}
		for _, a := range o.Approvals {
			fmt.Fprintf(&out, " %s by %s %d", a.Action, a.Mode, a.Seq)
		}
		if o.RetryOf != nil {
			fmt.Fprintf(&out, " retry of %s", strings.TrimPrefix(*o.RetryOf, session.String()+":"))
		}
		if len(o.Flags) > 0 {
			fmt.Fprintf(&out, " %s", strings.Join(o.Flags, ","))
		}
		out.WriteByte('\n')
	}
	for _, f := range tl.Facts {
		line := fmt.Sprintf("fact %v %s %s", f.Seqs, f.Kind, f.Method+f.Detail)
		out.WriteString(strings.TrimSpace(strings.TrimSpace(line)+" "+strings.Join(f.Flags, ",")) + "\n")
	}
	for _, u := range tl.Unpaired {
		fmt.Fprintf(&out, "unpaired %d %s %s\n", u.Seq, u.RPCID, u.Reason)
	}
	for _, g := range tl.Gaps {
		fmt.Fprintf(&out, "gap %d-%d %d %s\n", g.FromSeq, g.ToSeq, g.Count, g.Reason)
	}
	return out.String()
}

// holds fails the test where the events do not make the drawn timeline.
func holds(t *testing.T, events []*schema.Event, want ...string) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(draw(rebuilt(t, events)), "\n"), "\n")
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}
