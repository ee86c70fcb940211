package plugin

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// lists are the requests that are answered with definitions.
var lists = []string{"tools/list", "prompts/list", "resources/list", "resources/templates/list"}

// definitions are the tools, prompts and resources that servers offered in the range,
// or those that changed in it. As numbers they are counts by upstream.
func definitions(ctx context.Context, a asker, q *query) (data.Frames, error) {
	list, more, err := a.offered(ctx, q)
	if err != nil {
		return nil, err
	}
	if q.Format == "number" {
		frame := a.offeredNumbers(list, q)
		q.sayIgnored(frame)
		return data.Frames{frame}, nil
	}
	shown := list[:min(len(list), q.limit())]
	server := column("upstream", shown, func(d api.DefinitionSummary) string { return short(d.Server) })
	server.Config = &data.FieldConfig{Links: a.discovered(q, cell("upstream"))}
	name := column("name", shown, func(d api.DefinitionSummary) string { return short(d.Name) })
	name.Config = &data.FieldConfig{Links: []data.DataLink{{Title: "Show its versions", TargetBlank: true,
		URL: a.web + "/servers?server=" + cell("upstream") + "&kind=" + cell("kind") + "&name=" + cell("name")},
		{Title: "List sessions that used it", TargetBlank: true, URL: a.web + "/sessions?upstream=" + cell("upstream") + "&target=" + cell("name")}}}
	frame := data.NewFrame("definitions",
		column("changed", shown, func(d api.DefinitionSummary) time.Time { return d.Changed.UTC() }),
		server,
		column("kind", shown, func(d api.DefinitionSummary) string { return d.Kind }), name,
		column("versions", shown, func(d api.DefinitionSummary) int64 { return d.Versions }),
		column("first_seen", shown, func(d api.DefinitionSummary) time.Time { return d.FirstSeen.UTC() }),
		column("last_seen", shown, func(d api.DefinitionSummary) time.Time { return d.LastSeen.UTC() }),
		column("hash", shown, func(d api.DefinitionSummary) string { return d.Hash }))
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeTable, PreferredVisualization: data.VisTypeTable}
	q.explain(frame, len(shown), more || len(list) > len(shown), "definitions")
	q.sayIgnored(frame)
	return data.Frames{frame}, nil
}

func (q *query) sayIgnored(frame *data.Frame) {
	for _, dimension := range q.ignored {
		notice(frame, data.NoticeSeverityWarning, "The filter on %s does nothing here. Definitions can be filtered by upstream, tool and target.", dimension)
	}
}

// offered reads what was seen, or what changed, within the range, the newest change
// first. It looks at the first 10,000 names.
func (a asker) offered(ctx context.Context, q *query) (list []api.DefinitionSummary, more bool, err error) {
	params := api.DefinitionsParams{Limit: pageSize, Text: q.Text}
	if q.Changed {
		params.Changed = &q.Changed
	}
	var notServer, notName []string
	for _, f := range q.Filters {
		to := map[string]*[]string{"upstream": &params.Server, "target": &params.Name, "tool": &params.Name}
		if f.Not {
			to = map[string]*[]string{"upstream": &notServer, "target": &notName, "tool": &notName}
		}
		if list := to[f.Dimension]; list != nil {
			*list = append(*list, f.Values...)
		} else {
			q.ignored = append(q.ignored, f.Dimension)
		}
	}
	for read := 0; read < maxLimit; {
		page, err := a.client.Definitions(ctx, params)
		if err != nil {
			return nil, false, err
		}
		read += len(page.Items)
		for _, d := range page.Items {
			first, last := d.FirstSeen, d.LastSeen
			if q.Changed {
				first, last = d.Changed, d.Changed
			}
			excluded := slices.Contains(notServer, d.Server) || slices.Contains(notName, d.Name)
			if !excluded && first.Before(q.to) && !last.Before(q.from) {
				list = append(list, d)
			}
		}
		if params.Cursor = page.Next; page.Next == "" {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b api.DefinitionSummary) int { return b.Changed.Compare(a.Changed) })
	return list, params.Cursor != "", nil
}

func (a asker) offeredNumbers(list []api.DefinitionSummary, q *query) *data.Frame {
	counts := map[string]*float64{}
	for _, d := range list {
		if counts[d.Server] == nil {
			counts[d.Server] = new(float64)
		}
		*counts[d.Server]++
	}
	frame := data.NewFrame("")
	frame.Meta = &data.FrameMeta{Type: data.FrameTypeNumericWide, TypeVersion: data.FrameTypeVersion{0, 1}}
	for _, server := range slices.Sorted(maps.Keys(counts)) {
		field := data.NewField("definitions", data.Labels{"upstream": known(server)}, []*float64{counts[server]})
		field.Config = &data.FieldConfig{DisplayNameFromDS: known(server), Links: a.discovered(q, url.QueryEscape(server))}
		frame.Fields = append(frame.Fields, field)
	}
	return frame
}

// discovered leads to the sessions in which a server was asked what it offers.
func (a asker) discovered(q *query, upstream string) []data.DataLink {
	asked := query{from: q.from, to: q.to}
	asked.choose("method", lists...)
	return a.list(&asked, []string{"upstream"}, []string{upstream})
}

// changes are marks where definitions became others, and where servers said so.
func (a asker) changes(ctx context.Context, q *query) (marks []mark, more bool, err error) {
	announced := *q
	announced.choose("method", "notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed")
	marks, more, err = a.marked(ctx, &announced, "definitions", func(e api.ListedEvent) string {
		return fmt.Sprintf("%s says that its definitions changed (%s)", service(e.Server, e.Upstream), e.Method)
	})
	if err != nil {
		return nil, false, err
	}
	changed := query{Changed: true, from: q.from, to: q.to}
	list, moreChanged, err := a.offered(ctx, &changed)
	for _, d := range list {
		marks = append(marks, mark{id: d.Hash, title: fmt.Sprintf("%s %s of %s changed, it has %d versions", d.Kind, short(d.Name), service(d.Server, "a server"), d.Versions),
			text: "Seen as " + d.Hash, tags: "definitions", from: d.Changed.UTC(), to: d.Changed.UTC()})
	}
	return marks, more || moreChanged, err
}
