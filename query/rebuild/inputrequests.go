package rebuild

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
)

// embedded is a request of the server that stands in a result, and its answer in the
// params of what the client asks next.
type embedded struct {
	key, method, mode string
	askedSeq          uint64
	askedMono         int64
	asked             time.Time
	answeredSeq       uint64
	answeredMono      int64
	action            string
}

type approval struct {
	op *operation
	// in is set in place of op for an elicitation without a message of its own.
	in           *embedded
	seq          uint64
	action, mode string
}

const (
	// urlElicitation is the JSON-RPC error that sends the client to a web page first.
	urlElicitation = -32042
	maxEmbedded    = 64
	maxApprovals   = 64
	maxAsking      = 256
	// shortTime is how long after it was asked a request for input still finds its
	// answer where no state names it.
	shortTime = 30 * time.Minute
)

// asks remembers what a result asks for. What was asked before and not answered is
// the same request.
func (op *operation) asks(requests jsontext.Value, e *schema.Event) {
	jsonpath.Members(requests, func(key string, request jsontext.Value) {
		open := slices.ContainsFunc(op.embedded, func(m *embedded) bool { return m.key == key && m.answeredSeq == 0 })
		if open || len(op.embedded) >= maxEmbedded || len(key) > schema.MaxName {
			return
		}
		method := jsonpath.Text(jsonpath.Get(request, "method"))
		if len(method) > schema.MaxText {
			return
		}
		op.embedded = append(op.embedded, &embedded{key: key, method: method, mode: jsonpath.Text(jsonpath.Get(request, "params/mode")),
			askedSeq: e.Seq, askedMono: e.Mono, asked: wall(e)})
	})
}

// respond takes the answers that a request carries, for its own operation or for that
// of the task that it updates.
func (b *Builder) respond(op *operation, e *schema.Event) {
	responses := jsonpath.Get(e.Payload, "params/inputResponses")
	if responses == nil {
		return
	}
	if op.method == "tasks/update" && op.parent != nil {
		op = op.parent
	}
	jsonpath.Members(responses, func(key string, response jsontext.Value) {
		for _, m := range op.embedded {
			if m.key != key || m.answeredSeq != 0 {
				continue
			}
			m.answeredSeq, m.answeredMono, m.action = e.Seq, e.Mono, jsonpath.Text(jsonpath.Get(response, "action"))
			if m.method == "elicitation/create" {
				op.approve(approval{in: m, seq: e.Seq, action: m.action, mode: m.mode})
			}
		}
	})
}

func (op *operation) approve(a approval) {
	if len(op.approvals) < maxApprovals && len(a.action) < 32 && len(a.mode) < 32 {
		op.approvals = append(op.approvals, a)
	}
}

// ask remembers an operation that the client can come back to.
func (b *Builder) ask(op *operation) {
	b.asking = slices.DeleteFunc(b.asking, func(o *operation) bool { return o == op })
	if len(b.asking) >= maxAsking {
		b.asking = b.asking[1:]
	}
	b.asking = append(b.asking, op)
}

// resumedByInput returns the operation that a request without a state goes on with:
// the only one that waits, for the same thing with the same arguments, and for the
// input that the request brings, or for a visit to a web page.
func (b *Builder) resumedByInput(e *schema.Event) *operation {
	if len(b.asking) == 0 || query.DefinitionKind(e.Method) == "" {
		return nil
	}
	arguments, responses := argumentsOf(e), jsonpath.Get(e.Payload, "params/inputResponses")
	var found *operation
	for _, op := range b.asking {
		last := op.last()
		if op.direction != e.Direction || op.method != e.Method || op.target != e.Target || op.arguments != arguments ||
			time.Duration(e.Mono-last.endMono) > shortTime || !op.awaits(responses) {
			continue
		}
		if found != nil {
			return nil
		}
		found = op
	}
	return found
}

// awaits reports whether an operation waits for these responses; none are right only
// where it waits for a visit to a web page.
func (op *operation) awaits(responses jsontext.Value) bool {
	last := op.last()
	if responses == nil {
		return last.ended == schema.OutcomeProtocolError && last.errorCode == urlElicitation
	}
	if last.ended != schema.OutcomeInputRequired {
		return false
	}
	any, all := false, true
	jsonpath.Members(responses, func(key string, _ jsontext.Value) {
		any = true
		all = all && slices.ContainsFunc(op.embedded, func(m *embedded) bool { return m.key == key && m.answeredSeq == 0 })
	})
	return any && all
}

// embeddedOperations are the operations that stand in the messages of this one.
func (op *operation) embeddedOperations(session uuid.UUID) (all []query.Operation) {
	parent := op.name(session)
	for i, m := range op.embedded {
		o := query.Operation{Seq: m.askedSeq, ID: op.embeddedName(session, i), Kind: query.KindOf(m.method), Method: m.method, Direction: op.direction.Opposite(),
			Outcome: schema.OutcomeUnanswered, Started: m.asked, Parent: &parent, Rounds: 1,
			RequestSeqs: []uint64{}, AnswerSeqs: []uint64{}, NotificationSeqs: []uint64{}, FactSeqs: []uint64{}, ReplaySeqs: []uint64{},
			Flags: []string{}, Scopes: query.Scopes{Granted: []string{}, Required: []string{}}, Keys: []query.Key{}, Approvals: []query.Approval{},
			Embedded: &query.Embedded{Key: m.key, AskedIn: m.askedSeq}}
		if m.answeredSeq != 0 {
			ms, seq := milliseconds(m.answeredMono-m.askedMono), m.answeredSeq
			o.Outcome, o.DurationMS, o.Embedded.AnsweredIn = schema.OutcomeOK, &ms, &seq
		}
		all = append(all, o)
	}
	return all
}

func (op *operation) embeddedName(session uuid.UUID, i int) string {
	return op.name(session) + "/" + strconv.Itoa(i+1)
}

// addApprovals puts the approvals of an operation where the timeline shows them.
func (op *operation) addApprovals(o *query.Operation, session uuid.UUID) {
	for _, a := range op.approvals {
		by := query.Approval{By: "elicitation", Action: a.action, Mode: a.mode, Seq: a.seq, Arguments: op.arguments}
		if a.op != nil {
			by.Operation = a.op.name(session)
		} else {
			by.Operation = op.embeddedName(session, slices.Index(op.embedded, a.in))
		}
		if by.Mode == "" {
			by.Mode = "form" // what an elicitation is that does not say
		}
		o.Approvals = append(o.Approvals, by)
	}
}

// argumentsOf returns the content address of the arguments of a tool or a prompt.
func argumentsOf(e *schema.Event) string {
	if e.Method != "tools/call" && e.Method != "prompts/get" || len(e.Payload) == 0 {
		return ""
	}
	return definition.Address(definition.Digest(Arguments(e.Payload)))
}

// Arguments returns the arguments in the request of a tool or a prompt as JSON; none
// are an empty object.
func Arguments(payload []byte) []byte {
	arguments := jsonpath.Get(payload, "params/arguments")
	if len(arguments) == 0 || strings.TrimSpace(string(arguments)) == "null" {
		return []byte("{}")
	}
	return arguments
}

// modeOf returns how an elicitation asks: form or url.
func modeOf(e *schema.Event) string {
	if e.Method != "elicitation/create" {
		return ""
	}
	return jsonpath.Text(jsonpath.Get(e.Payload, "params/mode"))
}
