// Package web is the web UI of the query service, as files in the program.
//
// The one rule: a page runs only what is in these files. It has no script or style of
// its own text, loads nothing from elsewhere, and shows recorded text as text.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist holds what `make build` put there; a checkout has only a mark in it.
//
//go:embed all:dist
var dist embed.FS

// policy is the Content-Security-Policy of the web UI. Trusted Types are required
// and none is allowed: text never becomes markup, whatever a library tries.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// unbuilt is the page of a program that was built without the web UI.
const unbuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>mcptrail</title>
<h1>The web UI is not in this program</h1>
<p>It was built with <code>go build</code> alone. <code>make build</code> makes the web pages too.</p>
<p>The API is here all the same: <a href="/openapi.json">/openapi.json</a>.</p></html>
`

// New returns the pages. An address without a file is a route of the one page, which
// reads it itself.
func New() http.Handler {
	files, err := fs.Sub(dist, "dist/ui")
	if err != nil {
		panic(err) // the name is a constant
	}
	page, err := fs.ReadFile(files, "index.html")
	built := err == nil
	if !built {
		page = []byte(unbuilt)
	}
	assets := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if name := path.Clean(r.URL.Path); built && strings.HasPrefix(name, "/assets/") {
			// Their names change with their content.
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
			assets.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	})
}
