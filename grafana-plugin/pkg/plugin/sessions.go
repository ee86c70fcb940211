package plugin

import (
	"context"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// pageSize is the most that the service gives at once.
const pageSize = 500

// failures are the outcomes that count as errors.
var failures = []string{"tool_error", "protocol_error", "unauthorized", "forbidden", "http_error", "transport_error", "server_disconnect"}

// listed reads sessions page by page, newest first.
func (a asker) listed(ctx context.Context, q *query) (list []api.SessionSummary, more bool, err error) {
	p, err := q.chosen()
	if err != nil {
		return nil, false, err
	}
	params := api.SessionsParams{From: q.from, To: q.to, Text: q.Text, Client: p.client, Server: p.server, Method: p.method, Target: append(p.target, p.tool...),
		Principal: p.principal, Upstream: p.upstream, Transport: p.transport, Outcome: p.outcome, Kind: p.kind, Collector: p.collector, Scope: p.scope, Not: p.not}
	if q.Incomplete {
		params.Complete = "false"
	}
	if q.Failed {
		params.Outcome = append(params.Outcome, failures...)
	}
	for {
		params.Limit = int64(min(pageSize, q.limit()-len(list)))
		page, err := a.client.Sessions(ctx, params)
		if err != nil {
			return nil, false, err
		}
		list = append(list, page.Items...)
		params.Cursor = page.Next
		if page.Next == "" || len(list) >= q.limit() {
			return list, page.Next != "", nil
		}
	}
}

// sessions is a table, each row with links to the timeline and the trace.
func sessions(ctx context.Context, a asker, q *query) (data.Frames, error) {
	var list []api.SessionSummary
	more := false
	var err error
	if q.Session != "" {
		// One session by its id is shown whenever it was.
		one, errOne := a.client.Session(ctx, q.Session, api.SessionParams{})
		list, err = []api.SessionSummary{one}, errOne
	} else {
		list, more, err = a.listed(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	id := column("session", list, func(s api.SessionSummary) string { return s.ID })
	id.Config = &data.FieldConfig{Links: a.links("${__value.raw}")}
	took := column("duration", list, func(s api.SessionSummary) float64 { return float64(s.Ended.Sub(s.Started)) / float64(time.Millisecond) })
	took.Config = &data.FieldConfig{Unit: "ms"}
	frame := data.NewFrame("sessions",
		column("started", list, func(s api.SessionSummary) time.Time { return s.Started.UTC() }), id,
		column("client", list, func(s api.SessionSummary) string { return short(s.Client.Name) }),
		column("server", list, func(s api.SessionSummary) string { return short(s.Server.Name) }),
		column("principal", list, func(s api.SessionSummary) string {
			p := s.Principal
			for _, name := range []string{p.Subject, p.ClientID, p.Fingerprint} {
				if name != "" {
					return short(name)
				}
			}
			return ""
		}),
		column("events", list, func(s api.SessionSummary) int64 { return s.Events }),
		column("calls", list, func(s api.SessionSummary) int64 { return s.Operations }),
		column("tool_calls", list, func(s api.SessionSummary) int64 { return s.ToolCalls }),
		column("errors", list, func(s api.SessionSummary) int64 { return s.Errors }),
		column("gaps", list, func(s api.SessionSummary) int64 { return s.Gaps }),
		column("lost", list, func(s api.SessionSummary) int64 { return s.Lost }),
		column("complete", list, func(s api.SessionSummary) bool { return s.Complete }),
		took,
		column("transport", list, func(s api.SessionSummary) string { return short(s.Transport) }),
		column("upstream", list, func(s api.SessionSummary) string { return short(s.Upstream) }),
		column("protocol", list, func(s api.SessionSummary) string { return short(s.ProtocolVersion) }),
	)
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeTable, PreferredVisualization: data.VisTypeTable}
	q.explain(frame, len(list), more, "sessions")
	return data.Frames{frame}, nil
}

// explain says what was left out.
func (q *query) explain(frame *data.Frame, shown int, more bool, what string) {
	if !more {
		return
	}
	if q.limit() == maxLimit {
		notice(frame, data.NoticeSeverityWarning, "These are the newest %d %s, the most that one query shows. Choose a shorter time range or filter.", shown, what)
		return
	}
	notice(frame, data.NoticeSeverityInfo, "These are the newest %d %s. Raise the limit (up to %d), choose a shorter time range or filter.", shown, what, maxLimit)
}

// column is a field with a value of each item.
func column[T, V any](name string, list []T, value func(T) V) *data.Field {
	values := make([]V, 0, len(list))
	for _, item := range list {
		values = append(values, value(item))
	}
	return data.NewField(name, nil, slices.Clip(values))
}

// timeline is where the web UI shows an event of a session.
func (a asker) timeline(session string) string { return a.web + "/sessions/" + session }

// links lead from a session's id, or what stands for it, to its timeline and trace.
func (a asker) links(session string) []data.DataLink {
	return []data.DataLink{
		{Title: "Open timeline", URL: a.timeline(session), TargetBlank: true},
		{Title: "Show as trace", Internal: &data.InternalDataLink{DatasourceUID: a.uid, DatasourceName: a.name,
			Query: map[string]string{"queryType": "trace", "session": session}}},
	}
}
