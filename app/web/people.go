package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates/text"
)

// personJSON is a messaging.Person as the API says it; docs/protocol.md describes it.
type personJSON struct {
	Account      string    `json:"account"`
	Conversation string    `json:"conversation"`
	Name         string    `json:"name"`
	Address      string    `json:"address"`
	Standing     string    `json:"standing"`
	Since        time.Time `json:"since"`
}

func asJSON(p messaging.Person) personJSON {
	standing := strings.ToLower(strings.TrimPrefix(p.Standing.String(), "STANDING_"))
	return personJSON{string(p.Account), p.Conversation, p.Name, p.Address, standing, p.Since.UTC()}
}

func (s *Site) me(c echo.Context) error {
	me := signedIn(c)
	return c.JSON(http.StatusOK, map[string]any{
		"account": me.Account, "device": me.Device, "name": me.Name, "society": messaging.SocietyAccount, "encrypted": false,
	})
}

func (s *Site) people(c echo.Context) error {
	people, err := s.Contacts.People(c.Request().Context(), signedIn(c).Account)
	if err != nil {
		return err
	}
	list := make([]personJSON, len(people))
	for i, p := range people {
		list[i] = asJSON(p)
	}
	return c.JSON(http.StatusOK, map[string]any{"people": list})
}

// addPerson answers the same for an address that somebody uses and for one that nobody does.
func (s *Site) addPerson(c echo.Context) error {
	var asked struct {
		Address string `json:"address"`
	}
	if err := json.NewDecoder(c.Request().Body).Decode(&asked); err != nil {
		return s.refuseWord(c, http.StatusBadRequest, "bad_request")
	}
	address, err := identity.ParseAddress(asked.Address)
	if err != nil {
		return s.refuseWord(c, http.StatusUnprocessableEntity, "bad_address")
	}
	person, err := s.Contacts.Add(c.Request().Context(), signedIn(c).Account, address)
	return s.answerPerson(c, person, err)
}

func (s *Site) acceptPerson(c echo.Context) error  { return s.with(c, s.Contacts.Accept) }
func (s *Site) declinePerson(c echo.Context) error { return s.with(c, s.Contacts.Decline) }
func (s *Site) blockPerson(c echo.Context) error   { return s.with(c, s.Contacts.Block) }
func (s *Site) unblockPerson(c echo.Context) error { return s.with(c, s.Contacts.Unblock) }
func (s *Site) removePerson(c echo.Context) error  { return s.with(c, s.Contacts.Remove) }

// with does something with the person whom the address names. What has not even the shape of an id is nobody, and not asked of
// a database: PostgreSQL knows no text with a zero byte in it.
func (s *Site) with(c echo.Context, do func(ctx context.Context, owner, account identity.AccountID) (messaging.Person, error)) error {
	account := c.Param("account")
	if !messaging.ValidID(account) {
		return s.refuseContact(c, messaging.ErrNobody)
	}
	person, err := do(c.Request().Context(), signedIn(c).Account, identity.AccountID(account))
	return s.answerPerson(c, person, err)
}

func (s *Site) answerPerson(c echo.Context, person messaging.Person, err error) error {
	if err != nil {
		return s.refuseContact(c, err)
	}
	return c.JSON(http.StatusOK, asJSON(person))
}

func (s *Site) refuseContact(c echo.Context, err error) error {
	switch {
	case errors.Is(err, messaging.ErrYourself):
		return s.refuseWord(c, http.StatusUnprocessableEntity, "yourself")
	case errors.Is(err, messaging.ErrNobody):
		return s.refuseWord(c, http.StatusNotFound, "nobody")
	case errors.Is(err, messaging.ErrTooManyPeople), errors.Is(err, messaging.ErrTooManyInvites):
		return s.refuseWord(c, http.StatusUnprocessableEntity, "too_many_kept")
	case errors.Is(err, messaging.ErrTooManyAdds):
		retryAfter(c, time.Hour)
		return s.refuseWord(c, http.StatusTooManyRequests, "too_many")
	}
	return err
}

func (s *Site) invite(c echo.Context) error {
	token, expires, err := s.Contacts.Invite(c.Request().Context(), signedIn(c).Account)
	if err != nil {
		return s.refuseContact(c, err)
	}
	return c.JSON(http.StatusOK, map[string]any{"link": s.Base + "/i/" + token, "expires": expires})
}

func (s *Site) refuseWord(c echo.Context, status int, word string) error {
	return c.JSON(status, map[string]string{"error": word, "message": text.T(c.Request().Context(), "api."+word)})
}
