package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/internal/calendar"
	"folkmoot/templates"
	"folkmoot/templates/pdf"
)

func (s *Site) certificate(c echo.Context) error {
	e, i, err := s.issued(c)
	if err != nil {
		return err
	}
	body, err := s.certificateBody(c.Request().Context(), e, i)
	if err != nil {
		return err
	}
	d := s.public(c, "")
	page := templates.CertificateView{Desk: d, Election: e, Body: body, Complete: i.Complete()}
	page.Here = ""
	if page.Versions, err = s.versions(c, e); err != nil {
		return err
	}
	return show(c, http.StatusOK, templates.CertificatePage(page))
}

// issued is the certificate that the address names: the version that it asks for, or the result. One that has not all its signatures is there
// only for those who handle papers. ErrNotIssued.
func (s *Site) issued(c echo.Context) (e election.Election, i election.Issue, err error) {
	ctx := c.Request().Context()
	if e, err = s.electionOf(c); err != nil {
		return e, i, err
	}
	wanted := c.QueryParam("version")
	if wanted == "" {
		i, err = s.Polls.Result(ctx, e.ID)
		return e, i, err
	}
	all, err := s.Polls.Issues(ctx, e.ID)
	if err != nil {
		return e, i, err
	}
	for _, one := range all {
		if strconv.Itoa(one.Version) != wanted {
			continue
		}
		if !one.Complete() {
			if handles, err := s.handlesPapers(c, e); err != nil || !handles {
				return e, i, election.ErrNotIssued
			}
		}
		return e, one, nil
	}
	return e, i, election.ErrNotIssued
}

// versions are the numbers of all versions that the visitor may see.
func (s *Site) versions(c echo.Context, e election.Election) (numbers []int, err error) {
	all, err := s.Polls.Issues(c.Request().Context(), e.ID)
	if err != nil {
		return nil, err
	}
	handles, err := s.handlesPapers(c, e)
	for _, i := range all {
		if handles || i.Complete() {
			numbers = append(numbers, i.Version)
		}
	}
	return numbers, err
}

// certificateBody is a certificate in the words of its page.
func (s *Site) certificateBody(ctx context.Context, e election.Election, i election.Issue) (v templates.Certificate, err error) {
	file, err := s.Polls.File(i)
	if err != nil {
		return v, err
	}
	book, err := election.RuleBookOn(i.Notice)
	if err != nil {
		return v, err
	}
	v = templates.Certificate{
		Title: i.Title, Election: i.Election, Version: i.Version, Why: i.Why, RuleBook: i.RuleBook, Notice: i.Notice, PollOpens: i.PollOpened, PollCloses: i.PollClosed,
		RollVersion: i.RollVersion, RollSHA256: i.RollHash, FilesSHA256: i.FilesHash, Society: s.Polls.Key(), SHA256: election.StatementHash(file), IssuedAt: i.IssuedAt(), TermsBegin: i.TermsBegin, Resolution: i.Resolution,
	}
	if i.Complete() {
		own := e
		own.CertifiedAt = i.IssuedAt()
		v.ChallengeUntil, v.TermsBegin = own.ChallengesUntil(book), own.TermsFrom(book)
	}
	for _, signed := range i.Signatures {
		duty := templates.DutyScrutineer
		if signed.Returns() {
			duty = templates.DutyReturning
		}
		v.Signatures = append(v.Signatures, templates.CertificateSignature{Name: signed.Name, Duty: duty, At: signed.At})
	}
	for _, class := range i.Classes {
		of, err := s.certifiedClass(ctx, i, class)
		if err != nil {
			return v, err
		}
		v.Voters += class.Voters
		v.Classes = append(v.Classes, of)
	}
	return v, nil
}

func (s *Site) certifiedClass(ctx context.Context, i election.Issue, class election.CertifiedClass) (of templates.CertifiedClass, err error) {
	of = templates.CertifiedClass{
		Class: class.Class, Seats: class.Seats, Unopposed: class.Outcome == election.OutcomeUnopposed, Voters: class.Voters, Ceased: class.Ceased, Issued: class.Issued,
		Returned: class.Received, Papers: class.Papers, Spoiled: class.Spoiled, Valid: class.Valid, Differed: class.Differed, Rule: i.Rule, Quota: class.Quota,
		Manifest: class.Manifest, PapersSHA256: class.PapersHash, Reopened: class.Reopened, Vacant: class.Unfilled - class.Reopened, Spoilt: spoilt(ctx, class), Online: class.Online,
	}
	if class.Beacon != nil {
		of.BeaconChain, of.BeaconRound, of.Beacon = class.Beacon.Chain, class.Beacon.Round, class.Beacon.Value
	}
	for _, o := range class.Candidates {
		if o.Struck != "" {
			of.Withdrawn = append(of.Withdrawn, o.Name)
		}
	}
	told, err := s.resultOf(ctx, i, class)
	if i.Resolution != nil {
		of.Motion, of.Yes, of.No = true, told.Yes, told.No
		return of, err
	}
	of.Elected, of.Count = told.Seated, told.Count
	return of, err
}

func (s *Site) certificatePaper(c echo.Context) error {
	e, i, err := s.issued(c)
	if err != nil {
		return err
	}
	body, err := s.certificateBody(c.Request().Context(), e, i)
	if err != nil {
		return err
	}
	file, err := pdf.Certificate(c.Request().Context(), body)
	if err != nil {
		return err
	}
	return download(c, "folkmoot-certificate-"+calendar.On(i.MadeAt).String()+".pdf", file)
}

func (s *Site) certificateFile(c echo.Context) error {
	_, i, err := s.issued(c)
	if err != nil {
		return err
	}
	if !i.Complete() {
		return election.ErrNotIssued // nobody should keep for the result what is none yet
	}
	file, err := s.Polls.File(i)
	if err != nil {
		return err
	}
	return download(c, "folkmoot-certificate-"+calendar.On(i.MadeAt).String()+".json", file)
}
