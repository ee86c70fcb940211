package spool

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	reserveName = "reserve"
	// capacityPoll is the interval at which WaitCapacity measures again: other processes free
	// space without a signal to this one.
	capacityPoll = 250 * time.Millisecond
)

// Capacity returns how many bytes of messages would be accepted now, 0 if none. It waits for an
// fsync in progress, so it is not for the path of traffic.
func (s *Spool) Capacity() int64 {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	select {
	case <-s.closing:
		return 0
	default:
	}
	if s.own == nil {
		s.measureOthers()
		return max(0, s.free()-s.options.Reserve)
	}
	if err := s.restore(); err != nil {
		s.log.Error("spool cannot store events", "error", err)
		return 0
	}
	s.refreshCapacity()
	if !s.reserveHeld {
		return 0
	}
	return max(0, s.free())
}

// WaitCapacity blocks until so many bytes of messages would be accepted. A bound that can never
// be met counts as met when the spool is empty.
func (s *Spool) WaitCapacity(ctx context.Context, bytes int64) error {
	bytes = min(bytes, s.options.MaxBytes-s.options.Reserve)
	for s.Capacity() < bytes {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closing:
			return ErrClosed
		case <-s.spaceAvailable:
		case <-time.After(capacityPoll):
		}
	}
	return nil
}

// free is the number of bytes below the declared limit, negative above it. The caller owns the token.
func (s *Spool) free() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.MaxBytes - s.used - s.others
}

// refreshCapacity measures what other processes use and creates the reserve where it is missing:
// messages are admitted only while it is on disk. The caller owns the token.
func (s *Spool) refreshCapacity() {
	s.measureOthers()
	now := s.now()
	if !s.reserveHeld && s.own != nil {
		if err := s.retire(); err != nil {
			s.log.Warn("spool cannot free space", "cause", err)
		}
	}
	if s.reserveHeld || now.Sub(s.reserveTried) < max(s.reservePause, s.retry) || s.free() < s.options.Reserve {
		return
	}
	s.reserveTried = now
	if s.createOwn() != nil {
		return // the write that follows returns the cause
	}
	err := s.makeReserve()
	s.reserveHeld = err == nil
	s.stats.NoReserve.Store(err != nil)
	if err == nil {
		s.reservePause = 0
		s.account(s.options.Reserve)
		return
	}
	if s.reservePause == 0 {
		s.log.Error("the spool cannot keep space back, so it takes no messages", "reserve_bytes", s.options.Reserve, "cause", err)
	}
	if s.reservePause = max(s.retry, s.reservePause); !errors.Is(err, errLittleSpace) {
		s.reservePause = min(2*s.reservePause, maxReservePause)
	}
}

// maxReservePause bounds the pause between two attempts to make the reserve, in which a disk
// that says that it has the space is filled.
const maxReservePause = time.Minute

// errLittleSpace reports that the disk has less space than the reserve needs.
var errLittleSpace = errors.New("the disk has too little free space")

// makeReserve writes the reserve file. It begins only where the disk says that there is space:
// an attempt that fails takes for a moment what others need.
func (s *Spool) makeReserve() error {
	if free, known := freeOnDisk(s.own.dir); known && free < s.options.Reserve+s.options.Reserve/8 {
		return fmt.Errorf("%w: %d bytes", errLittleSpace, free)
	}
	return writeSynced(filepath.Join(s.own.dir, reserveName), make([]byte, s.options.Reserve))
}

// useReserve makes the reserve file the next segment. Its blocks are written over, so that a
// disk of which others take every free block still takes control records. The caller owns the
// token.
func (s *Spool) useReserve() {
	if !s.reserveHeld {
		return
	}
	s.reserveHeld, s.reserveTried = false, s.now()
	s.finishActive()
	reserve, segment := filepath.Join(s.own.dir, reserveName), newSegment(s.own.dir, s.index, s.number)
	s.index++
	f, err := os.OpenFile(reserve, os.O_RDWR, fileMode)
	if err == nil {
		if err = os.Rename(reserve, segment.path); err == nil {
			err = syncDir(s.own.dir)
		}
		if err != nil {
			f.Close()
		}
	}
	if err != nil { // then what it took is free for a new segment
		os.Remove(reserve)
		os.Remove(segment.path)
		s.account(-s.options.Reserve)
		return
	}
	segment.file, segment.preallocated = f, s.options.Reserve
	s.active, s.segment = f, segment
}

// reportFull logs, once, that messages are refused, until messages are admitted again. The
// caller owns the token.
func (s *Spool) reportFull(full bool) {
	if full && !s.refusing {
		s.log.Warn("spool is full, takes control events only")
	}
	s.refusing = full
}

func (s *Spool) account(bytes int64) {
	s.mu.Lock()
	s.used += bytes
	s.mu.Unlock()
}

// measureOthers adds up the bytes of sets that other processes hold, at most once per retry
// interval. The caller owns the token.
func (s *Spool) measureOthers() {
	if s.now().Sub(s.othersAt) < s.retry {
		return
	}
	s.othersAt = s.now()
	s.mu.Lock()
	ours := map[string]bool{}
	for _, set := range s.sets {
		ours[set.id.String()] = true
	}
	s.mu.Unlock()
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return
	}
	var bytes int64
	for _, e := range entries {
		if ours[strings.TrimPrefix(strings.TrimPrefix(e.Name(), newPrefix), oldPrefix)] {
			continue
		}
		filepath.WalkDir(filepath.Join(s.options.Dir, e.Name()), func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					bytes += info.Size()
				}
			}
			return nil
		})
	}
	s.others = bytes
}
