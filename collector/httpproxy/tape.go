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

// tape records one body, request or answer, from the pieces that pass.
type tape struct {
	x         *observe.Exchange
	direction schema.Direction
	gather    message.Gather
	// events is set where the body is an event stream.
	events *sse.Splitter
	// in is gather or events, behind a decoder where the body is encoded.
	in      io.Writer
	decoder *decoder
	// began is when the first bytes came, at when the newest did.
	began, at time.Time
	ended     bool
	// rest says that an earlier part of the body is recorded already.
	rest bool
	// refused says that something of it must not pass, for want of a record.
	refused bool
	// refusal is what its sender is told then, nil if it is nobody's request.
	refusal []byte
}

// newTape starts a tape. onEvent hears of each server-sent event.
func newTape(x *observe.Exchange, direction schema.Direction, header http.Header, max int, onEvent func(sse.Event)) *tape {
	t := &tape{x: x, direction: direction, gather: message.NewGather(max)}
	t.in = &t.gather
	encoding, plain, known := encodingOf(header)
	if isEventStream(header) && known {
		t.events = sse.NewSplitter(max, func(e sse.Event) {
			onEvent(e)
			t.refused = !x.Event(e, t.at) || t.refused
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

// piece takes the next bytes.
func (t *tape) piece(p []byte, now time.Time) {
	if t.ended || len(p) == 0 {
		return
	}
	if t.at = now; t.began.IsZero() {
		t.began = now
	}
	t.in.Write(p)
}

// end records what is left: the whole body, or of a stream what a cut left over.
func (t *tape) end(now time.Time) {
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
		if body := t.gather.Take(); !t.x.Message(t.direction, body, t.began) {
			t.refused, t.refusal = true, observe.RejectionOf(body)
		}
	} else if cut, ok := t.events.Partial(); ok {
		t.refused = !t.x.Message(t.direction, cut, now) || t.refused
	}
}
