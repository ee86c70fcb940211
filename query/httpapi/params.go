package httpapi

import (
	"math"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// EventQuery chooses events. It and the others that are embedded are exported for
// huma alone, which reads no others.
type EventQuery struct {
	Kind    []eventKind `query:"kind,explode" maxItems:"100" doc:"Kind of event."`
	Method  []string    `query:"method,explode" maxItems:"100" doc:"MCP method, tools/call for example."`
	Target  []string    `query:"target,explode" maxItems:"100" doc:"Name of the tool or prompt, or URI of the resource."`
	Outcome []outcome   `query:"outcome,explode" maxItems:"100" doc:"How an exchange ended."`
}

// filter is the condition as the store takes it; an empty list is none.
func (q EventQuery) filter() wire.EventFilter {
	return wire.EventFilter{Kind: texts(q.Kind), Method: q.Method, Target: q.Target, Outcome: texts(q.Outcome)}
}

// PageQuery chooses a page of a list.
type PageQuery struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"The next of an earlier page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Items per page."`
}

// TimeQuery bounds a list in time.
// The zero time is no bound.
type TimeQuery struct {
	From time.Time `query:"from" doc:"Only what is not before this time."`
	To   time.Time `query:"to" doc:"Only what is before this time."`
}

// Times that the record can hold: what an int64 of nanoseconds since 1970 can, from 0.
var (
	firstTime = time.Unix(0, 0)
	lastTime  = time.Unix(0, math.MaxInt64)
)

// Resolve refuses times that no event can have, which huma calls once the query is read.
// ClickHouse would wrap them around and answer with the wrong part of the record.
func (q *TimeQuery) Resolve(ctx huma.Context) []error {
	var wrong []error
	refuse := func(name, message string) {
		wrong = append(wrong, &huma.ErrorDetail{Location: "query." + name, Message: message, Value: ctx.Query(name)})
	}
	within := func(name string, t time.Time) {
		// Asked of the text, not of the time: a zero time may have been sent as such.
		if ctx.Query(name) != "" && (t.Before(firstTime) || t.After(lastTime)) {
			refuse(name, "expected a time from 1970 to 2262")
		}
	}
	within("from", q.From)
	within("to", q.To)
	if wrong == nil && !q.To.IsZero() && q.From.After(q.To) {
		refuse("from", "expected a time that is not after `to`")
	}
	return wrong
}

// SessionQuery chooses sessions. Conditions of different fields must all hold; those on
// events must hold for one event of the session.
type SessionQuery struct {
	ID         string      `query:"id" maxLength:"36" pattern:"^[0-9a-f-]*$" patternDescription:"hexadecimal digits and dashes" doc:"Beginning of an id, or of its last group of digits."`
	Client     []string    `query:"client,explode" maxItems:"100" doc:"Name that the client gave itself."`
	Server     []string    `query:"server,explode" maxItems:"100" doc:"Name that the server gave itself."`
	Principal  []string    `query:"principal,explode" maxItems:"100" doc:"Issuer, subject, client id or fingerprint of the credential; on stdio host or user."`
	Upstream   []string    `query:"upstream,explode" maxItems:"100" doc:"Configured name of the server."`
	Transport  []transport `query:"transport,explode" maxItems:"100" doc:"What carried the session."`
	Collector  []string    `query:"collector,explode" maxItems:"100" doc:"Id of the collector."`
	Scope      []string    `query:"scope,explode" maxItems:"100" doc:"Scope that the credential granted, or that a challenge asked for."`
	Not        []exclusion `query:"not,explode" maxItems:"100" doc:"What must not be, as dimension:value: of the session, or of the event that the other conditions choose."`
	Complete   string      `query:"complete" enum:"true,false" doc:"Whether the session was closed and nothing of it is missing."`
	Collectors bool        `query:"collectors" doc:"List also the sessions in which collectors state what they did themselves."`
	Text       string      `query:"text" maxLength:"256" doc:"Words that occur in a payload of the session, as written and whole, in any ASCII case."`
	TimeQuery
	EventQuery
}

// sessionFilter is not called filter, which the embedded EventQuery has.
// It makes a condition of every field: a new one without a line here would be accepted and
// choose nothing.
func (q SessionQuery) sessionFilter() wire.Filter {
	f := wire.Filter{ID: q.ID, From: q.From, To: q.To, Client: q.Client, Server: q.Server, Principal: q.Principal,
		Upstream: q.Upstream, Transport: texts(q.Transport), Collector: q.Collector, Scope: q.Scope, Not: excluded(texts(q.Not)), Event: q.filter(), Collectors: q.Collectors, Text: q.Text}
	// Three values: an empty word is no condition, which false could not say.
	if q.Complete != "" {
		complete := q.Complete == "true"
		f.Complete = &complete
	}
	return f
}

// SessionPath names a session.
type SessionPath struct {
	ID string `path:"id" format:"uuid" doc:"Id of the session."`
}

func (in SessionPath) uuid() uuid.UUID { return uuid.MustParse(in.ID) } // format: uuid was checked

// PointQuery chooses events by dimension. The limits are wide: "all but one" of a template
// variable is sent as a list of all the others.
type PointQuery struct {
	Client    []string    `query:"client,explode" maxItems:"1000" doc:"Name that the client gave itself."`
	Server    []string    `query:"server,explode" maxItems:"1000" doc:"Name that the server gave itself."`
	Tool      []string    `query:"tool,explode" maxItems:"1000" doc:"Name of the tool that was called."`
	Method    []string    `query:"method,explode" maxItems:"1000" doc:"MCP method."`
	Target    []string    `query:"target,explode" maxItems:"1000" doc:"Name of the tool or prompt, or URI of the resource."`
	Principal []string    `query:"principal,explode" maxItems:"1000" doc:"Subject, client id or fingerprint of the credential, the first that is known."`
	Upstream  []string    `query:"upstream,explode" maxItems:"1000" doc:"Configured name of the server."`
	Transport []transport `query:"transport,explode" maxItems:"1000" doc:"What carried the session."`
	Outcome   []outcome   `query:"outcome,explode" maxItems:"1000" doc:"How an exchange ended."`
	Kind      []eventKind `query:"kind,explode" maxItems:"1000" doc:"Kind of event."`
	Collector []string    `query:"collector,explode" maxItems:"1000" doc:"Id of the collector."`
	Scope     []string    `query:"scope,explode" maxItems:"1000" doc:"Scope that the credential granted, or that a challenge asked for."`
	Not       []string    `query:"not,explode" maxItems:"1000" pattern:"^[a-z]+:" patternDescription:"dimension:value" doc:"What must not be, as dimension:value."`
}

// filter names the dimensions as [clickhouse.Dimensions] does.
func (q PointQuery) filter() wire.PointFilter {
	return wire.PointFilter{Not: excluded(q.Not), Only: map[string][]string{"client": q.Client, "server": q.Server, "tool": q.Tool,
		"method": q.Method, "target": q.Target, "principal": q.Principal, "upstream": q.Upstream, "transport": texts(q.Transport),
		"outcome": texts(q.Outcome), "kind": texts(q.Kind), "collector": q.Collector, "scope": q.Scope}}
}

// excluded are values by their dimensions. A value may hold colons, a dimension has none.
// The patterns of the parameters have made sure of the colon.
func excluded(list []string) map[string][]string {
	not := map[string][]string{}
	for _, text := range list {
		dimension, value, _ := strings.Cut(text, ":")
		not[dimension] = append(not[dimension], value)
	}
	return not
}

// during is the range of a query: without an end until now, without a beginning from a day
// before its end. Dashboards always send both; people who try the API send none.
func during(q TimeQuery) (from, to time.Time) {
	from, to = q.From, q.To
	if to.IsZero() {
		// To is exclusive, and an event of this very moment is meant too.
		to = time.Now().Add(time.Second)
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -1)
	}
	return from, to
}
