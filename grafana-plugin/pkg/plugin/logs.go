package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

const (
	// maxBody is how much of one payload a line shows.
	maxBody = 4 << 10
	// maxBytes of all lines: a message between Grafana and its plugins has 16 MiB.
	maxBytes = 8 << 20
	// around is how many lines of context stand on each side.
	around = 10
)

// line is an event with what only a list of several sessions knows.
type line struct {
	api.Event
	client, server string
}

func listedLine(e api.ListedEvent) line {
	return line{api.Event{CollectorID: e.CollectorID, CollectorSeq: e.CollectorSeq, Direction: e.Direction, DurationMS: e.DurationMS, ErrorCode: e.ErrorCode,
		Flags: e.Flags, Gap: e.Gap, HTTPStatus: e.HTTPStatus, Kind: e.Kind, Method: e.Method, Outcome: e.Outcome, Payload: e.Payload,
		Principal: e.Principal, Seq: e.Seq, SessionID: e.SessionID, Size: e.Size, Target: e.Target, Time: e.Time}, e.Client, e.Server}
}

// severity of an event, in the words that Grafana colours.
func severity(kind, outcome string) string {
	if slices.Contains(failures, outcome) {
		return "error"
	}
	switch outcome {
	case "cancelled", "client_disconnect", "unanswered":
		return "warning"
	}
	switch kind {
	case "gap":
		return "error"
	case "auth", "noise":
		return "warning"
	case "stderr", "http":
		return "debug"
	}
	return "info"
}

// logs are events as lines. Those of one session come by its id alone, in its order.
func logs(ctx context.Context, a asker, q *query) (data.Frames, error) {
	var lines []line
	var more bool
	var err error
	if q.Session != "" {
		lines, more, err = a.sessionLines(ctx, q)
	} else {
		lines, more, err = a.newestLines(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	frame, cut := logFrame(a, lines, q.Bodies)
	if q.Session == "" {
		q.explain(frame, len(lines), more, "events")
	} else if more && q.Around == nil {
		notice(frame, data.NoticeSeverityWarning, "These are the first %d events of the session, the most that one query shows. Its timeline has them all: %s", len(lines), a.timeline(q.Session))
	}
	if cut > 0 {
		notice(frame, data.NoticeSeverityWarning, "The payloads of %d events are left out, since the rest fills the answer. Open their timeline to read them.", cut)
	}
	return data.Frames{frame}, nil
}

func (a asker) newestLines(ctx context.Context, q *query) (lines []line, more bool, err error) {
	params, err := q.events()
	if err != nil {
		return nil, false, err
	}
	for {
		params.Limit = int64(min(pageSize, q.limit()-len(lines)))
		page, err := a.client.EventList(ctx, params)
		if err != nil {
			return nil, false, err
		}
		for _, item := range page.Items {
			lines = append(lines, listedLine(item))
		}
		params.Cursor = page.Next
		if page.Next == "" || len(lines) >= q.limit() {
			return lines, page.Next != "", nil
		}
	}
}

// sessionLines reads the events of one session, or some around one of them.
func (a asker) sessionLines(ctx context.Context, q *query) (lines []line, more bool, err error) {
	session, err := a.client.Session(ctx, q.Session, api.SessionParams{})
	if err != nil {
		return nil, false, err
	}
	params := api.EventsParams{Bodies: &q.Bodies, Limit: maxLimit + 1}
	if q.Around != nil {
		params.FromSeq, params.Limit = *q.Around+1, around
		if q.Side == "before" {
			params.FromSeq = max(0, *q.Around-around)
			params.Limit = *q.Around - params.FromSeq
		}
		if params.Limit == 0 {
			return nil, false, nil // nothing is before the first
		}
	}
	body, err := a.client.Events(ctx, q.Session, params)
	if err != nil {
		return nil, false, err
	}
	defer body.Close()
	for decoder := json.NewDecoder(body); ; {
		var e api.Event
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return lines, false, nil
		case err != nil:
			if ctx.Err() != nil {
				return nil, false, ctx.Err()
			}
			return nil, false, errQuery("The session's events broke off before their end. Try again; if it stays so, look into the query service's log.")
		case len(lines) == maxLimit:
			return lines, true, nil
		}
		if q.Failed && severity(e.Kind, e.Outcome) != "error" {
			continue
		}
		lines = append(lines, line{e, session.Client.Name, session.Server.Name})
	}
}

// logFrame makes the frame, and says of how many lines the payload found no room.
func logFrame(a asker, lines []line, bodies bool) (frame *data.Frame, cut int) {
	room := maxBytes
	texts, ids, levels, labels := []string{}, []string{}, []string{}, []json.RawMessage{}
	for _, l := range lines {
		text := summary(l.Event)
		if payload := string(l.Payload); bodies && payload != "" && payload != "null" {
			if shown := clip(payload, maxBody); room >= len(shown) {
				text += "  " + shown
				room -= len(shown)
			} else {
				cut++
			}
		}
		texts, levels = append(texts, text), append(levels, severity(l.Kind, l.Outcome))
		ids = append(ids, fmt.Sprintf("%s/%d", l.SessionID, l.Seq))
		labels = append(labels, lineLabels(l))
	}
	session := column("session", lines, func(l line) string { return l.SessionID })
	session.Config = &data.FieldConfig{Links: a.links("${__value.raw}")}
	seq := column("seq", lines, func(l line) int64 { return l.Seq })
	seq.Config = &data.FieldConfig{Links: []data.DataLink{{Title: "Open timeline", URL: a.timeline("${__data.fields.session}") + "?seq=${__value.raw}", TargetBlank: true}}}
	frame = data.NewFrame("logs",
		column("timestamp", lines, func(l line) time.Time { return l.Time.UTC() }),
		data.NewField("body", nil, texts), data.NewField("severity", nil, levels), data.NewField("id", nil, ids),
		data.NewField("labels", nil, labels), session, seq)
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeLogLines, TypeVersion: data.FrameTypeVersion{0, 0}, PreferredVisualization: data.VisTypeLogs}
	return frame, cut
}

