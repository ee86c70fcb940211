package playback

import (
	"encoding/json"
	"slices"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Recording has the messages of a session's client, and for each what the server sent.
// It does not change; several conversations may use it at once.
type Recording struct {
	// messages of the client in their order.
	messages []*clientMessage
}

// clientMessage is a request or a notification of the client.
type clientMessage struct {
	seq uint64
	// mono is its time in milliseconds since the session began.
	mono           float64
	method, target string
	params         json.RawMessage
	// cut are JSON pointers into params where redaction took something out.
	cut []string
	// before are the server's messages until the answer, after those that it sent on its
	// own until the client's next message.
	before, after []serverMessage
	// answer is nil where none was recorded.
	answer *serverMessage
	// outcome as the timeline has it.
	outcome schema.Outcome
}

// serverMessage is a message of the server as it was recorded.
type serverMessage struct {
	seq uint64
	// mono is its time in milliseconds since the session began.
	mono    float64
	request bool
	payload json.RawMessage
	// whole says that all of the message was recorded.
	whole bool
	// token of progress, as JSON; empty for none.
	token json.RawMessage
}

// message has the members of JSON-RPC that the playback reads.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// New makes a recording of the events of a session, with their bodies and in the order
// of seq, and its timeline. It keeps the bodies.
func New(events []wire.Event, timeline *query.Timeline) *Recording {
	b := builder{bySeq: map[uint64]*wire.Event{}, placed: map[uint64]bool{}, recording: new(Recording)}
	for i := range events {
		b.bySeq[events[i].Seq] = &events[i]
	}
	operations := map[uint64]query.Operation{} // by the seq of each of their requests
	children := map[string][]uint64{}          // requests of the server, by the operation that caused them
	for _, op := range timeline.Operations {
		for _, seq := range op.RequestSeqs {
			operations[seq] = op
		}
		if op.Parent != nil && op.Direction == schema.ServerToClient {
			children[*op.Parent] = append(children[*op.Parent], op.RequestSeqs...)
		}
	}
	for i := range events {
		e := &events[i]
		// A message that the wire repeated was one message of the client.
		if e.Direction != schema.ClientToServer || slices.Contains(e.Flags, "replay") {
			continue
		}
		switch e.Kind {
		case schema.KindRequest:
			op := operations[e.Seq]
			b.request(e, op, append(slices.Clone(op.NotificationSeqs), children[op.ID]...))
		case schema.KindNotification:
			b.recording.messages = append(b.recording.messages, newClientMessage(e))
		}
	}
	b.unsolicited(events)
	return b.recording
}

// Calls is the number of requests whose answer can be played.
func (r *Recording) Calls() (n int) {
	for _, a := range r.messages {
		if a.answer != nil {
			n++
		}
	}
	return n
}

// builder assigns each message of the server to the client's message that it followed.
type builder struct {
	bySeq map[uint64]*wire.Event
	// placed are the seqs of the server's messages that belong to a client's message.
	placed    map[uint64]bool
	recording *Recording
}

// newClientMessage reads a request or notification. A body that is no JSON, or was not kept,
// leaves the params empty; it then matches a client that sends none.
func newClientMessage(e *wire.Event) *clientMessage {
	a := &clientMessage{seq: e.Seq, mono: e.MonoMS, method: e.Method, target: e.Target}
	var m message
	if json.Unmarshal(e.Payload, &m) == nil {
		a.params = m.Params
	}
	// What redaction removed cannot be compared: the client sends the secret again.
	for _, cut := range e.Redactions {
		a.cut = append(a.cut, cut.Pointer)
	}
	return a
}

// newServerMessage reads a message of the server and decides whether it can be played: half
// a message would be an answer that the server never gave.
func newServerMessage(e *wire.Event) serverMessage {
	s := serverMessage{seq: e.Seq, mono: e.MonoMS, request: e.Kind == schema.KindRequest, payload: e.Payload}
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

// request adds a request with its answer and what the server sent for it in between.
func (b *builder) request(e *wire.Event, op query.Operation, seqs []uint64) {
	a := newClientMessage(e)
	a.outcome = op.Outcome
	end := ^uint64(0)
	for _, seq := range op.AnswerSeqs {
		answer := b.bySeq[seq]
		// The first answer counts. A second one, as on a stream that was resumed, is the same
		// message again or one that the client had to ignore.
		if answer != nil && answer.Direction == schema.ServerToClient && seq > e.Seq && (answer.RequestSeq == nil || *answer.RequestSeq == e.Seq) {
			recorded := newServerMessage(answer)
			a.answer, end = &recorded, seq
			b.placed[seq] = true
			break
		}
	}
	for _, seq := range op.RequestSeqs { // a round ends where the next begins
		if seq > e.Seq {
			end = min(end, seq)
		}
	}
	// Notifications and nested requests come as two lists; the wire had one order.
	slices.Sort(seqs)
	for _, seq := range seqs {
		m := b.bySeq[seq]
		if m != nil && m.Direction == schema.ServerToClient && seq > e.Seq && seq < end && !b.placed[seq] {
			a.before = append(a.before, newServerMessage(m))
			b.placed[seq] = true
		}
	}
	b.recording.messages = append(b.recording.messages, a)
}

// unsolicited adds what the server sent on its own to the client's last message before.
func (b *builder) unsolicited(events []wire.Event) {
	next := 0
	for i := range events {
		e := &events[i]
		for next < len(b.recording.messages) && b.recording.messages[next].seq <= e.Seq {
			next++
		}
		own := e.Direction == schema.ServerToClient && (e.Kind == schema.KindRequest || e.Kind == schema.KindNotification)
		if !own || b.placed[e.Seq] || next == 0 || slices.Contains(e.Flags, "replay") {
			continue
		}
		last := b.recording.messages[next-1]
		last.after = append(last.after, newServerMessage(e))
	}
}
