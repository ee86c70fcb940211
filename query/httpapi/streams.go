package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Content types of streams.
const (
	ndjson      = "application/x-ndjson"
	eventStream = "text/event-stream"
)

// streams is how resources answer with more than one reply holds. As many may be open
// at once as slots has capacity.
type streams struct {
	*replies
	metrics *metrics
	// slots has an element for each open stream. Each holds a connection to ClickHouse.
	slots chan struct{}
}

// streamOf describes an operation that answers with a stream of T.
// OpenAPI has no word for a stream of lines: the schema is that of one of them.
func streamOf[T any](api huma.API, op huma.Operation, contentType string) huma.Operation {
	item := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream of these.",
		Content: map[string]*huma.MediaType{contentType: {Schema: item}}}}
	return op
}

// take claims a slot; the caller releases it when the stream ends. The error is
// errBusy where all are taken.
// release must be called exactly once: a second call would take another stream's slot.
func (s *streams) take() (release func(), err error) {
	select {
	case s.slots <- struct{}{}:
		s.metrics.streams.Inc()
		return func() { <-s.slots; s.metrics.streams.Dec() }, nil
	// Refused and not queued: those that are open may stay open for days.
	default:
		return nil, errBusy
	}
}

// stream answers with what write sends, once a slot is free. The read must be in the
// access log before.
//
// The context is the request's: it ends with the connection and when the service cuts what is
// left at its stop. write must return then.
func (s *streams) stream(ctx context.Context, contentType string, write func(out *stream) error) (*huma.StreamResponse, error) {
	release, err := s.take()
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		// huma calls this after the handler returned, with the slot taken there.
		defer release()
		out := newStream(c, contentType)
		s.finish(ctx, write(out), out)
	}}, nil
}

// finish ends a stream. Its status was sent long ago, so an error can only be shown by
// cutting the connection: a reader of HTTP/1.1 misses the last chunk then, and cannot take
// the part for the whole.
// The panic is caught by measured, which counts it, and passed on to net/http.
func (s *streams) finish(ctx context.Context, err error, out *stream) {
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		_ = s.failed(ctx, err) // its status was sent long ago; the log has the cause
		panic(http.ErrAbortHandler)
	}
}

// send writes events a line each, with a text before the line and one after it: none for
// NDJSON, the framing of server-sent events for a tail. Payload bytes are not checked for
// line feeds: JSON has none outside of strings, where they are escaped.
func (s *streams) send(out *stream, events iter.Seq2[*schema.Event, error], before, after string) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		if _, err := out.WriteString(before); err != nil {
			return err
		}
		if err := out.encoder.Encode(wire.FromEvent(e)); err != nil {
			return err
		}
		if _, err := out.WriteString(after); err != nil {
			return err
		}
		s.metrics.events.Inc()
	}
	return nil
}

// stream is an answer that is written as it comes. Each piece has a time limit, the whole
// has none: a tail lasts for days, and a reader that takes nothing for writeTimeout frees
// its slot. One goroutine writes it.
type stream struct {
	// Writer collects 64 KiB, so that an event is no system call and no chunk of its own.
	*bufio.Writer
	control *http.ResponseController
	encoder *json.Encoder
}

// newStream sends the header. From here on no status can be changed.
func newStream(c huma.Context, contentType string) *stream {
	_, w := humago.Unwrap(c)
	w.Header().Set("Content-Type", contentType)
	s := &stream{control: http.NewResponseController(w)}
	s.Writer = bufio.NewWriterSize(limited{w, s.control}, 64<<10)
	s.encoder = json.NewEncoder(s.Writer)
	s.encoder.SetEscapeHTML(false) // payloads stay as they were recorded
	// Now and not with the first piece, which a quiet tail may send much later.
	w.WriteHeader(http.StatusOK)
	return s
}

// Flush sends what was written so far.
func (s *stream) Flush() error {
	if err := s.Writer.Flush(); err != nil {
		return err
	}
	// Twice, since net/http has a buffer of its own behind this one.
	return s.control.Flush()
}

// limited gives each write its time.
type limited struct {
	io.Writer
	control *http.ResponseController
}

// Write extends the deadline of the connection for each piece that leaves the buffer.
// The deadline is for the piece, however long the stream has been open.
func (l limited) Write(p []byte) (int, error) {
	if err := l.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return l.Writer.Write(p)
}
