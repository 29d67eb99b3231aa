package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// SaidFor is how long a browser may take to come to the page that tells what was done: it may be by way of a provider's page.
const SaidFor = time.Hour

// sayings are the parts of an address that have a page say what was done.
var sayings = []string{"said", "done", "removed", "moved"}

// saidOnce lets a page say what was done only to whom we led there, and once: the same address in a link would have it claim what nobody did.
func saidOnce(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if u := c.Request().URL; claims(u) {
			if cookie(c, saidCookie) != url.QueryEscape(u.RequestURI()) {
				unsay(u)
			} else if c.Request().Method == http.MethodGet {
				forget(c, saidCookie)
			}
		}
		c.Response().Before(func() {
			to, err := url.Parse(c.Response().Header().Get(echo.HeaderLocation))
			if err == nil && c.Response().Status == http.StatusSeeOther && claims(to) && strings.HasPrefix(to.Path, "/") {
				maySay(c, to.RequestURI())
			}
		})
		return next(c)
	}
}

// maySay lets the page at an address say once what was done.
func maySay(c echo.Context, address string) {
	keep(c, saidCookie, url.QueryEscape(address), SaidFor)
}

func claims(u *url.URL) bool { return slices.ContainsFunc(sayings, u.Query().Has) }

func unsay(u *url.URL) {
	rest := u.Query()
	for _, s := range sayings {
		rest.Del(s)
	}
	u.RawQuery = rest.Encode()
}
