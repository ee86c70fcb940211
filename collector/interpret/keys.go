package interpret

import (
	"strings"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/collector/journal"
	"github.com/mcptrail/mcptrail/collector/observe"
	"github.com/mcptrail/mcptrail/schema"
	"github.com/mcptrail/mcptrail/schema/jsonrpc"
)

// keyFinder collects the correlation keys of messages and requests.
type keyFinder struct {
	rules  []KeyRule
	clean  *journal.Cleaner
	prints *fingerprints
}

// addFromMessage adds the keys of one message and its trace context, in the order of the
// message. The journal bounds how many an event holds.
func (k *keyFinder) addFromMessage(e *schema.Event, m *jsonrpc.Message) {
	for _, f := range m.Meta {
		switch f.Name {
		case "traceparent":
			e.TraceID, e.SpanID = traceContext(f.Value)
		case "baggage":
			// W3C baggage: members divided by commas, each with properties behind semicolons.
			for entry := range strings.SplitSeq(f.Value, ",") {
				entry, _, _ = strings.Cut(entry, ";")
				name, value, _ := strings.Cut(strings.TrimSpace(entry), "=")
				e.Keys = find(k.rules, e.Keys, "baggage", name, value, k.prints.text)
			}
		default:
			e.Keys = find(k.rules, e.Keys, "meta", f.Name, f.Value, k.prints.text)
		}
	}
}

// addFromHeaders adds the keys of an HTTP request and, where the message has none, its
// trace context. A header that the policy does not allow is recorded only as a fingerprint.
func (k *keyFinder) addFromHeaders(e *schema.Event, h observe.Headers) {
	for _, rule := range k.rules {
		if rule.Where != "header" {
			continue
		}
		if value := h.Get(rule.Name); value != "" {
			if _, may := k.clean.Header(rule.Name, value); may || rule.Hash {
				e.Keys = find(k.rules, e.Keys, "header", rule.Name, value, k.prints.text)
			}
		}
	}
	if parent, may := k.clean.Header("Traceparent", h.Get("Traceparent")); may && e.TraceID == "" {
		e.TraceID, e.SpanID = traceContext(parent)
	}
}

// fingerprints caches keyed hashes: the same credential comes with every request of a
// session.
type fingerprints struct {
	key   identity.Key
	cache *simplelru.LRU[[2]string, string]
}

// maxFingerprints of texts up to maxCachedSecret bytes bound the cache.
const maxFingerprints, maxCachedSecret = 4096, 512

func newFingerprints(key identity.Key) *fingerprints {
	return &fingerprints{key, newLRU[[2]string, string](maxFingerprints)}
}

// text is [identity.Key.Text].
func (f *fingerprints) text(purpose, secret string) string {
	// Long ones are hashed each time: a peer could fill the cache with them.
	if len(secret) > maxCachedSecret {
		return f.key.Text(purpose, secret)
	}
	at := [2]string{purpose, secret}
	print, ok := f.cache.Get(at)
	if !ok {
		print = f.key.Text(purpose, secret)
		f.cache.Add(at, print)
	}
	return print
}

// traceContext reads a W3C traceparent; empty texts where it is none.
func traceContext(v string) (traceID, spanID string) {
	parts := strings.Split(v, "-")
	if len(parts) < 4 || len(parts[1]) != 32 || len(parts[2]) != 16 || strings.Trim(parts[1]+parts[2], "0123456789abcdef") != "" {
		return "", ""
	}
	return parts[1], parts[2]
}
