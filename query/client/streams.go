package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema/retry"
)

// Events streams a session's events from a seq on, in their order. The stream ends with
// its first error; without one it is whole, since a connection that is cut shows.
func (c *Client) Events(ctx context.Context, id string, fromSeq uint64, bodies bool) iter.Seq2[wire.Event, error] {
	return func(yield func(wire.Event, error) bool) {
		values := url.Values{"bodies": {strconv.FormatBool(bodies)}}
		if fromSeq > 0 {
			values.Set("from_seq", strconv.FormatUint(fromSeq, 10))
		}
		response, err := c.open(ctx, values, nil, "sessions", id, "events")
		if err != nil {
			yield(wire.Event{}, err)
			return
		}
		defer response.Body.Close()
		// One JSON object a line. The body is chunked, so a connection that is cut gives
		// io.ErrUnexpectedEOF and not io.EOF.
		for decoder := json.NewDecoder(response.Body); ; {
			var e wire.Event
			err := decoder.Decode(&e)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(e, fmt.Errorf("the stream of events broke off, what came before is not all: %w", err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Bounds of the wait between two attempts to reconnect.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 10 * time.Second
)

// Tail gives events as they are stored, from now on, until the context ends. A
// stream that breaks off is taken up where it ended; only a service that refuses,
// or that was never there, is an error.
func (c *Client) Tail(ctx context.Context, session string, f wire.EventFilter) iter.Seq2[wire.Event, error] {
	return func(yield func(wire.Event, error) bool) {
		values := url.Values{}
		set(values, "session", session)
		setEvent(values, f)
		t := tail{yield: yield}
		for pauses := retry.New(firstPause, lastPause); ; {
			header := http.Header{}
			if t.lastID != "" {
				// The service goes on behind this event, so nothing is given twice and nothing is missed
				// while the store still has it.
				header.Set("Last-Event-ID", t.lastID)
			}
			response, err := c.open(ctx, values, header, "tail")
			if err == nil {
				err = t.read(response.Body)
				response.Body.Close()
				// The service answered: the next failure is a new one and begins with a short pause.
				pauses.Reset()
			}
			refusal, refused := errors.AsType[*Error](err)
			switch {
			case t.stopped || ctx.Err() != nil:
				return
			// A refusal does not change by waiting. Without a first event nothing was ever read from
			// here, and a wrong address should not look like a quiet service.
			case refused && refusal.Status < http.StatusInternalServerError, t.lastID == "":
				yield(wire.Event{}, err)
				return
			}
			if pauses.Wait(ctx) != nil {
				return
			}
		}
	}
}

// tail reads server-sent events and remembers the last id.
type tail struct {
	yield   func(wire.Event, error) bool
	lastID  string
	stopped bool
}

// read returns when the stream ends, which it does not by itself.
func (t *tail) read(body io.Reader) error {
	lines := bufio.NewReaderSize(body, 64<<10)
	for {
		// Lines are not bounded: an event is one line, and its payload may have 8 MB.
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("watching: %w", err)
		}
		line = strings.TrimSuffix(line, "\n")
		// The id comes before its data. It is kept even if the data cannot be read, since the
		// same event would fail again.
		if id, ok := strings.CutPrefix(line, "id: "); ok {
			t.lastID = id
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var e wire.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("reading an event: %w", err)
		}
		if !t.yield(e, nil) {
			t.stopped = true
			return nil
		}
	}
}
