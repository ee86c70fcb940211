package wire

import "time"

// PointFilter chooses events by dimension. A list means any of its values, an
// empty one all; a missing dimension is all too.
type PointFilter struct {
	Only map[string][]string
	Not  map[string][]string
}

// AggregateQuery asks for measures of the events in [From, To), both cut to seconds.
type AggregateQuery struct {
	Measures   []string
	Dimensions []string
	Filter     PointFilter
	From, To   time.Time
	// Interval of a point, whole seconds; zero is one point for the whole range.
	Interval time.Duration
	// Limit is how many groups at most, those with most of the first measure.
	Limit int
}

// Aggregate is what was measured.
type Aggregate struct {
	// IntervalMS is the interval of a point in milliseconds, 0 for the whole range.
	IntervalMS int64    `json:"interval_ms"`
	Dimensions []string `json:"dimensions"`
	Measures   []string `json:"measures"`
	// Groups with most of the first measure come first.
	Groups []Group `json:"groups"`
	// LeftOut counts the groups beyond the limit.
	LeftOut int `json:"left_out"`
}

// Group is one combination of values of the dimensions.
type Group struct {
	// Key has a value for each dimension; empty is what is not known.
	Key []string `json:"key"`
	// Points in the order of time. Intervals in which nothing happened have none.
	Points []Point `json:"points"`
}

// Point is what was measured in one interval.
type Point struct {
	// Time is the beginning of the interval, in UTC.
	Time time.Time `json:"time"`
	// Values has one for each measure; null is what nothing was measured of.
	Values []*float64 `json:"values"`
}

// Values of one dimension.
type Values struct {
	Dimension string   `json:"dimension"`
	Values    []string `json:"values"`
	// More is true where the limit left some out.
	More bool `json:"more"`
}

// EventQuery chooses events of any session.
type EventQuery struct {
	// Session they are of; empty is all.
	Session  string
	From, To time.Time
	Filter   PointFilter
	// Failed chooses those that ended something badly.
	Failed bool
	// Bodies says whether payloads are read.
	Bodies bool
}

// ListedEvent is an event beside those of other sessions.
type ListedEvent struct {
	Event
	// Client and Server are what the peers said their names are, Upstream is the
	// server's configured name; empty where not known.
	Client   string `json:"client"`
	Server   string `json:"server"`
	Upstream string `json:"upstream"`
}
