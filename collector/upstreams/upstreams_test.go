package upstreams_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/httpproxy"
	"github.com/mcptrail/mcptrail/collector/upstreams"
)

func TestNamesFitTheProxyAndStandForOneOrigin(t *testing.T) {
	l, _, err := upstreams.Load(filepath.Join(t.TempDir(), "none.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, origin, want string }{
		{"github", "https://a.example", "http://127.0.0.1:7680/github"},
		{"github", "https://a.example", "http://127.0.0.1:7680/github"},
		{"github", "https://b.example", "http://127.0.0.1:7680/github-2"},
		{"github", "https://c.example", "http://127.0.0.1:7680/github-3"},
		{"My Server (prod)", "https://a.example", "http://127.0.0.1:7680/My-Server--prod"},
		{"token", "https://a.example", "http://127.0.0.1:7680/token"},
		{"../..", "https://a.example", "http://127.0.0.1:7680/mcp"},
		{"日本", "https://a.example", "http://127.0.0.1:7680/mcp"},
		{strings.Repeat("x", 500), "https://a.example", "http://127.0.0.1:7680/" + strings.Repeat("x", 60)},
		{"itself", "http://127.0.0.1:7680", ""},
	} {
		if got := l.Local(c.name, c.origin); got != c.want {
			t.Errorf("%q: %s, want %s", c.name, got, c.want)
		}
	}
	if _, err := httpproxy.New(httpproxy.Config{Upstreams: l.Proxied()}, nil); err != nil {
		t.Errorf("the proxy refuses them: %v", err)
	}
	if local, origin, ok := l.Origin("http://127.0.0.1:7680/github-2/mcp?x"); !ok || origin != "https://b.example" || local != "http://127.0.0.1:7680/github-2" {
		t.Errorf("%s, %s, %v", local, origin, ok)
	}
	if _, _, ok := l.Origin("http://127.0.0.1:7680/github-22"); ok {
		t.Error("took one name for another")
	}
}

func TestAnUpstreamLastsAsLongAsAFileUsesIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.json")
	l, was, err := upstreams.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	a, b := l.Local("a", "https://a.example"), l.Local("b", "https://b.example")
	l.Use("one", []string{a + "/mcp", b, "https://else.example"})
	l.Use("two", []string{a})
	if err := l.Save(file, was); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(file, was); err == nil {
		t.Error("overwrote a list that it had not read")
	}
	if l, _, err = upstreams.Load(file); err != nil {
		t.Fatal(err)
	}
	l.Use("one", nil)
	if len(l.Upstreams) != 1 || l.Upstreams[0].Name != "a" || len(l.Upstreams[0].Files) != 1 || l.Upstreams[0].Files[0] != "two" {
		t.Errorf("left %+v", l.Upstreams)
	}
	if l.Use("two", nil); len(l.Upstreams) != 0 {
		t.Errorf("left %+v", l.Upstreams)
	}
}

func TestAListThatIsNoneIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list.json")
	for _, text := range []string{"", "{}", `{"listen":"127.0.0.1:1"} {}`, `{"listen":":1"}`, `{"listen":"127.0.0.1:1","upstream":[]}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := upstreams.Load(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
