package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"folkmoot/messaging/gateway"
)

// socket hands a signed-in device over to the gateway. Browsers send cookies with any page's web socket,
// so where a cookie speaks, the page must be ours.
func (s *Site) socket(c echo.Context) error {
	r := c.Request()
	if _, program := bearer(c); !program && !s.ownOrigin(r) {
		return errCrossSite
	}
	if !asks(r, gateway.Subprotocol) {
		return echo.NewHTTPError(http.StatusBadRequest).SetInternal(errors.New("no subprotocol of ours was asked for"))
	}
	if err := s.Gateway.Serve(c.Response(), r, tokenOf(c), signedIn(c)); err != nil && !c.Response().Committed {
		return echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
	}
	return nil
}

func (s *Site) ownOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Host == "" {
		return false
	}
	return origin.Host == r.Host || s.Base != "" && origin.Scheme+"://"+origin.Host == s.Base
}

func asks(r *http.Request, protocol string) bool {
	offered := strings.Split(r.Header.Get("Sec-WebSocket-Protocol"), ",")
	return slices.ContainsFunc(offered, func(p string) bool { return strings.TrimSpace(p) == protocol })
}
