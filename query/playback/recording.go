package playback

import (
	"encoding/json"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Recording is what a session's server said, and to what. It does not change, and
// several conversations can be held against it.
type Recording struct {
	// asked are the client's messages in their order.
	asked []*asked
}

// asked is a request or a notification of the client.
type asked struct {
	seq            uint64
	mono           float64
	method, target string
	params         json.RawMessage
	// cut are JSON pointers into params where redaction took something out.
	cut []string
	// before are what the server said on its way to the answer, after is what it said
	// next on its own.
	before, after []said
	// answer is null where none was recorded.
	answer *said
	// outcome as the timeline has it.
	outcome schema.Outcome
}

// said is a message of the server.
type said struct {
	seq uint64
	// mono is when it was said, in milliseconds since the session began.
	mono    float64
	request bool
	payload json.RawMessage
	// whole says that all of the message was recorded.
	whole bool
	// token of progress, as JSON; empty for none.
	token json.RawMessage
}

// message are the members of JSON-RPC that matter here.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// New makes a recording of the events of a session, with bodies, and its timeline.
func New(events []wire.Event, timeline *query.Timeline) *Recording {
	b := builder{bySeq: map[uint64]*wire.Event{}, placed: map[uint64]bool{}, recording: new(Recording)}
	for i := range events {
		b.bySeq[events[i].Seq] = &events[i]
	}
	outcomes := map[uint64]query.Operation{}
	for _, op := range timeline.Operations {
		for _, seq := range op.RequestSeqs {
			outcomes[seq] = op
		}
	}
	children := map[string][]uint64{}
	for _, op := range timeline.Operations {
		if op.Parent != nil && op.Direction == schema.ServerToClient {
			children[*op.Parent] = append(children[*op.Parent], op.RequestSeqs...)
		}
	}
	for i := range events {
		e := &events[i]
		if e.Direction != schema.ClientToServer || slices.Contains(e.Flags, "replay") {
			continue
		}
		switch e.Kind {
		case schema.KindRequest:
			op := outcomes[e.Seq]
			b.request(e, op, append(slices.Clone(op.NotificationSeqs), children[op.ID]...))
		case schema.KindNotification:
			b.recording.asked = append(b.recording.asked, newAsked(e))
		}
	}
	b.rest(events)
	return b.recording
}

// Calls is the number of requests that can be repeated.
func (r *Recording) Calls() (n int) {
	for _, a := range r.asked {
		if a.answer != nil {
			n++
		}
	}
	return n
}

type builder struct {
	bySeq map[uint64]*wire.Event
	// placed are the server's messages that have their place.
	placed    map[uint64]bool
	recording *Recording
}

func newAsked(e *wire.Event) *asked {
	a := &asked{seq: e.Seq, mono: e.MonoMS, method: e.Method, target: e.Target}
	var m message
	if json.Unmarshal(e.Payload, &m) == nil {
		a.params = m.Params
	}
	for _, cut := range e.Redactions {
		a.cut = append(a.cut, cut.Pointer)
	}
	return a
}

func newSaid(e *wire.Event) said {
	s := said{seq: e.Seq, mono: e.MonoMS, request: e.Kind == schema.KindRequest, payload: e.Payload}
	var m message
	s.whole = json.Unmarshal(e.Payload, &m) == nil && (m.Method != "" || m.Result != nil || m.Error != nil) &&
		!slices.Contains(e.Flags, "truncated") && !slices.Contains(e.Flags, "withheld")
	if e.Method == "notifications/progress" {
		var p struct {
			Token json.RawMessage `json:"progressToken"`
		}
		if json.Unmarshal(m.Params, &p) == nil {
			s.token = p.Token
		}
	}
	return s
}

// request places a request, its answer and what came between them for it.
func (b *builder) request(e *wire.Event, op query.Operation, seqs []uint64) {
	a := newAsked(e)
	a.outcome = op.Outcome
	end := ^uint64(0)
	for _, seq := range op.AnswerSeqs {
		answer := b.bySeq[seq]
		if answer != nil && answer.Direction == schema.ServerToClient && seq > e.Seq && (answer.RequestSeq == nil || *answer.RequestSeq == e.Seq) {
			said := newSaid(answer)
			a.answer, end = &said, seq
			b.placed[seq] = true
			break
		}
	}
	for _, seq := range op.RequestSeqs { // a round ends where the next begins
		if seq > e.Seq {
			end = min(end, seq)
		}
	}
	slices.Sort(seqs)
	for _, seq := range seqs {
		m := b.bySeq[seq]
		if m != nil && m.Direction == schema.ServerToClient && seq > e.Seq && seq < end && !b.placed[seq] {
			a.before = append(a.before, newSaid(m))
			b.placed[seq] = true
		}
	}
	b.recording.asked = append(b.recording.asked, a)
}

// rest gives what the server said on its own to the last message of the client before.
func (b *builder) rest(events []wire.Event) {
	next := 0
	for i := range events {
		e := &events[i]
		for next < len(b.recording.asked) && b.recording.asked[next].seq <= e.Seq {
			next++
		}
		own := e.Direction == schema.ServerToClient && (e.Kind == schema.KindRequest || e.Kind == schema.KindNotification)
		if !own || b.placed[e.Seq] || next == 0 || slices.Contains(e.Flags, "replay") {
			continue
		}
		last := b.recording.asked[next-1]
		last.after = append(last.after, newSaid(e))
	}
}
