package rebuild

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcptrail/mcptrail/query"
	"github.com/mcptrail/mcptrail/query/jsonpath"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/definition"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// contents is what a message says, as far as a timeline depends on it. Of a payload
// nothing but short words and content addresses is kept.
type contents struct {
	// outcome of the rounds that the message ends, code of an answer that is an error.
	outcome schema.Outcome
	code    int64
	// detail is the collector's own word for a fact, never text of a peer.
	detail string
	// excluded is what the end of a session states about the capture policy.
	excluded []query.Excluded

	// Of a request: the content address of its arguments, how it elicits, whether it
	// asks for a list from its beginning, and what it answers to input requests, nil
	// where it has no member for that.
	arguments, mode string
	firstPage       bool
	responses       []inputAnswer

	// Of an answer, or of a notification about a task.
	report report
}

// inputAnswer is what a request answers to an input request.
type inputAnswer struct{ key, action string }

// inputAsked is a request of the server inside of a result.
type inputAsked struct{ key, method, mode string }

// report is what an answer or a notification says about an elicitation or a task.
type report struct {
	action, status string
	inputs         []inputAsked
	// result and failed say that it carries the result of the task, or its error.
	result, toolError, failed bool
	code                      int64
}

// reader reads payloads, each at most once. Besides the envelopes of cancellations and
// the lists of definitions nothing else in a rebuild parses any.
type reader struct {
	params, result, notified, input, response *jsonpath.Paths
}

func newReader() reader {
	report := func(in string) *jsonpath.Paths {
		return jsonpath.New(in+"/action", in+"/status", in+"/inputRequests", in+"/result", in+"/result/isError", in+"/error", in+"/error/code")
	}
	return reader{
		params:   jsonpath.New("params/arguments", "params/mode", "params/cursor", "params/inputResponses"),
		result:   report("result"),
		notified: report("params"),
		input:    jsonpath.New("method", "params/mode"),
		response: jsonpath.New("action"),
	}
}

// read fills in what the message says.
func (r *reader) read(m *message) {
	switch {
	case m.role == roleRequest:
		r.request(m)
	case m.role == roleAnswer:
		m.outcome, m.code = outcomeOf(m)
		if reports(m.rounds[0].op, m.outcome) {
			m.report = r.report(r.result, m.Payload)
		}
	case m.role == roleNotification && m.task != nil:
		m.report = r.report(r.notified, m.Payload)
	case len(m.rounds) == 0:
		readStatement(m)
	}
}

func (r *reader) request(m *message) {
	found := r.params.Read(m.Payload)
	m.mode, m.firstPage = jsonpath.Prefix(found[1], maxWord), found[2] == nil
	if found[3] != nil {
		m.responses = []inputAnswer{}
		jsonpath.Members(found[3], func(key string, value jsontext.Value) {
			m.responses = append(m.responses, inputAnswer{key, jsonpath.Prefix(r.response.Read(value)[0], maxWord)})
		})
	}
	if len(m.Payload) > 0 && (m.Method == "tools/call" || m.Method == "prompts/get") {
		m.arguments = definition.Address(definition.Digest(orEmpty(found[0])))
	}
}

// Arguments returns the arguments in the request of a tool or a prompt as JSON; none
// are an empty object. They share the memory of the payload.
func Arguments(payload []byte) []byte { return orEmpty(jsonpath.Get(payload, "params/arguments")) }

func orEmpty(arguments jsontext.Value) []byte {
	if len(arguments) == 0 || string(bytes.TrimSpace(arguments)) == "null" {
		return []byte("{}")
	}
	return arguments
}

// reports says whether a timeline depends on the body of an answer.
func reports(op *operation, outcome schema.Outcome) bool {
	return outcome == schema.OutcomeInputRequired || outcome == schema.OutcomeOK && op.parent != nil &&
		(op.method == "elicitation/create" || isTask(op.method))
}

// maxWord is the length from which on a peer's text is none of the short words that a
// timeline shows: an action, a mode, a status. A longer text is cut to this length, so
// that it stays recognizable as too long.
const maxWord = 32

func (r *reader) report(paths *jsonpath.Paths, payload []byte) report {
	found := paths.Read(payload)
	says := report{action: jsonpath.Prefix(found[0], maxWord), status: jsonpath.Prefix(found[1], maxWord), result: found[3] != nil,
		toolError: string(found[4]) == "true", failed: found[5] != nil, code: jsonpath.Integer(found[6])}
	jsonpath.Members(found[2], func(key string, value jsontext.Value) {
		input := r.input.Read(value)
		says.inputs = append(says.inputs, inputAsked{key, jsonpath.Prefix(input[0], schema.MaxText+1), jsonpath.Prefix(input[1], maxWord)})
	})
	return says
}

// outcomeOf reads the outcome from an answer's body where the collector had no request
// for it and therefore stated none.
func outcomeOf(m *message) (schema.Outcome, int64) {
	if m.Outcome != "" {
		return m.Outcome, m.ErrorCode
	}
	envelope, err := jsonrpc.Scan(m.Payload)
	if err != nil || envelope.Kind != schema.KindAnswer {
		return schema.OutcomeOK, 0
	}
	return envelope.Outcome(), envelope.ErrorCode
}
