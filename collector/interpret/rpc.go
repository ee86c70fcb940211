package interpret

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// delivery is what the messages of one body have in common besides their exchange.
type delivery struct {
	*observe.Observation
	// eventID is the keyed hash of the server-sent event's id; zero without one.
	eventID schema.Hash
	// replay is set if an event with that id was observed before: a client that reconnects
	// with Last-Event-ID gets events again.
	replay bool
	// waited is for the first event of the body: the wait was one.
	waited int64
}

// messages records the JSON-RPC messages of one body: one, or a batch of them.
// What is none is recorded as noise; where readers differ, each reading is.
func (in *Interpreter) messages(x *exchange, o *observe.Observation) {
	if x.session == nil {
		return // a process whose start was lost
	}
	d := delivery{Observation: o, waited: int64(o.Waited)}
	if o.SSE != nil && o.SSE.ID != "" {
		d.eventID = in.config.Key.Sum("sse", o.SSE.ID)
		d.replay = x.session.replayed(in.eventHash(o))
	}
	if x.unfinished == nil {
		if m, ok := ordinary(&o.Body, declared(x, o.Direction, o.SSE != nil), x.HTTP == nil); ok {
			in.message(x, &d, &part{body: o.Body, message: m, flags: valueFlags(&m)})
			return
		}
	}
	in.readings(x, d)
}

// readings records what different readers find in one body. It takes a copy of the
// delivery, so that an ordinary one stays on the stack.
func (in *Interpreter) readings(x *exchange, d delivery) {
	source := sourceOf(x, d.Body, d.Direction, d.SSE != nil)
	joined, isJoined := x.join(&source, d.Direction)
	for p := range source.parts() {
		if isJoined && p.message.Kind == schema.KindNoise {
			continue
		}
		in.message(x, &d, &p)
		if in.config.Handover != nil {
			in.config.Handover()
		}
	}
	if isJoined {
		in.message(x, &d, &joined)
	}
}

// eventHash is the keyed hash of a server-sent event's id and content. An id alone shows
// no replay: a server chooses it, and could give it to another message. A message that
// was cut is compared by its beginning, its size and its envelope.
func (in *Interpreter) eventHash(o *observe.Observation) schema.Hash {
	content := string(o.Body.Data)
	if content == "{}" {
		content = "" // as which servers replay an event without data
	}
	if m := o.Body.Envelope; m != nil && o.Body.Cut() {
		content = fmt.Sprintf("%d %q %q %q %s", o.Body.Size, m.ID, m.Method, m.Target, content)
	}
	return in.config.Key.Sum("sse-event", o.SSE.ID+"\x00"+content)
}

// message records one message of a body. All texts of the draft are as the peer wrote
// them; the journal cleans them.
func (in *Interpreter) message(x *exchange, d *delivery, p *part) {
	m := &p.message
	x.session.UpdatePeers(m, in.clean)
	e := draft(in.journal, x.session, x, m.Kind, d.At)
	e.Direction, e.SSEID = d.Direction, d.eventID
	e.Flags |= p.flags
	e.Charset = p.charset
	e.Method, e.RPCID, e.Target = m.Method, m.ID, m.Target
	e.Outcome, e.ErrorCode = m.Outcome(), m.ErrorCode
	e.ProgressToken, e.TaskID = m.ProgressToken, m.TaskID
	if m.RequestState != "" {
		e.RequestState = in.config.Key.Sum("requestState", m.RequestState)
	}
	if m.Ambiguous {
		e.Flags |= schema.FlagAmbiguous
	}
	in.keys.addFromMessage(e, m)
	if d.Direction == schema.ServerToClient {
		e.HTTPStatus = uint16(x.status)
	} else if x.HTTP != nil {
		in.keys.addFromHeaders(e, x.Headers)
		if headerDiffers(x.Headers, m) {
			e.Flags |= schema.FlagHeaderMismatch
		}
	}
	carry(e, p.body)
	e.Waited, d.waited = d.waited, 0
	if m.Kind == schema.KindNoise {
		withholdUnreadable(x, e, d.Body)
	}
	if d.replay {
		e.Flags |= schema.FlagReplay
		in.replay(x, e) // pairing it would close another request that has the same id
		return
	}
	in.correlate(x, e, m)
}

// preview reads what session assignment must know of a body before it is recorded. The
// envelope stays in the body, so that a message is scanned once.
func (in *Interpreter) preview(x *exchange, body *message.Body) (initialize bool, client string) {
	if m, ok := ordinary(body, declared(x, schema.ClientToServer, false), false); ok {
		body.Envelope = &m
		return m.Method == "initialize", observe.Clip(m.ClientName, schema.MaxName, in.config.Key)
	}
	source := sourceOf(x, *body, schema.ClientToServer, false)
	for p := range source.parts() {
		if client == "" {
			client = p.message.ClientName
		}
		if initialize = p.message.Method == "initialize"; initialize {
			client = p.message.ClientName
			break
		}
	}
	return initialize, observe.Clip(client, schema.MaxName, in.config.Key)
}

// headerDiffers reports whether the routing headers of the modern era contradict
// the body, which is the truth.
func headerDiffers(h observe.Headers, m *jsonrpc.Message) bool {
	differs := func(name, body string) bool {
		v := h.Get(name)
		if coded, ok := strings.CutPrefix(v, "=?base64?"); ok {
			plain, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(coded, "?="))
			if err != nil {
				return true
			}
			v = string(plain)
		}
		return v != "" && v != body
	}
	return differs("Mcp-Method", m.Method) || m.Target != "" && differs("Mcp-Name", m.Target)
}
