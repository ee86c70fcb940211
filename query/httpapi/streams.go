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
	slots   chan struct{}
}

// streamOf describes an operation that answers with a stream of T.
func streamOf[T any](api huma.API, op huma.Operation, contentType string) huma.Operation {
	item := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream of these.",
		Content: map[string]*huma.MediaType{contentType: {Schema: item}}}}
	return op
}

// take claims a slot; the caller releases it when the stream ends. The error is
// errBusy where all are taken.
func (s *streams) take() (release func(), err error) {
	select {
	case s.slots <- struct{}{}:
		s.metrics.streams.Inc()
		return func() { <-s.slots; s.metrics.streams.Dec() }, nil
	default:
		return nil, errBusy
	}
}

// stream answers with what write sends, once a slot is free. The read must be in the
// access log before.
func (s *streams) stream(ctx context.Context, contentType string, write func(out *stream) error) (*huma.StreamResponse, error) {
	release, err := s.take()
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer release()
		out := newStream(c, contentType)
		s.finish(ctx, write(out), out)
	}}, nil
}

// finish ends a stream, and in a way that its reader cannot take for its end when
// something went wrong.
func (s *streams) finish(ctx context.Context, err error, out *stream) {
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		_ = s.failed(ctx, err) // its status was sent long ago; the log has the cause
		panic(http.ErrAbortHandler)
	}
}

// send writes events a line each, with a text before the line and one after it.
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

// stream is an answer that is written as it comes. Each piece has a time limit,
// the whole has none.
type stream struct {
	*bufio.Writer
	control *http.ResponseController
	encoder *json.Encoder
}

func newStream(c huma.Context, contentType string) *stream {
	_, w := humago.Unwrap(c)
	w.Header().Set("Content-Type", contentType)
	s := &stream{control: http.NewResponseController(w)}
	s.Writer = bufio.NewWriterSize(limited{w, s.control}, 64<<10)
	s.encoder = json.NewEncoder(s.Writer)
	s.encoder.SetEscapeHTML(false)
	w.WriteHeader(http.StatusOK)
	return s
}

// Flush sends what was written so far.
func (s *stream) Flush() error {
	if err := s.Writer.Flush(); err != nil {
		return err
	}
	return s.control.Flush()
}

// limited gives each write its time.
type limited struct {
	io.Writer
	control *http.ResponseController
}

func (l limited) Write(p []byte) (int, error) {
	if err := l.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return l.Writer.Write(p)
}
