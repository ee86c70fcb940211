package grafana

import (
	"encoding/json"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// panelRules checks frames against what Grafana's panels look for, field by field.
func panelRules(t *testing.T, h *host, s *stack) {
	for _, session := range []string{s.file, s.lossy, s.large} {
		spans := h.frames(t, s.source, map[string]any{"queryType": "trace", "session": session}).Frames
		traceRules(t, spans)
		leads(t, "trace", s, spans)
		logRules(t, h.frames(t, s.source, map[string]any{"queryType": "logs", "session": session}).Frames)
	}
	logRules(t, h.frames(t, s.source, map[string]any{"queryType": "logs", "bodies": true}).Frames)
	graphRules(t, h.frames(t, s.source, map[string]any{"queryType": "nodegraph"}).Frames)
	for _, format := range []string{"timeseries", "number", "table"} {
		for _, client := range []string{"inspector-cli", "nobody"} {
			metricRules(t, format, h.frames(t, s.source, map[string]any{"queryType": "metrics", "format": format, "measures": []string{"calls", "latency_p50"},
				"by": []string{"tool"}, "filters": is("client", client)}).Frames)
		}
	}
}

// need gives a field by its name and type.
func need(t *testing.T, frame *data.Frame, name string, kind data.FieldType) *data.Field {
	t.Helper()
	field, _ := frame.FieldByName(name)
	if field == nil {
		t.Fatalf("frame %s has no field %s", frame.Name, name)
	}
	if field.Type() != kind {
		t.Fatalf("field %s is of type %s, want %s", name, field.Type(), kind)
	}
	return field
}

func traceRules(t *testing.T, frames data.Frames) {
	t.Helper()
	frame := frames[0]
	if frame.Meta.PreferredVisualization != data.VisTypeTrace {
		t.Errorf("the first frame is for %q", frame.Meta.PreferredVisualization)
	}
	ids := map[string]bool{}
	spans := need(t, frame, "spanID", data.FieldTypeString)
	for i := range spans.Len() {
		id := spans.At(i).(string)
		if id == "" || ids[id] {
			t.Errorf("span %d has the id %q, empty or once more", i, id)
		}
		ids[id] = true
	}
	parents, roots := need(t, frame, "parentSpanID", data.FieldTypeString), 0
	start, took := need(t, frame, "startTime", data.FieldTypeFloat64), need(t, frame, "duration", data.FieldTypeFloat64)
	for i := range spans.Len() {
		if parent := parents.At(i).(string); parent == "" {
			roots++
		} else if !ids[parent] {
			t.Errorf("span %s has the parent %s, which is none", spans.At(i), parent)
		}
		// 2026 in milliseconds, neither seconds nor nanoseconds.
		if at := start.At(i).(float64); at < 1.7e12 || at > 1.9e12 || took.At(i).(float64) < 0 {
			t.Errorf("span %s starts at %v for %v", spans.At(i), at, took.At(i))
		}
		for _, name := range []string{"traceID", "operationName", "serviceName"} {
			if need(t, frame, name, data.FieldTypeString).At(i).(string) == "" {
				t.Errorf("span %s has no %s", spans.At(i), name)
			}
		}
		pairs(t, need(t, frame, "tags", data.FieldTypeJSON).At(i).(json.RawMessage))
		pairs(t, need(t, frame, "serviceTags", data.FieldTypeJSON).At(i).(json.RawMessage))
		var logs []struct {
			Timestamp float64
			Fields    json.RawMessage
		}
		if err := json.Unmarshal(need(t, frame, "logs", data.FieldTypeJSON).At(i).(json.RawMessage), &logs); err != nil || logs == nil {
			t.Errorf("logs: %v", err)
		}
		for _, l := range logs {
			if l.Timestamp < 1.7e12 || l.Timestamp > 1.9e12 {
				t.Errorf("a log at %v", l.Timestamp)
			}
			pairs(t, l.Fields)
		}
	}
	if roots != 1 {
		t.Errorf("%d spans without a parent", roots)
	}
}

// pairs must be an array of keys with values, never null.
func pairs(t *testing.T, text json.RawMessage) {
	t.Helper()
	var list []struct {
		Key   string
		Value any
	}
	if err := json.Unmarshal(text, &list); err != nil || list == nil {
		t.Errorf("%s is no array of pairs: %v", text, err)
	}
	for _, pair := range list {
		if pair.Key == "" {
			t.Errorf("a pair without a key in %s", text)
		}
	}
}

func logRules(t *testing.T, frames data.Frames) {
	t.Helper()
	frame := frames[0]
	if frame.Meta.Type != data.FrameTypeLogLines || frame.Meta.PreferredVisualization != data.VisTypeLogs {
		t.Errorf("meta %+v", frame.Meta)
	}
	// The first of each type is what the panel takes.
	if frame.Fields[0].Name != "timestamp" || frame.Fields[1].Name != "body" {
		t.Errorf("fields %s, %s", frame.Fields[0].Name, frame.Fields[1].Name)
	}
	need(t, frame, "timestamp", data.FieldTypeTime)
	body, id := need(t, frame, "body", data.FieldTypeString), need(t, frame, "id", data.FieldTypeString)
	levels, labels := need(t, frame, "severity", data.FieldTypeString), need(t, frame, "labels", data.FieldTypeJSON)
	seen := map[string]bool{}
	for i := range body.Len() {
		var named map[string]string
		if err := json.Unmarshal(labels.At(i).(json.RawMessage), &named); err != nil {
			t.Errorf("labels: %v", err)
		}
		if body.At(i) == "" || levels.At(i) == "" || seen[id.At(i).(string)] {
			t.Errorf("line %d: %q, level %q, id %q once more or empty", i, body.At(i), levels.At(i), id.At(i))
		}
		seen[id.At(i).(string)] = true
	}
	if body.Len() == 0 {
		t.Error("no lines")
	}
}

func graphRules(t *testing.T, frames data.Frames) {
	t.Helper()
	if len(frames) != 2 {
		t.Fatalf("%d frames", len(frames))
	}
	ids := map[string]bool{}
	for _, frame := range frames {
		if frame.Meta.PreferredVisualization != data.VisTypeNodeGraph {
			t.Errorf("frame %s is for %q", frame.Name, frame.Meta.PreferredVisualization)
		}
	}
	nodes := need(t, frames[0], "id", data.FieldTypeString)
	for _, name := range []string{"title", "subtitle", "mainstat"} {
		need(t, frames[0], name, data.FieldTypeString)
	}
	ok, failed := need(t, frames[0], "arc__ok", data.FieldTypeFloat64), need(t, frames[0], "arc__failed", data.FieldTypeFloat64)
	for i := range nodes.Len() {
		ids[nodes.At(i).(string)] = true
		if sum := ok.At(i).(float64) + failed.At(i).(float64); sum != 0 && (sum < 0.999 || sum > 1.001) {
			t.Errorf("the arcs of %s are %v together", nodes.At(i), sum)
		}
	}
	sources, targets := need(t, frames[1], "source", data.FieldTypeString), need(t, frames[1], "target", data.FieldTypeString)
	for i := range sources.Len() {
		if !ids[sources.At(i).(string)] || !ids[targets.At(i).(string)] {
			t.Errorf("an edge from %s to %s, one of which is no node", sources.At(i), targets.At(i))
		}
	}
	if len(ids) < 3 || sources.Len() < 2 {
		t.Errorf("%d nodes, %d edges", len(ids), sources.Len())
	}
}

// metricRules are those of Grafana's data plane, also for no rows: alert rules and
// expressions refuse what has no type.
func metricRules(t *testing.T, format string, frames data.Frames) {
	t.Helper()
	frame := frames[0]
	want := map[string]data.FrameType{"timeseries": data.FrameTypeTimeSeriesWide, "number": data.FrameTypeNumericWide, "table": data.FrameTypeNumericLong}[format]
	if frame.Meta == nil || frame.Meta.Type != want || frame.Meta.TypeVersion != (data.FrameTypeVersion{0, 1}) {
		t.Errorf("%s: meta %+v", format, frame.Meta)
	}
	for i, field := range frame.Fields {
		switch {
		case format == "timeseries" && i == 0:
			if field.Type() != data.FieldTypeTime {
				t.Errorf("the first field is %s", field.Type())
			}
		case format != "table" && field.Type() != data.FieldTypeNullableFloat64:
			t.Errorf("%s: field %s is %s", format, field.Name, field.Type())
		}
	}
	if format == "timeseries" && frame.TimeSeriesSchema().Type != data.TimeSeriesTypeWide {
		t.Errorf("not a wide series: %+v", frame.TimeSeriesSchema())
	}
}
