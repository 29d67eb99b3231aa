// Package static serves what browsers fetch: the built chat client, the pages' styles, fonts and the mark.
//
// It is built from static/client by npm into static/dist, which is embedded and not committed. Without a build the
// program compiles and starts, and Built says so.
package static

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// assets are read once: they are in the program and do not change.
var assets = mustRead(dist)

func mustRead(files fs.FS) *shelf {
	s, err := read(files)
	if err != nil {
		panic(fmt.Sprintf("static/dist: %v", err)) // only a broken build gets here
	}
	return s
}

// Asset finds a built file by the name that pages know it by ("chat.js", "vote.js", "scrutineer.js", "chat.css", "pages.css", "mark.svg"):
// its address, with a hash of its content in it, and what a browser checks it by.
func Asset(name string) (url, integrity string, ok bool) {
	a, ok := assets.named[name]
	return "/assets/" + a.File, a.Integrity, ok
}

// File is a built file itself, by the same names; "simulated.mjs" is for Node and not for browsers.
func File(name string) ([]byte, bool) {
	f, ok := assets.files[assets.named[name].File]
	if !ok {
		return nil, false
	}
	return f.forms[""], true
}

// Built reports whether the client was built into this program.
func Built() bool {
	_, ok := assets.named["chat.js"]
	return ok
}

// Handler serves /assets/*, compressed beforehand and to be kept for ever: a changed file has another name.
func Handler() http.Handler { return assets }

type entry struct {
	File      string `json:"file"`
	Integrity string `json:"integrity"`
}

// shelf holds the files of a build by address.
type shelf struct {
	named map[string]entry
	files map[string]*file
}

// file is one address in the forms it can be sent in.
type file struct {
	kind  string // media type
	etag  string
	forms map[string][]byte // by content coding; "" as it is
}

func read(files fs.FS) (*shelf, error) {
	s := &shelf{named: map[string]entry{}, files: map[string]*file{}}
	manifest, err := fs.ReadFile(files, "dist/manifest.json")
	if err != nil {
		return s, nil //nolint:nilerr // reason: not built yet is no error, see Built
	}
	if err := json.Unmarshal(manifest, &s.named); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	entries, err := fs.ReadDir(files, "dist")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := e.Name()
		plain, coding := form(name)
		if e.IsDir() || strings.HasPrefix(name, ".") || plain == "manifest.json" {
			continue
		}
		body, err := fs.ReadFile(files, path.Join("dist", name))
		if err != nil {
			return nil, err
		}
		s.put(plain, coding, body)
	}
	return s, nil
}

// form splits chat-1a2b.js.br into the file and how it is coded.
func form(name string) (plain, coding string) {
	if plain, ok := strings.CutSuffix(name, ".br"); ok {
		return plain, "br"
	}
	if plain, ok := strings.CutSuffix(name, ".gz"); ok {
		return plain, "gzip"
	}
	return name, ""
}

func (s *shelf) put(name, coding string, body []byte) {
	f, ok := s.files[name]
	if !ok {
		f = &file{kind: kind(name), etag: `"` + name + `"`, forms: map[string][]byte{}}
		s.files[name] = f
	}
	f.forms[coding] = body
}

// kind does not ask the machine, whose own list may be odd or empty.
func kind(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	f, ok := s.files[strings.TrimPrefix(r.URL.Path, "/assets/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	coding := f.best(r.Header.Get("Accept-Encoding"))
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etagOf(coding))
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.forms[coding]))
}

// best chooses the smallest form that the browser takes.
func (f *file) best(accepts string) string {
	for _, coding := range []string{"br", "gzip"} {
		if _, have := f.forms[coding]; have && takes(accepts, coding) {
			return coding
		}
	}
	return ""
}

func (f *file) etagOf(coding string) string {
	return strings.TrimSuffix(f.etag, `"`) + strings.TrimSuffix("."+coding, ".") + `"`
}

// takes reports whether an Accept-Encoding names a coding and does not refuse it.
func takes(accepts, coding string) bool {
	for each := range strings.SplitSeq(accepts, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(each), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight = strings.ReplaceAll(weight, " ", "")
		return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
	}
	return false
}
