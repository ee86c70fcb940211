package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestOnlyTheUserOfThisMachineComesIn(t *testing.T) {
	now := time.Now()
	l := NewLocal(nil, "Name-X7", "the-token")
	l.now = func() time.Time { return now }
	inside := l.browsers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	ask := func(host, path string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = host
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		inside.ServeHTTP(w, r)
		return w
	}
	host, path := l.Link()
	if host != "name-x7.localhost" {
		t.Fatalf("host %q", host)
	}
	if w := ask("127.0.0.1:7676", path); w.Code != http.StatusUnauthorized {
		t.Errorf("the link works under another name: %d", w.Code)
	}
	w := ask("NAME-X7.localhost:7676", path)
	cookie := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookie) != 1 || !cookie[0].HttpOnly || cookie[0].SameSite != http.SameSiteStrictMode {
		t.Fatalf("got %d %v", w.Code, cookie)
	}
	if w := ask(host, path); w.Code != http.StatusUnauthorized {
		t.Errorf("the link works twice: %d", w.Code)
	}
	sent := cookie[0].Name + "=" + cookie[0].Value
	for name, c := range map[string]struct {
		host   string
		header []string
		want   int
	}{
		"the cookie":                     {host, []string{"Cookie", sent}, http.StatusTeapot},
		"the cookie under another name":  {"127.0.0.1", []string{"Cookie", sent}, http.StatusUnauthorized},
		"a cookie that is cut":           {host, []string{"Cookie", sent[:len(sent)-1]}, http.StatusUnauthorized},
		"an empty cookie":                {host, []string{"Cookie", cookieName + "="}, http.StatusUnauthorized},
		"the token":                      {"127.0.0.1", []string{"Authorization", "Bearer the-token"}, http.StatusTeapot},
		"the token of another scheme":    {"127.0.0.1", []string{"Authorization", "Basic the-token"}, http.StatusUnauthorized},
		"an empty token":                 {"127.0.0.1", []string{"Authorization", "Bearer "}, http.StatusUnauthorized},
		"nothing":                        {host, nil, http.StatusUnauthorized},
		"a forged local address":         {host, []string{"X-Forwarded-For", "@"}, http.StatusUnauthorized},
		"a page that asks for the token": {"evil.example", []string{"Cookie", sent}, http.StatusUnauthorized},
	} {
		w := ask(c.host, "/api/v1/sessions", c.header...)
		if w.Code != c.want || c.want != http.StatusTeapot && !strings.Contains(w.Body.String(), "mcptrail link") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}

	_, late := l.Link()
	now = now.Add(codeLife + time.Second)
	if w := ask(host, late); w.Code != http.StatusUnauthorized {
		t.Errorf("an old link works: %d", w.Code)
	}
	for range 3 * maxCodes {
		l.Link()
	}
	if len(l.codes) > maxCodes {
		t.Errorf("%d links wait for their use", len(l.codes))
	}
}

func TestLinksAreMadeAtTheSocketOnly(t *testing.T) {
	l := NewLocal(nil, "x", "t")
	handler := bySocket(l.browsers(http.NotFoundHandler()), l.programs(http.NotFoundHandler()))
	r := httptest.NewRequest(http.MethodPost, linkPath, nil)
	r.Host, r.Header = "x.localhost", http.Header{"Authorization": {"Bearer t"}}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusNotFound {
		t.Errorf("over the network: %d %s", w.Code, w.Body)
	}
}
