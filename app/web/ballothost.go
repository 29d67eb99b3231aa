package web

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
)

// ballotPrefix is put before the site's host: ballots are cast where no cookie of ours ever goes.
const ballotPrefix = "ballot."

// ballotBase is the address of the ballot host, as in https://ballot.folkmoot.example.
func (s *Site) ballotBase() string {
	at, err := url.Parse(s.Base)
	if err != nil {
		return ""
	}
	return at.Scheme + "://" + ballotPrefix + at.Host
}

// isBallotHost reports whether a request came by the ballot host's name.
func (s *Site) isBallotHost(host string) bool {
	at, err := url.Parse(s.ballotBase())
	if err != nil {
		return false
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.EqualFold(host, at.Hostname())
}

// byHost sends what is for the ballot box there, and all else to the site.
func (s *Site) byHost(site http.Handler) http.Handler {
	ballots := s.ballotHost()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.isBallotHost(r.Host) {
			ballots.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// checksAtOnce is how many casts are checked at once; others wait their turn.
const checksAtOnce = 64

// ballotHost is the host on which ballots are cast and the public log is read. It logs no request, measures none, keeps no address and takes no
// cookie: who came when from where is nowhere written down.
func (s *Site) ballotHost() http.Handler {
	e := echo.New()
	e.HideBanner = true
	e.HTTPErrorHandler = s.refuseBallot
	e.Use(recovered, headers(s.Production), s.acrossHosts, middleware.BodyLimit(maxBody), middleware.ContextTimeout(patience))
	busy := make(chan struct{}, checksAtOnce)
	e.POST("/cast", func(c echo.Context) error {
		var cast ballot.Cast
		if err := readJSON(c, &cast); err != nil { // first: whoever sends slowly takes nobody's place
			return s.refuseVoter(c, err)
		}
		select {
		case busy <- struct{}{}:
		case <-c.Request().Context().Done():
			retryAfter(c, time.Second)
			return echo.NewHTTPError(http.StatusServiceUnavailable)
		}
		defer func() { <-busy }()
		return s.cast(c, cast)
	})
	e.GET("/contests/:contest/casts/:key", s.lastCast)
	e.GET("/contests/:contest/proof/:entry", s.proof)
	e.GET("/contests/:contest/log/*", s.logFile)
	return e
}

// acrossHosts lets in the society's pages, which bear nothing that says whose they are, and refuses whoever bears a cookie.
func (s *Site) acrossHosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, h := c.Request(), c.Response().Header()
		h.Set("Vary", "Origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if r.Header.Get("Origin") == s.Base {
			h.Set("Access-Control-Allow-Origin", s.Base)
			h.Set("Access-Control-Allow-Headers", "Content-Type")
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Max-Age", "600")
		}
		if r.Method == http.MethodOptions {
			return c.NoContent(http.StatusNoContent)
		}
		if r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" {
			return c.JSON(http.StatusBadRequest, map[string]string{"error": "this host takes nothing that says who you are", "kind": "cookie"})
		}
		return next(c)
	}
}

// refuseBallot answers what went wrong, and logs only what broke here: the error, and nothing of the request.
func (s *Site) refuseBallot(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status, kind, words := http.StatusInternalServerError, "broken", "something broke here; nothing is lost, try again"
	if asked, ok := errors.AsType[*echo.HTTPError](err); ok {
		status, kind, words = asked.Code, "bad_request", http.StatusText(asked.Code)
		switch {
		case status == http.StatusNotFound:
			kind = "unknown"
		case status >= http.StatusInternalServerError:
			kind = "busy"
		}
	}
	if status == http.StatusInternalServerError {
		s.Log.Error("the ballot host failed", "error", err)
	}
	_ = c.JSON(status, map[string]string{"error": words, "kind": kind})
}

func (s *Site) cast(c echo.Context, cast ballot.Cast) error {
	receipt, err := s.Polls.Box().Cast(c.Request().Context(), cast)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, map[string]any{"receipt": receipt, "entry": cast.Entry()})
}

// digest is one that the address names.
func digest(c echo.Context, name string) (d ballot.Digest, err error) {
	if d.UnmarshalText([]byte(c.Param(name))) != nil {
		err = echo.ErrNotFound
	}
	return d, err
}

// lastCast tells whoever has a voter key what was last cast with it, and where the public log has it.
func (s *Site) lastCast(c echo.Context) error {
	ctx := c.Request().Context()
	contest, err := digest(c, "contest")
	if err != nil {
		return err
	}
	key, err := digest(c, "key")
	if err != nil {
		return err
	}
	is, err := s.Polls.Box().Standing(ctx, contest, key)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	answer := map[string]any{"sequence": is.Sequence, "receipt": is.Receipt, "entry": is.Entry, "index": nil}
	if is.Logged {
		at, in, err := s.Polls.Logged(ctx, contest, is.Entry)
		if err != nil && !errors.Is(err, election.ErrElsewhere) {
			return s.refuseVoter(c, err)
		}
		if in {
			answer["index"] = at
		}
	}
	return c.JSON(http.StatusOK, answer)
}

func (s *Site) proof(c echo.Context) error {
	contest, err := digest(c, "contest")
	if err != nil {
		return err
	}
	entry, err := digest(c, "entry")
	if err != nil {
		return err
	}
	p, err := s.Polls.Proof(c.Request().Context(), contest, entry)
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.JSON(http.StatusOK, p)
}

func (s *Site) logFile(c echo.Context) error {
	contest, err := digest(c, "contest")
	if err != nil {
		return err
	}
	file, err := s.Polls.LogFileNamed(c.Request().Context(), contest, c.Param("*"))
	if errors.Is(err, election.ErrNoFile) {
		return echo.ErrNotFound
	}
	if err != nil {
		return s.refuseVoter(c, err)
	}
	return c.File(file)
}
