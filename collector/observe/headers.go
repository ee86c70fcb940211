package observe

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"unsafe"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// Headers are what the record needs of the header of a request or an answer. The rest
// of it, whose length the peer chose, is not kept while it waits.
type Headers []identity.Field

// SessionHeader is the protocol's own session id, where there is one.
const SessionHeader = "Mcp-Session-Id"

const (
	// maxField bounds a value, in bytes, maxCredential that of Authorization and of cookies.
	maxField, maxCredential = schema.MaxText, 16 << 10
)

// answerHeaders are the canonical names of those that are kept of an answer.
var answerHeaders = []string{"Content-Type", SessionHeader, "Www-Authenticate", "Set-Cookie"}

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

// headersOf keeps the names, which are canonical: all lines of a header that names a
// credential, the first one of any other.
func headersOf(names []string, from http.Header, key identity.Key) Headers {
	var buf [24]identity.Field
	kept := buf[:0]
	for _, name := range names {
		lines := from[name]
		if len(lines) == 0 {
			continue
		}
		f, limit := identity.Field{Name: name, Value: lines[0]}, maxField
		switch {
		case name == "Cookie": // HTTP/2 allows several lines
			f.Value, limit = strings.Join(lines, "; "), maxCredential
		case name == "Set-Cookie":
			f.Value, limit = strings.Join(lines, "\n"), maxCredential
		case name == "Authorization":
			f.Value, f.Several = identity.Join(lines)
			limit = maxCredential
		case len(lines) > 1 && (name == SessionHeader || identity.IsCredential(name)):
			f.Value, f.Several = identity.Join(lines)
		}
		if f.Value != "" {
			f.Value = Clip(f.Value, limit, key)
			kept = append(kept, f)
		}
	}
	return append(make(Headers, 0, len(kept)), kept...)
}

// Several reports whether the header came in more than one line. Its name is canonical.
func (h Headers) Several(name string) bool {
	return slices.ContainsFunc(h, func(f identity.Field) bool { return f.Name == name && f.Several })
}

// Get returns the value of a header, or the empty string; of several lines that name a
// credential, all of them.
func (h Headers) Get(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	for i := range h {
		if h[i].Name == name {
			return h[i].Value
		}
	}
	return ""
}

// bytes of memory that the headers take.
func (h Headers) bytes() (n int) {
	for i := range h {
		n += int(unsafe.Sizeof(h[i])) + len(h[i].Value)
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
