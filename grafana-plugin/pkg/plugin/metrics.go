package plugin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// maxPoints of one series, whatever the panel says.
const maxPoints = 5000

// maxCells of one frame, 8 bytes each: zeros between sparse points count too.
const maxCells = 1_200_000

// units of measures; others are plain numbers.
var units = map[string]string{"error_rate": "percentunit", "latency_p50": "ms", "latency_p90": "ms", "latency_p99": "ms", "latency_max": "ms",
	"bytes": "bytes", "lag_p50": "ms", "lag_max": "ms"}

// counted reports whether nothing is zero of a measure, and not unknown.
func counted(measure string) bool {
	return measure != "error_rate" && !strings.HasPrefix(measure, "latency_") && !strings.HasPrefix(measure, "lag_")
}

func metrics(ctx context.Context, a asker, q *query) (data.Frames, error) {
	if len(q.Measures) == 0 {
		q.Measures = []string{"calls"}
	}
	step := q.step()
	if q.Format == "table" || q.Format == "number" {
		step = 0
	}
	found, err := a.aggregate(ctx, q, step)
	if err != nil {
		return nil, err
	}
	var frame *data.Frame
	switch q.Format {
	case "table":
		frame = numericLong(found)
		a.linkRows(frame, q)
	case "number":
		frame = numericWide(found, a.linkSeries(found, q))
	default:
		most := max(1, maxCells/(int(q.to.Sub(q.from)/step)+1)/len(q.Measures))
		if cut := len(found.Groups) - most; cut > 0 {
			found.Groups, found.LeftOut = found.Groups[:most], found.LeftOut+int64(cut)
		}
		frame = timeSeries(found, q.from, q.to, step, a.linkSeries(found, q))
	}
	if found.LeftOut > 0 {
		notice(frame, data.NoticeSeverityWarning, "%d groups with less of %s are left out. Filter, or raise the limit.", found.LeftOut, q.Measures[0])
	}
	return data.Frames{frame}, nil
}

func (a asker) aggregate(ctx context.Context, q *query, step time.Duration) (api.Aggregate, error) {
	p, err := q.chosen()
	if err != nil {
		return api.Aggregate{}, err
	}
	groups := int64(100)
	if q.Limit > 0 {
		groups = int64(min(q.Limit, 1000))
	}
	return a.client.Aggregate(ctx, api.AggregateParams{Measure: q.Measures, By: q.By, Interval: int64(step / time.Second), Limit: groups,
		From: q.from, To: q.to, Client: p.client, Server: p.server, Tool: p.tool, Method: p.method, Target: p.target, Principal: p.principal,
		Upstream: p.upstream, Transport: p.transport, Outcome: p.outcome, Kind: p.kind, Collector: p.collector, Scope: p.scope, Not: p.not})
}

// step is the interval in whole seconds, long enough for no more points than fit.
func (q *query) step() time.Duration {
	most := int64(maxPoints)
	if q.points > 0 {
		most = min(most, max(q.points, 10))
	}
	step := max(q.interval, q.to.Sub(q.from)/time.Duration(most), time.Second)
	if rest := step % time.Second; rest > 0 {
		step += time.Second - rest
	}
	return step
}

// timeSeries is one frame with a field for each group and measure. Where nothing
// happened, counts are zero and the rest is null.
func timeSeries(found api.Aggregate, from, to time.Time, step time.Duration, links linker) *data.Frame {
	first := from.Truncate(step)
	var times []time.Time
	for t := first; t.Before(to); t = t.Add(step) {
		times = append(times, t)
	}
	if len(found.Groups) == 0 && len(found.Dimensions) == 0 {
		found.Groups = []api.Group{{}} // a count of nothing is zero
	}
	frame := data.NewFrame("", data.NewField("time", nil, times))
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesWide, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeGraph}
	for _, group := range found.Groups {
		for i, measure := range found.Measures {
			values := make([]*float64, len(times))
			if counted(measure) {
				zeros := make([]float64, len(times))
				for n := range zeros {
					values[n] = &zeros[n]
				}
			}
			for _, p := range group.Points {
				if n := int(p.Time.Sub(first) / step); n >= 0 && n < len(values) {
					values[n] = p.Values[i]
				}
			}
			frame.Fields = append(frame.Fields, valueField(found, group, measure, values, links))
		}
	}
	if len(frame.Fields) == 1 {
		frame.Fields = append(frame.Fields, data.NewField(found.Measures[0], nil, make([]*float64, len(times))))
	}
	return frame
}

