package stdio

import (
	"fmt"
	"io"
	"sync"
)

// stderrBufferSize is how many bytes of the child's standard error may wait to be
// read.
const stderrBufferSize = 1 << 20

// stderrBuffer stands between the child's standard error and ours. Writing to it never
// blocks: what exceeds its capacity is dropped, and a line in its place counts it. A
// server that logs must not stop because its client does not read the log.
type stderrBuffer struct {
	mu sync.Mutex // held for one copy, never during I/O
	// waiting and the piece that is being written hold stderrBufferSize each at most, twice
	// that together.
	waiting []byte
	dropped uint64
	closed  bool
	// wake has room for one signal.
	wake chan struct{}
	// done is closed when everything was written after Close.
	done chan struct{}
}

// newStderrBuffer starts the goroutine that writes. It ends after Close, unless a write
// blocks: then it ends with the process.
func newStderrBuffer(to io.Writer) *stderrBuffer {
	s := &stderrBuffer{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go s.run(to)
	return s
}

func (s *stderrBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	// Once something is dropped, all is until the writer comes: so the line that counts it
	// stands where it is missing.
	if free := stderrBufferSize - len(s.waiting); len(p) > free || s.dropped > 0 {
		s.dropped += uint64(len(p))
	} else {
		s.waiting = append(s.waiting, p...)
	}
	s.mu.Unlock()
	s.signal()
	return len(p), nil
}

// Close lets done follow when all that waits was written.
func (s *stderrBuffer) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.signal()
	return nil
}

func (s *stderrBuffer) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run writes until Close. A failed write is not reported: its reader is gone, and the
// record has what it would have read.
func (s *stderrBuffer) run(to io.Writer) {
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
