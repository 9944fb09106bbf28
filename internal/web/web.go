// Package web holds the pages that Lectern serves to a browser: the page to ask
// from, those for accounts, and the documentation of the API. They are plain HTML, CSS and
// JavaScript modules, embedded in the binary as they stand in static/, and
// talk to the HTTP API with addresses relative to their own.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

// policy lets a page load from its own origin only, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'"

// How long a browser may keep a file without asking again. Assets carry the
// version in their path, so they never change; pages are asked for each time.
const (
	cachePage  = "no-cache"
	cacheAsset = "public, max-age=31536000, immutable"
)

// Register adds the pages to mux:
//
//   - GET / the page to ask from
//   - GET /sign-in, /account and so on, a page for each other HTML file
//   - GET /api/docs the documentation of the API, which reads /openapi.json
//   - GET /assets/<version>/<name> what they need
//
// Each answers HEAD too, carries an ETag made of its content and answers 304 to
// a matching If-None-Match. Other paths are left to the mux.
func Register(mux *http.ServeMux) {
	for pattern, file := range routes() {
		mux.Handle("GET "+pattern, file)
	}
}

// routes answers each pattern with its file, ready to be served.
func routes() map[string]file {
	contents, version := load()
	routes := make(map[string]file, len(contents))
	for name, content := range contents {
		page, isPage := strings.CutSuffix(name, ".html")
		switch {
		case name == "index.html":
			routes["/{$}"] = newFile(name, content, cachePage)
		case name == "docs.html":
			routes["/api/docs"] = newFile(name, content, cachePage)
		case isPage:
			routes["/"+page] = newFile(name, content, cachePage)
		default:
			routes["/assets/"+version+"/"+name] = newFile(name, content, cacheAsset)
		}
	}
	return routes
}

// load reads the embedded files by name, and answers them with the version put
// into the pages' links. The version is a hash of all files, because modules
// import each other by relative paths: any change makes all of them new.
func load() (map[string][]byte, string) {
	entries, err := fs.ReadDir(static, "static")
	if err != nil {
		panic(err) // The files are part of the binary.
	}
	contents := make(map[string][]byte, len(entries))
	hash := sha256.New()
	for _, entry := range entries {
		content, err := fs.ReadFile(static, path.Join("static", entry.Name()))
		if err != nil {
			panic(err)
		}
		contents[entry.Name()] = content
		hash.Write([]byte(entry.Name()))
		hash.Write(content)
	}
	version := hex.EncodeToString(hash.Sum(nil))[:12]
	for name, content := range contents {
		if path.Ext(name) == ".html" {
			contents[name] = bytes.ReplaceAll(content, []byte("{version}"), []byte(version))
		}
	}
	return contents, version
}

// A file is one embedded file with its headers.
type file struct {
	content     []byte
	contentType string
	cache       string
	etag        string
}

func newFile(name string, content []byte, cache string) file {
	sum := sha256.Sum256(content)
	return file{
		content:     content,
		contentType: contentTypes[path.Ext(name)],
		cache:       cache,
		etag:        `"` + hex.EncodeToString(sum[:16]) + `"`,
	}
}

// contentTypes does not leave it to the operating system's table, which differs
// from machine to machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// ServeHTTP implements http.Handler.
func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", f.cache)
	header.Set("Content-Type", f.contentType)
	header.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}
