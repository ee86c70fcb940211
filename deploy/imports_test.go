package deploy_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mcptrail/mcptrail/"

// TestStagesMeetThroughData parses the imports of every file: all of them point
// down to schema, no stage imports another, and nothing imports deploy. A test file
// may use deploy's real parts, since Go keeps tests out of what it links.
func TestStagesMeetThroughData(t *testing.T) {
	root := ".."
	files := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(root, path)
		stage, _, _ := strings.Cut(filepath.ToSlash(relative), "/")
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if ours, ok := strings.CutPrefix(name, module); ok && !allowed(stage, ours, strings.HasSuffix(path, "_test.go")) {
				t.Errorf("%s imports %s", relative, ours)
			}
			if strings.HasPrefix(name, "github.com/ClickHouse/") && stage == "collector" {
				t.Errorf("%s links ClickHouse into the collector", relative)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("read %d files only: this test looks in the wrong place", files)
	}
}

// allowed reports whether a file of a stage may import a package of ours.
func allowed(stage, imported string, test bool) bool {
	target, _, _ := strings.Cut(imported, "/")
	switch {
	case stage == "deploy", target == stage:
		return true
	case stage == "collector" && strings.HasPrefix(imported, "schema/ddl"):
		return false
	case target == "schema":
		return true
	}
	return test && (imported == "deploy/testbed" || strings.HasPrefix(imported, "deploy/testbed/") || imported == "deploy/peers" || imported == "deploy/corpus")
}
