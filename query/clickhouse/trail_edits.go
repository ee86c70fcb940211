package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
)

// maxEdits bounds what is read of them; they are made by hand.
const maxEdits = 20_000

// TrailEdits reads and writes what people said about trails: merge, split, name, and
// the undoing of these.
type TrailEdits struct{ tenant }

// List gives all edits of the tenant, oldest first: each search for trails applies them.
func (s *TrailEdits) List(ctx context.Context) ([]trail.Edit, error) {
	w := s.where()
	w.set("most", uint32(maxEdits))
	edits := []trail.Edit{}
	err := s.each(ctx, "reading the edits of trails", `SELECT toString(id), time, who, action, members, others, name, why, if(undoes = toUUIDOrZero(''), '', toString(undoes))
		FROM trail_edits WHERE `+w.String()+" ORDER BY time, id LIMIT 1 BY id LIMIT {most:UInt32}", w.parameters, func(row driver.Rows) error {
		var e trail.Edit
		err := row.Scan(&e.ID, &e.Time, &e.Who, &e.Action, &e.Members, &e.Others, &e.Name, &e.Why, &e.Undoes)
		e.Time = e.Time.UTC()
		edits = append(edits, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return edits, nil
}

// Add records an edit and returns it with its id and time. When it returns,
// readers see it.
func (s *TrailEdits) Add(ctx context.Context, e trail.Edit) (trail.Edit, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return e, fmt.Errorf("numbering an edit: %w", err)
	}
	// To the millisecond, as the column has it, so that what is returned equals what is read.
	e.ID, e.Time = id.String(), time.Now().UTC().Truncate(time.Millisecond)
	undoes, _ := uuid.Parse(e.Undoes) // none is all zero
	// The next read shows the edit, on whatever shard it is: neither the insert nor its
	// distribution may be deferred.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "distributed_foreground_insert": 1}))
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO trail_edits (tenant, id, time, who, action, members, others, name, why, undoes)")
	if err != nil {
		return e, fmt.Errorf("recording an edit: %w", err)
	}
	err = batch.Append(s.name, id, e.Time, e.Who, e.Action, e.Members, e.Others, e.Name, e.Why, undoes)
	if err == nil {
		err = batch.Send()
	}
	if err != nil {
		return e, fmt.Errorf("recording an edit: %w", err)
	}
	return e, nil
}
