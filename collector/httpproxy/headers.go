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

// endToEnd headers are meant for every recipient, so that Connection must not name them
// (RFC 9110, section 7.6.1). A peer that does so all the same would have them dropped on
// the way, and the other side would act on another credential or session than was sent.
func endToEnd(name string) bool {
	for _, prefix := range []string{"Accept", "Content-", "Access-Control-", "If-", "Mcp-", "Sec-", "Www-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "Authorization", "Cookie", "Set-Cookie", "Dpop", "X-Api-Key", "Api-Key", "X-Auth-Token", "Host", "Origin", "Referer",
		"User-Agent", "Cache-Control", "Date", "Expect", "Forwarded", "Last-Event-Id", "Location", "Range", "Retry-After", "Vary",
		"Traceparent", "Tracestate", "Baggage", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id":
		return true
	}
	return false
}

// copyHeader copies all headers that are not of one connection, by their names or by
// what Connection lists. It shares the values, which nothing changes.
func copyHeader(to, from http.Header) {
	for name, values := range from {
		if !hopByHop(name) {
			to[name] = values
		}
	}
	for _, list := range from["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); !endToEnd(name) {
				delete(to, name)
			}
		}
	}
}

// outbound returns the headers of the request to the upstream.
func outbound(from http.Header) http.Header {
	to := make(http.Header, len(from)+1)
	copyHeader(to, from)
	// TE belongs to the connection, but trailers pass here, so that the upstream may send them.
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
