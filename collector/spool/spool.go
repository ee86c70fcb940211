package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Stats counts what moves through a Spool, since its start.
type Stats struct {
	// Appended records and their bytes on disk; Groups is how many fsyncs that took.
	Appended, AppendedBytes, Groups atomic.Uint64
	// Refused for want of room.
	Refused atomic.Uint64
	// Faults are failed writes and fsyncs that were survived in a new segment.
	Faults atomic.Uint64
	// Delivered by Next, with repeats; Damages among them.
	Delivered, Damages atomic.Uint64
	// Adopted sets of dead processes.
	Adopted atomic.Uint64
}

// Spool is the directory as one process has it. Append is for any number of callers,
// Next and Rewind for one at a time, the others for any.
type Spool struct {
	options Options
	log     *slog.Logger
	stats   Stats
	now     func() time.Time

	// writing has room for one token. Who holds it writes the own set, and owns the
	// writer; it is held for an fsync.
	writing chan struct{}
	writer

	// mu guards what follows, and the sets, for a few instructions.
	mu      sync.Mutex
	pending []*call
	own     *set
	// sets that this process reads, its own among them, in the order of their turn.
	sets []*set
	// used bytes of these sets, the reserve included.
	used   int64
	closed bool

	// reading is held by Next and Rewind, for as long as they read, not while they wait.
	reading sync.Mutex
	// adopting is held by Adopt.
	adopting sync.Mutex
	// more has room for a signal that there is something to read, eased for one that
	// there is room to write; ended is closed by Close.
	more, eased, ended chan struct{}
}

// Open makes the directory if need be. The set of this process comes into being with
// the first Append; what dead processes left is read after Adopt.
func Open(options Options, log *slog.Logger) (*Spool, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Clean(options.Dir)); err != nil {
		return nil, fmt.Errorf("opening spool: %w", err)
	}
	return &Spool{options: options.defaults(), log: log, now: time.Now,
		writing: make(chan struct{}, 1), more: make(chan struct{}, 1), eased: make(chan struct{}, 1),
		ended: make(chan struct{}), writer: writer{retry: time.Second}}, nil
}

// Stats returns the counters, which may be read at any time.
func (s *Spool) Stats() *Stats { return &s.stats }

// maxAdopted bounds the sets, and so the open files, that one process has.
const maxAdopted = 64

// Adopt takes over the sets of dead processes, oldest first, and says how many. Call
// it now and then; what others hold is left alone.
func (s *Spool) Adopt() (int, error) {
	s.adopting.Lock()
	defer s.adopting.Unlock()
	ids, err := sets(s.options.Dir)
	if err != nil {
		return 0, fmt.Errorf("looking for sets to adopt: %w", err)
	}
	s.sweep()
	adopted := 0
	var failed error
	for _, id := range ids {
		if !s.mayAdopt(id) {
			continue
		}
		set, err := loadSet(s.options.Dir, id)
		switch {
		case errors.Is(err, errLocked) || errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			failed = errors.Join(failed, err)
			continue
		case len(set.segments) == 0:
			failed = errors.Join(failed, set.release())
			continue
		}
		os.Remove(filepath.Join(set.dir, reserveName))
		if !s.take(set) {
			return adopted, errors.Join(failed, set.release(), ErrClosed)
		}
		adopted++
		s.stats.Adopted.Add(1)
		signal(s.more)
	}
	return adopted, failed
}

func (s *Spool) mayAdopt(id uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id != s.options.Epoch && len(s.sets) < maxAdopted &&
		!slices.ContainsFunc(s.sets, func(have *set) bool { return have.id == id })
}

func (s *Spool) take(set *set) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sets = append(s.sets, set)
	for _, segment := range set.segments {
		s.used += segment.size
	}
	return true
}

// sweep removes what processes left that died while they made or removed a set.
func (s *Spool) sweep() {
	entries, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return // the caller has just read it
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), newPrefix) && !strings.HasPrefix(e.Name(), oldPrefix) {
			continue
		}
		info, err := e.Info()
		if err != nil || s.now().Sub(info.ModTime()) < time.Hour {
			continue
		}
		path := filepath.Join(s.options.Dir, e.Name())
		if held, err := lock(path, lockAlone); err == nil {
			os.RemoveAll(path)
			held.Close()
		}
	}
}

// Close ends waiting calls, and leaves what is not freed for others to adopt.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.ended)
	s.adopting.Lock()
	defer s.adopting.Unlock()
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.reading.Lock()
	defer s.reading.Unlock()
	s.mu.Lock()
	pending, sets := s.pending, s.sets
	s.pending, s.sets = nil, nil
	s.mu.Unlock()
	for _, c := range pending {
		c.finish(ErrClosed)
	}
	var failed error
	if s.active != nil {
		failed = s.active.Close()
		s.active = nil
	}
	for _, set := range sets {
		os.Remove(filepath.Join(set.dir, reserveName))
		failed = errors.Join(failed, s.remove(set.settle(nil)), set.release())
	}
	return failed
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
