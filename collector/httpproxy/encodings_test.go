package httpproxy_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/mcptrail/mcptrail/schema"
)

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func brotlied(b []byte) []byte {
	var out bytes.Buffer
	w := brotli.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func zstandard(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(b, nil)
}

// TestNoEncodedBodyIsStoredAsItIs sends messages in encodings that are declared in every
// way, wrongly and not at all: they are read, or nothing of them is stored.
func TestNoEncodedBodyIsStoredAsItIs(t *testing.T) {
	plain := []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"` + strings.Repeat("here ", 20) + `"}}`)
	deep := plain
	for range 9 {
		deep = gzipped(deep)
	}
	for name, c := range map[string]struct {
		encoding []string
		body     []byte
		read     bool
	}{
		"plain, under any type":          {nil, plain, true},
		"not declared, brotli":           {nil, brotlied(plain), false},
		"an unknown name, brotli":        {[]string{"x-br"}, brotlied(plain), false},
		"brotli, then gzip":              {[]string{"br, gzip"}, gzipped(brotlied(plain)), true},
		"gzip twice in one line":         {[]string{"gzip, gzip"}, gzipped(gzipped(plain)), true},
		"two lines":                      {[]string{"gzip", "zstd"}, zstandard(gzipped(plain)), true},
		"with identity between":          {[]string{"gzip,, identity", "ZSTD"}, zstandard(gzipped(plain)), true},
		"an unknown name":                {[]string{"x-rot13"}, gzipped(plain), false},
		"an unknown name behind gzip":    {[]string{"gzip", "x-rot13"}, gzipped(plain), false},
		"declared gzip, is zstd":         {[]string{"gzip"}, zstandard(plain), false},
		"deeper than anybody needs":      {[]string{strings.Repeat("gzip,", 9)}, deep, false},
		"not declared, gzip":             {nil, gzipped(plain), false},
		"not declared, zstd":             {nil, zstandard(plain), false},
		"declared as identity":           {[]string{"identity"}, gzipped(plain), false},
		"declared, and is plain":         {[]string{"gzip"}, plain, true},
		"declared deflate, and is plain": {[]string{"deflate"}, plain, true},
		"an unknown name, and is plain":  {[]string{"x-rot13"}, plain, true},
	} {
		for _, media := range []string{"application/json", "text/event-stream", "text/plain"} {
			t.Run(name+", "+media, func(t *testing.T) {
				body := c.body
				p := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					w.Header()["Content-Encoding"] = c.encoding
					w.Header().Set("Content-Type", media)
					w.Write(body)
				}))
				request, _ := http.NewRequest("POST", p.url+"/mcp", bytes.NewReader(body))
				request.Header = http.Header{"Content-Encoding": c.encoding, "Content-Type": {media}, "Accept-Encoding": {"identity"}}
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				back, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || !bytes.Equal(back, body) {
					t.Errorf("the client got %d bytes of %d, %v", len(back), len(body), err)
				}
				both := map[schema.Direction]bool{}
				for _, e := range p.stop() {
					if e.Size == 0 {
						continue
					}
					both[e.Direction] = true
					switch {
					case media == "text/event-stream" && e.Direction == schema.ServerToClient && len(c.encoding) > 0 && !bytes.Equal(body, plain):
						// No event comes out of it: what the client got is withheld.
						if len(e.Payload) > 0 || !e.Flags.Has(schema.FlagWithheld) {
							t.Errorf("%s: stored as it is: %s %q", e.Direction, e.Kind, e.Payload[:min(len(e.Payload), 40)])
						}
					case c.read && (e.Method != "notifications/message" || !bytes.Equal(e.Payload, plain)):
						t.Errorf("%s: not read: %s %q", e.Direction, e.Kind, e.Payload)
					case !c.read && (len(e.Payload) > 0 || !e.Flags.Has(schema.FlagWithheld)):
						t.Errorf("%s: stored as it is: %s %q", e.Direction, e.Kind, e.Payload[:min(len(e.Payload), 40)])
					}
				}
				if len(both) != 2 {
					t.Errorf("there is no event of one of the two:\n%s", p)
				}
			})
		}
	}
}
