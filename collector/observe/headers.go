package observe

import (
	"net/http"
	"net/textproto"
	"slices"
	"unsafe"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Headers are what the record needs of the header of a request or an answer. The rest
// of it, whose length the peer chose, is not kept while it waits.
type Headers []header

type header struct{ name, value string }

// SessionHeader is the protocol's own session id, where there is one.
const SessionHeader = "Mcp-Session-Id"

const (
	// maxField bounds a value, in bytes, maxCredential that of Authorization.
	maxField, maxCredential = schema.MaxText, 16 << 10
)

// answerHeaders are the canonical names of those that are kept of an answer.
var answerHeaders = []string{"Content-Type", SessionHeader, "Www-Authenticate"}

// requestHeaders are the canonical names of those that are kept of a request.
func requestHeaders(more []string) []string {
	names := append(identity.Headers(), SessionHeader, "User-Agent", "Traceparent", "Mcp-Method", "Mcp-Name", "Content-Type")
	for _, name := range more {
		if name = textproto.CanonicalMIMEHeaderKey(name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// headersOf keeps the first value of each of the names, which are canonical.
func headersOf(names []string, from http.Header, key identity.Key) Headers {
	var buf [24]header
	kept := buf[:0]
	for _, name := range names {
		if values := from[name]; len(values) > 0 && values[0] != "" {
			limit := maxField
			if name == "Authorization" {
				limit = maxCredential
			}
			kept = append(kept, header{name, Clip(values[0], limit, key)})
		}
	}
	return append(make(Headers, 0, len(kept)), kept...)
}

// Get returns the value of a header, or the empty string.
func (h Headers) Get(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	for i := range h {
		if h[i].name == name {
			return h[i].value
		}
	}
	return ""
}

// bytes of memory that the headers take.
func (h Headers) bytes() (n int) {
	for i := range h {
		n += int(unsafe.Sizeof(h[i])) + len(h[i].value)
	}
	return n
}

// Clip bounds a text to limit bytes. Its end is replaced by a keyed hash of all of it,
// so that different texts stay different.
func Clip(text string, limit int, key identity.Key) string {
	if len(text) <= limit {
		return text
	}
	end := "~" + key.Text("clipped", text)
	return text[:limit-len(end)] + end
}
