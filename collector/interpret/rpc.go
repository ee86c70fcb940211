package interpret

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// maxParts of a batch are events of their own. One of more is a single event, flagged:
// a mebibyte would be half a million.
const maxParts = 1000

// delivery is what the messages of one body have in common besides their exchange.
type delivery struct {
	*observe.Observation
	// eventID is the keyed hash of the server-sent event's id; zero without one.
	eventID schema.Hash
	// replay is set if an event with that id was observed before: a client that reconnects
	// with Last-Event-ID gets events again.
	replay bool
}

// messages records the JSON-RPC messages of one body: one, or a batch of them.
// What is none is recorded as noise.
func (in *Interpreter) messages(x *exchange, o *observe.Observation) {
	if x.session == nil {
		return // a process whose start was lost
	}
	d := delivery{Observation: o}
	if o.SSE != nil && o.SSE.ID != "" {
		d.eventID = in.config.Key.Sum("sse", o.SSE.ID)
		d.replay = x.session.replayed(in.eventHash(o))
	}
	if o.Body.Envelope == nil && jsonrpc.IsBatch(o.Body.Data) {
		parts, err := jsonrpc.Split(o.Body.Data)
		if err != nil || len(parts) == 0 || len(parts) > maxParts {
			in.noise(x, &d)
			return
		}
		for _, part := range parts {
			in.message(x, &d, message.Body{Data: part, Size: uint64(len(part))}, schema.FlagBatch)
		}
		return
	}
	in.message(x, &d, o.Body, 0)
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

// noise records what is not JSON where JSON should be. A peer with a more lenient parser
// may find a message in it, or in several such lines together: that is flagged, and its
// capture level is the lowest of the server.
func (in *Interpreter) noise(x *exchange, d *delivery) {
	e := draft(in.journal, x.session, x, schema.KindNoise, d.At)
	e.Direction, e.HTTPStatus, e.SSEID = d.Direction, uint16(x.status), d.eventID
	if d.replay {
		e.Flags |= schema.FlagReplay
	}
	if likeRPC.Match(d.Body.Data) {
		e.Flags |= schema.FlagAmbiguous
	}
	carry(e, d.Body)
	e.Waited = int64(d.Waited)
	withholdCredentials(x, e)
	in.recordMessage(x, e, journal.SubjectNone)
}

// likeRPC are texts that can be a part of a JSON-RPC message.
var likeRPC = regexp.MustCompile(`^\s*[{\[]|"(?:jsonrpc|method|params|result|id)"\s*:`)

// message records one message of a body. All texts of the draft are as the peer wrote
// them; the journal cleans them.
func (in *Interpreter) message(x *exchange, d *delivery, body message.Body, flags schema.Flag) {
	m, ok := envelope(body)
	if !ok {
		in.noise(x, d)
		return
	}
	x.session.UpdatePeers(&m, in.clean)
	e := draft(in.journal, x.session, x, m.Kind, d.At)
	e.Direction, e.SSEID = d.Direction, d.eventID
	e.Flags |= flags
	e.Method, e.RPCID, e.Target = m.Method, m.ID, m.Target
	e.Outcome, e.ErrorCode = m.Outcome(), m.ErrorCode
	e.ProgressToken, e.TaskID = m.ProgressToken, m.TaskID
	if m.RequestState != "" {
		e.RequestState = in.config.Key.Sum("requestState", m.RequestState)
	}
	if m.Ambiguous {
		e.Flags |= schema.FlagAmbiguous
	}
	if m.Kind == schema.KindNoise {
		e.Flags |= schema.FlagInvalid
	}
	in.keys.addFromMessage(e, &m)
	if d.Direction == schema.ServerToClient {
		e.HTTPStatus = uint16(x.status)
	} else if x.HTTP != nil {
		in.keys.addFromHeaders(e, x.Headers)
		if headerDiffers(x.Headers, &m) {
			e.Flags |= schema.FlagHeaderMismatch
		}
	}
	carry(e, body)
	e.Waited = int64(d.Waited)
	if m.Kind == schema.KindNoise {
		withholdCredentials(x, e)
	}
	if d.replay {
		e.Flags |= schema.FlagReplay
		in.replay(x, e) // pairing it would close another request that has the same id
		return
	}
	in.correlate(x, e, &m)
}

// preview reads what session assignment must know of a body before it is recorded. The
// envelope stays in the body, so that a message is scanned once.
func (in *Interpreter) preview(body *message.Body) (initialize bool, client string) {
	defer func() { client = observe.Clip(client, schema.MaxName, in.config.Key) }()
	data := body.Data
	if body.Envelope == nil && jsonrpc.IsBatch(data) {
		parts, err := jsonrpc.Split(data)
		if err != nil || len(parts) == 0 {
			return false, ""
		}
		m, _ := envelope(message.Body{Data: parts[0], Size: uint64(len(parts[0]))})
		return m.Method == "initialize", m.ClientName
	}
	m, _ := envelope(*body)
	if body.Envelope == nil {
		body.Envelope = &m
	}
	return m.Method == "initialize", m.ClientName
}

// envelope reads a message, or returns what was found while it was copied. It is false
// for what is no JSON.
func envelope(body message.Body) (jsonrpc.Message, bool) {
	if body.Envelope != nil {
		return *body.Envelope, body.Envelope.Kind != ""
	}
	m, err := jsonrpc.Scan(body.Data)
	return m, err == nil
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
