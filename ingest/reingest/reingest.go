// Package reingest stores again what the tables have lost and Kafka still has.
//
// The one rule: it only adds what is missing, and only behind the offsets that ingest has
// committed. So it may run beside ingest, and twice.
package reingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/mcptrail/mcptrail/ingest"
	"github.com/mcptrail/mcptrail/ingest/clickhouse"
	"github.com/mcptrail/mcptrail/ingest/kafkasource"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// Config of one run.
type Config struct {
	// Source names brokers, topics, and the group of ingest, whose offsets are read only.
	Source kafkasource.Config
	// ClickHouse names the server and, in Auth, the database.
	ClickHouse *driver.Options
	From       From
	// Partitions to read, of each topic; nil is all.
	Partitions []int
	// DryRun counts what is missing and stores nothing.
	DryRun bool
	// BlockEvents is how many records one insert has at most; zero is that of ingest.
	BlockEvents int
	// Each is called after each block and at the end of each partition.
	Each func(Partition)
}

// Partition is what was done with one partition. Offsets are those of its log.
type Partition struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	// From is the first offset that is read, Until the one behind the last, Next the one
	// that comes next.
	From  int64 `json:"from"`
	Until int64 `json:"until"`
	Next  int64 `json:"next"`
	// Read is how many records were read, Missing how many of them the tables lacked, and
	// Stored how many of those are stored now.
	Read    int `json:"read"`
	Missing int `json:"missing"`
	Stored  int `json:"stored"`
	// Note says what else somebody should know; empty is nothing.
	Note string `json:"note,omitempty"`
}

// Done reports whether all of it was read.
func (p *Partition) Done() bool { return p.Next >= p.Until }

// Run reads the partitions one after the other, and returns what it did with each, also
// where it could not go on.
//
// It joins no group and commits nothing. What was stored before an error or a crash stays,
// and the next run finds it there.
func Run(ctx context.Context, config Config) (all []Partition, err error) {
	if config.BlockEvents == 0 {
		config.BlockEvents = ingest.Defaults().BlockEvents
	}
	source, err := kafkasource.New(config.Source, nil)
	if err != nil {
		return nil, err
	}
	store, err := clickhouse.New(config.ClickHouse)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if err := store.Check(ctx); err != nil {
		return nil, err
	}
	// Queries of ingest for one partition exclude each other by their id; with the same id a
	// long run here would keep ingest from storing.
	r := run{Config: config, source: source, store: store.Apart()}
	for _, topic := range config.Source.Topics {
		// Read once, at the start of the topic: ingest may commit more meanwhile, and what it
		// stores then is not missing.
		committed, err := source.Committed(ctx, topic)
		if err != nil {
			return all, err
		}
		for id, offset := range committed {
			if config.Partitions != nil && !slices.Contains(config.Partitions, id) {
				continue
			}
			at := reading{run: r, at: Partition{Topic: topic, Partition: id}, reader: source.Reader(topic, id)}
			err := at.move(ctx, offset)
			at.reader.Close()
			all = append(all, at.at)
			if err != nil {
				return all, fmt.Errorf("reading partition %d of %s again: %w", id, topic, err)
			}
		}
	}
	return all, nil
}

type run struct {
	Config
	source *kafkasource.Source
	store  *clickhouse.Store
}

// reading is one partition while it is read.
type reading struct {
	run
	reader *kafkasource.Reader
	at     Partition
	// base is what the stored offsets of the log have added.
	// The offsets in at are without it, those in block with it.
	base  int64
	block ingest.Block
}

// fetchWait bounds one fetch: the records are there.
const fetchWait = time.Second

