package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// tag is a pair as the trace view reads it.
type tag struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// spanLog is an event of a span.
type spanLog struct {
	// Timestamp in milliseconds since 1970.
	Timestamp float64 `json:"timestamp"`
	Name      string  `json:"name"`
	Fields    []tag   `json:"fields"`
}

// root is the span of the session itself.
const root = "session"

// Codes of OpenTelemetry.
const (
	statusUnset = 0
	statusOK    = 1
	statusError = 2
)

const (
	// maxLogs of the root span.
	maxLogs = 1000
	// maxTrace is how many bytes of spans fit into one answer.
	maxTrace = 12 << 20
)

// span is a row of the frame.
type span struct {
	// seq of the operation, empty for the session itself.
	seq                                           string
	id, parent, operation, service, kind, message string
	start, duration                               float64
	status                                        int64
	serviceTags, tags                             []tag
	logs                                          []spanLog
}

// trace is a session whose operations are spans. It is found by its id alone: the
// dashboard's range and limits of lists have no say.
func trace(ctx context.Context, a asker, q *query) (data.Frames, error) {
	if q.Session == "" {
		return nil, errQuery("Enter the id of a session, or follow a link of a table of sessions.")
	}
	t, err := a.client.Timeline(ctx, q.Session, api.TimelineParams{})
	if err != nil {
		return nil, err
	}
	spans := []span{sessionSpan(t)}
	spans[0].tags = append(spans[0].tags, tag{"mcptrail.timeline", a.timeline(t.Session.ID)})
	shown, room := map[string]string{}, maxTrace
	for _, op := range t.Operations {
		s := operationSpan(t, op, shown)
		s.tags = append(s.tags, tag{"mcptrail.timeline", a.event(t.Session.ID, s.seq)})
		if room -= s.size(); room < 0 || len(spans) == maxLimit {
			break
		}
		shown[op.ID] = s.id
		spans = append(spans, s)
	}
	frame := spanFrame(strings.ReplaceAll(t.Session.ID, "-", ""), spans)
	frame.Fields[1].Config = &data.FieldConfig{Links: []data.DataLink{{Title: "Open timeline", TargetBlank: true, URL: a.event(t.Session.ID, "${__data.fields.seq}")}}}
	if left := len(t.Operations) - len(shown); left > 0 {
		notice(frame, data.NoticeSeverityWarning, "The session has %d more operations than the %d that a trace shows. Its timeline has them all: %s", left, len(shown), a.timeline(t.Session.ID))
	}
	for _, gap := range t.Gaps {
		notice(frame, data.NoticeSeverityWarning, "%d messages from number %d on were not recorded (%s).", gap.Count, gap.FromSeq, gap.Reason)
		if len(frame.Meta.Notices) > 10 {
			break
		}
	}
	return data.Frames{frame}, nil
}

// size is about what a span takes of an answer.
func (s span) size() int {
	return 150 + len(s.operation) + len(s.service) + len(asJSON(s.serviceTags)) + len(asJSON(s.tags)) + len(asJSON(s.logs))
}

func sessionSpan(t api.Timeline) span {
	s := t.Session
	one := span{id: root, operation: "session", service: service(s.Client.Name, "agent"), kind: "internal",
		start: milliseconds(s.Started), duration: float64(s.Ended.Sub(s.Started)) / 1e6, status: statusUnset,
		serviceTags: []tag{{"client.version", s.Client.Version}, {"principal", s.Principal.Subject}},
		tags: []tag{{"mcptrail.session.id", s.ID}, {"mcptrail.basis", s.Basis}, {"mcptrail.complete", s.Complete}, {"mcptrail.events", s.Events},
			{"mcptrail.gaps", s.Gaps}, {"mcptrail.integrity", t.Integrity.State}, {"mcp.protocol.version", s.ProtocolVersion},
			{"network.transport", s.Transport}, {"mcptrail.upstream", s.Upstream}}}
	for _, f := range t.Facts {
		if len(one.logs) == maxLogs {
			break
		}
		name := f.Kind
		if f.Method != "" {
			name = f.Method
		}
		one.logs = append(one.logs, spanLog{milliseconds(f.Time), name, []tag{{"seq", f.Seq}, {"kind", f.Kind}, {"detail", f.Detail}, {"events", len(f.Seqs)}}})
	}
	return one
}

