package sse

import (
	"net/url"
	"strings"
)

// Endpoint resolves what the endpoint event of a legacy stream names, as path and
// query; base is where the stream was opened. Empty if it names no URL.
func Endpoint(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ""
	}
	u, err := b.Parse(strings.TrimSpace(ref))
	if err != nil {
		return ""
	}
	return u.RequestURI()
}
