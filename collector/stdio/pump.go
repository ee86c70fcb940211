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

	mu    sync.Mutex // guards ended; held while one line is queued
	ended bool
}

// record is where a pump hands its lines. It reports whether the line may pass.
type record func(line message.Body, at time.Time) bool

func (t *tap) message(d schema.Direction) record {
	return func(line message.Body, at time.Time) bool { return t.x.Message(d, line, at) }
}

func (t *tap) end(exit observe.Exit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.x.Exit(exit, time.Now())
}

// pump copies src to dst until one of them ends and then closes both, so that
// either end sees that of the other. It records each line before the bytes that
// complete it are written. The channel is closed when it is done.
func (t *tap) pump(dst io.WriteCloser, src io.ReadCloser, to record) <-chan struct{} {
	lines := lines{gather: message.NewGather(t.max), emit: func(line message.Body, at time.Time) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if !t.ended {
			to(line, at)
		}
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		copyLines(dst, src, &lines)
		lines.end()
		dst.Close()
		src.Close()
	}()
	return done
}

func copyLines(dst io.Writer, src io.Reader, lines *lines) {
	buf := make([]byte, pumpSize)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			lines.add(buf[:n], time.Now())
			if _, err := dst.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
