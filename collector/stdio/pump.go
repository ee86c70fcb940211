package stdio

import (
	"io"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// pumpSize is how much is read at once, in bytes: what a pipe holds by default.
const pumpSize = 64 << 10

// tap hands lines to the record until the end of the process is recorded: a pump
// may still be blocked in a read or a write by then, and nothing may follow the end.
type tap struct {
	x   *observe.Exchange
	max int

	// mu guards ended. A pump holds it to read while a line is queued, which can take as long
	// as lines wait for capacity, so that the lines of one pump do not wait for another's.
	mu    sync.RWMutex
	ended bool
}

// record is where a pump hands its lines. It reports whether the line may pass.
type record func(line message.Body, at time.Time) bool

func (t *tap) message(d schema.Direction) record {
	return func(line message.Body, at time.Time) bool { return t.x.Message(d, line, at) }
}

// end waits for lines that are being queued, and none is queued after it.
func (t *tap) end(exit observe.Exit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.x.Exit(exit, time.Now())
}

// pump copies src to dst until one of them ends and then closes both, so that
// either end sees that of the other. It records each line before the bytes that
// complete it are written. The channel is closed when it is done.
func (t *tap) pump(dst io.WriteCloser, src io.ReadCloser, d schema.Direction, to record) <-chan struct{} {
	lines := lines{gather: message.NewGather(t.max), emit: func(line message.Body, at time.Time) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		if !t.ended {
			to(line, at)
		}
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.copyLines(dst, src, d, &lines)
		lines.end()
		dst.Close()
		src.Close()
	}()
	return done
}

// copyLines passes what was read in one write, but for lines that waited for capacity:
// those go on before the next one can wait.
//
// An error of the write is an end like one of the read: whoever reads dst is gone.
func (t *tap) copyLines(dst io.Writer, src io.Reader, d schema.Direction, lines *lines) {
	buf := make([]byte, pumpSize)
	for {
		n, err := src.Read(buf)
		now := time.Now()
		// rest is not written yet, and its first seen bytes are recorded.
		for rest, seen := buf[:n], 0; len(rest) > 0; {
			if seen += lines.next(rest[seen:], now); seen < len(rest) && t.x.Waited(d) == 0 {
				continue
			}
			t.x.Passed(d)
			if _, err := dst.Write(rest[:seen]); err != nil {
				return
			}
			rest, seen = rest[seen:], 0
		}
		if err != nil {
			return
		}
	}
}
