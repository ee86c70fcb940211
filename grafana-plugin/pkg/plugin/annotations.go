package plugin

import (
	"context"
	"fmt"
	"html"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// mark is one annotation. What has no end is a moment.
type mark struct {
	id, title, text, tags string
	from, to              time.Time
}

// annotations mark sessions, gaps, refusals or changes on graphs.
func annotations(ctx context.Context, a asker, q *query) (data.Frames, error) {
	var marks []mark
	var more bool
	var err error
	switch q.Annotation {
	case "", "sessions":
		var list []api.SessionSummary
		list, more, err = a.listed(ctx, q)
		for _, s := range list {
			marks = append(marks, mark{id: s.ID, title: "Session of " + service(s.Client.Name, "an agent") + " with " + service(s.Server.Name, s.Upstream, "a server"),
				text: fmt.Sprintf("%d calls, %d errors. %s", s.Operations, s.Errors, anchor(a.timeline(s.ID), "Open timeline")), tags: "session", from: s.Started.UTC(), to: s.Ended.UTC()})
		}
	case "gaps":
		q.choose("kind", "gap")
		marks, more, err = a.marked(ctx, q, "gap", func(e api.ListedEvent) string {
			return fmt.Sprintf("%d messages not recorded: %s", e.Gap.Count, e.Gap.Reason)
		})
	case "auth":
		q.choose("outcome", "unauthorized", "forbidden")
		marks, more, err = a.marked(ctx, q, "auth", func(e api.ListedEvent) string {
			return fmt.Sprintf("%s at %s (HTTP %d)", e.Outcome, service(e.Server, e.Upstream), e.HTTPStatus)
		})
	case "definitions":
		marks, more, err = a.changes(ctx, q)
	default:
		return nil, errQuery(fmt.Sprintf("There are no annotations %q. Choose sessions, gaps, auth or definitions.", q.Annotation))
	}
	if err != nil {
		return nil, err
	}
	frame := data.NewFrame("annotations",
		column("time", marks, func(m mark) time.Time { return m.from }),
		column("timeEnd", marks, func(m mark) time.Time { return m.to }),
		column("title", marks, func(m mark) string { return m.title }),
		column("text", marks, func(m mark) string { return m.text }),
		column("tags", marks, func(m mark) string { return m.tags }),
		column("id", marks, func(m mark) string { return m.id }))
	q.explain(frame, len(marks), more, "annotations")
	return data.Frames{frame}, nil
}

func (a asker) marked(ctx context.Context, q *query, tags string, title func(api.ListedEvent) string) (marks []mark, more bool, err error) {
	params, err := q.events()
	if err != nil {
		return nil, false, err
	}
	for {
		params.Limit = int64(min(pageSize, q.limit()-len(marks)))
		page, err := a.client.EventList(ctx, params)
		if err != nil {
			return nil, false, err
		}
		for _, e := range page.Items {
			marks = append(marks, mark{id: fmt.Sprintf("%s/%d", e.SessionID, e.Seq), title: title(e), text: anchor(a.event(e.SessionID, fmt.Sprint(e.Seq)), "Open timeline"),
				tags: tags, from: e.Time.UTC(), to: e.Time.UTC()})
		}
		params.Cursor = page.Next
		if page.Next == "" || len(marks) >= q.limit() {
			return marks, page.Next != "", nil
		}
	}
}

// anchor is a link in the text of an annotation. What comes from messages is escaped.
func anchor(address, title string) string {
	return fmt.Sprintf(`<a href="%s" target="_blank" rel="noopener">%s</a>`, html.EscapeString(address), title)
}
