package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/query/wire"
)

// runReader reads which numbers of collectors' runs are stored. Each collector asks
// several times a second while it waits for receipts, so those who ask while a query is
// under way share the next one.
type runReader struct {
	conn driver.Conn
	// reading is a semaphore of one: its owner queries for all that wait.
	reading chan struct{}
	// mu guards waiting, for an append.
	mu      sync.Mutex
	waiting []*runQuestion
}

// runQuestion belongs to its caller until it waits, and again when done is closed.
type runQuestion struct {
	runs    []wire.Run
	answers []wire.Run
	err     error
	done    chan struct{}
}

const (
	// maxRunQuestions bounds how many callers share a query, and so its length.
	maxRunQuestions = 200
	// runTimeout bounds a query: it is not of one caller, so no caller's context ends it.
	runTimeout = 10 * time.Second
)

// stored returns what is stored within the ranges of each run.
func (r *runReader) stored(ctx context.Context, runs []wire.Run) ([]wire.Run, error) {
	q := &runQuestion{runs: runs, done: make(chan struct{})}
	r.mu.Lock()
	r.waiting = append(r.waiting, q)
	r.mu.Unlock()
	for {
		select {
		case <-q.done:
			return q.answers, q.err
		case <-ctx.Done():
			return nil, ctx.Err() // whoever takes the question answers into the void
		// The one that got the semaphore answers all, perhaps itself among them; if more wait than
		// one query takes, the loop lets it answer again.
		case r.reading <- struct{}{}:
			r.answer(context.WithoutCancel(ctx))
			<-r.reading
		}
	}
}

// answer takes the questions that wait, and answers them by one query for each table.
func (r *runReader) answer(ctx context.Context) {
	r.mu.Lock()
	n := min(len(r.waiting), maxRunQuestions)
	// The capacity is cut, or a later append to waiting could write into taken.
	taken := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	r.mu.Unlock()
	if n == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	events, err := r.ranges(ctx, "ingest_run_events", taken, func(run *wire.Run) []wire.Range { return run.Events })
	var seals map[uuid.UUID][]wire.Range
	if err == nil {
		seals, err = r.ranges(ctx, "ingest_run_seals", taken, func(run *wire.Run) []wire.Range { return run.Seals })
	}
	for _, q := range taken {
		q.err = err
		for _, run := range q.runs {
			q.answers = append(q.answers, wire.Run{Epoch: run.Epoch, Events: within(events[run.Epoch], run.Events), Seals: within(seals[run.Epoch], run.Seals)})
		}
		close(q.done)
	}
}

// ranges reads the stored numbers of runs as ranges, by epoch. The projection by_run of
// the tables answers it from two columns in the order of the question.
func (r *runReader) ranges(ctx context.Context, view string, asked []*runQuestion, of func(*wire.Run) []wire.Range) (map[uuid.UUID][]wire.Range, error) {
	var conditions []string
	for _, q := range asked {
		for i := range q.runs {
			for _, r := range of(&q.runs[i]) {
				// The one place where values become part of a statement: the number of ranges varies, and
				// a UUID and two integers, which these are by type, have no form that could end the text.
				conditions = append(conditions, fmt.Sprintf("epoch = '%s' AND number BETWEEN %d AND %d", q.runs[i].Epoch, r.From, r.To))
			}
		}
	}
	all := map[uuid.UUID][]wire.Range{}
	if len(conditions) == 0 {
		return all, nil
	}
	found, err := r.conn.Query(ctx, `SELECT epoch, min(number), max(number) AS last FROM
		(SELECT epoch, number, number - row_number() OVER (PARTITION BY epoch ORDER BY number) AS island FROM
			(SELECT DISTINCT epoch, number FROM `+view+` WHERE `+strings.Join(conditions, " OR ")+`))
		GROUP BY epoch, island ORDER BY epoch, last`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var epoch uuid.UUID
		var r wire.Range
		if err := found.Scan(&epoch, &r.From, &r.To); err != nil {
			return nil, err
		}
		all[epoch] = append(all[epoch], r)
	}
	return all, found.Err()
}

// within are the parts of stored ranges that lie in the given ones. Both ascend.
func within(stored, asked []wire.Range) []wire.Range {
	parts := []wire.Range{}
	// Few ranges on both sides: a run has one that grows, and more only while gaps are open.
	for _, a := range asked {
		for _, s := range stored {
			if from, to := max(a.From, s.From), min(a.To, s.To); from <= to {
				parts = append(parts, wire.Range{From: from, To: to})
			}
		}
	}
	return parts
}
