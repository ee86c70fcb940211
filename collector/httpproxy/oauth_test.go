package httpproxy_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// visitor is an OAuth client that keeps everything it gets that must not be stored.
type visitor struct {
	*testing.T
	http    *http.Client
	secrets map[string]string
}

func (v *visitor) send(verb, address, contentType, body string, header map[string]string) (*http.Response, string) {
	v.Helper()
	request, err := http.NewRequestWithContext(v.Context(), verb, address, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := v.http.Do(request)
	if err != nil {
		v.Fatal(err)
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		v.Fatal(err)
	}
	return response, string(said)
}

// member takes a text out of a JSON object, and remembers it as a secret.
func (v *visitor) member(body, name string) string {
	v.Helper()
	var all map[string]any
	_ = json.Unmarshal([]byte(body), &all) // a body that is none has no member
	text, _ := all[name].(string)
	if text == "" {
		v.Fatalf("no %s in %s", name, body)
	}
	v.secrets[name] = text
	return text
}

// TestAnOAuthExchangeLeavesNothingInTheRecord obtains a token through the proxy from
// the SDK's own authorization server, and uses it, a wrong one, and none.
func TestAnOAuthExchangeLeavesNothingInTheRecord(t *testing.T) {
	need(t)
	endpoint, authorization, stop, err := peers.StartProtected(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "mcp", URL: endpoint}, {Name: "auth", URL: authorization}}})
	v := &visitor{T: t, http: &http.Client{Timeout: wait.Limit}, secrets: map[string]string{"verifier": "verifier-0123456789-0123456789-0123456789-abcdef", "state": "state-q7Xv2Lk9Rt4Zw8"}}
	v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	const form, jsonType = "application/x-www-form-urlencoded", "application/json"

	_, body := v.send("POST", p.url+"/auth/register", jsonType, `{"redirect_uris":["http://localhost:1/callback"],"token_endpoint_auth_method":"client_secret_post","client_name":"t"}`, nil)
	id, secret := v.member(body, "client_id"), v.member(body, "client_secret")
	challenge := sha256.Sum256([]byte(v.secrets["verifier"]))
	response, body := v.send("GET", p.url+"/auth/authorize?"+url.Values{"response_type": {"code"}, "client_id": {id}, "redirect_uri": {"http://localhost:1/callback"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}, "state": {v.secrets["state"]}, "scope": {"mcp:tools"}}.Encode(), jsonType, "", nil)
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("no code: %d %s", response.StatusCode, body)
	}
	v.secrets["code"] = back.Query().Get("code")
	_, body = v.send("POST", p.url+"/auth/token", form, url.Values{"grant_type": {"authorization_code"}, "code": {v.secrets["code"]}, "client_id": {id}, "client_secret": {secret},
		"redirect_uri": {"http://localhost:1/callback"}, "code_verifier": {v.secrets["verifier"]}}.Encode(), nil)
	token := v.member(body, "access_token")
	v.send("POST", p.url+"/auth/introspect", form, url.Values{"token": {token}}.Encode(), nil)

	initialize := `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	v.secrets["wrong token"] = "wrong-token-hunter2-0123456789"
	// The example answers a token that it did not issue with 500.
	for credential, want := range map[string]int{"": 401, "Bearer " + v.secrets["wrong token"]: 500, "Bearer " + token: 200} {
		header := map[string]string{}
		if credential != "" {
			header["Authorization"] = credential
		}
		response, body = v.send("POST", p.url+"/mcp", jsonType, initialize, header)
		if response.StatusCode != want {
			t.Errorf("%d %s, want %d", response.StatusCode, body, want)
		}
		if session := response.Header.Get("Mcp-Session-Id"); session != "" {
			v.secrets["session id"] = session
			v.send("POST", p.url+"/mcp", jsonType, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, map[string]string{"Authorization": credential, "Mcp-Session-Id": session})
		}
	}
	delete(v.secrets, "client_id") // is no secret
	kinds := map[schema.Kind]int{}
	for _, e := range p.stop() {
		kinds[e.Kind]++
		for name, secret := range v.secrets {
			if strings.Contains(string(e.Append(nil)), secret) {
				t.Errorf("the %s is in event %d, %s %s: %s", name, e.Seq, e.Kind, e.Method, e.Payload)
			}
		}
		if e.Upstream == "auth" && e.Size > 0 && (len(e.Payload) > 0 || !e.Flags.Has(schema.FlagWithheld)) {
			t.Errorf("a body of the authorization server's is stored: %s %s", e.Kind, e.Payload)
		}
	}
	if kinds[schema.KindAuth] != 1 || kinds[schema.KindAnswer] < 2 || len(v.secrets) < 7 {
		t.Errorf("events %v, secrets %d", kinds, len(v.secrets))
	}
}
