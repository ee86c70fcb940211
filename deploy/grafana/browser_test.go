package grafana

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

const sources = "../../grafana-plugin"

// inTheBrowser builds the frontend and uses its editors in Chromium, with the plugin
// and the stack behind them. MCPTRAIL_SCREENSHOTS names a directory that keeps the
// pictures.
func inTheBrowser(t *testing.T, h *host, s *stack) {
	if err := tools(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %v", err)
	}
	dir := t.TempDir()
	node(t, "build.mjs")
	node(t, "test/bundle.mjs", filepath.Join(dir, "page.js"))
	pictures := os.Getenv("MCPTRAIL_SCREENSHOTS")
	if pictures == "" {
		pictures = dir
	}
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	t.Log(node(t, "test/drive.mjs", listen(t, page(t, h, s, dir)), s.url, "http://"+dead.Addr().String(), s.file, pictures))
}

// tools says what is missing to use a browser.
func tools() error {
	if _, err := os.Stat(filepath.Join(sources, "node_modules")); err != nil {
		return errors.New("A PART IS MISSING, install it with `make plugin`: grafana-plugin/node_modules")
	}
	for _, name := range []string{"chromium", "chromium-browser"} {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
	}
	return errors.New("A PART IS MISSING, install it with `apt-get install chromium`")
}

func node(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = sources
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("node %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// page serves the page, and is to the frontend what Grafana's server is.
func page(t *testing.T, h *host, s *stack, dir string) http.Handler {
	var mu sync.Mutex // guards now, the data source as it was last saved
	now := s.source
	saved := func() source { mu.Lock(); defer mu.Unlock(); return now }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<!doctype html><meta charset=utf-8><title>mcptrail</title><body><div id=root></div><script type=module src=/page.js></script>`)
	})
	file := func(path, name string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) })
	}
	file("/page.js", filepath.Join(dir, "page.js"))
	file("/module.js", filepath.Join(sources, "dist/module.js"))
	mux.Handle("GET /public/build/", http.StripPrefix("/public/build/", http.FileServer(http.Dir(filepath.Join(sources, "node_modules/@grafana/ui/dist/public")))))
	mux.HandleFunc("POST /settings", func(w http.ResponseWriter, r *http.Request) {
		var options struct{ URL string }
		if err := json.NewDecoder(r.Body).Decode(&options); err != nil {
			t.Error(err)
		}
		mu.Lock()
		now.url = options.URL
		mu.Unlock()
		_, _ = io.WriteString(w, "{}")
	})
	mux.HandleFunc("GET /api/datasources/uid/trail/health", func(w http.ResponseWriter, _ *http.Request) {
		result := h.health(t, saved())
		if result.Status != backend.HealthStatusOk {
			w.WriteHeader(http.StatusBadRequest)
		}
		write(t, w, map[string]string{"status": result.Status.String(), "message": result.Message})
	})
	mux.HandleFunc("GET /api/datasources/uid/trail/resources/values", func(w http.ResponseWriter, r *http.Request) {
		status, body := h.call(t, s.source, "values?"+r.URL.RawQuery+"&from=2026-11-22T00:00:00Z")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	mux.HandleFunc("POST /api/ds/query", func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Queries  []map[string]any
			From, To string
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			t.Error(err)
		}
		response, _, err := h.query(r.Context(), s.source, request.Queries[0], backend.TimeRange{From: at(t, request.From), To: at(t, request.To)})
		if err != nil {
			t.Error(err)
			return
		}
		name, _ := request.Queries[0]["refId"].(string) // the host calls all of them A
		write(t, w, backend.QueryDataResponse{Responses: backend.Responses{name: response.Responses["A"]}})
	})
	return mux
}

// at is a time as Grafana sends it.
func at(t *testing.T, text string) time.Time {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Error(err)
	}
	return time.UnixMilli(ms)
}

func write(t *testing.T, w io.Writer, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}
