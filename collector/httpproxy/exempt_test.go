package httpproxy_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/peers"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

// suffixes behind an MCP endpoint that look like what obtains credentials.
var suffixes = []string{"/token", "/login", "/par", "/oauth/x", "/%74oken", "/x%2ftoken", "//token", "/Device", "/.well-known/a",
	"/authorize", "/authorization", "/register", "/revoke", "/introspect", "/jwks", "/jwks.json", "/userinfo", "/callback", "/device_authorization",
	"/device", "/consent", "/approve", "/logout", "/signin", "/signup", "/oauth2/x", "/openid-connect/x", "/saml/x", "/sso/x", "/OAuth/x", "/Token",
	"/LOGIN", "/a/../token", "/token/", "/x/token?y=1", "/.well-known/oauth-authorization-server"}

// rawPost sends a POST whose path is not touched by any client, and returns the answer.
func rawPost(t *testing.T, url, path, contentType, body string) string {
	t.Helper()
	addr := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(wait.Deadline())
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n%s",
		path, addr, contentType, len(body), body)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// plainServer answers calls under every path and of every content type.
func plainServer(context.Context) (string, func(), error) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`)
	}))
	return server.URL + "/mcp", func() { server.CloseClientConnections(); server.Close() }, nil
}

// TestNoPathBelowAnEndpointSwitchesTheRecordOff calls a tool of real servers under paths
// that look like those of OAuth.
func TestNoPathBelowAnEndpointSwitchesTheRecordOff(t *testing.T) {
	for name, c := range map[string]struct {
		start startServer
		tool  string
		media []string
	}{
		"go-sdk":         {goServer(true), `{"name":"test_simple_text","arguments":{}}`, []string{"application/json"}},
		"TypeScript SDK": {peers.StartAnyPath, `{"name":"echo","arguments":{"message":"x"}}`, []string{"application/json"}},
		"a plain server": {plainServer, `{"name":"x"}`, []string{"application/json", "application/x-www-form-urlencoded"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "a plain server" {
				need(t)
			}
			url, stop, err := c.start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(stop)
			alone := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: url}}})
			named := front(t, httpproxy.Config{ByName: true, Upstreams: []httpproxy.Upstream{{Name: "token", URL: url}}})
			calls := map[string]string{}
			for i, suffix := range suffixes {
				for _, media := range c.media {
					for prefix, p := range map[string]running{"/up": alone, "/token": named} {
						id := fmt.Sprintf("%s-%d-%s", prefix, i, media)
						answer := rawPost(t, p.url, prefix+suffix, media, `{"jsonrpc":"2.0","id":"`+id+`","method":"tools/call","params":`+c.tool+`}`)
						if !strings.Contains(answer, `"result"`) {
							t.Errorf("%s%s answered %.200s", prefix, suffix, answer)
						}
						calls["s:"+id] = prefix + suffix + " " + media
					}
				}
			}
			for _, events := range [][]*schema.Event{alone.stop(), named.stop()} {
				for _, e := range events {
					if e.Kind == schema.KindRequest && e.Method == "tools/call" {
						delete(calls, e.RPCID)
					}
				}
			}
			for _, call := range calls {
				t.Errorf("no event of a call of %s", call)
			}
		})
	}
}

// canary stands for all that must not be stored.
const canary = "canary-5a1f"

// authorizationServer describes itself, answers with the canary, and counts what it was
// sent with one. The MCP endpoint lies beside it.
func authorizationServer(t *testing.T) (running, func() int) {
	t.Helper()
	var got atomic.Int64
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte(canary)) || strings.Contains(r.RequestURI, canary) {
			got.Add(1)
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/.well-known/oauth-authorization-server"):
			w.Header().Set("Content-Type", "application/json")
			at := "http://" + r.Host
			fmt.Fprintf(w, `{"issuer":"%s","token_endpoint":"%[1]s/t","registration_endpoint":"%[1]s/deep/r","jwks_uri":"https://elsewhere.example/keys"}`, at)
		case bytes.Contains(body, []byte(`"jsonrpc"`)):
			fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
		case bytes.Contains(body, []byte("plain")):
		default:
			w.Header().Set("X-Secret", canary)
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, canary)
		}
	}))
	return p, func() int { return int(got.Load()) }
}

func ask(t *testing.T, verb, url, media, body string, header ...string) string {
	t.Helper()
	request, err := http.NewRequest(verb, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", media)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

const formMedia = "application/x-www-form-urlencoded"

func noCanary(t *testing.T, events []*schema.Event) {
	t.Helper()
	for _, e := range events {
		if bytes.Contains(e.Append(nil), []byte(canary)) {
			t.Errorf("the canary is in event %d, %s: %s", e.Seq, e.Kind, e.Payload)
		}
	}
}

// TestWhatObtainsCredentialsIsWithheldByItsContent sends it to addresses that no metadata
// names, the MCP endpoint among them.
func TestWhatObtainsCredentialsIsWithheldByItsContent(t *testing.T) {
	p, got := authorizationServer(t)
	bodies := map[string]string{
		"grant_type=authorization_code&code=" + canary + "&client_id=x": formMedia,
		"token=" + canary:                                            "text/plain",
		"username=ada&password=" + canary + "%21":                    "application/json",
		`{"grant_type":"refresh_token","x":"` + canary + `"}`:        "application/json",
		`{"redirect_uris":["http://x/` + canary + `"],"client":"x"}`: "application/json",
		"any=" + canary: formMedia,
		"<html><form action=/x><input name=state value=" + canary + "></form>": "text/html",
	}
	sent := 0
	for _, path := range []string{"/mcp", "/token", "/authorize", "/realms/x/protocol/openid-connect/token", "/Login"} {
		for body, media := range bodies {
			sent++
			if answer := ask(t, "POST", p.url+path+"?code="+canary, media, body); answer != canary {
				t.Errorf("%s answered %q", path, answer)
			}
		}
	}
	if got() != sent {
		t.Errorf("the upstream got %d of %d", got(), sent)
	}
	events := p.stop()
	noCanary(t, events)
	withheld := 0
	for _, e := range events {
		if e.Direction == schema.ClientToServer && e.Flags.Has(schema.FlagWithheld) && e.Size > 0 && e.Commitment != (schema.Hash{}) {
			withheld++
		}
	}
	if withheld != sent {
		t.Errorf("%d of %d bodies are in the record as withheld:\n%s", withheld, sent, p)
	}
}

// TestExemptExchangesLeaveTheirTrace sends what is exempt: what an upstream's metadata
// names, the metadata itself, preflights.
func TestExemptExchangesLeaveTheirTrace(t *testing.T) {
	p, _ := authorizationServer(t)
	ask(t, "GET", p.url+"/.well-known/oauth-authorization-server", "", "")
	ask(t, "POST", p.url+"/t?x="+canary, formMedia, "code="+canary)
	ask(t, "POST", p.url+"/deep/r", "application/json", `{"name":"`+canary+`"}`)
	ask(t, "GET", p.url+"/t", "text/html", "")
	ask(t, "OPTIONS", p.url+"/mcp", "text/plain", canary, "Origin", p.url, "Access-Control-Request-Method", "POST")
	// These are not exempt, whatever they look like.
	ask(t, "POST", p.url+"/T", "application/json", `{"name":"plain"}`)
	ask(t, "POST", p.url+"/%74", "application/json", `{"name":"plain"}`)
	ask(t, "OPTIONS", p.url+"/mcp", "application/json", `{"name":"plain"}`)
	events := p.stop()
	noCanary(t, events)
	want := map[string]int{
		`{"what":"exempt","why":"oauth_metadata","verb":"GET","path":"/.well-known/oauth-authorization-server","request_bytes":0,"answer_bytes":N} 200`: 1,
		`{"what":"exempt","why":"oauth","verb":"POST","path":"/t","request_bytes":16,"answer_bytes":11} 202`:                                            1,
		`{"what":"exempt","why":"oauth","verb":"POST","path":"/deep/r","request_bytes":22,"answer_bytes":11} 202`:                                       1,
		`{"what":"exempt","why":"oauth","verb":"GET","path":"/t","request_bytes":0,"answer_bytes":11} 202`:                                              1,
		`{"what":"exempt","why":"preflight","verb":"OPTIONS","path":"/mcp","request_bytes":11,"answer_bytes":11} 202`:                                   1,
		`{"name":"plain"} 0`: 3,
	}
	metadata := regexp.MustCompile(`(oauth_metadata.*"answer_bytes":)\d+`)
	for _, e := range events {
		if text := metadata.ReplaceAllString(string(e.Payload), "${1}N"); strings.Contains(text, "exempt") || e.Direction == schema.ClientToServer {
			want[fmt.Sprintf("%s %d", text, e.HTTPStatus)]--
		}
	}
	for text, n := range want {
		if n != 0 {
			t.Errorf("%d too few of %s", n, text)
		}
	}
	if t.Failed() {
		t.Log("\n" + p.String())
	}
}

// TestJSONRPCIsRecordedWhereTrafficIsExempt sends calls to what is exempt.
func TestJSONRPCIsRecordedWhereTrafficIsExempt(t *testing.T) {
	p, _ := authorizationServer(t)
	ask(t, "GET", p.url+"/.well-known/oauth-authorization-server/mcp", "", "")
	preflight := []string{"Origin", p.url, "Access-Control-Request-Method", "POST"}
	for i, c := range []struct {
		verb, path, media string
		header            []string
	}{{"POST", "/t", formMedia, nil}, {"GET", "/.well-known/oauth-protected-resource", "text/plain", nil}, {"OPTIONS", "/mcp", "application/json", preflight}} {
		call := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"x"}}`, i)
		if i == 1 {
			call = "[" + call + "]"
		}
		ask(t, c.verb, p.url+c.path, c.media, call, c.header...)
		p.find(t, "the call in "+c.verb+" "+c.path, func(e *schema.Event) bool {
			return e.Kind == schema.KindRequest && e.RPCID == fmt.Sprintf("n:%d", i) && e.Target == "x" && e.Flags.Has(schema.FlagExempt)
		})
	}
	answers := 0
	for _, e := range p.stop() {
		if e.Kind == schema.KindAnswer && e.Flags.Has(schema.FlagExempt) {
			answers++
		}
	}
	if answers != 3 {
		t.Errorf("%d answers:\n%s", answers, p)
	}
}

