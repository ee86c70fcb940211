package httpproxy

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// tee copies one body, request or answer, into the record while its pieces pass. One
// goroutine uses it at a time.
type tee struct {
	x         *observe.Exchange
	direction schema.Direction
	gather    message.Gather
	// onBody is called with a body that is no stream, before it is recorded; nil for
	// nobody.
	onBody func(message.Body)
	// events is set where the body is an event stream.
	events *sse.Splitter
	// in is gather or events, behind a decoder where the body is encoded.
	in      io.Writer
	decoder *decoder
	// began is when the first bytes came, at when the newest did; zero before that.
	began, at time.Time
	ended     bool
	// rest is set where an earlier part of the body is recorded already.
	rest bool
	// rejected is set once something of it may not pass, since it could not be recorded,
	// and rejection to the error for its sender; nil where no request was read.
	rejected  bool
	rejection []byte
}

// newTee starts a tee that keeps at most max bytes of a message. It calls onEvent for
// each server-sent event before the event is recorded.
func newTee(x *observe.Exchange, direction schema.Direction, header http.Header, max int, onEvent func(sse.Event)) *tee {
	t := &tee{x: x, direction: direction, gather: message.NewGather(max)}
	t.in = &t.gather
	encoding, plain, known := encodingOf(header)
	if isEventStream(header) && known {
		t.events = sse.NewSplitter(max, func(e sse.Event) {
			onEvent(e)
			t.rejected = !x.Event(e, t.at) || t.rejected
		})
		t.in = t.events
	}
	if known && !plain {
		t.decoder = newDecoder(encoding, t.in)
		t.in = t.decoder
	}
	return t
}

func isEventStream(h http.Header) bool {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/event-stream")
}

// size is how many bytes of a body that is no stream have come, decoded.
func (t *tee) size() uint64 { return t.gather.Size() }

// piece takes the next bytes. The caller must not pass them on before it returns.
func (t *tee) piece(p []byte, now time.Time) {
	if t.ended || len(p) == 0 {
		return
	}
	if t.at = now; t.began.IsZero() {
		t.began = now
	}
	t.in.Write(p)
}

// end records what is left: the whole body, or of a stream what a cut left over.
func (t *tee) end(now time.Time) {
	if t.ended {
		return
	}
	t.ended = true
	if t.decoder != nil {
		t.decoder.Close()
	}
	if t.began.IsZero() {
		t.began = now
	}
	if t.events == nil {
		body := t.gather.Take()
		if t.onBody != nil {
			t.onBody(body)
		}
		if !t.x.Message(t.direction, body, t.began) {
			t.rejected, t.rejection = true, observe.RejectionOf(body)
		}
	} else if cut, ok := t.events.Partial(); ok {
		t.rejected = !t.x.Message(t.direction, cut, now) || t.rejected
	}
}
