package stdio

import (
	"fmt"
	"io"
	"sync"
)

// spillSize is how much of the child's standard error may wait for somebody to read
// it, in bytes.
const spillSize = 1 << 20

// spill stands between the child's standard error and ours. Writing to it never
// blocks: what finds no room is dropped, and a line in its place says how much.
type spill struct {
	mu      sync.Mutex // held for one copy, never during I/O
	waiting []byte
	dropped uint64
	closed  bool
	// wake has room for one signal.
	wake chan struct{}
	// done is closed when everything was written after Close.
	done chan struct{}
}

func newSpill(to io.Writer) *spill {
	s := &spill{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run(to)
	return s
}

func (s *spill) Write(p []byte) (int, error) {
	s.mu.Lock()
	if room := spillSize - len(s.waiting); len(p) > room || s.dropped > 0 {
		s.dropped += uint64(len(p))
	} else {
		s.waiting = append(s.waiting, p...)
	}
	s.mu.Unlock()
	s.signal()
	return len(p), nil
}

// Close lets done follow when all that waits was written.
func (s *spill) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.signal()
	return nil
}

func (s *spill) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run writes until Close. Nobody who could be told reads what fails to be written.
func (s *spill) run(to io.Writer) {
	defer close(s.done)
	var buf []byte
	for range s.wake {
		s.mu.Lock()
		buf, s.waiting = s.waiting, buf[:0]
		dropped, closed := s.dropped, s.closed
		s.dropped = 0
		s.mu.Unlock()
		if dropped > 0 {
			buf = fmt.Appendf(buf, "\nmcptrail-collector: %d bytes of standard error were not passed on because nobody read them\n", dropped)
		}
		if len(buf) > 0 {
			to.Write(buf)
		}
		if closed {
			return
		}
	}
}
