package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"folkmoot/templates"
	"folkmoot/templates/text"
)

// privacyVersion is the hash of the register in the language that it is written in.
func (s *Site) privacyVersion() (string, error) {
	return templates.PrivacyVersion(templates.PrivacyKinds(text.In(), s.Held))
}

const shownOfVersion = 12 // digits: enough to tell two apart

func (s *Site) privacy(c echo.Context) error {
	version, err := s.privacyVersion()
	if err != nil {
		return err
	}
	page := templates.Privacy{
		Frame: s.frame(c), Version: version[:shownOfVersion],
		Groups: templates.PrivacyGroups(templates.PrivacyKinds(text.From(c.Request().Context()), s.Held)),
	}
	return show(c, http.StatusOK, templates.PrivacyPage(page))
}

// privacyFile is the register for programs.
func (s *Site) privacyFile(c echo.Context) error {
	version, err := s.privacyVersion()
	if err != nil {
		return err
	}
	return c.JSONPretty(http.StatusOK, struct {
		Version string                  `json:"version"`
		Kinds   []templates.PrivacyKind `json:"kinds"`
	}{version, templates.PrivacyKinds(text.In(), s.Held)}, "  ")
}
