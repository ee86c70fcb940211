package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// ErrNoCase says that the tenant has no such case.
var ErrNoCase = errors.New("no such case")

// maxCases are listed at most, and maxCaseEdits read of one case. They are made by hand;
// the bounds are there for a program that makes them.
const (
	maxCases     = 500
	maxCaseEdits = 10_000
)

// Cases reads and writes what people note of the record. An edit is only ever added.
type Cases struct{ tenant }

// List gives the cases, the one that changed last first. Edits are in the order of
// their ids' text, since ClickHouse orders UUIDs by their second half.
func (s *Cases) List(ctx context.Context) ([]wire.CaseSummary, error) {
	w := s.where()
	// One pass for all cases. argMaxIf takes the newest title and state by the id of the edit;
	// edits that another one retracts do not count. LIMIT 1 BY removes rows stored twice.
	w.set("most", uint32(maxCases))
	cases := []wire.CaseSummary{}
	err := s.each(ctx, "listing cases", `SELECT case_id, argMaxIf(text, place, action IN ('open', 'rename')), argMaxIf(action, place, action IN ('open', 'close', 'reopen')) = 'close',
			min(time), argMin(who, place), max(time), countIf(action = 'pin' AND NOT retracted), countIf(action = 'note' AND NOT retracted)
		FROM (SELECT *, toString(edit_id) AS place, (case_id, edit_id) GLOBAL IN (SELECT case_id, retracts FROM case_edits WHERE `+w.String()+` AND action = 'retract') AS retracted
			FROM case_edits WHERE `+w.String()+` LIMIT 1 BY case_id, edit_id)
		GROUP BY case_id ORDER BY max(time) DESC, case_id LIMIT {most:UInt32}`, w.parameters, func(row driver.Rows) error {
		var c wire.CaseSummary
		var id uuid.UUID
		err := row.Scan(&id, &c.Title, &c.Closed, &c.Opened, &c.By, &c.Changed, &c.Pins, &c.Notes)
		c.ID, c.Opened, c.Changed = id.String(), c.Opened.UTC(), c.Changed.UTC()
		cases = append(cases, c)
		return err
	})
	return cases, err
}

// Get reads one case with its edits, oldest first; the error is [ErrNoCase] where there
// is none. Ids of edits are UUIDv7 and ordered by their text: the times of two edits of
// one millisecond are equal.
func (s *Cases) Get(ctx context.Context, id uuid.UUID) (wire.Case, error) {
	c := wire.Case{CaseSummary: wire.CaseSummary{ID: id.String()}, Edits: []wire.CaseEdit{}}
	w := s.where()
	w.add("case_id = {case:UUID}", "case", id)
	w.set("most", uint32(maxCaseEdits))
	index := map[string]int{} // of the edits, by their ids
	err := s.each(ctx, fmt.Sprintf("reading case %s", id), `SELECT edit_id, time, who, action, text, session_id, seq, at, retracts FROM case_edits
		WHERE `+w.String()+` ORDER BY toString(edit_id) LIMIT 1 BY edit_id LIMIT {most:UInt32}`, w.parameters, func(row driver.Rows) error {
		e, err := scanCaseEdit(row)
		// Filled while the rows come, so that one pass over them is enough.
		index[e.ID] = len(c.Edits)
		c.Edits = append(c.Edits, e)
		// An edit retracts an earlier one, so that it is known by now.
		if retracted, known := index[e.Retracts]; known {
			c.Edits[retracted].Retracted = true
		}
		return err
	})
	if err != nil {
		return c, err
	}
	if len(c.Edits) == 0 {
		return c, fmt.Errorf("%w: %s", ErrNoCase, id)
	}
	sumUp(&c)
	return c, nil
}

// sumUp fills in what follows from the edits: the title, the state, the counts.
func sumUp(c *wire.Case) {
	for i, e := range c.Edits {
		switch e.Action {
		case wire.CaseOpen, wire.CaseRename:
			c.Title = e.Text
		case wire.CaseClose, wire.CaseReopen:
			c.Closed = e.Action == wire.CaseClose
		case wire.CasePin:
			if !e.Retracted {
				c.Pins++
			}
		case wire.CaseNote:
			if !e.Retracted {
				c.Notes++
			}
		}
		// The first edit opens the case; it changed with the last one, whatever that did.
		if i == 0 {
			c.Opened, c.By = e.Time, e.Who
		}
		c.Changed = e.Time
	}
}

// scanCaseEdit reads an edit. The table has no nullable columns: a nil UUID, a seq of
// -1 and the time 0 stand for none.
func scanCaseEdit(found driver.Rows) (wire.CaseEdit, error) {
	var e wire.CaseEdit
	var id, session, retracts uuid.UUID
	var seq int64
	var at time.Time
	if err := found.Scan(&id, &e.Time, &e.Who, &e.Action, &e.Text, &session, &seq, &at, &retracts); err != nil {
		return e, err
	}
	e.ID, e.Time = id.String(), e.Time.UTC()
	if session != uuid.Nil {
		e.SessionID = session.String()
	}
	if seq >= 0 {
		n := uint64(seq)
		e.Seq = &n
	}
	if at = at.UTC(); at.UnixNano() != 0 {
		e.At = &at
	}
	if retracts != uuid.Nil {
		e.Retracts = retracts.String()
	}
	return e, nil
}

// Add stores an edit with the id, the time and the author that it has. When it returns
// without an error, readers see it. After an error it may be stored all the same; the
// same edit can be added again, since readers take one row for each id.
func (s *Cases) Add(ctx context.Context, caseID uuid.UUID, e wire.CaseEdit) error {
	// The caller answers from the table at once, so the insert must not be deferred.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	// The columns are named, since a later migration may add one.
	insert, err := s.conn.PrepareBatch(ctx, "INSERT INTO case_edits (tenant, case_id, edit_id, time, who, action, text, session_id, seq, at, retracts)",
		driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("writing to case %s: %w", caseID, err)
	}
	// The columns' words for none, as scanCaseEdit reads them.
	seq, at := int64(-1), time.Unix(0, 0)
	if e.Seq != nil {
		seq = int64(*e.Seq)
	}
	if e.At != nil {
		at = *e.At
	}
	id, session, retracts := uuid.MustParse(e.ID), orNil(e.SessionID), orNil(e.Retracts)
	err = insert.Append(s.name, caseID, id, e.Time, e.Who, e.Action, e.Text, session, seq, at, retracts)
	if err = errors.Join(err, insert.Send()); err != nil {
		return fmt.Errorf("writing to case %s: %w", caseID, err)
	}
	return nil
}

// orNil is an id for a column, the nil UUID for none.
func orNil(id string) uuid.UUID {
	if id == "" {
		return uuid.Nil
	}
	return uuid.MustParse(id) // its format was checked
}
