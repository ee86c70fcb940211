package plugin

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// part of a way from an agent to a tool: what of it is known, in the order of [ways].
type part [3]string

// ways are the dimensions of a way.
var ways = []string{"client", "server", "tool"}

// node is an agent, a server or a tool.
type node struct {
	id, title, subtitle string
	part                part
	calls, errors       float64
}

// edge is who called whom.
type edge struct {
	id, source, target string
	part               part
	calls, errors      float64
}

// graph shows which agents called which tools of which servers, and how well it went.
func graph(ctx context.Context, a asker, q *query) (data.Frames, error) {
	q.Measures, q.By = []string{"calls", "errors"}, ways
	if q.Limit == 0 {
		q.Limit = 1000
	}
	found, err := a.aggregate(ctx, q, 0)
	if err != nil {
		return nil, err
	}
	nodes, edges := map[string]*node{}, map[string]*edge{}
	for _, group := range found.Groups {
		calls, failed := *group.Points[0].Values[0], *group.Points[0].Values[1]
		client, server, tool := known(group.Key[0]), known(group.Key[1]), known(group.Key[2])
		way := []node{{id: "agent " + client, title: client, subtitle: "agent", part: part{group.Key[0]}},
			{id: "server " + server, title: server, subtitle: "server", part: part{"", group.Key[1]}},
			{id: "tool " + server + " " + tool, title: tool, subtitle: "tool", part: part{"", group.Key[1], group.Key[2]}}}
		for i, n := range way {
			if nodes[n.id] == nil {
				nodes[n.id] = &n
			}
			nodes[n.id].calls += calls
			nodes[n.id].errors += failed
			if i == 0 {
				continue
			}
			e := edge{id: way[i-1].id + " → " + n.id, source: way[i-1].id, target: n.id, part: n.part}
			if i == 1 {
				e.part[0] = group.Key[0]
			}
			if edges[e.id] == nil {
				edges[e.id] = &e
			}
			edges[e.id].calls += calls
			edges[e.id].errors += failed
		}
	}
	frames := data.Frames{nodeFrame(nodes), edgeFrame(edges)}
	for _, frame := range frames {
		frame.Fields[0].Config = &data.FieldConfig{Links: a.list(q, ways, []string{cell("detail__client"), cell("detail__server"), cell("detail__tool")})}
	}
	if found.LeftOut > 0 {
		notice(frames[0], data.NoticeSeverityWarning, "%d ways with fewer calls are left out. Filter by client, server or tool.", found.LeftOut)
	}
	return frames, nil
}

func nodeFrame(nodes map[string]*node) *data.Frame {
	var list []*node
	for _, id := range slices.Sorted(maps.Keys(nodes)) {
		list = append(list, nodes[id])
	}
	share := func(of func(*node) float64) func(*node) float64 {
		return func(n *node) float64 {
			if n.calls == 0 {
				return 0
			}
			return of(n) / n.calls
		}
	}
	ok := column("arc__ok", list, share(func(n *node) float64 { return max(0, n.calls-n.errors) }))
	ok.Config = colour("green", "Answered well")
	failed := column("arc__failed", list, share(func(n *node) float64 { return min(n.errors, n.calls) }))
	failed.Config = colour("red", "Failed")
	frame := data.NewFrame("nodes",
		column("id", list, func(n *node) string { return n.id }),
		column("title", list, func(n *node) string { return n.title }),
		column("subtitle", list, func(n *node) string { return n.subtitle }),
		column("mainstat", list, func(n *node) string { return fmt.Sprintf("%.0f calls", n.calls) }),
		column("secondarystat", list, func(n *node) string { return fmt.Sprintf("%.0f errors", n.errors) }),
		ok, failed)
	frame.Fields = append(frame.Fields, details(list, func(n *node) part { return n.part })...)
	frame.Meta = &data.FrameMeta{PreferredVisualization: data.VisTypeNodeGraph}
	return frame
}

func edgeFrame(edges map[string]*edge) *data.Frame {
	var list []*edge
	for _, id := range slices.Sorted(maps.Keys(edges)) {
		list = append(list, edges[id])
	}
	frame := data.NewFrame("edges",
		column("id", list, func(e *edge) string { return e.id }),
		column("source", list, func(e *edge) string { return e.source }),
		column("target", list, func(e *edge) string { return e.target }),
		column("mainstat", list, func(e *edge) string { return fmt.Sprintf("%.0f calls", e.calls) }),
		column("secondarystat", list, func(e *edge) string { return fmt.Sprintf("%.0f errors", e.errors) }))
	frame.Fields = append(frame.Fields, details(list, func(e *edge) part { return e.part })...)
	frame.Meta = &data.FrameMeta{PreferredVisualization: data.VisTypeNodeGraph}
	return frame
}

// details are shown where somebody clicks on a node or an edge, and fill its link.
func details[T any](list []T, of func(T) part) (fields []*data.Field) {
	for i, title := range []string{"Agent", "Server", "Tool"} {
		field := column("detail__"+ways[i], list, func(item T) string { return short(of(item)[i]) })
		field.Config = &data.FieldConfig{DisplayName: title}
		fields = append(fields, field)
	}
	return fields
}

func colour(name, title string) *data.FieldConfig {
	return &data.FieldConfig{DisplayName: title, Color: map[string]any{"mode": "fixed", "fixedColor": name}}
}
