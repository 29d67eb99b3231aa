package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/billing/practice"
	"folkmoot/governance/board"
	"folkmoot/governance/contribution"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
	"folkmoot/templates/text"
)

const (
	maxBody  = "64K"            // of any request; frames of the web socket have a limit of their own
	patience = 15 * time.Second // for the answer to a page or an API request
)

// csp lets in what we serve ourselves and nothing else: no inline script, no inline style, no other host.
// 'wasm-unsafe-eval' lets the client compile WebAssembly; it does not allow eval.
const csp = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; " +
	"img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// headers sets what every answer carries. Pages are never stored by anybody; assets say otherwise themselves.
func headers(production bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", csp)
			h.Set("X-Content-Type-Options", "nosniff")
			// Not no-referrer: browsers then send "Origin: null" with our own forms.
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()")
			h.Set("Cache-Control", "no-store")
			if production {
				h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
			}
			return next(c)
		}
	}
}

// logged writes one line a request: what kind, what came of it, how long. Never who, what or with which query.
func (s *Site) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, id, ctx := time.Now(), rand.Text(), c.Request().Context()
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		status := c.Response().Status
		log := s.Log.With("route", c.Path(), "method", method(c), "status", status, "ms", time.Since(began).Milliseconds(), "request", id)
		left := errors.Is(err, context.Canceled) && ctx.Err() != nil // the visitor went away: nobody's fault
		if status >= http.StatusInternalServerError && !left {
			log.ErrorContext(ctx, "request failed", "error", err)
		} else {
			log.InfoContext(ctx, "request")
		}
		return nil
	}
}

// method keeps what a stranger invents out of the log.
func method(c echo.Context) string {
	switch m := c.Request().Method; m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	default:
		return "other"
	}
}

// recovered turns a panic into an error like any other, so that it is logged once and answered with a page.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// speaking gives the request the words of the visitor's language.
func speaking(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		c.SetRequest(r.WithContext(text.With(r.Context(), text.In(r.Header.Get("Accept-Language")))))
		c.Response().Header().Add("Vary", "Accept-Language")
		return next(c)
	}
}

// errCrossSite: another site's page sent the request, perhaps with our visitor's cookie.
var errCrossSite = errors.New("request from another site")

// sameSite refuses what another site's page sends, wherever a cookie could speak for somebody.
func (s *Site) sameSite(next echo.HandlerFunc) echo.HandlerFunc {
	guard := http.NewCrossOriginProtection()
	if s.Base != "" { // behind a proxy that rewrites Host, our own pages still come from here
		if err := guard.AddTrustedOrigin(s.Base); err != nil {
			panic(fmt.Sprintf("base address %q: %v", s.Base, err))
		}
	}
	return func(c echo.Context) error {
		if _, program := bearer(c); !program && !hooked(c) && guard.Check(c.Request()) != nil {
			return errCrossSite
		}
		return next(c)
	}
}

// show renders to a buffer first: a component that fails becomes a whole error page, not half of another.
func show(c echo.Context, status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(c.Request().Context(), &b); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	return c.HTMLBlob(status, b.Bytes())
}

// frame is what goes around a page.
func (s *Site) frame(c echo.Context) templates.Frame {
	_, in := visitor(c)
	return templates.Frame{
		Styles: s.asset("pages.css"), Mark: s.asset("mark.svg"), SignedIn: in, Officer: in && s.isOfficer(c), Here: c.Request().URL.Path,
		Part:      part(c.Request().URL.Path, in),
		Practised: s.practised(c), Contact: s.Contact,
	}
}

// part is the page in the menu from which a path is found. The books of the society are everybody's, and who is signed in has them beside their own.
func part(path string, in bool) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if in && first == "finances" {
		return "/you"
	}
	switch first {
	case "society", "elections", "meetings", "board", "proposals", "roadmap", "privacy", "finances", "how-far", "how-it-works", "contributors", "operators":
		return "/society"
	case "you", "membership", "impact", "join", "notices", "devices", "welcome", "contribute", "register", "treasury", "practice":
		return "/you"
	}
	return ""
}

func (s *Site) asset(name string) templates.Asset {
	if u, integrity, ok := s.Asset(name); ok {
		return templates.Asset{URL: u, Integrity: integrity}
	}
	return templates.Asset{}
}

// form reads what a page's form sent.
func form(c echo.Context) (url.Values, error) {
	if err := c.Request().ParseForm(); err != nil {
		if e := (*echo.HTTPError)(nil); errors.As(err, &e) {
			return nil, e // larger than maxBody
		}
		return nil, echo.NewHTTPError(http.StatusUnprocessableEntity).SetInternal(err)
	}
	return c.Request().PostForm, nil
}

// local keeps a path only if it leads nowhere but to this site, and has no page say that something was done.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return ""
	}
	if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }) { // browsers drop some: "/\t/elsewhere"
		return ""
	}
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return ""
	}
	if !claims(u) {
		return path
	}
	unsay(u)
	path, rest, _ := strings.Cut(path, "?") // and not what u makes of it: written anew, a path could lead elsewhere
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	if _, fragment, is := strings.Cut(rest, "#"); is {
		path += "#" + fragment
	}
	return path
}

