package clickhouse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// MaxPoints is how many points one answer may have, before groups are left out.
const MaxPoints = 100_000

// ErrPoints says that an answer would have more than [MaxPoints].
var ErrPoints = errors.New("too many points")

// Aggregate measures the events that the query chooses. An event that was stored
// twice counts once.
func (s *Store) Aggregate(ctx context.Context, q wire.AggregateQuery) (wire.Aggregate, error) {
	out := wire.Aggregate{IntervalMS: q.Interval.Milliseconds(), Dimensions: list(q.Dimensions), Measures: list(q.Measures), Groups: []wire.Group{}}
	w := s.where()
	if err := w.points(q.Filter, q.Dimensions); err != nil {
		return out, err
	}
	columns, err := w.measured(q.Measures)
	if err != nil {
		return out, err
	}
	w.during(q.From, q.To)
	bucket, grouped, keys := "toUInt32(0)", []string{"bucket"}, []string{}
	if q.Interval > 0 {
		bucket = "toUInt32(intDiv(second, {step:UInt32}) * {step:UInt32})"
		w.set("step", seconds(int64(q.Interval/time.Second)))
	}
	for _, name := range q.Dimensions {
		// Numbers of a dictionary are grouped, and what is left of them is made text.
		d, err := dimensionOf(name)
		if err != nil {
			return out, err
		}
		grouped = append(grouped, d.each())
		keys = append(keys, "toString("+d.each()+")")
	}
	w.set("most", uint64(MaxPoints+1))
	found, err := s.query(ctx, "SELECT "+bucket+" AS bucket, ["+strings.Join(keys, ", ")+"]::Array(String), ["+strings.Join(columns, ", ")+
		"]::Array(Nullable(Float64)) FROM event_points FINAL WHERE "+w.String()+" GROUP BY "+strings.Join(grouped, ", ")+
		" ORDER BY bucket LIMIT {most:UInt64}", w.parameters)
	if err != nil {
		return out, fmt.Errorf("aggregating events: %w", err)
	}
	defer found.Close()
	of := map[string]int{}
	rows := 0
	for ; found.Next(); rows++ {
		var at uint32
		var key []string
		var values []*float64
		if err := found.Scan(&at, &key, &values); err != nil {
			return out, fmt.Errorf("reading an aggregate's row: %w", err)
		}
		id := strings.Join(key, "\x00")
		n, ok := of[id]
		if !ok {
			n = len(out.Groups)
			of[id], out.Groups = n, append(out.Groups, wire.Group{Key: list(key)})
		}
		if q.Interval == 0 {
			at = seconds(q.From.Unix())
		}
		out.Groups[n].Points = append(out.Groups[n].Points, wire.Point{Time: time.Unix(int64(at), 0).UTC(), Values: values})
	}
	if err := found.Err(); err != nil {
		return out, fmt.Errorf("aggregating events: %w", err)
	}
	if rows > MaxPoints {
		return out, ErrPoints
	}
	slices.SortStableFunc(out.Groups, func(a, b wire.Group) int {
		return cmp.Or(cmp.Compare(weigh(b), weigh(a)), slices.Compare(a.Key, b.Key))
	})
	if q.Limit > 0 && len(out.Groups) > q.Limit {
		out.LeftOut = len(out.Groups) - q.Limit
		out.Groups = out.Groups[:q.Limit]
	}
	return out, nil
}

// Values lists values of one dimension in their order, without the empty one. Those
// that contain the text come alone.
func (s *Store) Values(ctx context.Context, dimension, text string, f wire.PointFilter, from, to time.Time, limit int) (wire.Values, error) {
	out := wire.Values{Dimension: dimension, Values: []string{}}
	w := s.where()
	d, err := dimensionOf(dimension)
	if err == nil {
		err = w.points(f, []string{dimension})
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
	w.set("most", uint64(limit+1))
	found, err := s.query(ctx, "SELECT DISTINCT value FROM (SELECT toString("+d.each()+") AS value FROM event_points WHERE "+w.String()+
		") WHERE "+chosen+" ORDER BY value LIMIT {most:UInt64}", w.parameters)
	if err != nil {
		return out, fmt.Errorf("listing values: %w", err)
	}
	defer found.Close()
	for found.Next() {
		if len(out.Values) == limit {
			out.More = true
			break
		}
		var value string
		if err := found.Scan(&value); err != nil {
			return out, fmt.Errorf("reading a value's row: %w", err)
		}
		out.Values = append(out.Values, value)
	}
	if err := found.Err(); err != nil {
		return out, fmt.Errorf("listing values: %w", err)
	}
	return out, nil
}

// points adds the filter's conditions on event_points, and those of the dimensions
// by which is grouped.
func (w *where) points(f wire.PointFilter, by []string) error {
	for _, name := range by {
		if _, err := dimensionOf(name); err != nil {
			return err
		}
	}
	if slices.Contains(by, "tool") {
		w.conditions = append(w.conditions, "method = 'tools/call'")
	}
	return w.filter(f, func(d dimension) string { return d.column })
}

// filter adds the filter's conditions on what the function gives for a dimension.
func (w *where) filter(f wire.PointFilter, of func(dimension) string) error {
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

// measured gives the columns of measures, and adds the condition that leaves out
// what none of them looks at.
func (w *where) measured(names []string) (columns []string, err error) {
	var classes []string
	for _, name := range names {
		m, err := measureOf(name)
		if err != nil {
			return nil, err
		}
		columns = append(columns, "toFloat64("+m.sql+")")
		classes = append(classes, m.class)
	}
	if !slices.Contains(classes, "") {
		w.add("class IN {classes:Array(String)}", "classes", classes)
	}
	return columns, nil
}

// during bounds the time, in whole seconds.
func (w *where) during(from, to time.Time) {
	w.add("second >= {since:UInt32}", "since", seconds(from.Unix()))
	if !to.IsZero() {
		end := to.Unix()
		if to.Nanosecond() > 0 {
			end++
		}
		w.add("second < {until:UInt32}", "until", seconds(end))
	}
}

func seconds(n int64) uint32 { return uint32(max(0, min(n, math.MaxUint32))) }

func list(s []string) []string { return append([]string{}, s...) }

// weigh sums the first measure.
func weigh(g wire.Group) (sum float64) {
	for _, p := range g.Points {
		if v := p.Values[0]; v != nil {
			sum += *v
		}
	}
	return sum
}
