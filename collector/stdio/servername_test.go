package stdio

import (
	"strings"
	"testing"
)

func TestServersAreNamedByWhatIsLaunched(t *testing.T) {
	for command, want := range map[string]string{
		"/usr/bin/github-mcp-server stdio":                  "github-mcp-server",
		"node /opt/server-files/dist/index.js /srv":         "server-files",
		"node --inspect server.mjs":                         "node",
		"npx -y @acme/server-files@2.1 /srv":                "server-files",
		"npx server-files":                                  "server-files",
		"uvx mcp-server-git --repository x":                 "mcp-server-git",
		"uv tool run mcp-server-git":                        "mcp-server-git",
		"python3.12 -m mcp_server_time":                     "mcp_server_time",
		"python /home/me/weather/src/main.py":               "weather",
		"deno run https://user:secret@example.com/server.x": "deno",
		"node":    "node",
		`mcp.exe`: "mcp",
	} {
		if got := ServerName(strings.Fields(command)); got != want {
			t.Errorf("%s is named %q, want %q", command, got, want)
		}
	}
	if got := ServerName(nil); got != "" {
		t.Errorf("nothing is named %q", got)
	}
}
