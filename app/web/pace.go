package web

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"folkmoot/internal/identity"
)

// How fast one account may use the API, all its devices together. Adding people has a limit of its own (messaging.MaxAddsPerHour).
const (
	asksPerSecond = 5
	askBurst      = 60
)

// errTooFast: the answer says when to come back.
var errTooFast = errors.New("too many requests of one account")

// paces knows how fast accounts ask, in this process. It keeps those that asked in the last twelve seconds and,
// beyond fewPaces, at most as many others.
type paces struct {
	now func() time.Time

	mu       sync.Mutex
	accounts map[identity.AccountID]*rate.Limiter // guarded by mu
	crowded  int                                  // guarded by mu: at so many, those who have rested are forgotten
}

const fewPaces = 1000 // not worth forgetting

func newPaces(now func() time.Time) *paces {
	return &paces{now: now, accounts: map[identity.AccountID]*rate.Limiter{}, crowded: fewPaces}
}

// whoever has a pace kept by those who are signed in; a stranger's page asks nobody anything.
func whoever(paced echo.MiddlewareFunc) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		kept := paced(next)
		return func(c echo.Context) error {
			if _, in := visitor(c); in {
				return kept(c)
			}
			return next(c)
		}
	}
}

// wait is how long an account has to wait before it may ask; with zero, it has asked.
func (p *paces) wait(account identity.AccountID) time.Duration {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	pace := p.accounts[account]
	if pace == nil {
		if len(p.accounts) >= p.crowded {
			p.forget(now)
		}
		pace = rate.NewLimiter(asksPerSecond, askBurst)
		p.accounts[account] = pace
	}
	allowed := pace.ReserveN(now, 1)
	wait := allowed.DelayFrom(now)
	if wait > 0 {
		allowed.CancelAt(now)
	}
	return wait
}

// forget drops those of whom it gives nothing away.
func (p *paces) forget(now time.Time) {
	maps.DeleteFunc(p.accounts, func(_ identity.AccountID, pace *rate.Limiter) bool { return pace.TokensAt(now) >= askBurst })
	p.crowded = max(fewPaces, 2*len(p.accounts))
}

// paced has who asks too fast wait, before anything is asked of the domain. It goes behind signedInOnly.
func (s *Site) paced() echo.MiddlewareFunc {
	all := newPaces(s.Now)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if wait := all.wait(signedIn(c).Account); wait > 0 {
				retryAfter(c, wait)
				return errTooFast
			}
			return next(c)
		}
	}
}
