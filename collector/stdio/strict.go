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
// Lines of both sides go there: those that pass, and the errors for those that do not.
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
	return func(dst io.WriteCloser, src io.ReadCloser, d schema.Direction, _ record) <-chan struct{} {
		// What the client sends comes back to it as an error, and so does the answer
		// that it waits for; a request of the server goes back to the server.
		pass, back := server, client
		if dst == client.WriteCloser {
			pass, back = client, server
		}
		offer := func(line message.Body, at time.Time) func() bool {
			t.mu.RLock()
			defer t.mu.RUnlock()
			if t.ended {
				return func() bool { return false }
			}
			// The lock is not held for the wait that the returned function is: the end of
			// the process must not wait for the disk.
			return t.x.Offer(d, line, at)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			copyStrict(pass, back, src, t.max, offer)
			dst.Close()
			src.Close()
		}()
		return done
	}
}

// copyStrict copies lines once they may pass. Those that have come together are offered
// together, so that they share an fsync.
func copyStrict(pass, back io.Writer, src io.Reader, max int, offer func(message.Body, time.Time) func() bool) {
	in := bufio.NewReaderSize(src, pumpSize)
	for {
		lines, err := readLines(in)
		now := time.Now()
		// nil for an empty line, which is no message and passes.
		passes := make([]func() bool, len(lines))
		for i, line := range lines {
			if text := bytes.TrimRight(line, "\r\n"); len(text) > 0 {
				passes[i] = offer(message.Copy(text, max), now)
			}
		}
		for i, line := range lines {
			if passes[i] == nil || passes[i]() {
				if _, err := pass.Write(line); err != nil {
					return
				}
			} else if refuse(pass, back, line) != nil {
				return
			}
		}
		if err != nil {
			return // of errLong: what exceeds the bound cannot be recorded before it is passed on
		}
	}
}

// refuse answers a line that does not pass. An answer that is refused is replaced where
// it would have gone, a request is answered where it came from.
//
// What nobody waits for an answer to is dropped.
func refuse(pass, back io.Writer, line []byte) error {
	text := bytes.TrimRight(line, "\r\n")
	refusal := observe.Rejection(text)
	if refusal == nil {
		return nil
	}
	to := back
	if !observe.IsRequest(text) {
		to = pass
	}
	_, err := to.Write(append(refusal, '\n'))
	return err
}

// togetherLines and togetherBytes bound the lines that are offered at once.
const togetherLines, togetherBytes = 256, 1 << 20

// readLines waits for a line and returns it with those that are whole in the buffer. At
// the end of the stream the last line may have no end.
func readLines(in *bufio.Reader) (lines [][]byte, err error) {
	for bytes := 0; len(lines) < togetherLines && bytes < togetherBytes; {
		line, err := readLine(in)
		if len(line) > 0 {
			lines = append(lines, line)
			bytes += len(line)
		}
		if err != nil || !holdsLine(in) {
			return lines, err
		}
	}
	return lines, nil
}

// holdsLine reports whether a whole line can be read without waiting.
func holdsLine(in *bufio.Reader) bool {
	here, _ := in.Peek(in.Buffered()) // what is buffered can be peeked
	return bytes.IndexByte(here, '\n') >= 0
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
