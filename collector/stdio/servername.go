package stdio

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// launchers run a server that is named by one of their arguments.
var launchers = regexp.MustCompile(`^(?:node(?:js)?|bun|bunx|deno|npx|pnpm|yarn|tsx|python[\d.]*|uv|uvx|pipx|ruby)$`)

// verbs are what launchers take before that name.
var verbs = []string{"run", "x", "exec", "dlx", "tool"}

// places are parts of a path that name no program.
var places = []string{"index", "main", "__main__", "server", "cli", "dist", "build", "out", "src", "bin", "lib"}

// ServerName is the name of a command in the record where none was configured: the
// program, or what a launcher launches: "server-files" for both
// "npx -y @acme/server-files@2" and "node /opt/server-files/dist/index.js".
func ServerName(command []string) string {
	if len(command) == 0 {
		return ""
	}
	program := strings.TrimSuffix(filepath.Base(command[0]), ".exe")
	if !launchers.MatchString(program) {
		return program
	}
	for _, arg := range command[1:] {
		if strings.HasPrefix(arg, "-") || slices.Contains(verbs, arg) {
			continue
		}
		// An address names a host, and may hold a credential.
		if strings.Contains(arg, "://") {
			break
		}
		if name := launched(arg); name != "" {
			return name
		}
		break
	}
	return program
}

// launched takes the name out of a script's path or a package's specification.
func launched(arg string) string {
	parts := strings.Split(filepath.ToSlash(arg), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		name := strings.TrimSuffix(parts[i], filepath.Ext(parts[i]))
		if at := strings.LastIndex(parts[i], "@"); at > 0 { // a version
			name = parts[i][:at]
		}
		if name != "" && name != "." && name != ".." && !slices.Contains(places, name) {
			return name
		}
	}
	return ""
}
