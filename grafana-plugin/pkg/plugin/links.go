package plugin

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// maxLinked is how many series have links. More are lines that nobody tells apart.
const maxLinked = 1000

// maxChosen values of one filter are taken by a list of sessions.
const maxChosen = 100

// cell is a value of the row that somebody clicks on, escaped, as Grafana puts it
// into a link.
func cell(field string) string { return "${__data.fields." + field + ":percentencode}" }

// list is a link to the sessions in the web UI that have what the query and one of
// its groups choose, in its range. The key is escaped, since a [cell] stands for the
// value of any row; where it is empty the record knows no value, and the link chooses
// none.
func (a asker) list(q *query, dimensions, key []string) []data.DataLink {
	address := []string{"from=" + q.from.Format(time.RFC3339), "to=" + q.to.Format(time.RFC3339)}
	choose := func(dimension, value string) {
		if dimension == "tool" {
			address, dimension = append(address, "method=tools%2Fcall"), "target"
		}
		address = append(address, dimension+"="+value)
	}
	for i, dimension := range dimensions {
		if key[i] != "" {
			choose(dimension, key[i])
		}
	}
	for _, f := range q.Filters {
		if len(f.Values) > maxChosen || !f.Not && slices.Contains(dimensions, f.Dimension) {
			continue
		}
		for _, v := range f.Values {
			if f.Not {
				address = append(address, "not="+url.QueryEscape(f.Dimension+":"+v))
			} else {
				choose(f.Dimension, url.QueryEscape(v))
			}
		}
	}
	return []data.DataLink{{Title: "List sessions", TargetBlank: true, URL: a.web + "/sessions?" + strings.Join(address, "&")}}
}

// linkRows leads from each row of a table of groups to its sessions: from the values
// of its dimensions, and from its first number, since a value can be unknown.
func (a asker) linkRows(frame *data.Frame, q *query) {
	var cells []string
	for _, dimension := range q.By {
		cells = append(cells, cell(dimension))
	}
	for _, field := range frame.Fields[:len(q.By)+1] {
		if field.Config == nil {
			field.Config = &data.FieldConfig{}
		}
		field.Config.Links = a.list(q, q.By, cells)
	}
}

// linker makes the links of the series of one group.
type linker func(key []string) []data.DataLink

func noLinks([]string) []data.DataLink { return nil }

func (a asker) linkSeries(found api.Aggregate, q *query) linker {
	if len(found.Groups)*len(found.Measures) > maxLinked {
		return noLinks
	}
	return func(key []string) []data.DataLink {
		var escaped []string
		for _, value := range key {
			escaped = append(escaped, url.QueryEscape(value))
		}
		return a.list(q, q.By, escaped)
	}
}
