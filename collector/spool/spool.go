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

// Stats are counters of a Spool since its start.
type Stats struct {
	// Appended records and their bytes on disk; Groups is how many fsyncs that took.
	Appended, AppendedBytes, Groups atomic.Uint64
	// Refused for lack of capacity.
	Refused atomic.Uint64
	// Faults are failed writes and fsyncs that were survived in a new segment.
	Faults atomic.Uint64
	// Delivered by Next, with repeats; Damages among them.
	Delivered, Damages atomic.Uint64
	// Adopted sets of dead processes.
	Adopted atomic.Uint64
	// NoReserve says that the disk has no space for the reserve, so that no message is taken.
	NoReserve atomic.Bool
	// Replaced is how often the directory of a set was removed or replaced, and made again.
	Replaced atomic.Uint64
}

// Spool is the directory as one process sees it. Append may be called by any number of
// goroutines, Next and Rewind by one at a time, the other methods by any.
type Spool struct {
	options Options
	log     *slog.Logger
	stats   Stats
	now     func() time.Time

	// writing is a semaphore of one token. Its owner writes the own set and owns the
	// writer; it is kept for the length of an fsync. A channel and not a mutex, so that
	// Append can stop waiting for it when its context ends.
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
	// unused are files of segments that were freed, to be closed under the reading lock.
	unused []*os.File

	// reading is held by Next and Rewind while they read from disk, not while they wait.
	reading sync.Mutex
	// adopting is held by Adopt.
	adopting sync.Mutex
	// readable buffers one signal that Next may find something, spaceAvailable one that
	// capacity grew; closing is closed by Close.
	readable, spaceAvailable, closing chan struct{}
}

// Open creates the directory if it does not exist. The set of this process is created by
// the first Append; the sets of dead processes are read after Adopt.
func Open(options Options, log *slog.Logger) (*Spool, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Clean(options.Dir)); err != nil {
		return nil, fmt.Errorf("opening spool: %w", err)
	}
	return &Spool{options: options.defaults(), log: log, now: time.Now,
		writing: make(chan struct{}, 1), readable: make(chan struct{}, 1), spaceAvailable: make(chan struct{}, 1),
		closing: make(chan struct{}), writer: writer{retry: time.Second}}, nil
}

// Stats returns the counters, which may be read at any time.
func (s *Spool) Stats() *Stats { return &s.stats }

// maxAdopted bounds the sets, and so the open files, that one process has.
const maxAdopted = 64

// Adopt takes over the sets of dead processes, oldest first, and returns how many. Call it
// periodically: processes die at any time. Sets that a living process has locked are skipped.
func (s *Spool) Adopt() (int, error) {
	s.adopting.Lock()
	defer s.adopting.Unlock()
	ids, err := sets(s.options.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil // the next write makes it again
	} else if err != nil {
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
		s.hold(set)
		if !s.addSet(set) {
			return adopted, errors.Join(failed, set.release(), ErrClosed)
		}
		adopted++
		s.stats.Adopted.Add(1)
		signal(s.readable)
	}
	return adopted, failed
}

func (s *Spool) mayAdopt(id uuid.UUID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id != s.options.Epoch && len(s.sets) < maxAdopted &&
		!slices.ContainsFunc(s.sets, func(have *set) bool { return have.id == id })
}

func (s *Spool) addSet(set *set) bool {
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

// sweep removes folders of processes that died while they created or removed a set. An hour
// of age keeps it from racing with a living process between its Mkdir and its lock.
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
		if held, err := lock(path, lockExclusive); err == nil {
			os.RemoveAll(path)
			held.Close()
		}
	}
}

// Close ends waiting calls with ErrClosed. Records that are not freed stay on disk for another
// process to adopt.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.closing)
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
	s.finishActive()
	for _, set := range sets {
		os.Remove(filepath.Join(set.dir, reserveName))
		failed = errors.Join(failed, s.remove(set.dropFreed(nil)), set.release())
	}
	s.closeUnused()
	return failed
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
