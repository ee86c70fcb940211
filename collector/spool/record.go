package spool

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/mcptrail/mcptrail/collector/durable"
	"github.com/mcptrail/mcptrail/schema"
)

// Entry is what Next delivers: a record, or a Damage where records were.
type Entry struct {
	durable.Record
	// Time of the Append, by the wall clock.
	Time     time.Time
	Position Position
	// Damage is nil for a record; otherwise Record and Time are zero.
	Damage *Damage
}

// Position is the place behind an entry. Positions of one set are ordered by
// Segment, Offset and Number; positions of different sets are not ordered.
type Position struct {
	Set     uuid.UUID
	Segment uint64
	Offset  int64
	// Number of the record that follows, from 0, dense over the set.
	Number uint64
}

func (p Position) before(q Position) bool {
	return cmp.Or(cmp.Compare(p.Segment, q.Segment), cmp.Compare(p.Offset, q.Offset), cmp.Compare(p.Number, q.Number)) < 0
}

// Damage is a range of a segment that cannot be read.
type Damage struct {
	// Path of the segment, and where in it the range begins.
	Path   string
	Offset int64
	// Bytes of the range; 0 where a part of the file is missing.
	Bytes int64
	// From is the number of the first record that is lost, To of the first behind
	// it. From equals To where only a segment's header was damaged.
	From, To uint64
	// Known is false if the number of records in the range cannot be determined; To is From then.
	Known bool
	// Torn marks a write that the end of the process interrupted: the last bytes of its
	// last segment, incomplete or zeros. Its records were not acknowledged, unless the
	// disk lost data after an fsync.
	Torn bool
	// Lost are those of the records whose heading can still be read.
	Lost []Lost
}

// Lost names a record whose value is damaged.
type Lost struct {
	Session       uuid.UUID
	Seq           uint64
	CollectorSeq  uint64
	Size          uint64
	Control, Seal bool
}

func (d *Damage) String() string {
	count := "an unknown number of"
	if d.Known {
		count = fmt.Sprint(d.To - d.From)
	}
	return fmt.Sprintf("%d bytes at %d of %s, %s records", d.Bytes, d.Offset, d.Path, count)
}

// ErrFull reports that messages exceeded the capacity. It comes as a *FullError, which names
// them; the caller turns them into a gap.
var ErrFull = errors.New("spool is full")

// ErrClosed reports that the spool was closed; nothing was appended.
var ErrClosed = errors.New("spool is closed")

// FullError names the records of a call that exceeded the capacity; the others are on disk.
// Behind the first refused message, no message of the call was tried.
type FullError struct {
	// Refused are indices into the records of the call, ascending.
	Refused []int
	// Err is the error of the file system, nil where the declared limit was reached.
	Err error
}

func (e *FullError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%v: %v", ErrFull, e.Err)
	}
	return ErrFull.Error()
}

func (e *FullError) Unwrap() []error { return []error{ErrFull, e.Err} }

// Options are the place and the limits of a spool.
type Options struct {
	Dir string
	// Epoch names the set of this process; no other may ever have had it.
	Epoch uuid.UUID
	// MaxBytes bounds the whole directory, sets of other processes included. What
	// others write counts after up to a second. 0 means 1 GiB.
	MaxBytes int64
	// Reserve is the number of bytes that each process holds back for control records, as a
	// file that it deletes when messages exceed the capacity. 0 means 1 MiB, or less in a
	// small directory.
	Reserve int64
	// SegmentBytes is where a new segment begins, exceeded by one group at most.
	// 0 means 16 MiB, or less in a small directory.
	SegmentBytes int64
}

func (o Options) defaults() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.Reserve == 0 {
		o.Reserve = min(1<<20, o.MaxBytes/8)
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(16<<20, o.MaxBytes/8)
	}
	return o
}

// Validate reports the first setting that cannot work.
func (o Options) Validate() error {
	switch o = o.defaults(); {
	case o.Dir == "":
		return errors.New("no directory for the spool")
	case o.Epoch == uuid.Nil:
		return errors.New("no epoch for the spool")
	case o.MaxBytes < 0 || o.Reserve < 0 || o.SegmentBytes < 0 || o.Reserve > o.MaxBytes/2:
		return fmt.Errorf("spool of %d bytes cannot hold back %d", o.MaxBytes, o.Reserve)
	}
	return nil
}

// maxValue is the longest value that is written, or accepted when read: a longer length in a
// heading is damage.
const maxValue = schema.MaxEncoded
