package spool

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	reserveName = "reserve"
	// pollRoom is how often WaitRoom looks, since other processes make room too.
	pollRoom = 250 * time.Millisecond
)

// Room returns how many bytes of messages would be accepted now, 0 if none.
func (s *Spool) Room() int64 {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	select {
	case <-s.ended:
		return 0
	default:
	}
	if s.own == nil {
		s.measureOthers()
		return max(0, s.free()-s.options.Reserve)
	}
	s.lookForRoom()
	if !s.reserved {
		return 0
	}
	return max(0, s.free())
}

// WaitRoom blocks until there is room for bytes of messages. A bound that can never
// be met counts as met when the spool is empty.
func (s *Spool) WaitRoom(ctx context.Context, bytes int64) error {
	bytes = min(bytes, s.options.MaxBytes-s.options.Reserve)
	for s.Room() < bytes {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ended:
			return ErrClosed
		case <-s.eased:
		case <-time.After(pollRoom):
		}
	}
	return nil
}

// free is what the declared limit leaves. The token is held.
func (s *Spool) free() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.MaxBytes - s.used - s.others
}

// lookForRoom measures what others use and makes the reserve again where it was spent:
// messages are taken only while it is there. The token is held.
func (s *Spool) lookForRoom() {
	s.measureOthers()
	now := s.now()
	if !s.reserved && s.own != nil {
		if err := s.retire(); err != nil {
			s.log.Warn("spool cannot make room", "cause", err)
		}
	}
	if s.reserved || now.Sub(s.looked) < s.retry || s.free() < s.options.Reserve {
		return
	}
	s.looked = now
	if s.createOwn() != nil {
		return // the write that follows says why
	}
	if s.reserved = writeSynced(filepath.Join(s.own.dir, reserveName), make([]byte, s.options.Reserve)) == nil; s.reserved {
		s.account(s.options.Reserve)
	}
}

// spend gives the reserve back to the disk and to the account. The token is held.
func (s *Spool) spend() {
	if !s.reserved {
		return
	}
	s.reserved, s.looked = false, s.now()
	if err := os.Remove(filepath.Join(s.own.dir, reserveName)); err == nil || os.IsNotExist(err) {
		s.account(-s.options.Reserve)
	}
	s.log.Warn("spool is full, takes control events only")
}

func (s *Spool) account(bytes int64) {
	s.mu.Lock()
	s.used += bytes
	s.mu.Unlock()
}

// measureOthers adds up the sets that this process does not hold, if it did not do so
// a moment ago. The token is held.
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
