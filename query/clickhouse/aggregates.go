package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/mcptrail/mcptrail/query/wire"
)

// MaxPoints is how many points one answer may have, before groups are excluded.
const MaxPoints = 100_000

// ErrPoints says that an answer would have more than [MaxPoints].
var ErrPoints = errors.New("too many points")

// Aggregates measures events. One that was stored twice counts once.
type Aggregates struct{ tenant }

// Measure measures the events that the query chooses, by dimension and interval. It reads
// the projection event_points and no payload. Intervals without events have no point.
// The error is [ErrMeasure] for an unknown word, [ErrPoints] for too large an answer.
func (s *Aggregates) Measure(ctx context.Context, q wire.AggregateQuery) (wire.Aggregate, error) {
	out := wire.Aggregate{IntervalMS: q.Interval.Milliseconds(), Dimensions: list(q.Dimensions), Measures: list(q.Measures), Groups: []wire.Group{}}
	w := s.where()
	if err := w.pointFilter(q.Filter, q.Dimensions); err != nil {
		return out, err
	}
	// Words of the request become SQL only by look-up in the tables of measures and dimensions,
	// never as they came; everything else is a parameter.
	columns, err := w.measured(q.Measures)
	if err != nil {
		return out, err
	}
	w.during(q.From, q.To)
	bucket := "toUInt32(0)"
	if q.Interval > 0 { // cut to multiples of the interval since 1970, so that two answers have the same points
		bucket = "toUInt32(intDiv(second, {step:UInt32}) * {step:UInt32})"
		w.set("step", seconds(int64(q.Interval/time.Second)))
	}
	grouped, keys, err := groupBy(q.Dimensions)
	if err != nil {
		return out, err
	}
	// The bound is on groups times intervals, which is what the answer and the browser hold.
	w.set("most", uint64(MaxPoints+1))
	// FINAL merges the rows of one event: a block that ingest sent twice would count twice.
	// One row more than the bound tells an answer that is full from one that is cut.
	// The rows are ordered by time alone, so the points of each group come in order too.
	groups := groups{answer: &out, of: map[string]int{}, from: seconds(q.From.Unix())}
	err = s.each(ctx, "aggregating events", "SELECT "+bucket+" AS bucket, ["+strings.Join(keys, ", ")+"]::Array(String), ["+strings.Join(columns, ", ")+
		"]::Array(Nullable(Float64)) FROM event_points FINAL WHERE "+w.String()+" GROUP BY "+strings.Join(grouped, ", ")+
		" ORDER BY bucket LIMIT {most:UInt64}", w.parameters, groups.add)
	if err != nil {
		return out, err
	}
	// Refused and not cut: points are missing at the end of the time, in all groups at once.
	if groups.points > MaxPoints {
		return out, ErrPoints
	}
	// By the key where the sums are equal, so that the same question has the same answer.
	slices.SortStableFunc(out.Groups, func(a, b wire.Group) int {
		return cmp.Or(cmp.Compare(weigh(b), weigh(a)), slices.Compare(a.Key, b.Key))
	})
	if q.Limit > 0 && len(out.Groups) > q.Limit {
		// How many were cut is part of the answer: a chart of the ten largest must not look like
		// a chart of all.
		out.LeftOut = len(out.Groups) - q.Limit
		out.Groups = out.Groups[:q.Limit]
	}
	return out, nil
}

// groupBy gives the columns to group by, and the same as texts for the answer. Grouping
// the texts instead would be slower: most columns are numbers of a dictionary.
func groupBy(dimensions []string) (columns, texts []string, err error) {
	columns = []string{"bucket"}
	for _, name := range dimensions {
		d, err := dimensionOf(name)
		if err != nil {
			return nil, nil, err
		}
		columns = append(columns, d.each())
		texts = append(texts, "toString("+d.each()+")")
	}
	return columns, texts, nil
}

// groups puts the rows of an aggregate into the groups of its answer.
type groups struct {
	answer *wire.Aggregate
	// of is the index of each group by its key.
	of map[string]int
	// from is the time of the one point that an answer without an interval has.
	from   uint32
	points int
}

// add takes one row: the beginning of its interval, the values of the dimensions, and
// the measures, null where nothing was measured. Keys are joined by a zero byte, which
// no dimension holds.
func (g *groups) add(row driver.Rows) error {
	var at uint32
	var key []string
	var values []*float64
	if err := row.Scan(&at, &key, &values); err != nil {
		return err
	}
	id := strings.Join(key, "\x00")
	n, ok := g.of[id]
	if !ok {
		n = len(g.answer.Groups)
		g.of[id], g.answer.Groups = n, append(g.answer.Groups, wire.Group{Key: list(key)})
	}
	// The statement gives 0 there.
	if g.answer.IntervalMS == 0 {
		at = g.from
	}
	group := &g.answer.Groups[n]
	group.Points = append(group.Points, wire.Point{Time: time.Unix(int64(at), 0).UTC(), Values: values})
	g.points++
	return nil
}

