package httpproxy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/mcptrail/mcptrail/collector/observe"
)

// exemption is why the bodies of an exchange do not belong into the record; empty where
// they do. It never depends on what a path is called: a server may serve MCP under any.
func (to route) exemption(r *http.Request) observe.Exemption {
	path, _, _ := strings.Cut(to.uri, "?")
	switch {
	case r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "":
		return observe.ExemptPreflight
	case to.isEndpoint(path):
		return ""
	case r.Method == http.MethodGet && wellKnown(path) != "":
		return observe.ExemptMetadata
	case to.oauth.has(path):
		return observe.ExemptOAuth
	}
	return ""
}

// isEndpoint reports whether a path is that of the configured MCP endpoint or lies below
// it. All paths lie below an endpoint that is the host's root; of those only the root
// itself counts, so that an authorization server can be an upstream too.
func (u *upstream) isEndpoint(path string) bool {
	if u.path == "/" {
		return path == "/"
	}
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(u.path, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// metadataNames are the documents that describe an authorization server or a resource
// (RFC 8414, OpenID Connect Discovery, RFC 9728).
var metadataNames = []string{"oauth-authorization-server", "openid-configuration", "oauth-protected-resource"}

// wellKnown returns the name of the OAuth metadata document that has the path at a host's
// root, with or without the path of what it describes behind it; empty for any other.
func wellKnown(path string) string {
	rest, ok := strings.CutPrefix(path, "/.well-known/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	if slices.Contains(metadataNames, name) {
		return name
	}
	return ""
}

// describesOAuth reports whether a path may be that of a document with the addresses of
// an authorization server. OpenID Connect puts the name behind the issuer's own path too.
func describesOAuth(path string) bool {
	return wellKnown(path) != "" || strings.HasSuffix(path, "/.well-known/openid-configuration")
}
