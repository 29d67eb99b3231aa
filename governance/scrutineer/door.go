package scrutineer

import (
	"encoding/json"
	"errors"
	"net/http"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
	"folkmoot/internal/mail"
)

const largestAsked = 8 << 10

// Handler answers voters' clients, which come from the society's pages. It logs no request: who asked when is nobody's business.
func (s *Signer) Handler(drop *mail.Maildrop) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sign", s.sign)
	mux.HandleFunc("POST /status", s.status)
	mux.HandleFunc("POST /code", s.code)
	mux.HandleFunc("GET /issued", s.issued)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, map[string]bool{"ready": true}) })
	if drop != nil {
		mux.HandleFunc("GET /maildrop", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, drop.Letters()) })
	}
	return s.across(mux)
}

// across lets in the society's pages, and nobody who bears a cookie.
func (s *Signer) across(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Vary", "Origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if r.Header.Get("Origin") == s.Society {
			h.Set("Access-Control-Allow-Origin", s.Society)
			h.Set("Access-Control-Allow-Headers", "Content-Type")
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Max-Age", "600")
		}
		switch {
		case r.Method == http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		case r.Header.Get("Cookie") != "":
			refuse(w, http.StatusBadRequest, "cookie", "this host takes no cookies")
		default:
			r.Body = http.MaxBytesReader(w, r.Body, largestAsked)
			next.ServeHTTP(w, r)
		}
	})
}

func asked(w http.ResponseWriter, r *http.Request) (a Asked, ok bool) {
	in := json.NewDecoder(r.Body)
	if err := in.Decode(&a); err != nil {
		refuse(w, http.StatusBadRequest, "bad_request", "that is no question that the signer understands")
		return a, false
	}
	return a, true
}

func (s *Signer) sign(w http.ResponseWriter, r *http.Request) {
	a, ok := asked(w, r)
	if !ok {
		return
	}
	signature, err := s.Sign(r.Context(), a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string][]byte{"signature": signature})
}

func (s *Signer) status(w http.ResponseWriter, r *http.Request) {
	a, ok := asked(w, r)
	if !ok {
		return
	}
	signed, err := s.Signed(r.Context(), a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, map[string]bool{"signed": signed})
}

func (s *Signer) code(w http.ResponseWriter, r *http.Request) {
	var a struct {
		Contest ballot.Contest `json:"contest"`
		Member  member.ID      `json:"member"`
	}
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		refuse(w, http.StatusBadRequest, "bad_request", "that is no question that the signer understands")
		return
	}
	if err := s.MailAgain(r.Context(), a.Contest, a.Member); err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]bool{"asked": true})
}

func (s *Signer) issued(w http.ResponseWriter, r *http.Request) {
	all, err := s.Counts(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*") // for anybody to see
	answer(w, http.StatusOK, map[string]any{"contests": all})
}

// fail answers what a rule refuses with its words, and what broke with none.
func (s *Signer) fail(w http.ResponseWriter, r *http.Request, err error) {
	for _, known := range []struct {
		err    error
		status int
		kind   string
	}{
		{ErrUnknown, http.StatusNotFound, "unknown"},
		{ErrClosed, http.StatusConflict, "closed"},
		{ErrWrongCode, http.StatusForbidden, "wrong_code"},
		{ErrOtherKey, http.StatusConflict, "other_key"},
		{ballot.ErrBadBlinded, http.StatusBadRequest, "bad_request"},
	} {
		if errors.Is(err, known.err) {
			refuse(w, known.status, known.kind, known.err.Error())
			return
		}
	}
	s.Log.ErrorContext(r.Context(), "the signer failed", "error", err)
	refuse(w, http.StatusInternalServerError, "broken", "something broke here; nothing is lost, ask again")
}

func refuse(w http.ResponseWriter, status int, kind, words string) {
	answer(w, status, map[string]string{"error": words, "kind": kind})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever went away hears nothing
}
