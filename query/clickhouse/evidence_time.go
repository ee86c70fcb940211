package clickhouse

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// extent is a run of numbers of an epoch, without its end.
type extent struct {
	epoch    string
	from, to uint64
}

// extents is the condition that a run of numbers, from %[1]s to before %[2]s, lies
// within the extent of its epoch.
const extents = `epoch IN {epochs:Array(UUID)}
	AND %[1]s < arrayElement({ends:Array(UInt64)}, indexOf({epochs:Array(UUID)}, epoch))
	AND %[2]s > arrayElement({starts:Array(UInt64)}, indexOf({epochs:Array(UUID)}, epoch))`

// between chooses whole runs of seals: a seal proves all of its run or nothing. First it
// finds the numbers of each epoch that lie in the time, then it widens them to the runs
// that these fall into, since the last event of a run may come after its end.
func (r *Record) between(ctx context.Context, from, to time.Time) error {
	w := r.where()
	// Both parameters are always set, because the same text names them in four statements.
	w.set("from", int64(0))
	if from.After(time.Unix(0, 0)) {
		w.set("from", from.UnixNano())
	}
	w.set("to", int64(math.MaxInt64))
	if !to.IsZero() && to.Before(endOfTime) {
		w.set("to", to.UnixNano())
	}
	within := w.String() + " AND time >= " + moment("from") + " AND time < " + moment("to")
	found, err := r.extents(ctx, `SELECT toString(epoch), min(start), max(end) FROM (
		SELECT epoch, collector_seq AS start, collector_seq + 1 AS end FROM events WHERE `+within+`
		UNION ALL SELECT epoch, first_seq AS start, first_seq + count AS end FROM seals WHERE `+within+`) GROUP BY epoch`, w.parameters)
	if err != nil {
		return err
	}
	// One widening is enough: runs of one epoch do not overlap.
	wider := r.where()
	name(wider, found)
	more, err := r.extents(ctx, "SELECT toString(epoch), min(first_seq), max(first_seq + count) FROM seals WHERE "+wider.String()+
		" AND count > 0 AND "+fmt.Sprintf(extents, "first_seq", "(first_seq + count)")+" GROUP BY epoch", wider.parameters)
	if err != nil {
		return err
	}
	for _, m := range more {
		// Each epoch of more was named in the question, so it is found.
		i := slices.IndexFunc(found, func(e extent) bool { return e.epoch == m.epoch })
		found[i].from, found[i].to = min(found[i].from, m.from), max(found[i].to, m.to)
	}
	// Or the time itself: an event under no seal lies in no run, and is evidence all the same.
	in := fmt.Sprintf(extents, "collector_seq", "(collector_seq + 1)")
	r.events.conditions = append(r.events.conditions, "(("+in+") OR (time >= "+moment("from")+" AND time < "+moment("to")+"))")
	// Without the first, the tenant, which r.events has already.
	r.events.parameters = append(r.events.parameters, w.parameters[1:]...)
	name(r.events, found)
	r.sealed.conditions = append(r.sealed.conditions, "(count > 0 AND "+fmt.Sprintf(extents, "first_seq", "(first_seq + count)")+
		// A seal of no events lies between two numbers: it is taken where either neighbour is.
		" OR count = 0 AND "+fmt.Sprintf(extents, "(toInt64(first_seq) - 1)", "(first_seq + 1)")+")")
	name(r.sealed, found)
	return nil
}

// name adds the parameters that [extents] reads.
func name(w *where, all []extent) {
	epochs, starts, ends := []string{}, []uint64{}, []uint64{}
	for _, e := range all {
		epochs, starts, ends = append(epochs, e.epoch), append(starts, e.from), append(ends, e.to)
	}
	w.set("epochs", epochs)
	w.set("starts", starts)
	w.set("ends", ends)
}

// extents reads rows of epoch, first number and number behind the last.
func (r *Record) extents(ctx context.Context, statement string, parameters []any) (all []extent, err error) {
	err = r.each(ctx, "reading the runs of epochs", statement, parameters, func(row driver.Rows) error {
		var e extent
		err := row.Scan(&e.epoch, &e.from, &e.to)
		// Refused while reading, so that the list of a huge store does not fill the memory first.
		if all = append(all, e); len(all) > maxEpochs {
			return ErrTooWide
		}
		return err
	})
	return all, err
}
