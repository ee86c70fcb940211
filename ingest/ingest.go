// Package ingest moves events and seals from Kafka to ClickHouse, each exactly once.
//
// The one rule: an offset is committed only after its record is stored. A crash at
// any point may store a block again under the same token, or read again what is
// stored already; both are recognised. Nothing is skipped without a record of it.
package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/seal"
)

// Record is one record of a topic partition.
type Record struct {
	Offset     int64
	Key, Value []byte
	// Time that the producer or the broker gave it.
	Time time.Time
}

// Reader reads one topic partition. One goroutine uses it.
type Reader interface {
	// Bounds returns the first offset that the log still holds and the one after
	// its last.
	Bounds(ctx context.Context) (first, end int64, err error)
	// Fetch returns the records from offset on, as many as came together; none if
	// wait passed. End is the offset after the log's last. The caller may change them. An
	// offset beyond the end is an error.
	Fetch(ctx context.Context, offset int64, wait time.Duration) (records []Record, end int64, err error)
	// At returns the record at an offset; false if the log has none there, as after
	// compaction.
	At(ctx context.Context, offset int64) (Record, bool, error)
}

// Partition is one topic partition, assigned to this process for one generation
// of the consumer group. One goroutine uses it.
type Partition interface {
	Reader
	// Commit makes next the offset at which the group continues; it may lie before the
	// last one. It fails once the partition may belong to another process.
	Commit(next int64) error
}

// Store keeps blocks. Several partitions use it at once.
type Store interface {
	// Resume says what is stored of a partition's current log at and beyond the
	// committed offset, which is without base and negative if there is none. It fails
	// while an insert of another process may still change that.
	Resume(ctx context.Context, topic string, partition int, committed int64) (Progress, error)
	// Newest is the highest offset of a stored event or seal, whatever its log, and -1 if
	// there is none. It falls only when the store has lost rows.
	Newest(ctx context.Context, topic string, partition int) (int64, error)
	// Hash is the leaf hash of the event or seal in a place; false if there is none.
	Hash(ctx context.Context, topic string, partition int, offset int64) (schema.Hash, bool, error)
	// BeginLog makes a log the current one of a partition, durably. Doing it twice
	// changes nothing.
	BeginLog(ctx context.Context, topic string, partition int, log Log) error
	// Report keeps what ingest found or did, for people, durably. Doing it twice is harmless.
	Report(ctx context.Context, incident Incident) error
	// Insert stores all of a block, durably, and recognises a block with the same
	// token that it has stored before. After an error the block's fate is unknown. Of a
	// block that was tried before it looks whether every record is there. Of one that is
	// read again it stores the records whose places are empty, whatever the tokens say.
	Insert(ctx context.Context, b *Block) error
}

// Progress is what is stored of the current log of a partition. All offsets have its
// base added.
type Progress struct {
	// Base of the current log.
	Base int64
	// Newest is the stored event or seal with the highest offset.
	Newest Mark
	// Start is the first offset that is not stored, and not below the committed one
	// unless Reread is set.
	Start int64
	// Beyond are the stored offsets after Start, ascending. On a sharded store a
	// crash can leave part of a block.
	Beyond []int64
	// Reread is the offset up to which the log had been stored once, where less of it is
	// stored now: rows were deleted, or an older copy of the store was put back. Start then
	// lies before it. Zero is the usual case.
	Reread int64
}

// Has reports whether the offset is stored.
func (p Progress) Has(offset int64) bool {
	_, found := slices.BinarySearch(p.Beyond, offset)
	return found
}

// NewProgress makes a Progress of all stored offsets from the given one on, in
// ascending order and without repeats.
func NewProgress(from int64, stored []int64) Progress {
	start, n := from, 0
	for n < len(stored) && stored[n] == start {
		start++
		n++
	}
	return Progress{Start: start, Beyond: stored[n:]}
}

// Entry is one event of a block.
type Entry struct {
	*schema.Event
	Offset int64
	// Hash is the leaf hash of the canonical bytes.
	Hash schema.Hash
}

// Sealed is one seal of a block.
type Sealed struct {
	*seal.Record
	// Seal is what the record's note says.
	Seal   *seal.Seal
	Offset int64
}

// Rejected is a record that is neither, or, without a value, the last of a run
// of offsets that were gone before they were read.
type Rejected struct {
	Record
	Reason string
}

// Block is what one insert stores: records of one partition between two multiples
// of [Config.BlockEvents].
type Block struct {
	Topic     string
	Partition int
	// First and Last are the offsets of the records in it; there may be holes.
	First, Last int64
	// Begun is when the first record came. It is stored with every row and is the
	// same in every attempt.
	Begun    time.Time
	Events   []Entry
	Seals    []Sealed
	Rejected []Rejected
	// Tried says that this token may have been used before: by an attempt that failed,
	// or by whoever had the partition before.
	Tried bool
	// Reread says that records of it had been stored once. The engine may remember its
	// token although the rows are gone, so no token decides what is stored.
	Reread bool
	bytes  int
}

// Without returns what of a block is not at one of these offsets, which ascend.
func (b *Block) Without(offsets []int64) *Block {
	has := func(offset int64) bool {
		_, found := slices.BinarySearch(offsets, offset)
		return found
	}
	rest := *b
	rest.Events = slices.DeleteFunc(slices.Clone(b.Events), func(e Entry) bool { return has(e.Offset) })
	rest.Seals = slices.DeleteFunc(slices.Clone(b.Seals), func(s Sealed) bool { return has(s.Offset) })
	rest.Rejected = slices.DeleteFunc(slices.Clone(b.Rejected), func(r Rejected) bool { return has(r.Offset) })
	return &rest
}

// Token names the block for deduplication: same offsets, same token.
func (b *Block) Token() string {
	return fmt.Sprintf("%s/%d/%d-%d", b.Topic, b.Partition, b.First, b.Last)
}

// Len is how many records the block stores.
func (b *Block) Len() int { return len(b.Events) + len(b.Seals) + len(b.Rejected) }

func (b *Block) empty() bool { return b.Len() == 0 }

// Bytes is how much the records of a block take, keys included.
func (b *Block) Bytes() int { return b.bytes }

// Reset empties the block and keeps its memory.
func (b *Block) Reset() {
	clear(b.Events)
	clear(b.Seals)
	clear(b.Rejected)
	b.Events, b.Seals, b.Rejected, b.Tried, b.Reread, b.bytes = b.Events[:0], b.Seals[:0], b.Rejected[:0], false, false, 0
}
