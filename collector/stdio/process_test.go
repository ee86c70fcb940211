package stdio

import (
	"slices"
	"strings"
	"testing"
)

func TestCommandsAreRecordedWithoutObviousSecrets(t *testing.T) {
	// Arguments are separated by bars.
	for _, c := range []struct{ in, want string }{
		{"node|server.js|--port|3000|/srv/files", "node|server.js|--port|3000|/srv/files"},
		{"x|@scope/package@1.2.3|a@b.example", "x|@scope/package@1.2.3|a@b.example"},
		{"x|--token=abc", "x|--token=[redacted]"},
		{"x|--github-token|abc|--verbose", "x|--github-token|[redacted]|--verbose"},
		{"x|--api-key|abc|y", "x|--api-key|[redacted]|y"},
		{"x|--token|--verbose", "x|--token|--verbose"},
		{"x|-H|Authorization: Bearer abc def", "x|-H|Authorization: [redacted]"},
		{"x|-H|X-Custom: Bearer abc", "x|-H|X-Custom: [redacted]"},
		{"x|-e|OPENAI_KEY=abc|image", "x|-e|OPENAI_KEY=[redacted]|image"},
		{"x|postgres://bob:p@ss@db:5432/x", "x|postgres://[redacted]@db:5432/x"},
		{"x|https://h/mcp?a=1&api_key=abc&b=2", "x|https://h/mcp?a=1&api_key=[redacted]&b=2"},
		{"x|https://h/mcp?key=abc", "x|https://h/mcp?key=[redacted]"},
		{`x|{"password":"abc","a":1}`, `x|{"password":[redacted],"a":1}`},
		{"mysql|-p|hunter2|-u|joe", "mysql|-p|[redacted]|-u|joe"},
		{"mysql|-phunter2", "mysql|-p[redacted]"},
		{"x|-p|3000|-p8080:80", "x|-p|3000|-p8080:80"},
		{"x|--pat|abc|--auth|abc", "x|--pat|[redacted]|--auth|[redacted]"},
		{"x|--secret-file|/run/secret", "x|--secret-file|/run/secret"},
		{"x|ghp_0123456789abcdef", "x|[redacted]"},
		{"sh|-c|exec x --secret=abc", "sh|-c|exec x --secret=[redacted]"},
		{"sh|-c|exec x --secret abc --port 1", "sh|-c|exec x --secret [redacted] --port 1"},
	} {
		if got, want := redact(strings.Split(c.in, "|")), strings.Split(c.want, "|"); !slices.Equal(got, want) {
			t.Errorf("%q became %q, want %q", c.in, got, want)
		}
	}
}
