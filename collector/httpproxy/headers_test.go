package httpproxy_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
)

// TestConnectionCannotPartTheRecordFromTheWire names end-to-end headers in Connection, on
// both sides: who acts, and in which session, is what the other side got.
func TestConnectionCannotPartTheRecordFromTheWire(t *testing.T) {
	var got http.Header
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Header().Set("Connection", "mcp-session-id, x-hop")
		w.Header().Set("Mcp-Session-Id", "session-1")
		w.Header().Set("X-Hop", "1")
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","serverInfo":{"name":"s","version":"1"}}}`)
	}))
	post := func(body string, header http.Header) *http.Response {
		request, err := http.NewRequest("POST", p.url+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return response
	}
	response := post(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`, http.Header{"Connection": {"authorization, Mcp-Session-Id", "x-mine,cookie"},
		"Authorization": {"Bearer opaque-1"}, "X-Mine": {"1"}, "Cookie": {"a=b"}, "Content-Type": {"application/json"}})
	if got.Get("Authorization") != "Bearer opaque-1" || got.Get("Cookie") != "a=b" || got.Get("X-Mine") != "" {
		t.Errorf("the upstream got %v", got)
	}
	if response.Header.Get("Mcp-Session-Id") != "session-1" || response.Header.Get("X-Hop") != "" {
		t.Errorf("the client got %v", response.Header)
	}
	post(call, http.Header{"Connection": {"authorization"}, "Content-Type": {"application/json"}})
	post(call, http.Header{"Connection": {"x-api-key"}, "X-Api-Key": {"key-1"}, "Content-Type": {"application/json"}})
	if got.Get("X-Api-Key") != "key-1" {
		t.Errorf("the upstream got %v", got)
	}
	who := []string{"Bearer:", "", "X-Api-Key:"}
	for _, e := range p.stop() {
		if e.Kind == schema.KindRequest {
			if !strings.HasPrefix(e.Principal.Fingerprint, who[0]) || who[0] == "" && e.Principal.Fingerprint != "" {
				t.Errorf("%s by %q, want %q", e.Method, e.Principal.Fingerprint, who[0])
			}
			who = who[1:]
		}
	}
	if len(who) != 0 {
		t.Errorf("%d requests are missing", len(who))
	}
}
