package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/trail"
)

// maxEdits bounds what is read of them; they are made by hand.
const maxEdits = 20_000

// TrailEdits reads all edits of trails, oldest first.
func (s *Store) TrailEdits(ctx context.Context) ([]trail.Edit, error) {
	w := s.where()
	w.set("most", uint32(maxEdits))
	found, err := s.query(ctx, `SELECT toString(id), time, who, action, members, others, name, why, if(undoes = toUUIDOrZero(''), '', toString(undoes))
		FROM trail_edits WHERE `+w.String()+" ORDER BY time, id LIMIT 1 BY id LIMIT {most:UInt32}", w.parameters)
	if err != nil {
		return nil, fmt.Errorf("reading the edits of trails: %w", err)
	}
	defer found.Close()
	edits := []trail.Edit{}
	for found.Next() {
		var e trail.Edit
		if err := found.Scan(&e.ID, &e.Time, &e.Who, &e.Action, &e.Members, &e.Others, &e.Name, &e.Why, &e.Undoes); err != nil {
			return nil, fmt.Errorf("reading the edits of trails: %w", err)
		}
		e.Time = e.Time.UTC()
		edits = append(edits, e)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("reading the edits of trails: %w", err)
	}
	return edits, nil
}

// AddTrailEdit records an edit and returns it with its id and time. When it returns,
// readers see it.
func (s *Store) AddTrailEdit(ctx context.Context, e trail.Edit) (trail.Edit, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return e, fmt.Errorf("numbering an edit: %w", err)
	}
	e.ID, e.Time = id.String(), time.Now().UTC().Truncate(time.Millisecond)
	undoes, _ := uuid.Parse(e.Undoes) // none is all zero
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "distributed_foreground_insert": 1}))
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO trail_edits (tenant, id, time, who, action, members, others, name, why, undoes)")
	if err != nil {
		return e, fmt.Errorf("recording an edit: %w", err)
	}
	if err := batch.Append(s.tenant, id, e.Time, e.Who, e.Action, e.Members, e.Others, e.Name, e.Why, undoes); err != nil {
		return e, fmt.Errorf("recording an edit: %w", err)
	}
	if err := batch.Send(); err != nil {
		return e, fmt.Errorf("recording an edit: %w", err)
	}
	return e, nil
}
