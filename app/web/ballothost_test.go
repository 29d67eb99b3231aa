package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// asksBallotHost asks the ballot host, as a browser on the society's pages does, with more headers: name, value, …
func (h *house) asksBallotHost(method, path string, body any, more ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	raw, err := json.Marshal(body)
	h.must(err)
	r := httptest.NewRequestWithContext(h.t.Context(), method, "https://ballot.folkmoot.example"+path, bytes.NewReader(raw))
	r.Header.Set("Origin", "https://folkmoot.example")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	w := httptest.NewRecorder()
	h.site.Handler().ServeHTTP(w, r)
	return w
}

// TestTheBallotHostKnowsNobody: it takes nothing that says who somebody is, sets nothing, writes nothing down, and has no other page of ours.
func TestTheBallotHostKnowsNobody(t *testing.T) {
	var log bytes.Buffer
	each(t, func(h *house) {
		log.Reset()
		cast := map[string]any{"contest": strings.Repeat("0", 64)}
		for header, value := range map[string]string{"Cookie": "__Host-session=x", "Authorization": "Bearer x"} {
			if w := h.asksBallotHost(http.MethodPost, "/cast", cast, header, value); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"cookie"`) {
				t.Errorf("with %s: %d %s", header, w.Code, w.Body)
			}
		}
		w := h.asksBallotHost(http.MethodPost, "/cast", cast)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"other_contest"`) {
			t.Errorf("a cast of no contest: %d %s", w.Code, w.Body)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "https://folkmoot.example" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("to our own pages: %v", w.Header())
		}
		if w.Header().Get("Set-Cookie") != "" || w.Header().Get("X-Request-Id") != "" {
			t.Errorf("the answer marks who asked: %v", w.Header())
		}
		if w := h.asksBallotHost(http.MethodPost, "/cast", cast, "Origin", "https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Error("another site's page may read the answer")
		}
		if w := h.asksBallotHost(http.MethodOptions, "/cast", nil); w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Methods") == "" {
			t.Errorf("a browser that asks first: %d", w.Code)
		}
		if w := h.asksBallotHost(http.MethodPost, "/cast", map[string]string{"contest": "nonsense"}); w.Code != http.StatusBadRequest {
			t.Errorf("what is no cast: %d %s", w.Code, w.Body)
		}
		if w := h.asksBallotHost(http.MethodPost, "/cast", map[string]string{"contest": strings.Repeat("0", 100_000)}); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("a body that is too long: %d", w.Code)
		}
		for _, path := range []string{
			"/", "/sign-in", "/elections", "/api/me", "/contests/x/casts/y", "/contests/" + strings.Repeat("0", 64) + "/log/../../home",
			"/contests/" + strings.Repeat("0", 64) + "/proof/" + strings.Repeat("0", 64),
		} {
			if w := h.asksBallotHost(http.MethodGet, path, nil); w.Code != http.StatusNotFound {
				t.Errorf("%s: %d", path, w.Code)
			}
		}
		if log.Len() > 0 {
			t.Errorf("the ballot host wrote down:\n%s", log.String())
		}
	}, atBase, func(s *Site) { s.Log = slog.New(slog.NewTextHandler(&log, nil)) })
}

// TestTheSignersTokenOpensNothingElse: whoever has it is the scrutineers' signer of one election, and nobody without it is.
func TestTheSignersTokenOpensNothingElse(t *testing.T) {
	each(t, func(h *house) {
		for _, bearer := range []string{"", "Bearer ", "Bearer nonsense", "Bearer abc.def"} {
			for _, ask := range []string{"GET /signer", "PUT /signer/keys", "GET /signer/copy", "GET /opener", "GET /opener/ordinary", "POST /opener/ordinary"} {
				method, path, _ := strings.Cut(ask, " ")
				r := httptest.NewRequestWithContext(t.Context(), method, "https://folkmoot.example"+path, strings.NewReader("{}"))
				if bearer != "" {
					r.Header.Set("Authorization", bearer)
				}
				w := httptest.NewRecorder()
				h.site.Handler().ServeHTTP(w, r)
				if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
					t.Errorf("%s with %q: %d %s", ask, bearer, w.Code, w.Body)
				}
			}
		}
	}, atBase)
}
