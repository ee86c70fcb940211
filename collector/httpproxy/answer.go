package httpproxy

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mcptrail/mcptrail/collector/message"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// buffers are what bodies of answers pass through.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// respond passes the answer as it comes and returns how it ended. The head is recorded
// before it is passed on, the body by a tee.
func (e *exchange) respond(response *http.Response) observe.End {
	e.endless = e.r.Method == http.MethodGet && isEventStream(response.Header)
	header := e.w.Header()
	inbound(header, response.Header)
	e.x.Response(response.StatusCode, header, e.proxy.now()) // what the client gets, no more
	remove := func() {}
	defer func() { remove() }()
	tee := newTee(e.x, schema.ServerToClient, header, e.proxy.config.MaxBody, func(event sse.Event) {
		e.upload.answering()
		if event.Name == "endpoint" && e.endless {
			remove()
			remove = e.proxy.routes.addEndpoint(e.to, e.r.RequestURI, string(event.Data.Data))
		}
	})
	if path, _, _ := strings.Cut(e.to.uri, "?"); describesOAuth(path) && e.r.Method == http.MethodGet && response.StatusCode == http.StatusOK {
		tee.onBody = func(body message.Body) { e.to.oauth.add(body.Data, e.to.host, e.r.Host) }
	}
	defer func() { tee.end(e.proxy.now()) }() // of a body that is not passed to its end
	if e.endless {
		stop := context.AfterFunc(e.proxy.ending, func() { abort(response.Body) })
		defer stop()
	}
	e.writeHead(response)
	end := e.copy(response, tee)
	if end == observe.EndEOF {
		for name, values := range response.Trailer {
			header[http.TrailerPrefix+name] = values
		}
	}
	return end
}

// abort makes a Read that waits fail.
func abort(body io.ReadCloser) {
	if b, ok := body.(*fastBody); ok {
		b.abort()
		return
	}
	body.Close()
}

// writeHead passes the head of the answer, whose header is in place.
func (e *exchange) writeHead(response *http.Response) {
	for name := range response.Trailer {
		e.w.Header().Add("Trailer", name)
	}
	e.closeUnlessRead()
	e.w.WriteHeader(response.StatusCode)
}

// streamPart is how much of an event stream is recorded at once, in bytes: where the events
// in it wait for capacity, they go on before those behind them can wait.
const streamPart = 2 << 10

// passParts records a piece of the answer and returns what of it is still to be passed.
// Of a stream the parts that waited for capacity are passed at once. gone is set where
// the client is.
func (e *exchange) passParts(piece []byte, tee *tee, now time.Time) (rest []byte, gone bool) {
	if tee.events == nil {
		tee.piece(piece, now)
		return piece, false
	}
	for seen := 0; seen < len(piece); {
		part := piece[seen:min(seen+streamPart, len(piece))]
		seen += len(part)
		if tee.piece(part, now); tee.rejected {
			return nil, false
		}
		if e.x.Waited(schema.ServerToClient) == 0 || seen == len(piece) {
			continue
		}
		_, err := e.w.Write(piece[:seen])
		if err != nil || http.NewResponseController(e.w).Flush() != nil {
			return nil, true
		}
		piece, seen = piece[seen:], 0
		e.x.Passed(schema.ServerToClient)
	}
	return piece, false
}

// copy passes the body of the answer. What has come is flushed before waiting for
// more; the end of the exchange flushes what is left.
func (e *exchange) copy(response *http.Response, tee *tee) observe.End {
	flusher := http.NewResponseController(e.w)
	fast, _ := response.Body.(*fastBody)
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	left := response.ContentLength
	if left < 0 && (fast == nil || !fast.complete()) {
		_ = flusher.Flush() // a client that is gone shows at the first write
	}
	for {
		n, err := response.Body.Read(buffer[:])
		left -= int64(n)
		last := err == io.EOF || left == 0
		now := e.proxy.now()
		piece, gone := e.passParts(buffer[:n], tee, now)
		if last || err != nil {
			e.upload.stop()
			tee.end(now)
		}
		if tee.rejected {
			return observe.EndServer
		}
		if len(piece) > 0 && !gone {
			_, err := e.w.Write(piece)
			gone = err != nil
		}
		if gone {
			return observe.EndClient
		}
		e.x.Passed(schema.ServerToClient)
		switch {
		case last:
			return observe.EndEOF
		case err == nil:
			if (fast == nil || !fast.complete()) && flusher.Flush() != nil {
				return observe.EndClient
			}
		case e.r.Context().Err() != nil:
			return observe.EndClient
		case e.endless && e.proxy.ending.Err() != nil:
			return observe.EndEOF
		default:
			return observe.EndServer
		}
	}
}