func lineLabels(l line) json.RawMessage {
	labels := map[string]string{"kind": l.Kind}
	for name, value := range map[string]string{"method": l.Method, "target": l.Target, "outcome": l.Outcome, "client": l.client, "server": l.server,
		"collector": l.CollectorID, "flags": strings.Join(l.Flags, " ")} {
		if value != "" {
			labels[name] = short(value)
		}
	}
	b, err := json.Marshal(labels)
	if err != nil {
		return json.RawMessage("{}") // strings always have a JSON form
	}
	return b
}

// summary says in one line what an event is.
func summary(e api.Event) string {
	arrow := map[string]string{"client_to_server": "→", "server_to_client": "←"}[e.Direction]
	if arrow == "" {
		arrow = "·"
	}
	words := []string{arrow}
	switch {
	case e.Kind == "gap":
		words = append(words, fmt.Sprintf("gap: %d messages not recorded (%s)", e.Gap.Count, e.Gap.Reason))
	case e.Method != "":
		words = append(words, short(e.Method))
	default:
		words = append(words, e.Kind)
	}
	for _, word := range []string{e.Target, e.Outcome} {
		if word != "" {
			words = append(words, short(word))
		}
	}
	if e.ErrorCode != nil {
		words = append(words, fmt.Sprint(*e.ErrorCode))
	}
	if e.HTTPStatus >= 400 {
		words = append(words, fmt.Sprintf("HTTP %d", e.HTTPStatus))
	}
	if e.DurationMS != nil {
		words = append(words, fmt.Sprintf("%.1fms", *e.DurationMS))
	}
	return strings.Join(words, " ")
}

// clip cuts a text at the end of a rune and says so.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return fmt.Sprintf("%s… (%d bytes in all)", text[:size], len(text))
}
