package deploy_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mcptrail/mcptrail/"

// TestStagesMeetThroughData parses the imports of every file: all of them point
// down to schema, no stage imports another, and nothing imports deploy. A test file
// may use deploy's real parts, since Go keeps tests out of what it links.
func TestStagesMeetThroughData(t *testing.T) {
	eachImport(t, func(file, imported string) {
		stage, _, _ := strings.Cut(file, "/")
		if ours, ok := strings.CutPrefix(imported, module); ok && !allowed(stage, ours, strings.HasSuffix(file, "_test.go")) {
			t.Errorf("%s imports %s", file, ours)
		}
		if strings.HasPrefix(imported, "github.com/ClickHouse/") && stage == "collector" {
			t.Errorf("%s links ClickHouse into the collector", file)
		}
	})
}

// eachImport visits every import of every Go file, named by its path from the root.
func eachImport(t *testing.T, visit func(file, imported string)) {
	t.Helper()
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
		relative, err := filepath.Rel(root, path)
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			visit(filepath.ToSlash(relative), name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("read %d files only: this test looks in the wrong place", files)
	}
}

// walls are rules about the packages of one stage; "." is the package at its root.
type walls struct {
	stage string
	// only are the packages of the stage that one of its packages may import.
	only map[string][]string
	// never are those that one must not import.
	never map[string][]string
}

// TestTrafficFlowsDownThroughTheCollector: transports know the queue only, what makes
// drafts knows the journal, the journal knows neither, and nothing points back up.
func TestTrafficFlowsDownThroughTheCollector(t *testing.T) {
	walls{
		stage: "collector",
		only: map[string][]string{
			"durable":   {},
			"observe":   {"identity", "message", "sse"},
			"journal":   {"durable", "redact", "sealer"},
			"interpret": {"identity", "journal", "message", "observe", "redact", "sse"},
		},
		never: map[string][]string{
			"stdio":      {".", "interpret", "journal", "durable", "spool", "ship"},
			"httpproxy":  {".", "interpret", "journal", "durable", "spool", "ship"},
			"transcript": {".", "interpret", "journal", "durable", "spool", "ship"},
			"spool":      {".", "interpret", "journal", "observe"},
			"ship":       {".", "interpret", "journal", "observe"},
			"kafkasink":  {".", "interpret", "journal", "observe"},
			"redact":     {".", "interpret", "journal", "observe", "durable"},
			".":          {"cli", "recording", "stdio", "httpproxy", "transcript", "spool", "ship"},
		},
	}.check(t)
}

// TestWhatRebuildsKnowsNoDatabase: the types of a timeline know nothing of the query
// service, what makes and judges timelines knows these types alone, and neither a
// database nor a server.
func TestWhatRebuildsKnowsNoDatabase(t *testing.T) {
	walls{
		stage: "query",
		only: map[string][]string{
			".":        {},
			"jsonpath": {},
			"rebuild":  {".", "jsonpath"},
			"flow":     {".", "jsonpath"},
			"compare":  {".", "jsonpath"},
			"trail":    {"."},
			"verify":   {},
			"bundle":   {"verify", "wire"},
			"wire":     {".", "trail"},
			"playback": {".", "compare", "wire"},
			"client":   {".", "wire"},
		},
		never: map[string][]string{
			"clickhouse": {"cli", "client", "httpapi", "web"},
			"httpapi":    {"cli", "client"},
			"cli":        {"clickhouse", "httpapi", "rebuild"},
		},
	}.check(t)
	eachImport(t, func(file, imported string) {
		part, ok := strings.CutPrefix(file, "query/")
		database := strings.HasPrefix(imported, module+"schema/ddl") || strings.HasPrefix(imported, "github.com/ClickHouse/")
		if ok && database && !strings.HasSuffix(file, "_test.go") &&
			slices.Contains([]string{".", "jsonpath", "rebuild", "flow", "compare", "trail", "verify", "bundle", "wire", "playback", "client", "cli"}, topFolder(part)) {
			t.Errorf("%s imports %s", file, imported)
		}
	})
}

func (w walls) check(t *testing.T) {
	t.Helper()
	checked := map[string]bool{}
	eachImport(t, func(file, imported string) {
		part, ok := strings.CutPrefix(file, w.stage+"/")
		if !ok || strings.HasSuffix(file, "_test.go") {
			return
		}
		part = topFolder(part)
		checked[part] = true
		target, ours := strings.CutPrefix(imported, module+w.stage)
		if !ours || target != "" && target[0] != '/' {
			return
		}
		target = topFolder(strings.TrimPrefix(target, "/") + "/")
		if to, walled := w.only[part]; walled && target != part && !slices.Contains(to, target) || slices.Contains(w.never[part], target) {
			t.Errorf("%s imports %s", file, strings.TrimPrefix(imported, module))
		}
	})
	for _, rules := range []map[string][]string{w.only, w.never} {
		for part := range rules {
			if !checked[part] {
				t.Errorf("nothing of %s/%s was read", w.stage, part)
			}
		}
	}
}

// topFolder is the first folder of a path, "." for a file.
func topFolder(path string) string {
	top, _, nested := strings.Cut(path, "/")
	if !nested || top == "" {
		return "."
	}
	return top
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
