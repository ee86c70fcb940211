// Package export writes a part of the record into a file.
//
// The one rule: a file stands under its name only if it is whole, so that nobody takes
// half of an export for all of it.
//
// A format is a function in a file of its name; `mcptrail export` has a flag for each.
package export

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// About says what an export is, as far as the file states it. Nobody signs that.
type About struct {
	// Session is the one session that was chosen, empty for any.
	Session string
	// From and To bound the time that was chosen, zero for no bound.
	From, To time.Time
	// Exported is when, By the user and host that exported it, Source the service that
	// it was read from.
	Exported   time.Time
	By, Source string
}

// Written is what a file holds.
type Written struct {
	Events, Seals, Epochs uint64
	// Scope is what was chosen, in words.
	Scope string
}

// Format writes what a record stream gives into an empty file: the seals, then the
// events by session and seq. It returns the first error of the stream. What it leaves
// in the file then is of no use, and its caller removes it.
type Format func(f *os.File, about About, record iter.Seq2[*wire.Entry, error]) (Written, error)

// Save writes an export. A file of that name is replaced once the new one is whole.
func Save(name string, format Format, about About, record iter.Seq2[*wire.Entry, error]) (Written, error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return Written{}, fmt.Errorf("writing %s: %w", name, err)
	}
	defer os.Remove(f.Name())
	written, err := format(f, about, record)
	if err = errors.Join(err, f.Close()); err != nil {
		return Written{}, err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return Written{}, fmt.Errorf("writing %s: %w", name, err)
	}
	return written, nil
}
