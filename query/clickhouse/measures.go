package clickhouse

import (
	"errors"
	"maps"
	"slices"
)

// ErrMeasure says that there is no such measure or dimension.
var ErrMeasure = errors.New("no such measure or dimension")

// measure is a number that events give together.
type measure struct {
	// sql is an aggregate over rows of event_points, nullable where a number of
	// nothing would be a lie.
	sql string
	// class is the only one that it looks at; empty is all.
	class string
}

// failed are the outcomes of which [query.Failed] is true; a test holds them together.
const failed = "outcome IN ('tool_error', 'protocol_error', 'unauthorized', 'forbidden', 'http_error', 'transport_error', 'server_disconnect')"

// settled are the ends that say whether something worked.
const settled = "(outcome IN ('ok', 'cancelled', 'client_disconnect') OR " + failed + ")"

// answered are the ends that have a duration.
const answered = "(class = 'end' AND kind = 'answer' AND duration >= 0)"

var measures = map[string]measure{
	"calls":         {"countIf(class = 'call')", "call"},
	"tool_calls":    {"countIf(class = 'call' AND method = 'tools/call')", "call"},
	"errors":        {"countIf(class = 'end' AND " + failed + ")", "end"},
	"error_rate":    {"countIf(class = 'end' AND " + failed + ") / nullIf(countIf(class = 'end' AND " + settled + "), 0)", "end"},
	"latency_p50":   {"quantileIfOrNull(0.5)(duration, " + answered + ") / 1e6", "end"},
	"latency_p90":   {"quantileIfOrNull(0.9)(duration, " + answered + ") / 1e6", "end"},
	"latency_p99":   {"quantileIfOrNull(0.99)(duration, " + answered + ") / 1e6", "end"},
	"latency_max":   {"maxIfOrNull(duration, " + answered + ") / 1e6", "end"},
	"sessions":      {"uniqExact(session_id)", ""},
	"agents":        {"uniqExactIf((client, principal), client != '' OR principal != '')", ""},
	"servers":       {"uniqExactIf(if(server != '', toString(server), toString(upstream)), server != '' OR upstream != '')", ""},
	"gaps":          {"countIf(kind = 'gap')", "other"},
	"lost":          {"sum(lost)", "other"},
	"auth_failures": {"countIf(outcome IN ('unauthorized', 'forbidden'))", "end"},
	"events":        {"count()", ""},
	"bytes":         {"sum(size)", ""},
	"lag_p50":       {"quantileIfOrNull(0.5)(lag, lag >= 0)", ""},
	"lag_max":       {"maxIfOrNull(lag, lag >= 0)", ""},
}

// dimension is what events can be grouped and chosen by.
type dimension struct {
	// column of event_points, of events the expression.
	column, expression string
	// list says that an event has any number of values.
	list bool
}

var dimensions = map[string]dimension{
	"client":    {column: "client", expression: "client_name"},
	"server":    {column: "server", expression: "server_name"},
	"tool":      {column: "target", expression: "target"},
	"method":    {column: "method", expression: "method"},
	"target":    {column: "target", expression: "target"},
	"principal": {column: "principal", expression: "multiIf(principal_subject != '', principal_subject, principal_client_id != '', principal_client_id, principal_fingerprint)"},
	"upstream":  {column: "upstream", expression: "upstream"},
	"transport": {column: "transport", expression: "transport"},
	"outcome":   {column: "outcome", expression: "outcome"},
	"kind":      {column: "kind", expression: "kind"},
	"collector": {column: "collector", expression: "collector_id"},
	"scope":     {column: "scopes", expression: "scopes", list: true},
}

// among is the condition that an expression has one of the values of a parameter.
func (d dimension) among(expression, parameter string) string {
	if d.list {
		return "hasAny(" + expression + ", {" + parameter + ":Array(String)})"
	}
	return expression + " IN {" + parameter + ":Array(String)}"
}

// each is the column with one value a row.
func (d dimension) each() string {
	if d.list {
		return "arrayJoin(if(empty(" + d.column + "), [''], " + d.column + "))"
	}
	return d.column
}

// Measures are the words that [Store.Aggregate] knows.
func Measures() []string { return slices.Sorted(maps.Keys(measures)) }

// Dimensions are the words by which it groups.
func Dimensions() []string { return slices.Sorted(maps.Keys(dimensions)) }
