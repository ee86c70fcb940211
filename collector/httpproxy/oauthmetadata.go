package httpproxy

import (
	"encoding/json"
	"net/url"
	"sync"
)

const (
	// maxMetadata bounds a document that is read, in bytes.
	maxMetadata = 64 << 10
	// maxOAuthPaths bounds the addresses of one upstream, maxOAuthPath the length of one
	// in bytes. What exceeds them is recorded like any other exchange.
	maxOAuthPaths, maxOAuthPath = 64, 1024
)

// oauthPaths are the paths of one upstream's OAuth endpoints, as its own metadata names
// them. The zero value is empty and ready.
type oauthPaths struct {
	mu    sync.RWMutex // guards paths; held for one look-up
	paths map[string]bool
}

func (o *oauthPaths) has(path string) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.paths[path]
}

// add takes the endpoints of a metadata document that lie on one of the hosts: the
// upstream's own, and the one by which the client asked for the document. An upstream
// cannot exempt the traffic of another one.
//
// Nothing is taken off again: it lasts as long as the upstream is configured.
func (o *oauthPaths) add(document []byte, hosts ...string) {
	// An authorization server's metadata has these members, a resource's at most the keys.
	var m struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		Registration  string `json:"registration_endpoint"`
		Revocation    string `json:"revocation_endpoint"`
		Introspection string `json:"introspection_endpoint"`
		Pushed        string `json:"pushed_authorization_request_endpoint"`
		Device        string `json:"device_authorization_endpoint"`
		Backchannel   string `json:"backchannel_authentication_endpoint"`
		UserInfo      string `json:"userinfo_endpoint"`
		EndSession    string `json:"end_session_endpoint"`
		Keys          string `json:"jwks_uri"`
	}
	if len(document) > maxMetadata || json.Unmarshal(document, &m) != nil {
		return // no metadata: nothing is exempt
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, address := range []string{m.Authorization, m.Token, m.Registration, m.Revocation, m.Introspection, m.Pushed,
		m.Device, m.Backchannel, m.UserInfo, m.EndSession, m.Keys} {
		at, err := url.Parse(address)
		if err != nil || at.Host == "" || len(at.EscapedPath()) > maxOAuthPath || len(o.paths) >= maxOAuthPaths {
			continue
		}
		for _, host := range hosts {
			if at.Host == host && at.EscapedPath() != "" {
				if o.paths == nil {
					o.paths = map[string]bool{}
				}
				o.paths[at.EscapedPath()] = true
			}
		}
	}
}
