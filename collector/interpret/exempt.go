package interpret

import (
	"time"

	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// exempted counts what the bodies of an exempt exchange had, in bytes.
type exempted struct{ request, answer uint64 }

// exempts reports whether a body of an exchange is exempt from the record, and counts it
// then. The first body that holds JSON-RPC ends the exemption of its exchange: no name
// and no header can keep a message out of the record.
func (in *Interpreter) exempts(x *exchange, o *observe.Observation) bool {
	if !x.exempt() {
		return false
	}
	if o.Body.Size > 0 && holdsRPC(x, o) {
		x.exemptionEnded = true
		return false
	}
	if o.Direction == schema.ClientToServer {
		x.exempted.request += o.Body.Size
	} else {
		x.exempted.answer += o.Body.Size
	}
	return true
}

// exempt reports whether nothing of the exchange is recorded but that it was.
func (x *exchange) exempt() bool { return x.Exempt != "" && !x.exemptionEnded }

// holdsRPC reports whether any reader finds a JSON-RPC message in a body.
func holdsRPC(x *exchange, o *observe.Observation) bool {
	source := sourceOf(x, o.Body, o.Direction, o.SSE != nil)
	for p := range source.parts() {
		if p.message.Kind != schema.KindNoise {
			return true
		}
	}
	return false
}

// exemption records that an exempt exchange took place, without anything of its bodies.
func (in *Interpreter) exemption(x *exchange, end observe.End, at time.Time) {
	in.ensureAssigned(x, at)
	e := draft(in.journal, x.session, x, schema.KindHTTP, at)
	e.HTTPStatus = uint16(x.status)
	switch {
	case end == observe.EndClient:
		e.Outcome = schema.OutcomeClientDisconnect
	case end == observe.EndServer:
		e.Outcome = schema.OutcomeServerDisconnect
	case end == observe.EndTransport:
		e.Outcome = schema.OutcomeTransportError
	case x.status >= 400:
		e.Outcome = failure(x.status)
	}
	e.Payload = journal.Detail(struct {
		What         string            `json:"what"`
		Why          observe.Exemption `json:"why"`
		Verb         string            `json:"verb"`
		Path         string            `json:"path"`
		RequestBytes uint64            `json:"request_bytes"`
		AnswerBytes  uint64            `json:"answer_bytes"`
	}{"exempt", x.Exempt, in.clean.Text(x.HTTP.Verb), in.clean.Path(x.HTTP.URL), x.exempted.request, x.exempted.answer})
	in.journal.Record(x.session.Session, e)
}