// withNext is an address on this site that remembers where to go afterwards.
func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?" + url.Values{"next": {next}}.Encode()
}

// statusOf is how HTTP says what an error means. What it does not know is our fault.
func statusOf(err error) int {
	var (
		said    *echo.HTTPError
		tooMany *identity.TooManyError
	)
	switch {
	case errors.As(err, &said):
		return said.Code
	case errors.Is(err, errSignIn):
		return http.StatusUnauthorized
	case errors.Is(err, errCrossSite):
		return http.StatusForbidden
	case errors.Is(err, identity.ErrNoDevice), errors.Is(err, ErrNoInvitation),
		errors.Is(err, billing.ErrNoPayment), errors.Is(err, billing.ErrNoReceipt), errors.Is(err, practice.ErrNoSuchThing),
		errors.Is(err, errNoOffice), errors.Is(err, member.ErrNoMember), errors.Is(err, contribution.ErrNoLink), errors.Is(err, election.ErrNoElection),
		errors.Is(err, election.ErrNoContest), errors.Is(err, election.ErrNotIssued), errors.Is(err, board.ErrNoEntry), errors.Is(err, participation.ErrNoProposal),
		errors.Is(err, participation.ErrNoItem), errors.Is(err, participation.ErrNoBallot), errors.Is(err, participation.ErrNoPrivacyChange),
		errors.Is(err, meeting.ErrNoMeeting), errors.Is(err, meeting.ErrNoMotion), errors.Is(err, meeting.ErrNoAction): // whoever may not know is not told that it is there
		return http.StatusNotFound
	case errors.As(err, &tooMany), errors.Is(err, messaging.ErrTooManyAdds), errors.Is(err, errTooFast):
		return http.StatusTooManyRequests
	case errors.Is(err, messaging.ErrTooManyPeople), errors.Is(err, errNotProved):
		return http.StatusUnprocessableEntity
	case errors.Is(err, messaging.ErrNoMailbox), errors.Is(err, messaging.ErrHouseFull):
		return http.StatusServiceUnavailable
	case errors.Is(err, billing.ErrBusy), errors.Is(err, database.ErrFull), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// refuse answers an error: people get a page that says what to do, programs get JSON.
func (s *Site) refuse(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	// Whatever time the handler had is over; the page that says so still has to be written.
	c.SetRequest(c.Request().WithContext(context.WithoutCancel(c.Request().Context())))
	status := statusOf(err)
	if tooMany, ok := errors.AsType[*identity.TooManyError](err); ok {
		retryAfter(c, tooMany.RetryAfter)
	}
	if path := c.Request().URL.Path; strings.HasPrefix(path, "/api/") || path == "/ws" {
		s.refuseProgram(c, status)
		return
	}
	if status == http.StatusUnauthorized {
		next := ""
		if c.Request().Method == http.MethodGet || strings.HasPrefix(c.Path(), "/i/") {
			next = c.Request().URL.RequestURI()
		}
		_ = c.Redirect(http.StatusSeeOther, withNext("/sign-in", local(next)))
		return
	}
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		// No route, so nobody asked who this is. If that cannot be told, the page does without.
		_ = s.recognised(func(echo.Context) error { return nil })(c)
	}
	page := templates.Trouble{Frame: s.frame(c), Key: "problem." + troubleWords(status)}
	page.Here = "" // nothing in the menu is this page
	if status >= http.StatusInternalServerError {
		page.Reference = c.Response().Header().Get(echo.HeaderXRequestID)
	}
	if show(c, status, templates.TroublePage(page)) != nil {
		_ = c.NoContent(status)
	}
}

// troubleWords names the words for a status, or for the nearest one that has words.
func troubleWords(status int) string {
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge,
		http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return fmt.Sprintf("p%d", status)
	}
	if status < http.StatusInternalServerError {
		return "p422"
	}
	return "p500"
}

// refusals are the API's words for a status.
var refusals = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusUnauthorized:          "unauthorized",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnprocessableEntity:   "unprocessable",
	http.StatusTooManyRequests:       "too_many",
	http.StatusServiceUnavailable:    "unavailable",
}

func (s *Site) refuseProgram(c echo.Context, status int) {
	code, ok := refusals[status]
	if !ok {
		code = "internal"
		if status < http.StatusInternalServerError {
			code = "bad_request"
		}
	}
	words := text.T(c.Request().Context(), "api."+code)
	_ = c.JSON(status, map[string]string{"error": code, "message": words})
}

// retryAfter tells programs when to come back, in whole seconds, never zero.
func retryAfter(c echo.Context, wait time.Duration) {
	c.Response().Header().Set("Retry-After", fmt.Sprint(seconds(wait)))
}

// seconds and minutes round up: who waits that long has waited long enough.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }
func minutes(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }
