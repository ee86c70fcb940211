package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
)

// SetStatus is what lies in the spool of one process.
type SetStatus struct {
	Epoch uuid.UUID `json:"epoch"`
	// Held says that a living process has it: the one that wrote it, or one that
	// adopted it. PID is that process, or the last that had it.
	Held bool `json:"held"`
	PID  int  `json:"pid"`
	// Bytes on disk, in so many segments.
	Segments int   `json:"segments"`
	Bytes    int64 `json:"bytes"`
	// Waiting events, as far as the headings can be read. A living process may have
	// freed some that the cursor file does not show yet.
	Waiting uint64 `json:"waiting"`
	// Oldest is when the first of them was appended; zero if none waits.
	Oldest time.Time `json:"oldest,omitzero"`
}

// Status looks at all sets in dir, oldest first, and changes nothing. It may be called
// while they are in use.
func Status(dir string) ([]SetStatus, error) {
	ids, err := sets(dir)
	if err != nil {
		return nil, fmt.Errorf("looking into the spool: %w", err)
	}
	var list []SetStatus
	for _, id := range ids {
		status, err := statusOf(dir, id)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		} else if err != nil {
			return nil, fmt.Errorf("looking into the spool: %w", err)
		}
		list = append(list, status)
	}
	return list, nil
}

// statusOf counts what waits in one set. The shared lock is closed at once, so that the set can be
// adopted; a segment that is freed while it is counted makes an error, os.ErrNotExist.
func statusOf(dir string, id uuid.UUID) (SetStatus, error) {
	status := SetStatus{Epoch: id}
	path := filepath.Join(dir, id.String())
	held, err := lock(path, lockShared)
	switch {
	case err == nil:
		held.Close()
	case errors.Is(err, errLocked):
		status.Held = true
	default:
		return status, err
	}
	status.PID = readPID(path)
	list, err := segments(path)
	if err != nil || len(list) == 0 {
		return status, err
	}
	status.Segments = len(list)
	at := start(id, path, list)
	for _, s := range list {
		status.Bytes += s.size
		if s.index < at.Segment {
			continue
		}
		if s.index > at.Segment {
			at = Position{Set: id, Segment: s.index, Number: s.first}
		}
		if s.until != unknown && !status.Oldest.IsZero() {
			status.Waiting += s.until - at.Number
			continue
		}
		if err := status.count(s, at); err != nil {
			return status, err
		}
	}
	return status, nil
}

// count reads a segment for the time of its first record, and to its end if nothing
// says how many there are.
func (status *SetStatus) count(s *segment, at Position) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	from := at.Number
	scan := scanner{file: f, set: at.Set, segment: *s, at: at}
	for {
		e, ok := scan.next()
		if ok && e.Damage == nil && status.Oldest.IsZero() {
			status.Oldest = e.Time
		}
		if !ok || s.until != unknown && !status.Oldest.IsZero() {
			break
		}
	}
	if s.until != unknown {
		scan.at.Number = s.until
	}
	status.Waiting += scan.at.Number - from
	return nil
}
