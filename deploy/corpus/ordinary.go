package corpus

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// Ordinary is one piece of tool output without credentials, but for the test data
// that packages carry.
type Ordinary struct {
	// Sort is what it is: source, minified, prose, data, lock, image, diff, log.
	Sort string
	// File it came from.
	File string
	Body []byte
	// Strings is how many strings it holds: lines of text, or strings of JSON.
	Strings int
}

// maxPiece is how much of a file one message carries.
const maxPiece = 256 << 10

// Roots returns the folders of this machine that hold ordinary files: the peers' npm
// packages and Go's module cache.
func Roots() []string {
	_, file, _, _ := runtime.Caller(0)
	roots := []string{filepath.Join(filepath.Dir(file), "..", "peers", "node_modules")}
	if real, err := filepath.EvalSymlinks(roots[0]); err == nil {
		roots[0] = real // a walk does not follow a link
	}
	if out, err := exec.Command("go", "env", "GOMODCACHE").Output(); err == nil {
		roots = append(roots, strings.TrimSpace(string(out)))
	}
	return roots
}

// Gather calls visit with pieces of about total bytes in all, no sort of them taking
// more than a quarter.
func Gather(roots []string, total int, visit func(Ordinary)) (got int) {
	used := map[string]int{}
	give := func(o Ordinary) {
		if len(o.Body) == 0 || used[o.Sort] > total/4 || got >= total {
			return
		}
		used[o.Sort] += len(o.Body)
		got += len(o.Body)
		visit(o)
	}
	seen := 0
	for _, root := range roots {
		// A file that cannot be read is no ordinary output.
		_ = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || got >= total {
				return fs.SkipAll
			}
			if d.IsDir() && d.Name() == "cache" && root == filepath.Dir(name) {
				return fs.SkipDir // archives of the modules that lie beside it
			}
			sort := sortOf(name)
			if d.IsDir() || sort == "" || used[sort] > total/4 {
				return nil
			}
			if seen++; seen%2 == 0 && sort == "source" {
				return nil // a wider choice of packages
			}
			data, err := os.ReadFile(name)
			if err == nil {
				give(piece(sort, name, data))
			}
			return nil
		})
	}
	give(logs(total / 16))
	return got
}

func sortOf(name string) string {
	base := filepath.Base(name)
	switch {
	case base == "package-lock.json" || base == "go.sum" || strings.HasSuffix(base, ".lock"):
		return "lock"
	case strings.HasSuffix(base, ".min.js") || strings.HasSuffix(base, ".map"):
		return "minified"
	}
	switch filepath.Ext(base) {
	case ".go", ".js", ".mjs", ".cjs", ".ts", ".c", ".h", ".s", ".sh":
		return "source"
	case ".md", ".txt", ".html", "":
		return "prose"
	case ".json", ".yaml", ".yml", ".golden":
		return "data"
	case ".png", ".gif", ".jpg", ".wasm", ".node", ".gz", ".zip", ".ico":
		return "image"
	}
	return ""
}

// piece makes a message of a file: data as structured content where it is JSON, an
// image as base64, everything else as text.
func piece(sort, name string, data []byte) Ordinary {
	o := Ordinary{Sort: sort, File: name}
	switch {
	case sort == "image":
		data = data[:min(len(data), maxPiece*3/4)]
		o.Strings = 1
		o.Body = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"image","data":"%s","mimeType":"image/png"}]}}`,
			base64.StdEncoding.EncodeToString(data))
		return o
	case sort == "data" && len(data) <= maxPiece && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		o.Strings = bytes.Count(data, []byte{'"'}) / 2
		o.Body = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":7,"result":{"structuredContent":%s}}`, bytes.TrimSpace(data))
		return o
	}
	if data = data[:min(len(data), maxPiece)]; !utf8.Valid(data[:min(len(data), maxPiece-4)]) {
		return Ordinary{}
	}
	o.Strings = bytes.Count(data, []byte{'\n'}) + 1
	text := strings.ToValidUTF8(string(data), "")
	if sort == "source" && len(name)%8 == 0 {
		o.Sort = "diff"
		text = "--- a/file\n+++ b/file\n@@ -1,3 +1,3 @@\n+" + strings.ReplaceAll(text, "\n", "\n+")
	}
	o.Body = message(text)
	return o
}

// logs are lines as servers write them, with ids, hashes, addresses and times.
func logs(size int) Ordinary {
	r := &random{newRand(7)}
	var b strings.Builder
	o := Ordinary{Sort: "log", File: "generated"}
	for b.Len() < min(size, 4<<20) {
		o.Strings++
		fmt.Fprintf(&b, `%d-11-22T10:%02d:%02d.%03dZ INFO  request id=%s trace=%s method=GET path=/v1/items/%s status=200 bytes=%d duration=%d.%dms peer=10.0.%d.%d etag="%s"`+"\n",
			2026, r.IntN(60), r.IntN(60), r.IntN(1000), r.uuid(), r.of(hexes, 32), r.of(digits, 16), r.IntN(1e6), r.IntN(90), r.IntN(9), r.IntN(255), r.IntN(255), r.of(hexes, 40))
	}
	o.Body = message(b.String())
	return o
}
