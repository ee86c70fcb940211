package plugin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mcptrail/mcptrail/grafana-plugin/pkg/api"
)

// Rows of a table or of logs.
const (
	defaultLimit = 500
	maxLimit     = 10_000
)

// query is what the editor stores.
type query struct {
	QueryType string `json:"queryType"`
	Hide      bool   `json:"hide"`
	// Measures and By are of metrics.
	Measures []string `json:"measures"`
	By       []string `json:"by"`
	// Format of metrics: timeseries (also if empty), table, or number, which alert
	// rules read.
	Format  string   `json:"format"`
	Filters []filter `json:"filters"`
	// Session is the id that a trace or logs are of; empty is all for logs.
	Session string `json:"session"`
	// Text that occurs in a payload of the session.
	Text string `json:"text"`
	// Failed chooses what ended badly.
	Failed bool `json:"failed"`
	// Incomplete chooses sessions of which something is missing or open.
	Incomplete bool `json:"incomplete"`
	// Changed chooses definitions that changed.
	Changed bool `json:"changed"`
	// Bodies puts payloads into logs.
	Bodies bool `json:"bodies"`
	// Annotation is sessions, gaps, auth or definitions.
	Annotation string `json:"annotation"`
	Limit      int    `json:"limit"`
	// Around is the seq about which logs of a session are asked, for context, and
	// Side the side of it: before or after.
	Around *int64 `json:"around"`
	Side   string `json:"side"`

	// ignored are the dimensions of filters that say nothing about what is asked.
	ignored  []string
	from, to time.Time
	interval time.Duration
	// points is how many fit on the panel.
	points int64
}

// filter on one dimension. No values is no filter.
type filter struct {
	Dimension string `json:"dimension"`
	Not       bool   `json:"not"`
	Values    values `json:"values"`
}

// values may come as numbers, since a variable's can be.
type values []string

func (v *values) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for _, r := range raw {
		text := string(r)
		if r[0] == '"' {
			if err := json.Unmarshal(r, &text); err != nil {
				return err
			}
		}
		*v = append(*v, text)
	}
	return nil
}

// all is what Grafana has for "every value of the variable".
const all = "$__all"

func parse(raw backend.DataQuery) (*query, error) {
	q := &query{from: raw.TimeRange.From.UTC(), to: raw.TimeRange.To.UTC(), interval: raw.Interval, points: raw.MaxDataPoints}
	if err := json.Unmarshal(raw.JSON, q); err != nil {
		return nil, errQuery("The query cannot be read. Open it in the editor and save it again.")
	}
	if q.QueryType == "" {
		q.QueryType = raw.QueryType
	}
	if kinds[q.kind()] == nil {
		return nil, errQuery(fmt.Sprintf("There is no query type %q. Types are %s.", q.QueryType, strings.Join(slices.Sorted(maps.Keys(kinds)), ", ")))
	}
	q.Filters = slices.DeleteFunc(q.Filters, func(f filter) bool { return len(f.Values) == 0 || slices.Contains(f.Values, all) })
	q.Session = strings.TrimSpace(q.Session)
	if q.Session != "" && uuid.Validate(q.Session) != nil {
		return nil, errQuery(fmt.Sprintf("%.60q is no id of a session. Copy one from a table of sessions.", q.Session))
	}
	return q, nil
}

// kind is metrics where the editor has not stored any.
func (q *query) kind() string {
	if q.QueryType == "" {
		return "metrics"
	}
	return q.QueryType
}

// limit is how many rows are shown at most.
func (q *query) limit() int {
	if q.Limit <= 0 {
		return defaultLimit
	}
	return min(q.Limit, maxLimit)
}

// points are the parameters that aggregate, values and lists of events share.
type points struct {
	client, server, tool, method, target, principal, upstream, transport, outcome, kind, collector, scope, not []string
}

func (q *query) chosen() (p points, err error) {
	to := map[string]*[]string{"client": &p.client, "server": &p.server, "tool": &p.tool, "method": &p.method, "target": &p.target,
		"principal": &p.principal, "upstream": &p.upstream, "transport": &p.transport, "outcome": &p.outcome, "kind": &p.kind,
		"collector": &p.collector, "scope": &p.scope}
	for _, f := range q.Filters {
		list := to[f.Dimension]
		if list == nil {
			return p, errQuery(fmt.Sprintf("Nothing can be filtered by %q. Choose one of %s.", f.Dimension, strings.Join(slices.Sorted(maps.Keys(to)), ", ")))
		}
		if !f.Not {
			*list = append(*list, f.Values...)
			continue
		}
		for _, v := range f.Values {
			p.not = append(p.not, f.Dimension+":"+v)
		}
	}
	return p, nil
}

// choose adds a filter of our own.
func (q *query) choose(dimension string, values ...string) {
	q.Filters = append(q.Filters, filter{Dimension: dimension, Values: values})
}

func (q *query) events() (api.EventListParams, error) {
	p, err := q.chosen()
	params := api.EventListParams{From: q.from, To: q.to, Session: q.Session, Client: p.client, Server: p.server, Tool: p.tool, Method: p.method,
		Target: p.target, Principal: p.principal, Upstream: p.upstream, Transport: p.transport, Outcome: p.outcome, Kind: p.kind,
		Collector: p.collector, Scope: p.scope, Not: p.not}
	if q.Failed {
		params.Failed = &q.Failed
	}
	if q.Bodies {
		params.Bodies = &q.Bodies
	}
	return params, err
}

// notice tells people something about a frame.
func notice(frame *data.Frame, severity data.NoticeSeverity, format string, args ...any) {
	frame.AppendNotices(data.Notice{Severity: severity, Text: fmt.Sprintf(format, args...)})
}
