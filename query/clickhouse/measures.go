package clickhouse

import (
	"errors"
	"fmt"

	"github.com/mcptrail/mcptrail/query/wire"
)

// ErrMeasure says that there is no such measure or dimension.
var ErrMeasure = errors.New("no such measure or dimension")

// measure is a number that events give together.
// The text of sql is a constant of this file. Nothing that a client sent becomes part of it:
// clients name measures, and measureOf looks the name up.
type measure struct {
	name, meaning string
	// sql is an aggregate over rows of event_points, nullable where a number of
	// nothing would be a lie.
	sql string
	// class of events that it counts: call, end or other, as event_points has them; empty
	// is all. It keeps the engine from reading the others.
	class string
}

// failed are the outcomes of which [query.Failed] is true; a test holds them together.
const failed = "outcome IN ('tool_error', 'protocol_error', 'unauthorized', 'forbidden', 'http_error', 'transport_error', 'server_disconnect')"

// decided are the ends that say whether something worked: the denominator of error_rate.
// An exchange that waits for input or became a task is in neither part.
const decided = "(outcome IN ('ok', 'cancelled', 'client_disconnect') OR " + failed + ")"

// answered are the ends that have a duration.
const answered = "(class = 'end' AND kind = 'answer' AND duration >= 0)"

// measures are the numbers, in the order in which the API lists them.
var measures = []measure{
	{name: "calls", meaning: "Requests.",
		sql: "countIf(class = 'call')", class: "call"},
	{name: "tool_calls", meaning: "Requests of tools/call.",
		sql: "countIf(class = 'call' AND method = 'tools/call')", class: "call"},
	{name: "errors", meaning: "Exchanges that ended in an error.",
		sql: "countIf(class = 'end' AND " + failed + ")", class: "end"},
	{name: "error_rate", meaning: "Share of errors among the exchanges that say whether they worked, from 0 to 1.",
		sql: "countIf(class = 'end' AND " + failed + ") / nullIf(countIf(class = 'end' AND " + decided + "), 0)", class: "end"},
	{name: "latency_p50", meaning: "Median time to an answer, in milliseconds.",
		sql: "quantileIfOrNull(0.5)(duration, " + answered + ") / 1e6", class: "end"},
	{name: "latency_p90", meaning: "90th percentile of the time to an answer, in milliseconds.",
		sql: "quantileIfOrNull(0.9)(duration, " + answered + ") / 1e6", class: "end"},
	{name: "latency_p99", meaning: "99th percentile of the time to an answer, in milliseconds.",
		sql: "quantileIfOrNull(0.99)(duration, " + answered + ") / 1e6", class: "end"},
	{name: "latency_max", meaning: "Longest time to an answer, in milliseconds.",
		sql: "maxIfOrNull(duration, " + answered + ") / 1e6", class: "end"},
	{name: "sessions", meaning: "Different sessions.",
		sql: "uniqExact(session_id)"},
	{name: "agents", meaning: "Different pairs of client and principal.",
		sql: "uniqExactIf((client, principal), client != '' OR principal != '')"},
	{name: "servers", meaning: "Different servers, by their name, else by upstream.",
		sql: "uniqExactIf(if(server != '', toString(server), toString(upstream)), server != '' OR upstream != '')"},
	{name: "gaps", meaning: "Gap events.",
		sql: "countIf(kind = 'gap')", class: "other"},
	{name: "lost", meaning: "Messages that gap events name.",
		sql: "sum(lost)", class: "other"},
	{name: "auth_failures", meaning: "Answers with HTTP 401 or 403.",
		sql: "countIf(outcome IN ('unauthorized', 'forbidden'))", class: "end"},
	{name: "events", meaning: "Events.",
		sql: "count()"},
	{name: "bytes", meaning: "Bytes of the original messages.",
		sql: "sum(size)"},
	{name: "lag_p50", meaning: "Median time from a collector into the table, in milliseconds.",
		sql: "quantileIfOrNull(0.5)(lag, lag >= 0)"},
	{name: "lag_max", meaning: "Longest time from a collector into the table, in milliseconds.",
		sql: "maxIfOrNull(lag, lag >= 0)"},
}

// dimension is what events can be grouped and chosen by.
type dimension struct {
	name, meaning string
	// column of event_points, of events the expression.
	column, expression string
	// list says that an event has any number of values.
	list bool
}

// dimensions in the order in which the API lists them.
var dimensions = []dimension{
	{name: "client", meaning: "Name that the client gave itself.",
		column: "client", expression: "client_name"},
	{name: "server", meaning: "Name that the server gave itself.",
		column: "server", expression: "server_name"},
	{name: "tool", meaning: "Name of the tool that was called.",
		column: "target", expression: "target"},
	{name: "method", meaning: "MCP method.",
		column: "method", expression: "method"},
	{name: "target", meaning: "Name of the tool or prompt, or URI of the resource.",
		column: "target", expression: "target"},
	{name: "principal", meaning: "Subject, client id or fingerprint of the credential, the first that is known.",
		column: "principal", expression: "multiIf(principal_subject != '', principal_subject, principal_client_id != '', principal_client_id, principal_fingerprint)"},
	{name: "upstream", meaning: "Configured name of the server.",
		column: "upstream", expression: "upstream"},
	{name: "transport", meaning: "What carried the session.",
		column: "transport", expression: "transport"},
	{name: "outcome", meaning: "How an exchange ended.",
		column: "outcome", expression: "outcome"},
	{name: "kind", meaning: "Kind of event.",
		column: "kind", expression: "kind"},
	{name: "collector", meaning: "Id of the collector.",
		column: "collector", expression: "collector_id"},
	{name: "scope", meaning: "Scope that the credential granted, or that a challenge asked for.",
		column: "scopes", expression: "scopes", list: true},
}

// among is the condition that an expression has one of the values of a parameter.
func (d dimension) among(expression, parameter string) string {
	if d.list {
		return "hasAny(" + expression + ", {" + parameter + ":Array(String)})"
	}
	return expression + " IN {" + parameter + ":Array(String)}"
}

// each is the column with one value a row. Of an event with no value of a list there is
// one row with the empty text, so that it still counts.
func (d dimension) each() string {
	if d.list {
		return "arrayJoin(if(empty(" + d.column + "), [''], " + d.column + "))"
	}
	return d.column
}

// Measures are the words that [Store.Aggregate] knows.
func Measures() wire.Words {
	words := make(wire.Words, len(measures))
	for i, m := range measures {
		words[i] = wire.Word{Value: m.name, Meaning: m.meaning}
	}
	return words
}

// Dimensions are the words by which it groups.
func Dimensions() wire.Words {
	words := make(wire.Words, len(dimensions))
	for i, d := range dimensions {
		words[i] = wire.Word{Value: d.name, Meaning: d.meaning}
	}
	return words
}

// measureOf finds a measure by its name; the error is [ErrMeasure] for none.
func measureOf(name string) (measure, error) {
	for _, m := range measures {
		if m.name == name {
			return m, nil
		}
	}
	return measure{}, fmt.Errorf("%w: %.60q", ErrMeasure, name)
}

// dimensionOf finds a dimension by its name; the error is [ErrMeasure] for none.
func dimensionOf(name string) (dimension, error) {
	for _, d := range dimensions {
		if d.name == name {
			return d, nil
		}
	}
	return dimension{}, fmt.Errorf("%w: %.60q", ErrMeasure, name)
}