func valueField(found api.Aggregate, group api.Group, measure string, values []*float64, links linker) *data.Field {
	labels := data.Labels{}
	var name []string
	for i, dimension := range found.Dimensions {
		value := known(group.Key[i])
		labels[dimension] = value
		name = append(name, value)
	}
	if len(found.Measures) > 1 || len(name) == 0 {
		name = append(name, measure)
	}
	field := data.NewField(measure, labels, values)
	field.Config = &data.FieldConfig{Unit: units[measure], DisplayNameFromDS: strings.Join(name, " "), Links: links(group.Key)}
	return field
}

// known is a value as people read it.
func known(value string) string {
	if value == "" {
		return "(unknown)"
	}
	return short(value)
}

// maxName is how much of a name is shown; names come from peers, of any length.
const maxName = 256

func short(name string) string { return clip(name, maxName) }

// numericWide is one row with a field for each group and measure, which alert rules
// and expressions read.
func numericWide(found api.Aggregate, links linker) *data.Frame {
	frame := data.NewFrame("")
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeNumericWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	if len(found.Groups) == 0 && len(found.Dimensions) == 0 {
		found.Groups = []api.Group{{}}
	}
	for _, group := range found.Groups {
		for i, measure := range found.Measures {
			frame.Fields = append(frame.Fields, valueField(found, group, measure, []*float64{only(group, i, measure)}, links))
		}
	}
	return frame
}

// numericLong is a row for each group, for tables. A value that the record does not
// know is empty, so that the links of its row can leave it out.
func numericLong(found api.Aggregate) *data.Frame {
	frame := data.NewFrame("")
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeNumericLong, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable}
	for i, dimension := range found.Dimensions {
		values := []string{}
		for _, group := range found.Groups {
			values = append(values, short(group.Key[i]))
		}
		frame.Fields = append(frame.Fields, data.NewField(dimension, nil, values))
	}
	for i, measure := range found.Measures {
		values := []*float64{}
		for _, group := range found.Groups {
			values = append(values, only(group, i, measure))
		}
		field := data.NewField(measure, nil, values)
		field.Config = &data.FieldConfig{Unit: units[measure]}
		frame.Fields = append(frame.Fields, field)
	}
	return frame
}

// only is the value of a group that has one point at most.
func only(group api.Group, measure int, name string) *float64 {
	if len(group.Points) > 0 {
		return group.Points[0].Values[measure]
	}
	if counted(name) {
		return new(float64)
	}
	return nil
}

// volume counts events by how bad they are, for the bars above logs.
func volume(ctx context.Context, a asker, q *query) (data.Frames, error) {
	q.Measures, q.By, q.Limit = []string{"events"}, []string{"kind", "outcome"}, 1000
	step := q.step()
	found, err := a.aggregate(ctx, q, step)
	if err != nil {
		return nil, err
	}
	byLevel := map[string]*api.Group{}
	for _, group := range found.Groups {
		level := severity(group.Key[0], group.Key[1])
		sum := byLevel[level]
		if sum == nil {
			sum = &api.Group{Key: []string{level}}
			byLevel[level] = sum
		}
		for _, p := range group.Points {
			at := slices.IndexFunc(sum.Points, func(s api.Point) bool { return s.Time.Equal(p.Time) })
			if at < 0 {
				sum.Points = append(sum.Points, p)
				continue
			}
			*sum.Points[at].Values[0] += *p.Values[0]
		}
	}
	var frames data.Frames
	for _, level := range []string{"error", "warning", "info", "debug"} {
		if sum := byLevel[level]; sum != nil {
			frame := timeSeries(api.Aggregate{Dimensions: []string{"level"}, Measures: found.Measures, Groups: []api.Group{*sum}}, q.from, q.to, step, noLinks)
			frame.Name = level
			frame.Meta.Type = data.FrameTypeTimeSeriesMulti
			frames = append(frames, frame)
		}
	}
	return frames, nil
}
