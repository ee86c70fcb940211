package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/wire"
)

// facetValues and bars bound what a page can show.
const (
	// facetValues are counted of each field at most.
	facetValues = 12
	// bars a histogram has at most.
	bars = 120
)

// steps are the widths that a bar of a histogram can have.
var steps = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}

// Facets counts sessions for the page that filters them.
type Facets struct{ tenant }

// Count counts the sessions that the filter chooses by the fields of the filter and
// by when they began.
func (s *Facets) Count(ctx context.Context, f wire.Filter) (wire.Facets, error) {
	facets := wire.Facets{Fields: []wire.Facet{}, Histogram: []wire.Bucket{}}
	err := s.countFields(ctx, f, &facets)
	if err == nil {
		err = s.histogram(ctx, f, &facets)
	}
	return facets, err
}

// countFields counts each field's values over the sessions that the other fields choose,
// in one pass: a row carries along which fields choose it. A session that all fields
// choose counts for every field; one that a single field excludes counts for that field
// alone, since there its value is what the reader could choose instead.
func (s *Facets) countFields(ctx context.Context, f wire.Filter, facets *wire.Facets) error {
	fields := f
	// These six are counted beside each other and therefore no condition of the rows; what is
	// left of the filter excludes rows for all of them.
	f.Client, f.Server, f.Principal, f.Upstream, f.Transport, f.Complete = nil, nil, nil, nil, nil, nil
	w := s.where()
	w.sessionFilter(f)
	complete := []string{}
	if fields.Complete != nil {
		complete = append(complete, fmt.Sprint(*fields.Complete))
	}
	for name, values := range map[string][]string{"client": fields.Client, "server": fields.Server, "principal": fields.Principal,
		"upstream": fields.Upstream, "transport": fields.Transport, "complete": complete} {
		// A nil slice would be bound as NULL and not as an empty array.
		w.set("chosen_"+name, append([]string{}, values...))
	}
	w.set("most", uint32(facetValues))
	return s.each(ctx, "counting facets", `SELECT field.1, field.2 AS value, count() AS sessions FROM (
			SELECT [('client', client_name), ('server', server_name),
					('principal', multiIf(principal_subject != '', principal_subject, principal_client_id != '', principal_client_id, principal_fingerprint)),
					('upstream', toString(upstream)), ('transport', toString(transport)),
					('complete', if(closed = 1 AND events = last_seq + 1, 'true', 'false'))] AS fields,
				[client_name IN {chosen_client:Array(String)} OR empty({chosen_client:Array(String)}),
				 server_name IN {chosen_server:Array(String)} OR empty({chosen_server:Array(String)}),
				 hasAny(`+principals+`, {chosen_principal:Array(String)})
					OR empty({chosen_principal:Array(String)}),
				 upstream IN {chosen_upstream:Array(String)} OR empty({chosen_upstream:Array(String)}),
				 transport IN {chosen_transport:Array(String)} OR empty({chosen_transport:Array(String)}),
				 has({chosen_complete:Array(String)}, fields[6].2) OR empty({chosen_complete:Array(String)})] AS chosen,
				arrayCount(c -> NOT c, chosen) AS misses
			FROM sessions WHERE `+w.String()+`)
		ARRAY JOIN fields AS field, chosen AS hit
		WHERE misses = 0 OR misses = 1 AND NOT hit
		GROUP BY field.1, value ORDER BY field.1, sessions DESC, value LIMIT {most:UInt32} BY field.1`, w.parameters, func(row driver.Rows) error {
		var field string
		var v wire.FacetValue
		err := row.Scan(&field, &v.Value, &v.Count)
		if n := len(facets.Fields); n == 0 || facets.Fields[n-1].Field != field {
			facets.Fields = append(facets.Fields, wire.Facet{Field: field})
		}
		last := &facets.Fields[len(facets.Fields)-1]
		last.Values = append(last.Values, v)
		return err
	})
}

// histogram counts sessions by their beginning, in at most [bars] steps.
func (s *Facets) histogram(ctx context.Context, f wire.Filter, facets *wire.Facets) error {
	w := s.where()
	w.sessionFilter(f)
	var first, last time.Time
	row := s.conn.QueryRow(ctx, "SELECT count(), countIf(errors > 0), min(started), max(started) FROM sessions WHERE "+w.String(), w.parameters...)
	if err := row.Scan(&facets.Total, &facets.Errors, &first, &last); err != nil {
		return fmt.Errorf("counting sessions: %w", err)
	}
	// Without rows min and max are 1970.
	if facets.Total == 0 {
		return nil
	}
	// The narrowest step that keeps the number of bars.
	step := steps[len(steps)-1]
	for _, wider := range steps {
		// Not <=: cutting to multiples of the step since 1970 can add one bar.
		if last.Sub(first)/wider < bars {
			step = wider
			break
		}
	}
	facets.StepMS = step.Milliseconds()
	// Bars without sessions are not there; the page draws them from the step.
	w.set("step", facets.StepMS)
	return s.each(ctx, "counting sessions over time", `SELECT fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(started), {step:Int64}) * {step:Int64}, 'UTC') AS bucket,
			count(), countIf(errors > 0)
		FROM sessions WHERE `+w.String()+` GROUP BY bucket ORDER BY bucket`, w.parameters, func(row driver.Rows) error {
		var b wire.Bucket
		err := row.Scan(&b.Time, &b.Sessions, &b.Failed)
		b.Time = b.Time.UTC()
		facets.Histogram = append(facets.Histogram, b)
		return err
	})
}
