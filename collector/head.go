package collector

import (
	"net/http"
	"net/textproto"
	"slices"
	"unsafe"

	"github.com/mcptrail/mcptrail/collector/identity"
	"github.com/mcptrail/mcptrail/schema"
)

// head is what the record needs of the header of a request or an answer. The rest of
// it, whose length the peer chose, is not kept waiting.
type head []headField

type headField struct{ name, value string }

const (
	// maxField bounds a value, in bytes, maxCredential that of Authorization.
	maxField, maxCredential = schema.MaxText, 16 << 10
	// smallHead finds room in the queue where messages find none.
	smallHead = 256
)

// ofRequests are the headers that are read of every request, besides those that the
// rules for keys name; ofAnswers those of an answer.
var (
	ofRequests = slices.Concat(identity.Headers(), []string{sessionHeader, "User-Agent", "Traceparent", "Mcp-Method", "Mcp-Name"})
	ofAnswers  = []string{"Content-Type", sessionHeader, "Www-Authenticate"}
)

// wanted are the canonical names of the headers that are kept of a request.
func wanted(rules []KeyRule) []string {
	names := slices.Clone(ofRequests)
	for _, rule := range rules {
		if name := textproto.CanonicalMIMEHeaderKey(rule.Name); rule.Where == "header" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// headOf keeps the first value of each of the names, which are canonical.
func headOf(names []string, from http.Header, key identity.Key) head {
	var room [24]headField
	kept := room[:0]
	for _, name := range names {
		if values := from[name]; len(values) > 0 && values[0] != "" {
			most := maxField
			if name == "Authorization" {
				most = maxCredential
			}
			kept = append(kept, headField{name, clip(values[0], most, key)})
		}
	}
	return append(make(head, 0, len(kept)), kept...)
}

// Get returns the value of a header, or the empty string.
func (h head) Get(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(name)
	for i := range h {
		if h[i].name == name {
			return h[i].value
		}
	}
	return ""
}

// bytes is what it takes.
func (h head) bytes() (n int) {
	for i := range h {
		n += int(unsafe.Sizeof(h[i])) + len(h[i].value)
	}
	return n
}

// challenges and accepts say what an answer tells that no message does.
func (a *answerHead) challenges() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden && a.head.Get("Www-Authenticate") != ""
}

func (a *answerHead) accepts() bool {
	return a.status == http.StatusAccepted || a.status == http.StatusNoContent
}

// clip bounds a text. Its end is replaced by a keyed hash of all of it, so that
// different texts stay different.
func clip(text string, most int, key identity.Key) string {
	if len(text) <= most {
		return text
	}
	end := "~" + key.Text("clipped", text)
	return text[:most-len(end)] + end
}