// TestAnUpstreamCannotExemptItsEndpoint names it, and the other's, as OAuth addresses.
func TestAnUpstreamCannotExemptItsEndpoint(t *testing.T) {
	serve := func() *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			at := "http://" + r.Host
			fmt.Fprintf(w, `{"issuer":"x","token_endpoint":"%s/mcp","revocation_endpoint":"%[1]s/mcp/x","jwks_uri":"%[1]s/","userinfo_endpoint":"%[1]s/other"}`, at)
		}))
		t.Cleanup(server.Close)
		return server
	}
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "a", URL: serve().URL + "/mcp"}, {Name: "root", URL: serve().URL}, {Name: "other", URL: serve().URL + "/other"}}})
	for _, name := range []string{"a", "root"} {
		ask(t, "GET", p.url+"/"+name+"/.well-known/openid-configuration", "", "")
		ask(t, "GET", p.url+"/.well-known/oauth-authorization-server/"+name, "", "")
	}
	for _, path := range []string{"/a", "/a/x", "/root", "/other", "/other/x"} {
		ask(t, "POST", p.url+path, "application/json", "noise")
	}
	recorded := 0
	for _, e := range p.stop() {
		if string(e.Payload) == "noise" && e.Kind == schema.KindNoise {
			recorded++
		}
	}
	if recorded != 5 {
		t.Errorf("%d of 5 are recorded:\n%s", recorded, p)
	}
}
