package clickhouse

import (
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// where collects the conditions of a statement and their parameters. Conditions are
// constants; what a client sent goes into parameters only.
type where struct {
	conditions []string
	parameters []any
}

// add joins a condition to the others with AND. The condition names its parameter.
func (w *where) add(condition, name string, value any) {
	w.conditions = append(w.conditions, condition)
	w.set(name, value)
}

// set adds a parameter that another part of the statement names.
func (w *where) set(name string, value any) {
	w.parameters = append(w.parameters, clickhouse.Named(name, value))
}

// any adds the condition unless the list is empty, which stands for all.
func (w *where) any(condition, name string, values []string) {
	if len(values) > 0 {
		w.add(condition, name, values)
	}
}

// between adds the bounds that are set and that a column can hold.
func (w *where) between(column, lastColumn string, from, to time.Time) {
	if from.After(time.Unix(0, 0)) {
		w.add(lastColumn+" >= "+moment("from"), "from", from.UnixNano())
	}
	if !to.IsZero() && to.Before(endOfTime) {
		w.add(column+" < "+moment("to"), "to", to.UnixNano())
	}
}

// String joins the conditions for a WHERE clause. There is always one: the tenant.
func (w *where) String() string { return strings.Join(w.conditions, " AND ") }

// moment is a parameter in nanoseconds since 1970 as a time. The text of a time
// would not do: ClickHouse takes one of few digits for a date, or for nothing.
func moment(parameter string) string {
	return "fromUnixTimestamp64Nano({" + parameter + ":Int64}, 'UTC')"
}

// endOfTime is the last moment of a DateTime64(9).
var endOfTime = time.Unix(0, 1<<63-1)