func operationSpan(t api.Timeline, op api.Operation, shown map[string]string) span {
	s := span{seq: fmt.Sprint(op.Seq), id: op.ID[strings.LastIndexByte(op.ID, ':')+1:], parent: root, operation: short(strings.TrimSpace(op.Method + " " + op.Target)), start: milliseconds(op.Started),
		service: service(t.Session.Server.Name, t.Session.Upstream), kind: "client", status: statusOK,
		serviceTags: []tag{{"server.version", t.Session.Server.Version}, {"upstream", t.Session.Upstream}},
		tags: []tag{{"mcp.method.name", short(op.Method)}, {"mcptrail.outcome", op.Outcome}, {"mcptrail.seq", op.Seq}, {"mcptrail.rounds", op.Rounds},
			{"mcptrail.kind", op.Kind}, {"mcptrail.direction", op.Direction}}}
	if op.Kind == "tool" {
		s.tags = append(s.tags, tag{"gen_ai.tool.name", short(op.Target)})
	}
	if op.Parent != nil && shown[*op.Parent] != "" {
		s.parent = shown[*op.Parent]
	}
	if op.Direction == "server_to_client" {
		s.service, s.kind = service(t.Session.Client.Name, "agent"), "server"
	}
	if op.DurationMS != nil {
		s.duration = *op.DurationMS
	}
	switch {
	case severity("answer", op.Outcome) == "error":
		s.status, s.message = statusError, op.Outcome
		s.tags = append(s.tags, tag{"error", true}, tag{"error.type", op.Outcome})
	case op.Outcome != "ok":
		s.status, s.message = statusUnset, op.Outcome
	}
	if op.ErrorCode != nil {
		s.tags = append(s.tags, tag{"rpc.response.status_code", *op.ErrorCode})
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"mcptrail.flags", op.Flags}, {"mcptrail.scopes.granted", op.Scopes.Granted}, {"mcptrail.scopes.required", op.Scopes.Required}} {
		if len(list.words) > 0 {
			s.tags = append(s.tags, tag{list.name, clip(strings.Join(list.words, " "), 4*maxName)})
		}
	}
	for _, seq := range op.NotificationSeqs {
		s.logs = append(s.logs, spanLog{s.start, "notification", []tag{{"seq", seq}}})
	}
	return s
}

// spanFrame has the fields that the trace view knows, by their names, and seq for links.
func spanFrame(id string, spans []span) *data.Frame {
	frame := data.NewFrame("trace",
		column("traceID", spans, func(span) string { return id }),
		column("spanID", spans, func(s span) string { return s.id }),
		column("parentSpanID", spans, func(s span) string { return s.parent }),
		column("operationName", spans, func(s span) string { return s.operation }),
		column("serviceName", spans, func(s span) string { return s.service }),
		column("serviceTags", spans, func(s span) json.RawMessage { return asJSON(s.serviceTags) }),
		column("startTime", spans, func(s span) float64 { return s.start }),
		column("duration", spans, func(s span) float64 { return s.duration }),
		column("logs", spans, func(s span) json.RawMessage { return asJSON(s.logs) }),
		column("references", spans, func(span) json.RawMessage { return json.RawMessage("[]") }),
		column("tags", spans, func(s span) json.RawMessage { return asJSON(s.tags) }),
		column("kind", spans, func(s span) string { return s.kind }),
		column("statusCode", spans, func(s span) int64 { return s.status }),
		column("statusMessage", spans, func(s span) string { return s.message }),
		column("seq", spans, func(s span) string { return s.seq }),
	)
	frame.Meta = &data.FrameMeta{PreferredVisualization: data.VisTypeTrace}
	return frame
}

// asJSON is the array; an empty one is never null.
func asJSON[T any](list []T) json.RawMessage {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	b, err := json.Marshal(list)
	if err != nil {
		return json.RawMessage("[]") // words and numbers always have a JSON form
	}
	return b
}

func milliseconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e6 }

// service is a name that is never empty, since the trace view colours by it.
func service(names ...string) string {
	for _, name := range names {
		if name != "" {
			return short(name)
		}
	}
	return "unknown"
}
