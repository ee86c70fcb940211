package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/collector/sealer"
	"github.com/mcptrail/mcptrail/collector/spool"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

const (
	// spooledBytes is the size of an event in the spool's figures.
	spooledBytes = 1100
	// spoolRounds is how often the two sides of a comparison take turns.
	spoolRounds = 5
)

// spool compares appending to the spool with the floor, one write and one fsync a
// batch and nothing else, and measures what a seal costs an event.
func (b *bench) spool(ctx context.Context) (report, error) {
	var r report
	for _, batch := range []int{1, 16, 128, 1024} {
		ours, floor, err := b.appendInTurns(ctx, batch)
		if err != nil {
			return r, err
		}
		r.Rows = append(r.Rows,
			row{fmt.Sprintf("spool, %d a batch", batch), spoolFigures(ours)},
			row{fmt.Sprintf("write and fsync, %d a batch", batch), spoolFigures(floor)})
		if batch == 1024 {
			r.Aims = append(r.Aims, atLeast("events/s, spool to raw writes, 1024 a batch", 0.7, ours/floor))
		}
	}
	each, err := sealing()
	r.Rows = append(r.Rows, row{"sealing, each 1024 events", []figure{{"ns/event", each}}})
	r.Notes = append(r.Notes, fmt.Sprintf("events of %d bytes; a batch is on disk when the next begins", spooledBytes))
	return r, err
}

func spoolFigures(perSecond float64) []figure {
	return []figure{{"events/s", perSecond}, {"MB/s", perSecond * spooledBytes / 1e6}}
}

// appendInTurns returns the medians of the events per second of both sides.
func (b *bench) appendInTurns(ctx context.Context, batch int) (ours, floor float64, err error) {
	s, err := spool.Open(spool.Options{Dir: filepath.Join(b.scratch, fmt.Sprint("spool-", batch)), Epoch: uuid.Must(uuid.NewV7()), MaxBytes: 64 << 30},
		slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	f, err := os.Create(filepath.Join(b.scratch, fmt.Sprint("raw-", batch)))
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	list := make([]durable.Record, batch)
	for i := range list {
		list[i] = durable.Record{Session: uuid.UUID{1}, Seq: uint64(i), Size: spooledBytes, Value: make([]byte, spooledBytes)}
	}
	raw := make([]byte, batch*spooledBytes)
	var all [2][]float64
	for range spoolRounds {
		for side, step := range []func() error{
			func() error { return s.Append(ctx, list) },
			func() error {
				if _, err := f.Write(raw); err != nil {
					return err
				}
				return f.Sync()
			},
		} {
			done, began := 0, time.Now()
			for time.Since(began) < b.window/spoolRounds {
				if err := step(); err != nil {
					return 0, 0, err
				}
				done += batch
			}
			all[side] = append(all[side], float64(done)/time.Since(began).Seconds())
		}
	}
	same := func(v float64) float64 { return v }
	return median(all[0], same), median(all[1], same), nil
}

// sealing returns what numbering, hashing into the tree and signing cost an event.
func sealing() (nanoseconds float64, err error) {
	identity, err := sealer.EphemeralIdentity("bench")
	if err != nil {
		return 0, err
	}
	s, err := sealer.Begin(identity, "bench", "bench", uuid.Must(uuid.NewV7()), time.Now())
	if err != nil {
		return 0, err
	}
	const events = 1 << 20
	session, began := uuid.Must(uuid.NewV7()), time.Now()
	for n := range uint64(events) {
		if s.Add(seal.Head{Session: session, Seq: n, Hash: schema.Hash{byte(n)}}, began) {
			if _, err := s.Seal(began, false); err != nil {
				return 0, err
			}
		}
	}
	return float64(time.Since(began).Nanoseconds()) / events, nil
}
