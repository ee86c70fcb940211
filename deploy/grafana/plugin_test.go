// Package grafana tests the built data source plugin as Grafana runs it, against the
// real stack. There is no Grafana server in these tests.
package grafana

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// TestThePlugin has one stack and one plugin for all that is asked of them.
func TestThePlugin(t *testing.T) {
	build(t)
	s, h := startStack(t), startHost(t)
	t.Run("every query type gives its frames", func(t *testing.T) { goldenFrames(t, h, s) })
	t.Run("frames are as the panels read them", func(t *testing.T) { panelRules(t, h, s) })
	t.Run("every panel of every dashboard returns data", func(t *testing.T) { dashboards(t, h, s) })
	t.Run("every alert rule returns data", func(t *testing.T) { alerts(t, h, s) })
	t.Run("values for variables", func(t *testing.T) { variables(t, h, s) })
	t.Run("a tail sees what is stored", func(t *testing.T) { tails(t, h, s) })
	t.Run("an id is enough", func(t *testing.T) { byID(t, h, s) })
	t.Run("nothing is left out in silence", func(t *testing.T) { limits(t, h, s) })
	t.Run("trouble is a sentence", func(t *testing.T) { trouble(t, h, s) })
	t.Run("the viewer is in the access log", func(t *testing.T) { viewers(t, h, s) })
	t.Run("the built module in a browser", func(t *testing.T) { inTheBrowser(t, h, s) })
	t.Run("a cancelled query stops in ClickHouse", func(t *testing.T) { cancels(t, h, s) })
}

// goldenFrames compares the frames of every query type with golden files. Ids and
// ports stand there as words.
func goldenFrames(t *testing.T, h *host, s *stack) {
	for name, q := range map[string]map[string]any{
		"metrics-timeseries":      {"queryType": "metrics", "measures": []string{"calls", "errors"}, "by": []string{"server"}, "limit": 3},
		"metrics-table":           {"queryType": "metrics", "measures": []string{"calls", "error_rate", "latency_p99"}, "by": []string{"client", "server"}, "format": "table"},
		"metrics-number":          {"queryType": "metrics", "measures": []string{"sessions", "agents", "gaps"}, "format": "number"},
		"metrics-nothing":         {"queryType": "metrics", "measures": []string{"calls"}, "by": []string{"client"}, "filters": is("client", "nobody")},
		"sessions":                {"queryType": "sessions"},
		"trace":                   {"queryType": "trace", "session": s.file},
		"logs":                    {"queryType": "logs", "limit": 10, "filters": is("client", "peers-filesystem", "inspector-cli")},
		"logs-session":            {"queryType": "logs", "session": s.file, "bodies": true},
		"logs-before":             {"queryType": "logs", "session": s.file, "around": 4, "side": "before"},
		"logs-after":              {"queryType": "logs", "session": s.file, "around": 4, "side": "after"},
		"volume":                  {"queryType": "volume", "filters": is("server", "secure-filesystem-server")},
		"nodegraph":               {"queryType": "nodegraph"},
		"definitions":             {"queryType": "definitions", "filters": is("upstream", "files")},
		"definitions-changed":     {"queryType": "definitions", "changed": true, "format": "number"},
		"annotations-gaps":        {"queryType": "annotations", "annotation": "gaps"},
		"annotations-auth":        {"queryType": "annotations", "annotation": "auth"},
		"annotations-definitions": {"queryType": "annotations", "annotation": "definitions"},
		"annotations-sessions":    {"queryType": "annotations", "annotation": "sessions", "limit": 2},
		"hidden":                  {"queryType": "metrics", "hide": true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, frame := range h.frames(t, s.source, q).Frames {
				text, err := data.FrameToJSON(frame, data.IncludeAll)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Indent(&out, text, "", " "); err != nil {
					t.Fatal(err)
				}
				out.WriteByte('\n')
			}
			golden(t, name, words(out.String(), s.url))
		})
	}
}

// is filters one dimension.
func is(dimension string, values ...string) []map[string]any {
	return []map[string]any{{"dimension": dimension, "values": values}}
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}`)

// words puts a word in the place of what differs between runs.
func words(text, url string) string {
	known := map[string]string{}
	text = anyID.ReplaceAllStringFunc(text, func(id string) string {
		id = strings.ReplaceAll(id, "-", "")
		if known[id] == "" {
			known[id] = fmt.Sprintf("session-%d", len(known)+1)
		}
		return known[id]
	})
	return strings.ReplaceAll(text, url, "http://query")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; look at what changes with -update. It is now\n%.3000s", file, got)
	}
}

// listen serves until the test ends.
func listen(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// forward sends a request on to another service.
func forward(t *testing.T, to string, w http.ResponseWriter, r *http.Request) {
	request, err := http.NewRequestWithContext(r.Context(), r.Method, to+r.URL.RequestURI(), nil)
	if err != nil {
		t.Error(err)
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}
