package collector

import (
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// maxParts of a batch are events of their own. One of more is a single event, flagged:
// a mebibyte would be half a million.
const maxParts = 1000

// messages records the JSON-RPC messages of one body: one, or a batch of them.
// What is none is recorded as noise.
func (ss *sessions) messages(x *exchange, o *observe.Observation) {
	if x.session == nil {
		return // a process whose opening found no room
	}
	var id schema.Hash
	replay := false
	if o.SSE != nil && o.SSE.ID != "" {
		id = ss.config.Key.Sum("sse", o.SSE.ID)
		replay = !x.session.replays.add(id)
	}
	if o.Body.Envelope == nil && jsonrpc.IsBatch(o.Body.Data) {
		parts, err := jsonrpc.Split(o.Body.Data)
		if err != nil || len(parts) == 0 || len(parts) > maxParts {
			ss.noise(x, o, id, replay)
			return
		}
		for _, part := range parts {
			ss.message(x, o, message.Body{Data: part, Size: uint64(len(part))}, schema.FlagBatch, id, replay)
		}
		return
	}
	ss.message(x, o, o.Body, 0, id, replay)
}

// noise records what is not JSON where JSON should be. A peer with another parser
// may find a message in it, or in several such lines together: that is flagged.
func (ss *sessions) noise(x *exchange, o *observe.Observation, id schema.Hash, replay bool) {
	e := ss.event(x.session, x, schema.KindNoise, o.At)
	e.Direction, e.HTTPStatus, e.SSEID = o.Direction, uint16(x.status), id
	if replay {
		e.Flags |= schema.FlagReplay
	}
	if likeRPC.Match(o.Body.Data) {
		e.Flags |= schema.FlagAmbiguous
	}
	ss.carry(e, o.Body)
	ss.tell(x, e, false)
}

// likeRPC are texts that can be a part of a JSON-RPC message.
var likeRPC = regexp.MustCompile(`^\s*[{\[]|"(?:jsonrpc|method|params|result|id)"\s*:`)

func (ss *sessions) message(x *exchange, o *observe.Observation, body message.Body, flags schema.Flag, id schema.Hash, replay bool) {
	m, ok := envelope(body)
	if !ok {
		ss.noise(x, o, id, replay)
		return
	}
	from := x.session
	from.learn(&m, ss.cleanText)
	e := ss.event(from, x, m.Kind, o.At)
	e.Direction, e.Flags, e.SSEID = o.Direction, flags, id
	e.Method, e.RPCID, e.Target = m.Method, m.ID, m.Target
	e.Outcome, e.ErrorCode = m.Outcome(), m.ErrorCode
	e.ProgressToken, e.TaskID = m.ProgressToken, m.TaskID
	if m.RequestState != "" {
		e.RequestState = ss.config.Key.Sum("requestState", m.RequestState)
	}
	if m.Ambiguous {
		e.Flags |= schema.FlagAmbiguous
	}
	if m.Kind == schema.KindNoise {
		e.Flags |= schema.FlagInvalid
	}
	ss.messageKeys(e, &m)
	if o.Direction == schema.ServerToClient {
		e.HTTPStatus = uint16(x.status)
	} else if x.HTTP != nil {
		ss.headerKeys(e, x.Headers)
		if headerDiffers(x.Headers, &m) {
			e.Flags |= schema.FlagHeaderMismatch
		}
	}
	ss.carry(e, body)
	if replay {
		e.Flags |= schema.FlagReplay
		ss.again(x, e)
		return
	}
	ss.pair(x, e, &m)
}

// pair ties an answer or a cancellation to its request, remembers a request, and
// records the event.
func (ss *sessions) pair(x *exchange, e *schema.Event, m *jsonrpc.Message) {
	s := x.session
	silent := false // what it is about was left out
	switch {
	case e.Kind == schema.KindAnswer:
		r, match := s.pairs.Answer(e.Direction, x.number, e.RPCID)
		switch match {
		case jsonrpc.Unmatched:
			e.Flags |= schema.FlagUnmatched
		case jsonrpc.Mismatched:
			e.Flags |= schema.FlagIDMismatch
		}
		if match != jsonrpc.Unmatched {
			e.Method, e.Target = r.Method, r.Target
			silent = follow(e, &r)
			if e.TaskID == "" && strings.HasPrefix(r.Method, "tasks/") {
				e.TaskID = r.Task
			}
			if r.Cancelled {
				e.Flags |= schema.FlagLate
			}
			if r.Method == "initialize" && m.ProtocolVersion != "" {
				s.protocol = ss.cleanText(m.ProtocolVersion)
				e.ProtocolVersion = s.protocol
			}
		}
		if e.Direction == schema.ServerToClient {
			x.answers++
			if match != jsonrpc.Unmatched && match != jsonrpc.Again && r.Exchange == x.number {
				x.waiting--
			}
		}
	case m.CancelledID != "" && e.Method == "notifications/cancelled":
		if r, ok := s.pairs.Cancel(e.Direction, m.CancelledID); ok {
			e.Target = r.Target
			silent = follow(e, &r)
		}
	case e.Method == "notifications/progress":
		silent = s.quiet[quietKey{e.Direction.Opposite(), e.ProgressToken}]
	}
	seq := ss.tell(x, e, silent)
	if e.Kind == schema.KindRequest {
		s.hush(e, seq == 0)
		if e.Direction == schema.ClientToServer {
			x.waiting++
		}
		s.pairs.Add(jsonrpc.Request{Seq: seq, Mono: e.Mono, Direction: e.Direction, Exchange: x.number,
			ID: e.RPCID, Method: e.Method, Target: e.Target, Task: e.TaskID})
	}
}

// preview reads what session assignment must know of a body before it is recorded.
func (ss *sessions) preview(body *message.Body) (initialize bool, client string) {
	defer func() { client = observe.Clip(client, schema.MaxName, ss.config.Key) }()
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
		body.Envelope = &m // scanned once
	}
	return m.Method == "initialize", m.ClientName
}

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
	differs := func(header, body string) bool {
		v := h.Get(header)
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
