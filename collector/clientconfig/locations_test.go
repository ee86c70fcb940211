package clientconfig_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcptrail/mcptrail/collector/clientconfig"
)

func TestEachSystemHasItsPlaces(t *testing.T) {
	none := map[string]string{}
	for _, c := range []struct {
		os, client string
		env        map[string]string
		want       []string
	}{
		{"linux", "claude-desktop", none, []string{"/h/.config/Claude/claude_desktop_config.json"}},
		{"linux", "claude-desktop", map[string]string{"XDG_CONFIG_HOME": "/c"}, []string{"/c/Claude/claude_desktop_config.json"}},
		{"darwin", "claude-desktop", map[string]string{"XDG_CONFIG_HOME": "/c"}, []string{"/h/Library/Application Support/Claude/claude_desktop_config.json"}},
		{"windows", "claude-desktop", map[string]string{"APPDATA": "/r"}, []string{"/r/Claude/claude_desktop_config.json"}},
		{"linux", "claude-code", none, []string{"/h/.claude.json", "/p/.mcp.json"}},
		{"linux", "claude-code", map[string]string{"CLAUDE_CONFIG_DIR": "/d"}, []string{"/d/.claude.json", "/p/.mcp.json"}},
		{"windows", "cursor", none, []string{"/h/.cursor/mcp.json", "/p/.cursor/mcp.json"}},
		{"linux", "vscode", none, []string{"/h/.config/Code/User/mcp.json", "/h/.config/Code/User/settings.json", "/p/.vscode/mcp.json", "/p/.vscode/settings.json"}},
		{"darwin", "vscode", none, []string{"/h/Library/Application Support/Code/User/mcp.json", "/h/Library/Application Support/Code/User/settings.json", "/p/.vscode/mcp.json", "/p/.vscode/settings.json"}},
		{"windows", "vscode", none, []string{"/h/AppData/Roaming/Code/User/mcp.json", "/h/AppData/Roaming/Code/User/settings.json", "/p/.vscode/mcp.json", "/p/.vscode/settings.json"}},
	} {
		m := clientconfig.Machine{OS: c.os, Home: "/h", Dir: "/p", Getenv: func(name string) string { return c.env[name] }}
		i := slices.IndexFunc(clientconfig.Clients, func(k clientconfig.Client) bool { return k.Name == c.client })
		var got []string
		for _, file := range m.Files(clientconfig.Clients[i]) {
			got = append(got, filepath.ToSlash(file))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %s, want %s", c.client, c.os, strings.Join(got, ", "), strings.Join(c.want, ", "))
		}
	}
}
