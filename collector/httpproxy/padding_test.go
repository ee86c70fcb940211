package httpproxy_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/schema"
)

// TestPaddingHidesNoCall sends calls among 1.1 MB of padding and among 20,000 brackets.
func TestPaddingHidesNoCall(t *testing.T) {
	pads := map[string]string{
		"1.1 MB of text":  `"pad":"` + strings.Repeat("lorem ipsum ", 95_000) + `"`,
		"1.1 MB of lists": `"pad":[` + strings.TrimSuffix(strings.Repeat("17,", 380_000), ",") + `]`,
		"20,000 brackets": `"pad":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"20,000 braces":   `"pad":` + strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000),
	}
	p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	sent := map[string]string{}
	for what, pad := range pads {
		for where, text := range map[string]string{
			"before":           `{"jsonrpc":"2.0",` + pad + `,"id":%q,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/srv/books"}}}`,
			"before and after": `{"jsonrpc":"2.0",` + pad + `,"id":%q,"method":"tools/call","params":{"name":"delete","arguments":{"path":"/srv/books"}},` + pad + `}`,
			"in the arguments": `{"jsonrpc":"2.0","id":%q,"method":"tools/call","params":{"name":"delete","arguments":{` + pad + `,"path":"/srv/books",` + pad + `}}}`,
			"in _meta":         `{"jsonrpc":"2.0","id":%q,"method":"tools/call","params":{"_meta":{` + pad + `},"name":"delete","arguments":{"path":"/srv/books"}}}`,
		} {
			id := fmt.Sprint(len(sent))
			sent["s:"+id] = what + " " + where
			response, err := client.Post(p.url+"/mcp", "application/json", bytes.NewReader(fmt.Appendf(nil, text, id)))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
		}
	}
	for _, e := range p.stop() {
		what, ours := sent[e.RPCID]
		if !ours || e.Kind != schema.KindRequest {
			continue
		}
		delete(sent, e.RPCID)
		if e.Method != "tools/call" || e.Target != "delete" || !strings.Contains(string(e.Payload), `"path":"/srv/books"`) || !e.Flags.Has(schema.FlagTruncated) {
			t.Errorf("%s: %s %s, flags %v, redactions %v, payload of %d bytes: %.200s", what, e.Method, e.Target, e.Flags.Names(), e.Redactions, len(e.Payload), e.Payload)
		}
	}
	for _, what := range sent {
		t.Errorf("%s: there is no request in the record", what)
	}
}
