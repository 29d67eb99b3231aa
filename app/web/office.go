package web

import (
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
)

// errNoOffice answers whoever does not hold the office that a page is for. It does not tell which.
var errNoOffice = errors.New("the page is for officers")

const officesKey = "offices"

// office lets in who holds one of these offices now, behind signedInOnly. It asks at every request: an office that was withdrawn is over.
func (s *Site) office(roles ...member.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := s.hasOffice(c, roles); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// hasOffice notes for the handlers what the visitor holds. errNoOffice when it is none of these.
func (s *Site) hasOffice(c echo.Context, roles []member.Role) error {
	held, err := s.Officers.Offices(c.Request().Context(), signedIn(c).Account)
	if err != nil {
		return err
	}
	c.Set(officesKey, held)
	if !slices.ContainsFunc(held, func(r member.Role) bool { return slices.Contains(roles, r) }) {
		return errNoOffice
	}
	return nil
}

// isOfficer reports whether the menu leads the visitor to the pages of officers. They ask for themselves, so a fault here costs a link.
func (s *Site) isOfficer(c echo.Context) bool {
	held, err := s.Officers.Offices(c.Request().Context(), signedIn(c).Account)
	return err == nil && len(held) > 0
}

// offices are what the visitor holds, behind office.
func offices(c echo.Context) []member.Role {
	held, _ := c.Get(officesKey).([]member.Role)
	return held
}

// as is the first of these offices that the visitor holds: the one in which they act.
func as(c echo.Context, roles ...member.Role) member.Role {
	for _, r := range roles {
		if slices.Contains(offices(c), r) {
			return r
		}
	}
	return ""
}
