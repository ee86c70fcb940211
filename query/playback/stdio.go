package playback

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mcptrail/mcptrail/schema"
)

// maxOpen bounds the requests of one client that are under way.
const maxOpen = 256

// Stdio plays one conversation over lines, until the input ends or out fails. Requests are
// served at once, at most maxOpen; it waits for all of them before it returns.
func (r *Recording) Stdio(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := r.Begin()
	var mutex sync.Mutex // guards out for one line
	send := func(message []byte) error {
		mutex.Lock()
		defer mutex.Unlock()
		_, err := out.Write(append(message, '\n'))
		return err
	}
	var open sync.WaitGroup
	slots := make(chan struct{}, maxOpen)
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if len(line) > 0 {
			// A full set of slots stops the reading: the client's pipe then holds it back.
			slots <- struct{}{}
			// Receive is called here, in the order of the lines; only the playing is concurrent.
			play := c.Receive(ctx, line, send, send)
			open.Go(func() {
				defer func() { <-slots }()
				if err := play(); err != nil {
					cancel()
				}
			})
		}
		if err != nil {
			cancel()
			open.Wait()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("reading the client's messages: %w", err)
		}
	}
}

var errLong = errors.New("a line is longer than a message can be")

// readLine returns the next line without its end, and with the last one the error.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > schema.MaxPayload {
			return nil, errLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		// Clients on Windows end a line with CR LF.
		for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
			line = line[:len(line)-1]
		}
		return line, err
	}
}
