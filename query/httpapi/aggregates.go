package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/wire"
)

// maxPointsPerGroup keeps a mistyped interval from asking for every second of a year.
const maxPointsPerGroup = 11_000

// PointQuery chooses events by dimension.
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

func (q PointQuery) filter() wire.PointFilter {
	return wire.PointFilter{Not: excluded(q.Not), Only: map[string][]string{"client": q.Client, "server": q.Server, "tool": q.Tool,
		"method": q.Method, "target": q.Target, "principal": q.Principal, "upstream": q.Upstream, "transport": texts(q.Transport),
		"outcome": texts(q.Outcome), "kind": texts(q.Kind), "collector": q.Collector, "scope": q.Scope}}
}

// excluded are values by their dimensions.
func excluded(list []string) map[string][]string {
	not := map[string][]string{}
	for _, text := range list {
		dimension, value, _ := strings.Cut(text, ":")
		not[dimension] = append(not[dimension], value)
	}
	return not
}

type aggregateInput struct {
	Measure  []measure   `query:"measure,explode" required:"true" minItems:"1" maxItems:"20" doc:"What to measure. Latencies and lags are in milliseconds, error_rate is from 0 to 1."`
	By       []dimension `query:"by,explode" maxItems:"4" doc:"Dimensions to group by. By tool, only calls of tools count."`
	Interval uint32      `query:"interval" doc:"Seconds per point; 0 is one point for the whole range."`
	Limit    int         `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Groups at most, those with most of the first measure."`
	PointQuery
	TimeQuery
}

type valuesInput struct {
	Dimension dimension `query:"dimension" required:"true" doc:"Which values to list."`
	Contains  string    `query:"contains" maxLength:"256" doc:"Only values in which this occurs, in any case."`
	Limit     int       `query:"limit" minimum:"1" maximum:"5000" default:"1000" doc:"Values at most."`
	PointQuery
	TimeQuery
}

type eventListInput struct {
	Session string `query:"session" format:"uuid" doc:"Events of one session only."`
	Failed  bool   `query:"failed" doc:"Only what ended badly: errors, refusals, broken connections."`
	Bodies  bool   `query:"bodies" doc:"Whether payloads are sent."`
	PointQuery
	TimeQuery
	PageQuery
}

// aggregateRoutes are what dashboards ask.
func (s *server) aggregateRoutes(api huma.API) {
	errors := []int{http.StatusBadRequest, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	huma.Register(api, huma.Operation{OperationID: "aggregate", Method: http.MethodGet, Path: "/api/v1/aggregate",
		Summary: "Count and measure events, by dimension and interval", Errors: errors}, s.aggregate)
	huma.Register(api, huma.Operation{OperationID: "values", Method: http.MethodGet, Path: "/api/v1/values",
		Summary: "List the values of a dimension", Errors: errors}, s.values)
	huma.Register(api, huma.Operation{OperationID: "event-list", Method: http.MethodGet, Path: "/api/v1/events",
		Summary: "List events of any session, newest first", Errors: errors}, s.eventList)
}

func (s *server) aggregate(ctx context.Context, in *aggregateInput) (*output[wire.Aggregate], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	from, to := during(in.TimeQuery)
	if in.Interval > 0 && to.Sub(from)/time.Second/time.Duration(in.Interval) > maxPointsPerGroup {
		return nil, huma.Error400BadRequest(fmt.Sprintf("An interval of %ds makes more than %d points of this range. Ask for a longer interval or less time.", in.Interval, maxPointsPerGroup))
	}
	found, err := s.store.Aggregate(ctx, wire.AggregateQuery{Measures: texts(in.Measure), Dimensions: texts(in.By), Filter: in.filter(),
		From: from, To: to, Interval: time.Duration(in.Interval) * time.Second, Limit: in.Limit})
	if err == nil {
		err = s.access.record(ctx, "aggregate", uint64(len(found.Groups)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Aggregate]{found}, nil
}

func (s *server) values(ctx context.Context, in *valuesInput) (*output[wire.Values], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	from, to := during(in.TimeQuery)
	found, err := s.store.Values(ctx, string(in.Dimension), in.Contains, in.filter(), from, to, in.Limit)
	if err == nil {
		err = s.access.record(ctx, "values", uint64(len(found.Values)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Values]{found}, nil
}

func (s *server) eventList(ctx context.Context, in *eventListInput) (*output[wire.Page[wire.ListedEvent]], error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	page, err := s.store.EventList(ctx, wire.EventQuery{Session: in.Session, From: in.From, To: in.To, Filter: in.filter(),
		Failed: in.Failed, Bodies: in.Bodies}, in.Cursor, in.Limit)
	if err == nil {
		err = s.access.record(ctx, "events", uint64(len(page.Items)))
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &output[wire.Page[wire.ListedEvent]]{page}, nil
}

// during is the range that was asked for: without an end until now, without a
// beginning a day before its end.
func during(q TimeQuery) (from, to time.Time) {
	from, to = q.From, q.To
	if to.IsZero() {
		to = time.Now().Add(time.Second)
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -1)
	}
	return from, to
}
