package httpproxy

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// tee copies one body, request or answer, into the record while its pieces pass. One
// goroutine uses it at a time.
type tee struct {
	x         *observe.Exchange
	direction schema.Direction
	gather    message.Gather
	// raw is what passed, before any decoding: of an encoded body, and of a stream until
	// its first event. It is nil where gather has that.
	raw *message.Gather
	// onBody is called with a body that is no stream, before it is recorded; nil for
	// nobody.
	onBody func(message.Body)
	// events is set where the body is an event stream.
	events *sse.Splitter
	// in is gather or events, behind decoders where the body is encoded; the first of
	// those gets what passes.
	in       io.Writer
	decoders []*decoder
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

// maxUnread is how much is kept of a stream in which no event was found.
const maxUnread = 64 << 10

// newTee starts a tee that keeps at most max bytes of a message. It calls onEvent for
// each server-sent event before the event is recorded. Only answers are streams: a
// server reads the body of a request as one message, whatever its type is.
//
// The caller must call end, also where nothing came: the decoders are released there.
func newTee(x *observe.Exchange, direction schema.Direction, header http.Header, max int, onEvent func(sse.Event)) *tee {
	t := &tee{x: x, direction: direction, gather: message.NewGather(max)}
	t.in = &t.gather
	encodings := encodingsOf(header)
	if direction == schema.ServerToClient && isEventStream(header) {
		t.keepRaw(min(max, maxUnread))
		t.events = sse.NewSplitter(max, func(e sse.Event) {
			t.raw = nil // it is a stream indeed
			onEvent(e)
			t.rejected = !x.Event(e, t.at) || t.rejected
		})
		t.in = t.events
	} else if len(encodings) > 0 {
		t.keepRaw(max)
	}
	if !undoable(encodings) {
		// raw has what passed, and end stores nothing of it but that it was encoded, unless
		// it is JSON-RPC after all.
		t.in = io.Discard
		return t
	}
	// The first of encodings was applied first and is undone last, so the bytes enter at the
	// last of them.
	for _, name := range encodings {
		d := newDecoder(name, t.in)
		t.decoders = append([]*decoder{d}, t.decoders...)
		t.in = d
	}
	return t
}

func (t *tee) keepRaw(max int) {
	raw := message.NewGather(max)
	t.raw = &raw
}

func isEventStream(h http.Header) bool {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/event-stream")
}

// size is how many bytes of a body that is no stream have come, decoded.
func (t *tee) size() uint64 { return t.gather.Size() }

// holdsMessage reports whether what has come is one whole message. Of an encoded body that
// is not known before its end.
func (t *tee) holdsMessage() bool {
	if t.raw != nil || t.gather.Size() == 0 {
		return false
	}
	m, err := jsonrpc.Scan(t.gather.Kept())
	return err == nil && m.Kind != schema.KindNoise
}

// piece takes the next bytes. The caller must not pass them on before it returns.
//
// Errors of decoding are not its business: what cannot be decoded passes too.
func (t *tee) piece(p []byte, now time.Time) {
	if t.ended || len(p) == 0 {
		return
	}
	if t.at = now; t.began.IsZero() {
		t.began = now
	}
	if t.raw != nil {
		t.raw.Write(p)
	}
	t.in.Write(p)
}

// end records what is left: the whole body, or of a stream what a cut left over.
func (t *tee) end(now time.Time) {
	if t.ended {
		return
	}
	t.ended = true
	for _, d := range t.decoders {
		d.Close()
	}
	if t.began.IsZero() {
		t.began = now
	}
	if t.events != nil {
		t.endStream(now)
		return
	}
	body := t.gather.Take()
	if t.raw != nil {
		body = t.choose(body)
	}
	if t.onBody != nil {
		t.onBody(body)
	}
	t.record(body, t.began)
}

// endStream records what a cut left over of a stream, or all of a body that is none.
func (t *tee) endStream(now time.Time) {
	if cut, ok := t.events.Partial(); ok {
		t.record(cut, now)
		return
	}
	if t.raw == nil {
		return
	}
	body := t.raw.Take()
	if fields.Match(body.Data) && !body.Cut() {
		return // comments and ids, and no event
	}
	body.Encoded = !holdsRPC(body) && len(t.decoders) > 0
	t.record(body, t.began)
}

// fields are a stream without data that says anything.
var fields = regexp.MustCompile(`^(?:\xef\xbb\xbf)?(?:(?::[^\r\n]*|(?:id|event|retry|data)(?::[^\r\n]*)?)?[\r\n]*)*$`)

func (t *tee) record(body message.Body, at time.Time) {
	if !t.x.Message(t.direction, body, at) {
		t.rejected = true
		if t.events == nil {
			t.rejection = observe.RejectionOf(body)
		}
	}
}

// choose returns the decoded body, or what passed where that is a message as it is: a
// peer that ignores the encoding reads it. Of what cannot be read either way nothing may
// be stored.
func (t *tee) choose(decoded message.Body) message.Body {
	raw := t.raw.Take()
	switch {
	case holdsRPC(decoded):
		return decoded
	case holdsRPC(raw):
		return raw
	case decoded.Size > 0:
		return decoded
	}
	raw.Encoded = raw.Size > 0
	return raw
}

// holdsRPC reports whether a body is a JSON-RPC message, or a batch.
func holdsRPC(body message.Body) bool {
	if body.Envelope != nil {
		return body.Envelope.Kind != schema.KindNoise
	}
	m, err := jsonrpc.Scan(body.Data)
	return err == nil && m.Kind != schema.KindNoise || jsonrpc.IsBatch(body.Data)
}
