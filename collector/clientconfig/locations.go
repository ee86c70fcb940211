package clientconfig

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Client is an MCP client whose files are known.
type Client struct {
	// Name is for command lines, Title for people.
	Name, Title string
	// Files are patterns of paths, of which {home}, {config} and {dir} are replaced.
	// {dir} is the directory of a project.
	files []string
}

// Clients that are known. {config} is where programs keep their configuration: on
// Linux ~/.config, on macOS ~/Library/Application Support, on Windows %APPDATA%.
var Clients = []Client{
	{"claude-desktop", "Claude Desktop", []string{"{config}/Claude/claude_desktop_config.json"}},
	{"claude-code", "Claude Code", []string{"{claude}/.claude.json", "{dir}/.mcp.json"}},
	{"cursor", "Cursor", []string{"{home}/.cursor/mcp.json", "{dir}/.cursor/mcp.json"}},
	{"vscode", "VS Code", []string{
		"{config}/Code/User/mcp.json", "{config}/Code/User/settings.json", "{config}/Code/User/profiles/*/mcp.json",
		"{dir}/.vscode/mcp.json", "{dir}/.vscode/settings.json"}},
}

// Machine is where to look for files.
type Machine struct {
	// OS as runtime.GOOS.
	OS string
	// Home and Dir are directories: the user's and the one of the project.
	Home, Dir string
	// Getenv reads the environment.
	Getenv func(string) string
}

// ThisMachine is the one that the program runs on, and the directory it runs in.
func ThisMachine() (Machine, error) {
	m := Machine{OS: runtime.GOOS, Getenv: os.Getenv}
	var err, cause error
	m.Home, err = os.UserHomeDir()
	m.Dir, cause = os.Getwd()
	return m, errors.Join(err, cause)
}

// Files are the paths of a client's files, whether they are there or not; of patterns
// only those that are.
func (m Machine) Files(c Client) []string {
	words := strings.NewReplacer("{home}", m.Home, "{dir}", m.Dir, "{config}", m.config(), "{claude}", m.or("CLAUDE_CONFIG_DIR", m.Home))
	var all []string
	for _, pattern := range c.files {
		path := filepath.FromSlash(words.Replace(pattern))
		if !strings.Contains(pattern, "*") {
			all = append(all, path)
			continue
		}
		if found, err := filepath.Glob(path); err == nil {
			all = append(all, found...)
		}
	}
	return all
}

func (m Machine) config() string {
	switch m.OS {
	case "darwin":
		return m.Home + "/Library/Application Support"
	case "windows":
		return m.or("APPDATA", m.Home+"/AppData/Roaming")
	}
	return m.or("XDG_CONFIG_HOME", m.Home+"/.config")
}

func (m Machine) or(variable, otherwise string) string {
	if v := m.Getenv(variable); v != "" {
		return v
	}
	return otherwise
}
