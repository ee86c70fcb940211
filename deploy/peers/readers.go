package peers

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Readers are servers that differ in which bytes they take for a call: one tool, mark, in each SDK. A call
// appends its argument text to the file that $EFFECTS names, a line each.
var Readers = []string{"go-sdk", "mcp-go", "typescript-v1", "typescript-v1-express", "typescript-v2", "python-sdk", "fastmcp"}

// MissingReaders says which of them are not installed, like Missing.
func MissingReaders() error {
	if err := Missing(); err != nil {
		return err
	}
	var missing []string
	for _, file := range []string{goReaders(), python()} {
		if !exists(file) {
			missing = append(missing, strings.TrimPrefix(file, Root()+string(filepath.Separator)))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("readers are not installed (no %s in %s): run `make readers`", strings.Join(missing, ", "), here)
	}
	return nil
}

// ReaderStdio is the command line of a reader over stdio.
func ReaderStdio(name string) []string { return readerCommand(name) }

// StartReader starts a reader over Streamable HTTP without sessions and returns its endpoint.
func StartReader(ctx context.Context, name, effects string) (url string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	path := "/mcp"
	if name == "typescript-v1" {
		path = "/plain"
	}
	return serve(ctx, port, path, append(readerCommand(name), strconv.Itoa(port)), "EFFECTS="+effects)
}

func readerCommand(name string) []string {
	switch name {
	case "go-sdk":
		return []string{goReaders(), "gosdk"}
	case "mcp-go":
		return []string{goReaders(), "mcpgo"}
	case "python-sdk":
		return []string{python(), "-I", readerFile("python.py"), "sdk"}
	case "fastmcp":
		return []string{python(), "-I", readerFile("python.py"), "fastmcp"}
	}
	return []string{NodePath(), readerFile(strings.TrimSuffix(name, "-express") + ".mjs")}
}

func readerFile(name string) string { return filepath.Join(Root(), "readers", name) }
func goReaders() string             { return filepath.Join(Root(), "build", "goreaders") }
func python() string                { return filepath.Join(Root(), "build", "python", "bin", "python") }
