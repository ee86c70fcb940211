package stdio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
)

// maxStrictLine is the longest line that is held back until it is recorded, in bytes.
const maxStrictLine = 64 << 20

// shared is an end that two pumps write whole lines to.
type shared struct {
	io.WriteCloser
	mu sync.Mutex // held for one write
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.WriteCloser.Write(p)
}

// strict gives a pump that passes a line only when it was recorded. Where the record
// has no capacity, the peer that waits for an answer gets an error instead: the client at
// its end, the server at its own.
func (t *tap) strict(client, server *shared) func(io.WriteCloser, io.ReadCloser, schema.Direction, record) <-chan struct{} {
	return func(dst io.WriteCloser, src io.ReadCloser, _ schema.Direction, to record) <-chan struct{} {
		// What the client sends comes back to it as an error, and so does the answer
		// that it waits for; a request of the server goes back to the server.
		pass, back := server, client
		if dst == client.WriteCloser {
			pass, back = client, server
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			copyStrict(pass, back, src, t.max, func(line message.Body, at time.Time) bool {
				t.mu.RLock()
				defer t.mu.RUnlock()
				return !t.ended && to(line, at)
			})
			dst.Close()
			src.Close()
		}()
		return done
	}
}

// copyStrict copies line by line. An answer that is refused is replaced where it
// would have gone, a request is answered where it came from.
func copyStrict(pass, back io.Writer, src io.Reader, max int, record func(message.Body, time.Time) bool) {
	in := bufio.NewReaderSize(src, pumpSize)
	for {
		line, err := readLine(in)
		text := bytes.TrimRight(line, "\r\n")
		switch {
		case errors.Is(err, errLong):
			return // what exceeds the bound cannot be recorded before it is passed on
		case len(text) == 0 || record(message.Copy(text, max), time.Now()):
			if _, err := pass.Write(line); err != nil {
				return
			}
		default:
			refusal, to := observe.Rejection(text), back
			if refusal != nil && !observe.IsRequest(text) {
				to = pass
			}
			if refusal != nil {
				if _, err := to.Write(append(refusal, '\n')); err != nil {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

var errLong = errors.New("line too long to be held back until it is recorded")

// readLine returns a line with its end, or what is left at the end of the stream.
func readLine(in *bufio.Reader) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxStrictLine {
			return nil, errLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
