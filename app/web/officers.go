package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/templates"
)

func (s *Site) officers(c echo.Context) error {
	return s.showOfficers(c, http.StatusOK, s.desk(c))
}

func (s *Site) showOfficers(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	all, err := s.Officers.List(ctx)
	if err != nil {
		return err
	}
	names, err := s.officerNames(ctx, all)
	if err != nil {
		return err
	}
	d.Here = "/register/officers"
	page := templates.RegisterOfficers{Desk: d}
	for _, o := range all {
		line := templates.Officer{
			Office: o, Name: called(names, o.Account), ProposedName: called(names, o.ProposedBy), EndAskedName: called(names, o.EndAskedBy),
			Mine: o.Account == me, Waits: o.Waits(me), Asked: o.EndAskedBy == me,
		}
		if o.Until.IsZero() {
			page.Open = append(page.Open, line)
		} else {
			page.Former = append(page.Former, line)
		}
	}
	return show(c, status, templates.RegisterOfficersPage(page))
}

func (s *Site) officerNames(ctx context.Context, all []member.Office) (map[identity.AccountID]string, error) {
	var ids []identity.AccountID
	for _, o := range all {
		ids = append(ids, o.Account, o.ProposedBy, o.EndAskedBy)
	}
	return s.Accounts.Names(ctx, ids)
}

// called is what an account is called; who has no name yet goes by their id, and nobody by none.
func called(names map[identity.AccountID]string, id identity.AccountID) string {
	if name := names[id]; name != "" {
		return name
	}
	return string(id)
}

var errNobodyThere = errors.New("nobody has signed in with that address")

// whoSignsIn is the account that signs in with an address. identity.ErrBadAddress, errNobodyThere.
func (s *Site) whoSignsIn(ctx context.Context, typed string) (identity.AccountID, error) {
	address, err := identity.ParseAddress(typed)
	if err != nil {
		return "", err
	}
	account, err := s.Accounts.Reserve(ctx, address)
	if err != nil {
		return "", err
	}
	open, err := s.Accounts.Open(ctx, account)
	if err == nil && !open {
		err = errNobodyThere
	}
	return account, err
}

func (s *Site) proposeOfficer(c echo.Context) error {
	return s.onOffice(c, "officers.propose", func(ctx context.Context, f url.Values) error {
		account, err := s.whoSignsIn(ctx, f.Get("address"))
		if err != nil {
			return err
		}
		_, err = s.Officers.Propose(ctx, signedIn(c).Account, account, member.Role(f.Get("role")), f.Get("why"))
		return err
	})
}

func (s *Site) confirmOfficer(c echo.Context) error {
	return s.onOffice(c, "", func(ctx context.Context, _ url.Values) error {
		return s.Officers.Confirm(ctx, signedIn(c).Account, c.Param("id"), "")
	})
}

func (s *Site) withdrawOfficer(c echo.Context) error {
	return s.onOffice(c, "officers.withdraw", func(ctx context.Context, f url.Values) error {
		return s.Officers.Withdraw(ctx, signedIn(c).Account, c.Param("id"), f.Get("why_"+c.Param("id")))
	})
}

func (s *Site) onOffice(c echo.Context, which string, do func(ctx context.Context, f url.Values) error) error {
	if id := c.Param("id"); id != "" && !messaging.ValidID(id) {
		return errNoOffice
	}
	amiss := func(err error) (field, words string, ok bool) {
		field, words, ok = amiss(err, which)
		if which == "officers.withdraw" && field == "" && (errors.Is(err, member.ErrNoWhy) || errors.Is(err, member.ErrBadWords)) {
			field = "why_" + c.Param("id")
		}
		return field, words, ok
	}
	return s.filled(c, "/register/officers?done="+deedOf(c.Path()), which, amiss, s.showOfficers, do)
}
