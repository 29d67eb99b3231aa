package web

import (
	"errors"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
)

// errNoOffice answers whoever does not hold the office that a page is for. It does not tell which.
var errNoOffice = errors.New("the page is for officers")

// office lets in who holds one of these offices now, behind signedInOnly. It asks at every request: an office that was withdrawn is over.
func (s *Site) office(roles ...member.Role) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			for _, role := range roles {
				holds, err := s.Officers.Holds(c.Request().Context(), signedIn(c).Account, role)
				if err != nil {
					return err
				}
				if holds {
					return next(c)
				}
			}
			return errNoOffice
		}
	}
}
