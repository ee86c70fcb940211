package httpproxy_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/deploy/testbed/wait"
	"github.com/mcptrail/mcptrail/schema"
)

func TestForeignHostsAndOriginsAreRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	p := front(t, httpproxy.Config{Upstreams: []httpproxy.Upstream{{Name: "up", URL: server.URL}},
		AllowHosts: []string{"mcp.example", "other.example:8080"}, AllowOrigins: []string{"https://app.example"}})
	for name, c := range map[string]struct {
		host, origin string
		passes       bool
	}{
		"the address itself":           {"", "", true},
		"localhost on another port":    {"localhost:1", "", true},
		"loopback of version 6":        {"[::1]:99", "", true},
		"an allowed name":              {"mcp.example:443", "", true},
		"an allowed name with a port":  {"other.example:8080", "", true},
		"that name with another port":  {"other.example:81", "", false},
		"a rebound name":               {"evil.example", "", false},
		"an address of another net":    {"192.0.2.1", "", false},
		"a page on loopback":           {"", "http://localhost:5173", true},
		"an allowed page":              {"", "https://app.example", true},
		"a foreign page":               {"", "https://evil.example", false},
		"a page that hides its origin": {"", "null", false},
		"a name that looks like ours":  {"localhost.evil.example", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			request, _ := http.NewRequest("POST", p.url+"/mcp", strings.NewReader(call))
			request.Host = c.host
			if c.origin != "" {
				request.Header.Set("Origin", c.origin)
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			said, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if c.passes != (response.StatusCode == http.StatusOK) || !c.passes && !bytes.Contains(said, []byte("--allow-")) {
				t.Errorf("status %d: %s", response.StatusCode, said)
			}
		})
	}
	e := p.find(t, "a refusal", func(e *schema.Event) bool { return e.HTTPStatus == http.StatusForbidden })
	if e.Outcome != schema.OutcomeForbidden {
		t.Errorf("outcome %s", e.Outcome)
	}
	p.find(t, "its reason", func(e *schema.Event) bool { return bytes.Contains(e.Payload, []byte("evil.example")) })
}

func TestPathsLeadToTheirUpstreams(t *testing.T) {
	serve := func(name string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name+" "+r.RequestURI) }))
		t.Cleanup(server.Close)
		return server.URL
	}
	one := httpproxy.Upstream{Name: "one", URL: serve("one") + "/mcp"}
	two := httpproxy.Upstream{Name: "two", URL: serve("two")}
	for name, c := range map[string]struct {
		upstreams []httpproxy.Upstream
		wants     map[string]string
	}{
		"one upstream": {[]httpproxy.Upstream{one}, map[string]string{
			"/": "one /", "/mcp?a=b": "one /mcp?a=b", "/one": "one /mcp", "/one/x": "one /mcp/x", "/onemore": "one /onemore",
			"//x//y/": "one //x//y/",
		}},
		"two upstreams": {[]httpproxy.Upstream{one, two}, map[string]string{
			"/one": "one /mcp", "/one?a=b": "one /mcp?a=b", "/one/": "one /mcp/", "/two": "two /", "/two/sse?x": "two /sse?x",
			"/.well-known/oauth-protected-resource/one": "one /.well-known/oauth-protected-resource/mcp",
			"/mcp": "No upstream has this path. There are: /one, /two\n",
			"/":    "No upstream has this path. There are: /one, /two\n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := front(t, httpproxy.Config{Upstreams: c.upstreams})
			for uri, want := range c.wants {
				response, err := client.Get(p.url + uri)
				if err != nil {
					t.Fatal(err)
				}
				got, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if string(got) != want {
					t.Errorf("%s leads to %q, want %q", uri, got, want)
				}
			}
		})
	}
}

// TestUpstreamsComeAndGo lets them change while requests are under way, and none gets
// what was meant for another.
func TestUpstreamsComeAndGo(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		wait.OrEnd(t, leave)
		io.WriteString(w, "slow")
	}))
	t.Cleanup(slow.Close)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "other "+r.RequestURI) }))
	t.Cleanup(other.Close)
	p := front(t, httpproxy.Config{ByName: true})
	get := func(path string) string {
		response, err := client.Get(p.url + path)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return string(body)
	}
	if got := get("/slow/mcp"); !strings.Contains(got, "No upstream") {
		t.Errorf("before there is one: %s", got)
	}
	if err := p.proxy.Change([]httpproxy.Upstream{{Name: "slow", URL: slow.URL}}); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string)
	go func() { answer <- get("/slow/mcp") }()
	wait.Receive(t, "the request to be under way", entered)
	if err := p.proxy.Change([]httpproxy.Upstream{{Name: "other", URL: other.URL}}); err != nil {
		t.Fatal(err)
	}
	close(leave)
	if got := wait.Receive(t, "the answer to what was under way", answer); got != "slow" {
		t.Errorf("what was under way got %q", got)
	}
	if got := get("/slow/mcp"); !strings.Contains(got, "No upstream") {
		t.Errorf("what was meant for one that is gone got %q", got)
	}
	if got := get("/other/mcp?x"); got != "other /mcp?x" {
		t.Errorf("the other one got %q", got)
	}
	if err := p.proxy.Change([]httpproxy.Upstream{{Name: "bad", URL: "nonsense"}}); err == nil {
		t.Error("took an upstream that is none")
	}
	if got := get("/other/"); got != "other /" {
		t.Errorf("after a change that was refused: %q", got)
	}
}

func TestNamesOfUpstreamsFitAPath(t *testing.T) {
	for name, want := range map[string]bool{"github": true, "a.b_c-1": true, "token": true, "OAuth": true, ".well-known": false, "": false, "a/b": false, "ü": false} {
		if got := httpproxy.ValidName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestConfigsThatCannotWorkAreRefused(t *testing.T) {
	for want, c := range map[string]httpproxy.Config{
		"no upstream": {},
		"use letters": {Upstreams: []httpproxy.Upstream{{Name: "a/b", URL: "http://h"}}},
		"used twice":  {Upstreams: []httpproxy.Upstream{{Name: "a", URL: "http://h"}, {Name: "a", URL: "http://i"}}},
		"no http":     {Upstreams: []httpproxy.Upstream{{Name: "a", URL: "h:80"}}},
		"no user":     {Upstreams: []httpproxy.Upstream{{Name: "a", URL: "http://u:p@h"}}},
		"the CA file": {Upstreams: []httpproxy.Upstream{{Name: "a", URL: "http://h"}}, CAFile: "does-not-exist"},
	} {
		if _, err := httpproxy.New(c, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
