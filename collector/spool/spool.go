package spool

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
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
//
// It wires the parts, each of which answers one question, and ends them. The locks are taken in
// this order: adopter.adopting, tail.writing, reclaimer.reading, inventory.mu. Where the order
// would be the other way round, a lock is only tried.
type Spool struct {
	*inventory // which sets are here: Unfreed, Last, Ended
	*adopter   // which sets of dead processes are taken over: Adopt
	*appender  // what is stored: Append, Capacity, WaitCapacity
	*reader    // what comes next: Next, Rewind
	*releaser  // what is stored elsewhere: Free

	// tail and reclaim are used by several parts and by Close; no caller outside has them.
	tail    *tail
	reclaim *reclaimer
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
	inv := &inventory{options: options.defaults(), log: log, now: time.Now, retry: time.Second,
		readable: make(chan struct{}, 1), spaceAvailable: make(chan struct{}, 1), closing: make(chan struct{})}
	reclaim := &reclaimer{inv: inv}
	tail := &tail{inv: inv, reclaim: reclaim, writing: make(chan struct{}, 1)}
	budget := &budget{inv: inv, tail: tail}
	presence := &presence{inv: inv, reclaim: reclaim, tail: tail, budget: budget}
	releaser := &releaser{inv: inv, reclaim: reclaim, tail: tail}
	return &Spool{
		inventory: inv,
		adopter:   &adopter{inv: inv},
		appender:  &appender{inv: inv, tail: tail, budget: budget, presence: presence},
		reader:    &reader{inv: inv, reclaim: reclaim, releaser: releaser},
		releaser:  releaser,
		tail:      tail,
		reclaim:   reclaim,
	}, nil
}

// Stats returns the counters, which may be read at any time.
func (s *Spool) Stats() *Stats { return &s.stats }

// Close ends waiting calls with ErrClosed. Records that are not freed stay on disk for another
// process to adopt.
//
// closed comes first, so that nothing new begins; then the locks in their order, which waits for
// an Adopt, a write and a read in progress. With all of them held, the sets belong to Close.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.closing)
	s.adopter.adopting.Lock()
	defer s.adopter.adopting.Unlock()
	s.tail.writing <- struct{}{}
	defer func() { <-s.tail.writing }()
	s.reclaim.reading.Lock()
	defer s.reclaim.reading.Unlock()
	s.mu.Lock()
	pending, sets := s.appender.pending, s.sets
	s.appender.pending, s.sets = nil, nil
	s.mu.Unlock()
	for _, c := range pending {
		c.finish(ErrClosed)
	}
	var failed error
	s.tail.finishActive()
	for _, set := range sets {
		os.Remove(filepath.Join(set.dir, reserveName))
		failed = errors.Join(failed, s.reclaim.remove(set.dropFreed(nil)), set.release())
	}
	s.reclaim.closeUnused()
	return failed
}

// signal leaves a signal in a channel that buffers one. It never blocks: one that is there already
// says the same.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
