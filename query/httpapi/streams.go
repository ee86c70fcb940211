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

	"github.com/mcptrail/mcptrail/query/clickhouse"
	"github.com/mcptrail/mcptrail/query/wire"
	"github.com/mcptrail/mcptrail/schema"
)

// Content types of streams.
const (
	ndjson      = "application/x-ndjson"
	eventStream = "text/event-stream"
)

// streams describes an operation that answers with a stream of T.
func streams[T any](api huma.API, op huma.Operation, contentType string) huma.Operation {
	item := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	op.Responses = map[string]*huma.Response{"200": {Description: "A stream of these.",
		Content: map[string]*huma.MediaType{contentType: {Schema: item}}}}
	return op
}

// take claims a place for a stream; give it back when the stream ends.
func (s *server) take() (giveBack func(), err error) {
	select {
	case s.streams <- struct{}{}:
		s.metrics.streams.Inc()
		return func() { <-s.streams; s.metrics.streams.Dec() }, nil
	default:
		return nil, errBusy
	}
}

// open finds a session, writes down who reads it, and claims a place for the stream.
// The error is one for the reader.
func (s *server) open(ctx context.Context, in SessionPath, action string) (session wire.SessionSummary, giveBack func(), err error) {
	session, err = s.store.Session(ctx, in.uuid())
	if err == nil {
		err = s.access.record(ctx, action, session.Events)
	}
	if err == nil {
		giveBack, err = s.take()
	}
	if err != nil {
		return session, nil, s.answer(ctx, err)
	}
	return session, giveBack, nil
}

func (s *server) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	_, giveBack, err := s.open(ctx, in.SessionPath, "events")
	if err != nil {
		return nil, err
	}
	part := clickhouse.Part{From: in.FromSeq, Limit: in.Limit, Bodies: in.Bodies}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer giveBack()
		out := newStream(c, ndjson)
		s.finish(ctx, s.send(out, s.store.Events(ctx, in.uuid(), part), "", ""), out)
	}}, nil
}

// finish ends a stream, and in a way that its reader cannot take for its end when
// something went wrong.
func (s *server) finish(ctx context.Context, err error, out *stream) {
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		_ = s.answer(ctx, err) // its status was sent long ago; the log has the cause
		panic(http.ErrAbortHandler)
	}
}

// send writes events a line each, with a text before the line and one after it.
func (s *server) send(out *stream, events iter.Seq2[*schema.Event, error], before, after string) error {
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

func (s *server) tail(ctx context.Context, in *tailInput) (*huma.StreamResponse, error) {
	var place clickhouse.Place
	var err error
	if in.After != "" {
		place, err = clickhouse.ParsePlace(in.After)
	} else {
		place, err = s.store.Now(ctx)
	}
	if err == nil {
		err = s.access.record(ctx, "tail", 0)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	giveBack, err := s.take()
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer giveBack()
		out := newStream(c, eventStream)
		s.finish(ctx, s.watch(ctx, out, place, in), out)
	}}, nil
}

// watch sends what is stored after the place until the reader leaves or the
// service stops. An id follows the events that lie before it: a reader that comes
// back with the last one it saw misses nothing.
func (s *server) watch(ctx context.Context, out *stream, place clickhouse.Place, in *tailInput) error {
	poll, alive := time.NewTicker(tailInterval), time.NewTicker(aliveInterval)
	defer poll.Stop()
	defer alive.Stop()
	if _, err := out.WriteString(": watching\nid: " + place.String() + "\n\n"); err != nil {
		return err
	}
	for {
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-s.stopping:
			return nil
		case <-ctx.Done():
			return nil
		case <-alive.C:
			if _, err := out.WriteString(": alive\n\n"); err != nil {
				return err
			}
			continue
		case <-poll.C:
		}
		for more := true; more; {
			events, next, again, err := s.store.Since(ctx, place, in.Session, in.filter())
			if err != nil {
				return err
			}
			if err := s.send(out, events, "data: ", "\n"); err != nil {
				return err
			}
			if next.String() != place.String() {
				if _, err := out.WriteString("id: " + next.String() + "\n\n"); err != nil {
					return err
				}
			}
			place, more = next, again
		}
	}
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
