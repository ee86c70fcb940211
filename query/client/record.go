package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/url"
	"time"

	"github.com/mcptrail/mcptrail/query/wire"
)

// Selection of the record as evidence. The zero value is all of it.
type Selection struct {
	// Session is the one session wanted, empty for any.
	Session  string
	From, To time.Time
}

// Record reads a selection as evidence: all seals, then the events. Begin is called first,
// with about how many events will come. Unless the last pair is an error, it is whole: a
// stream that breaks off before its end frame is one.
func (c *Client) Record(ctx context.Context, sel Selection, begin func(events uint64)) iter.Seq2[*wire.Entry, error] {
	return func(yield func(*wire.Entry, error) bool) {
		values := url.Values{}
		set(values, "session", sel.Session)
		setTimes(values, sel.From, sel.To)
		// No bound on the time: a record of millions of events takes minutes, and progress shows.
		response, err := c.open(ctx, values, nil, "record")
		if err != nil {
			yield(nil, err)
			return
		}
		defer response.Body.Close()
		reader, err := wire.NewRecordReader(response.Body)
		if err != nil {
			yield(nil, fmt.Errorf("reading the record: %w", err))
			return
		}
		begin(reader.Events)
		for {
			e, err := reader.Next()
			// The reader returns EOF after the end frame only; a stream that stops before it gives
			// io.ErrUnexpectedEOF, which is yielded.
			if err == io.EOF {
				return
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