// move reads a partition from its place up to what ingest has stored.
// Each block is stored before the next is filled, so memory is bounded by one block and one
// fetch. Blocks begin wherever the reading began: their tokens are not those of ingest, and
// need not be, since only rows that are missing are inserted.
func (r *reading) move(ctx context.Context, committed int64) error {
	if err := r.begin(ctx, committed); err != nil {
		return err
	}
	r.block = ingest.Block{Topic: r.at.Topic, Partition: r.at.Partition}
	for !r.at.Done() {
		records, _, err := r.reader.Fetch(ctx, r.at.Next, fetchWait)
		if err != nil {
			return fmt.Errorf("fetching from offset %d: %w", r.at.Next, err)
		}
		for i := range records {
			if err := r.take(ctx, records[i]); err != nil {
				return err
			}
		}
		if len(records) == 0 {
			r.at.Next = r.at.Until // the log holds nothing from there on
		}
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	return r.end(ctx)
}

// begin finds the offsets to read.
// It ends before what is committed and before what is stored, whichever comes first. Of a
// partition that was never committed only the stored part counts.
func (r *reading) begin(ctx context.Context, committed int64) error {
	first, end, err := r.reader.Bounds(ctx)
	if err != nil {
		return fmt.Errorf("asking for the log's bounds: %w", err)
	}
	stored, err := r.store.Stored(ctx, r.at.Topic, r.at.Partition)
	if err != nil {
		return err
	}
	r.base = stored.Base
	// An offset means something only in the log that was stored: the newest record that is
	// stored must still be where it was read, as ingest itself checks.
	newest := stored.Newest.Offset - stored.Base
	if stored.Newest.Offset < 0 {
		newest = -1
	}
	if newest >= first && newest < end {
		record, there, err := r.reader.At(ctx, newest)
		if err != nil {
			return fmt.Errorf("reading offset %d: %w", newest, err)
		}
		// As if the log ended before it, which the condition below reports.
		if there && schema.LeafHash(record.Value) != stored.Newest.Hash {
			newest = end
		}
	}
	if newest >= end {
		return fmt.Errorf("the topic has another log than the one that was stored, which ingest finds and follows by itself: start mcptrail-ingest (or mcptrail up), and run this again when doctor says that it has")
	}
	r.at.From, err = r.From.in(ctx, r.source, r.at.Topic, r.at.Partition, first, end)
	if err != nil {
		return err
	}
	// Of what lies behind, ingest itself stores what is missing.
	if r.at.Until = newest + 1; committed >= 0 {
		r.at.Until = min(r.at.Until, committed)
	}
	r.at.Until = max(r.at.Until, r.at.From)
	r.at.Next = r.at.From
	switch {
	case r.at.From == r.at.Until && end > r.at.Until:
		r.at.Note = fmt.Sprintf("nothing is stored from offset %d on: ingest reads from there by itself, is it running?", r.at.Until)
	case r.at.From == first && first > 0:
		r.at.Note = fmt.Sprintf("Kafka has nothing older than offset %d", first)
	}
	return nil
}

// take adds a record to the block.
// A fetch may bring records on both sides of the range: those are passed over.
func (r *reading) take(ctx context.Context, record ingest.Record) error {
	if record.Offset < r.at.Next || record.Offset >= r.at.Until {
		r.at.Next = max(r.at.Next, min(record.Offset, r.at.Until))
		return nil
	}
	r.at.Next = record.Offset + 1
	r.at.Read++
	record.Offset += r.base
	_ = r.block.Add(record) // what is rejected was so before, and is there or is stored
	if r.block.Len() >= r.BlockEvents || r.block.Bytes() >= ingest.Defaults().BlockBytes {
		return r.flush(ctx)
	}
	return nil
}

// patience is how long a store that fails is tried.
const patience = 30 * time.Second

// flush stores what of the block is missing. Whatever the fate of one attempt, the next
// one looks again what is missing.
//
// An attempt that failed may have stored its rows. So each one asks again what is missing,
// and the counts are those of the first that got an answer.
func (r *reading) flush(ctx context.Context) error {
	defer r.block.Reset()
	if r.block.Len() == 0 {
		return nil
	}
	found := -1
	pauses, begun := retry.New(100*time.Millisecond, 5*time.Second), time.Now()
	for {
		err := r.fill(ctx, &found)
		if err == nil {
			break
		}
		if ctx.Err() != nil || time.Since(begun) > patience || pauses.Wait(ctx) != nil {
			return fmt.Errorf("%w; what was stored stays, so run the same command again once ClickHouse answers", err)
		}
	}
	r.at.Missing += max(found, 0)
	if !r.DryRun {
		r.at.Stored += max(found, 0)
	}
	r.report()
	return nil
}

// fill stores what is missing of the block; found, if negative, becomes how much that is: a
// later attempt finds less, since the one before may have stored it without an answer.
func (r *reading) fill(ctx context.Context, found *int) error {
	missing, err := r.store.Missing(ctx, &r.block)
	if err != nil {
		return err
	}
	if *found < 0 {
		*found = missing.Len()
	}
	if missing.Len() == 0 || r.DryRun {
		return nil
	}
	// The engine may remember a token of these rows although it has lost them: only their places
	// decide, see [ingest.Block].
	missing.Reread = true
	return r.store.Insert(ctx, missing)
}

// end fills the derived tables, over all that was read and not only what was missing: a run
// that was killed may have left rows without what is made of them, and the next one finds
// these rows there.
// The incident comes last: a crash before it leaves rows stored and not reported, and never a
// report of rows that are not there.
func (r *reading) end(ctx context.Context) error {
	if r.DryRun {
		r.report()
		return nil
	}
	if r.at.Read > 0 {
		if err := r.store.RollUp(ctx, r.at.Topic, r.at.Partition, r.at.From+r.base); err != nil {
			return err
		}
	}
	if r.at.Stored > 0 {
		if err := r.store.Report(ctx, ingest.Incident{Topic: r.at.Topic, Partition: r.at.Partition, Kind: ingest.Reingested, From: r.at.From, To: r.at.Until - 1,
			Detail: fmt.Sprintf("of %d records that were read again %d were missing, and are stored now", r.at.Read, r.at.Stored)}); err != nil {
			return fmt.Errorf("recording what was read again: %w", err)
		}
	}
	r.report()
	return nil
}

func (r *reading) report() {
	if r.Each != nil {
		r.Each(r.at)
	}
}
