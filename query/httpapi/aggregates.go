package httpapi

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
)

// maxPointsPerGroup keeps a mistyped interval from asking for every second of a year.
const maxPointsPerGroup = 11_000

// aggregates measures events for dashboards.
type aggregates struct {
	*replies
	store *clickhouse.Aggregates
}

func (s *aggregates) routes(api huma.API) {
	huma.Register(api, list("aggregate", "/api/v1/aggregate", "Count and measure events, by dimension and interval"), s.measure)
	huma.Register(api, list("values", "/api/v1/values", "List the values of a dimension"), s.values)
}

// Tags are read by huma: what they say is checked before a handler runs, and is the
// documentation of the parameter.
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

// measure bounds what an answer costs by the number of points of a group, before
// anything is read; the number of groups is bounded by the store.
func (s *aggregates) measure(ctx context.Context, in *aggregateInput) (*output[wire.Aggregate], error) {
	from, to := during(in.TimeQuery)
	if in.Interval > 0 && to.Sub(from)/time.Second/time.Duration(in.Interval) > maxPointsPerGroup {
		return nil, huma.Error400BadRequest(fmt.Sprintf("An interval of %ds makes more than %d points of this range. Ask for a longer interval or less time.", in.Interval, maxPointsPerGroup))
	}
	// The access log has the number of groups: no event leaves as such.
	return read(ctx, s.replies, "aggregate", func(ctx context.Context) (wire.Aggregate, error) {
		return s.store.Measure(ctx, wire.AggregateQuery{Measures: texts(in.Measure), Dimensions: texts(in.By), Filter: in.filter(),
			From: from, To: to, Interval: time.Duration(in.Interval) * time.Second, Limit: in.Limit})
	}, func(a wire.Aggregate) int { return len(a.Groups) })
}

func (s *aggregates) values(ctx context.Context, in *valuesInput) (*output[wire.Values], error) {
	from, to := during(in.TimeQuery)
	return read(ctx, s.replies, "values", func(ctx context.Context) (wire.Values, error) {
		return s.store.Values(ctx, string(in.Dimension), in.Contains, in.filter(), from, to, in.Limit)
	}, func(v wire.Values) int { return len(v.Values) })
}
