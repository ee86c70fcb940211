package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mcptrail/mcptrail/schema"
)

// A topic partition can get another log: its topic is made anew, its broker's data is
// lost or replaced by an older copy, or an unclean election cuts its end off. Offsets
// then begin again, and a record at an old offset is not the record that was stored from
// there. Kafka has no name for a log that survives all of these, so a log is recognised
// by its contents: the newest record that is stored must still be where it was read.
//
// The offsets of a log are stored with a base added, so that no two records of a
// partition ever have the same place, deduplication token or high-water mark.

// Log is one of the logs that a partition has had.
type Log struct {
	// Base is added to each offset of the log.
	Base int64
	// Start is the place of the first record that is to be read from it, base included.
	Start int64
	// Cause says why it is another log than before, for people.
	Cause string
}

// Mark is a stored record in its place.
type Mark struct {
	// Offset with the base of its log; -1 for no record.
	Offset int64
	// Hash is the leaf hash of its bytes.
	Hash schema.Hash
}

// shifted is a partition whose offsets have a base added.
type shifted struct {
	Partition
	base int64
}

// Bounds implements [Partition].
func (s shifted) Bounds(ctx context.Context) (first, end int64, err error) {
	first, end, err = s.Partition.Bounds(ctx)
	return first + s.base, end + s.base, err
}

// Fetch implements [Partition].
func (s shifted) Fetch(ctx context.Context, offset int64, wait time.Duration) (records []Record, end int64, err error) {
	records, end, err = s.Partition.Fetch(ctx, offset-s.base, wait)
	for i := range records {
		records[i].Offset += s.base
	}
	return records, end + s.base, err
}

// At implements [Partition].
func (s shifted) At(ctx context.Context, offset int64) (Record, bool, error) {
	r, there, err := s.Partition.At(ctx, offset-s.base)
	r.Offset += s.base
	return r, there, err
}

// Commit implements [Partition].
func (s shifted) Commit(next int64) error { return s.Partition.Commit(next - s.base) }

// errLogReplaced starts the follower over, from what is stored.
var errLogReplaced = errors.New("the topic has another log than before")

// logCheckInterval is how long a log that gets no records may be another one unnoticed.
const logCheckInterval = 2 * time.Second

// follows fails unless records, which were just fetched, stand behind the record that was
// read before them. A broker can replace the log between two fetches of one connection;
// the new one can then have other records at the offsets that come next. One small
// request for each fetch finds that, and one now and then while nothing comes.
func (f *follower) follows(ctx context.Context, records []Record) error {
	if len(records) == 0 && time.Since(f.checked) < logCheckInterval {
		return nil
	}
	if f.checked = time.Now(); f.newest.Offset >= 0 {
		r, there, err := f.At(ctx, f.newest.Offset)
		if err != nil {
			return fmt.Errorf("reading offset %d again: %w", f.newest.Offset-f.stored.Base, err)
		}
		if there && schema.LeafHash(r.Value) != f.newest.Hash {
			return fmt.Errorf("%w: offset %d holds another record than was read from there", errLogReplaced, f.newest.Offset-f.stored.Base)
		}
	}
	if n := len(records); n > 0 {
		f.newest = Mark{records[n-1].Offset, schema.LeafHash(records[n-1].Value)}
	}
	return nil
}

// replaced says why the log is not the one that was stored from; empty if it is. Where
// retention has taken all that is stored there is nothing to compare, and nothing that
// could be mistaken: every record of the log lies behind what is stored.
func (f *follower) replaced(ctx context.Context, first, end int64) (cause string, err error) {
	newest, base := f.stored.Newest, f.stored.Base
	switch {
	case newest.Offset >= end:
		return fmt.Sprintf("it ends at offset %d, and records up to %d were stored", end-base, newest.Offset-base), nil
	case f.stored.Start > end:
		return fmt.Sprintf("it ends at offset %d, and %d was to be read next", end-base, f.stored.Start-base), nil
	case newest.Offset < first:
		return "", nil
	}
	r, there, err := f.At(ctx, newest.Offset)
	if err != nil {
		return "", fmt.Errorf("reading offset %d again: %w", newest.Offset-base, err)
	}
	if there && schema.LeafHash(r.Value) != newest.Hash {
		return fmt.Sprintf("offset %d holds another record than was stored from there", newest.Offset-base), nil
	}
	return "", nil
}

// beginLog takes down that the partition has another log, and returns errLogReplaced:
// following starts over with it. The group's offset is put back first: an offset of the
// old log means nothing in the new one.
func (f *follower) beginLog(ctx context.Context, cause string, first, end int64) error {
	fork, err := f.fork(ctx, first, min(end, f.stored.Newest.Offset+1))
	if err != nil {
		return fmt.Errorf("comparing the log with what was stored: %w", err)
	}
	if err := f.Commit(fork); err != nil {
		return fmt.Errorf("committing offset %d: %w", fork-f.stored.Base, err)
	}
	start := fork - f.stored.Base
	next := Log{Base: baseAfter(max(f.stored.Start, f.stored.Newest.Offset+1)), Cause: cause}
	next.Start = next.Base + start
	if err := f.Store.BeginLog(ctx, f.block.Topic, f.block.Partition, next); err != nil {
		return fmt.Errorf("recording that the log was replaced: %w", err)
	}
	f.committed = start
	f.Metrics.logsReplaced.Inc()
	f.log.Error("the topic has another log than before: it was made anew, lost its end, or an older copy was put back; reading what is new in it, and collectors send again what is not stored",
		"cause", cause, "from", start)
	return fmt.Errorf("%w: %s", errLogReplaced, cause)
}

// baseAfter is the base of a log that follows one of which everything lies before end. A
// block that another process is still inserting lies before the base too. Bases are
// multiples of every possible block, so that blocks are cut at the log's own offsets.
func baseAfter(end int64) int64 {
	return (end/schema.MaxBlockEvents + 2) * schema.MaxBlockEvents
}

// fork is the offset from which on the log differs from what is stored, between first and
// end. Logs only grow at their end, so two of them are equal up to a point and nowhere
// behind it. Were one equal again by chance, the collectors would send again what is
// skipped, since it is not stored.
func (f *follower) fork(ctx context.Context, first, end int64) (int64, error) {
	low, high := first, max(first, end)
	for low < high {
		middle := low + (high-low)/2
		same, err := f.same(ctx, middle, high)
		if err != nil {
			return 0, err
		}
		if same {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// maxUncomparable is how many offsets without a stored record, such as rejected ones,
// are passed over to find one that can be compared.
const maxUncomparable = 16

// same reports whether the log and the store have the same record at offset, or at the
// first behind it that both have.
func (f *follower) same(ctx context.Context, offset, end int64) (bool, error) {
	for end = min(end, offset+maxUncomparable); offset < end; offset++ {
		stored, known, err := f.Store.Hash(ctx, f.block.Topic, f.block.Partition, offset)
		if err != nil {
			return false, err
		}
		if !known {
			continue
		}
		r, there, err := f.At(ctx, offset)
		if err != nil {
			return false, err
		}
		if there {
			return schema.LeafHash(r.Value) == stored, nil
		}
	}
	return false, nil
}
