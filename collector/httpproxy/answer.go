package httpproxy

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/collector/sse"
	"github.com/mcptrail/mcptrail/schema"
)

// buffers are what bodies of answers pass through.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// respond passes the answer as it comes and says how it ended.
func (e *exchange) respond(response *http.Response) observe.End {
	var tape *tape
	e.endless = e.r.Method == http.MethodGet && isEventStream(response.Header)
	if e.x != nil {
		forget := func() {}
		defer func() { forget() }()
		e.x.Response(response.StatusCode, response.Header, e.proxy.now())
		tape = newTape(e.x, schema.ServerToClient, response.Header, e.proxy.config.MaxBody, func(event sse.Event) {
			e.upload.end() // or its answer would be recorded before the request
			if event.Name == "endpoint" && e.endless {
				forget()
				forget = e.proxy.routes.learn(e.to, e.r.RequestURI, string(event.Data.Data))
			}
		})
		defer func() { tape.end(e.proxy.now()) }() // of a body that is not passed to its end
	}
	if e.endless {
		stop := context.AfterFunc(e.proxy.ending, func() { abort(response.Body) })
		defer stop()
	}
	e.head(response)
	end := e.copy(response, tape)
	if end == observe.EndEOF {
		for name, values := range response.Trailer {
			e.w.Header()[http.TrailerPrefix+name] = values
		}
	}
	return end
}

// abort makes a Read that waits fail.
func abort(body io.ReadCloser) {
	if b, ok := body.(*wireBody); ok {
		b.abort()
		return
	}
	body.Close()
}

func (e *exchange) head(response *http.Response) {
	header := e.w.Header()
	inbound(header, response.Header)
	for name := range response.Trailer {
		header.Add("Trailer", name)
	}
	e.closeUnlessRead()
	e.w.WriteHeader(response.StatusCode)
}

// copy passes the body of the answer. What has come is flushed before waiting for
// more; the end of the exchange flushes what is left.
func (e *exchange) copy(response *http.Response, tape *tape) observe.End {
	flusher := http.NewResponseController(e.w)
	wired, _ := response.Body.(*wireBody)
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	left := response.ContentLength
	if left < 0 && (wired == nil || !wired.complete()) {
		_ = flusher.Flush() // a client that is gone shows at the first write
	}
	for {
		n, err := response.Body.Read(buffer[:])
		left -= int64(n)
		last := err == io.EOF || left == 0
		if tape != nil {
			now := e.proxy.now()
			tape.piece(buffer[:n], now)
			if last || err != nil {
				e.upload.end()
				tape.end(now)
			}
		}
		if tape != nil && tape.refused {
			return observe.EndServer
		}
		if n > 0 {
			if _, err := e.w.Write(buffer[:n]); err != nil {
				return observe.EndClient
			}
		}
		switch {
		case last:
			return observe.EndEOF
		case err == nil:
			if (wired == nil || !wired.complete()) && flusher.Flush() != nil {
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