// Values lists values of one dimension in their order, without the empty one, at most
// limit. With a text, only those that contain it in any case; that filter stands outside
// of the inner query, since a list dimension has its values only after the array join.
func (s *Aggregates) Values(ctx context.Context, dimension, text string, f wire.PointFilter, from, to time.Time, limit int) (wire.Values, error) {
	out := wire.Values{Dimension: dimension, Values: []string{}}
	w := s.where()
	d, err := dimensionOf(dimension)
	if err == nil {
		err = w.pointFilter(f, []string{dimension})
	}
	if err != nil {
		return out, err
	}
	w.during(from, to)
	chosen := "value != ''"
	if text != "" {
		chosen += " AND positionCaseInsensitiveUTF8(value, {text:String}) > 0"
		w.set("text", text)
	}
	// No FINAL: DISTINCT makes one of what is stored twice. One row more says that there are more.
	w.set("most", uint64(limit+1))
	err = s.each(ctx, "listing values", "SELECT DISTINCT value FROM (SELECT toString("+d.each()+") AS value FROM event_points WHERE "+w.String()+
		") WHERE "+chosen+" ORDER BY value LIMIT {most:UInt64}", w.parameters, func(row driver.Rows) error {
		var value string
		err := row.Scan(&value)
		out.Values = append(out.Values, value)
		return err
	})
	if len(out.Values) > limit {
		out.Values, out.More = out.Values[:limit], true
	}
	return out, err
}

// pointFilter adds the filter's conditions on event_points, and those of the dimensions
// by which is grouped.
func (w *where) pointFilter(f wire.PointFilter, by []string) error {
	for _, name := range by {
		if _, err := dimensionOf(name); err != nil {
			return err
		}
	}
	// Target is the column of three dimensions; a tool is that of a tools/call.
	if slices.Contains(by, "tool") {
		// Without this condition a prompt or a resource of the same name would be counted.
		w.conditions = append(w.conditions, "method = 'tools/call'")
	}
	return w.dimensionFilter(f, func(d dimension) string { return d.column })
}

// dimensionFilter adds the filter's conditions on what the function gives for a dimension.
func (w *where) dimensionFilter(f wire.PointFilter, of func(dimension) string) error {
	for name, values := range f.Only {
		d, err := dimensionOf(name)
		if err != nil {
			return err
		}
		w.any(d.among(of(d), "only_"+name), "only_"+name, values)
		if name == "tool" && len(values) > 0 {
			w.conditions = append(w.conditions, "method = 'tools/call'")
		}
	}
	for name, values := range f.Not {
		d, err := dimensionOf(name)
		if err != nil {
			return err
		}
		w.any("NOT "+d.among(of(d), "not_"+name), "not_"+name, values)
	}
	return nil
}

// measured gives the columns of measures, and adds the condition that excludes events
// that none of them counts.
func (w *where) measured(names []string) (columns []string, err error) {
	var classes []string
	for _, name := range names {
		m, err := measureOf(name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, "toFloat64("+m.sql+")")
		// The empty class stands for all events; one such measure makes the condition useless.
		classes = append(classes, m.class)
	}
	if !slices.Contains(classes, "") {
		w.add("class IN {classes:Array(String)}", "classes", classes)
	}
	return columns, nil
}

// during bounds the time to whole seconds, outwards: event_points has no finer time.
func (w *where) during(from, to time.Time) {
	// event_points is ordered by tenant, class and second: with the condition on class that
	// most measures have, this one prunes granules.
	w.add("second >= {since:UInt32}", "since", seconds(from.Unix()))
	if !to.IsZero() {
		end := to.Unix()
		if to.Nanosecond() > 0 {
			end++
		}
		w.add("second < {until:UInt32}", "until", seconds(end))
	}
}

// seconds clamps a time to the UInt32 of event_points, which ends in 2106.
func seconds(n int64) uint32 { return uint32(max(0, min(n, math.MaxUint32))) }

// list copies a list so that no answer holds null in its place.
func list(s []string) []string { return append([]string{}, s...) }

// weigh sums the first measure over the points of a group, without those that are null.
// It orders groups before the limit cuts them.
func weigh(g wire.Group) (sum float64) {
	for _, p := range g.Points {
		if v := p.Values[0]; v != nil {
			sum += *v
		}
	}
	return sum
}
