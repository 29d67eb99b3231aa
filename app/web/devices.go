package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) devices(c echo.Context) error {
	me := signedIn(c)
	all, err := s.Accounts.Devices(c.Request().Context(), me.Account)
	if err != nil {
		return err
	}
	page := templates.Devices{Frame: s.frame(c), Name: me.Name}
	slices.SortStableFunc(all, func(a, b identity.Device) int {
		if a.ID == me.Device || b.ID == me.Device {
			return cmp.Compare(boolInt(b.ID == me.Device), boolInt(a.ID == me.Device))
		}
		return b.LastSeen.Compare(a.LastSeen)
	})
	for _, d := range all {
		line := s.deviceLine(d, me)
		if !d.Revoked {
			page.Devices = append(page.Devices, line)
			continue
		}
		page.Past = append(page.Past, line)
		if line.ID == c.QueryParam("removed") {
			page.Done = line.Name
		}
	}
	return show(c, http.StatusOK, templates.DevicesPage(page))
}

func (s *Site) deviceLine(d identity.Device, me identity.Session) templates.Device {
	return templates.Device{
		ID: string(d.ID), Name: d.Name, This: d.ID == me.Device, SignedIn: d.SignedIn,
		DaysAgo: daysBetween(d.LastSeen, s.Now()), Added: calendar.On(d.Since),
	}
}

// daysBetween counts midnights in UTC: the page has no clock of the visitor's.
func daysBetween(then, now time.Time) int {
	day := func(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
	return max(0, int(day(now).Sub(day(then))/(24*time.Hour)))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// askRevoke asks once more, on a page of its own, so that it works without a script.
func (s *Site) askRevoke(c echo.Context) error {
	d, err := s.ownDevice(c)
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.RevokePage(templates.Revoke{
		Frame: s.frame(c), ID: string(d.ID), Name: d.Name, This: d.ID == signedIn(c).Device,
	}))
}

func (s *Site) ownDevice(c echo.Context) (identity.Device, error) {
	all, err := s.Accounts.Devices(c.Request().Context(), signedIn(c).Account)
	if err != nil {
		return identity.Device{}, err
	}
	for _, d := range all {
		if string(d.ID) == c.Param("id") && !d.Revoked {
			return d, nil
		}
	}
	return identity.Device{}, identity.ErrNoDevice
}

func (s *Site) revoke(c echo.Context) error {
	me, id := signedIn(c), identity.DeviceID(c.Param("id"))
	if !messaging.ValidID(string(id)) { // PostgreSQL knows no text with a zero byte in it
		return identity.ErrNoDevice
	}
	if err := s.Accounts.Revoke(c.Request().Context(), me.Account, id); err != nil {
		return err
	}
	if id == me.Device {
		forget(c, sessionCookie)
		forget(c, deviceCookie)
		return c.Redirect(http.StatusSeeOther, signedOut)
	}
	return c.Redirect(http.StatusSeeOther, "/devices?"+url.Values{"removed": {string(id)}}.Encode())
}

// deviceName is what a person would call their browser: enough to know it again in a list, and no more of what it says of itself.
func deviceName(agent string) string {
	browser := firstNamed(agent, []sign{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := firstNamed(agent, []sign{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "Chromebook"}, {"Linux", "Linux"}})
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

type sign struct{ in, means string }

func firstNamed(agent string, signs []sign) string {
	for _, s := range signs {
		if strings.Contains(agent, s.in) {
			return s.means
		}
	}
	return ""
}
