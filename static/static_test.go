package static

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func built(t *testing.T) *shelf {
	t.Helper()
	s, err := read(fstest.MapFS{
		"dist/.keep":         {},
		"dist/manifest.json": {Data: []byte(`{"chat.js":{"file":"chat-1a.js","integrity":"sha384-x"}}`)},
		"dist/chat-1a.js":    {Data: []byte("let plain = 1")},
		"dist/chat-1a.js.br": {Data: []byte("brotli")},
		"dist/chat-1a.js.gz": {Data: []byte("gzip")},
		"dist/font-2b.woff2": {Data: []byte("font")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(s *shelf, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestSmallestFormThatTheBrowserTakes(t *testing.T) {
	for accepts, want := range map[string]string{
		"gzip, deflate, br, zstd": "br",
		"gzip":                    "gzip",
		"br;q=0, gzip;q=0.5":      "gzip",
		"br; q=0.0":               "",
		"":                        "",
		"zstd":                    "",
	} {
		got := ask(built(t), "/assets/chat-1a.js", "Accept-Encoding", accepts)
		if coding := got.Header().Get("Content-Encoding"); coding != want || got.Code != http.StatusOK {
			t.Errorf("%q: got %d %q, want %q", accepts, got.Code, coding, want)
		}
		if kind := got.Header().Get("Content-Type"); kind != "text/javascript; charset=utf-8" {
			t.Errorf("%q: type %q", accepts, kind)
		}
	}
}

func TestAFontGoesAsItIsAndIsKept(t *testing.T) {
	got := ask(built(t), "/assets/font-2b.woff2", "Accept-Encoding", "br")
	for name, want := range map[string]string{
		"Content-Encoding":       "",
		"Content-Type":           "font/woff2",
		"Cache-Control":          "public, max-age=31536000, immutable",
		"X-Content-Type-Options": "nosniff",
		"Vary":                   "Accept-Encoding",
	} {
		if have := got.Header().Get(name); have != want {
			t.Errorf("%s: got %q, want %q", name, have, want)
		}
	}
}

func TestWhatABrowserHasIsNotSentAgain(t *testing.T) {
	s := built(t)
	tag := ask(s, "/assets/chat-1a.js", "Accept-Encoding", "br").Header().Get("ETag")
	if got := ask(s, "/assets/chat-1a.js", "Accept-Encoding", "br", "If-None-Match", tag); got.Code != http.StatusNotModified {
		t.Errorf("got %d, want 304", got.Code)
	}
	if got := ask(s, "/assets/chat-1a.js", "If-None-Match", tag); got.Code != http.StatusOK {
		t.Errorf("another form with the same tag: got %d, want 200", got.Code)
	}
}

func TestOnlyWhatWasBuiltIsServed(t *testing.T) {
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/.keep", "/assets/chat-1a.js.br", "/assets/../static.go"} {
		if got := ask(built(t), path); got.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got.Code)
		}
	}
}

func TestWithoutABuildNothingIsThere(t *testing.T) {
	s, err := read(fstest.MapFS{"dist/.keep": {}})
	if err != nil || len(s.files) != 0 {
		t.Errorf("got %v, %v; want nothing", s.files, err)
	}
}
