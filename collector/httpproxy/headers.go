package httpproxy

import (
	"net/http"
	"net/textproto"
	"strings"
)

// hopByHop headers belong to one connection (RFC 9110, section 7.6.1). Upgrade is
// one of them: an upgrade that is offered is not passed on, so that nothing can be
// tunnelled past the record, and the request goes its usual way.
func hopByHop(name string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Transfer-Encoding", "Te", "Trailer", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authorization":
		return true
	}
	return false
}

// copyHeader copies all end-to-end headers. It shares the values, which nobody
// changes.
func copyHeader(to, from http.Header) {
	for name, values := range from {
		if !hopByHop(name) {
			to[name] = values
		}
	}
	for _, list := range from["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			delete(to, textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)))
		}
	}
}

// outbound returns the headers of the request to the upstream.
func outbound(from http.Header) http.Header {
	to := make(http.Header, len(from)+1)
	copyHeader(to, from)
	for _, list := range from["Te"] {
		for te := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(te), "trailers") {
				to["Te"] = []string{"trailers"}
			}
		}
	}
	if _, ok := to["User-Agent"]; !ok {
		to["User-Agent"] = nil // or net/http would add its own
	}
	return to
}

// inbound fills the headers of the answer to the client.
func inbound(to, from http.Header) {
	copyHeader(to, from)
	for _, name := range []string{"Content-Type", "Date"} {
		if _, ok := to[name]; !ok {
			to[name] = nil // or net/http would add its own
		}
	}
}
