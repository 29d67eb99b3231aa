package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

// pollSaid are the words for what was done before the page is shown again.
var pollSaid = map[string]string{
	"received": "polling.said_received", "unmarked": "polling.said_unmarked", "emptied": "polling.said_emptied", "heard": "polling.said_heard", "struck": "polling.said_struck",
	"decided": "polling.said_decided", "certified": "polling.said_certified", "signed": "polling.said_signed", "entered": "polling.said_entered",
	"declared": "polling.said_declared", "tendered": "polling.said_tendered",
}

func (s *Site) pollWork(c echo.Context) error {
	d := s.public(c, "")
	d.Said = pollSaid[c.QueryParam("said")]
	return s.showPollWork(c, http.StatusOK, d)
}

func (s *Site) showPollWork(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	d.Here = ""
	page := templates.PollWork{Desk: d, Election: e, State: e.State(s.Now()), Returns: me == e.Returning}
	page.Watches = !page.Returns && e.Runs(me)
	if page.Classes, err = s.pollsOf(ctx, e); err != nil {
		return err
	}
	versions, err := s.Polls.Issues(ctx, e.ID)
	if err != nil {
		return err
	}
	if len(versions) > 0 {
		page.Newest, page.Signed = &versions[0], versions[0].Signed(me)
	}
	if page.Tendered, err = s.tendered(ctx, me, e); err != nil {
		return err
	}
	if page.Recounting, err = s.Polls.Recounting(ctx, e.ID); err != nil {
		return err
	}
	err = s.Polls.Ready(ctx, e.ID)
	page.MayCount = err == nil
	if err != nil && !errors.Is(err, election.ErrNotCounted) && !errors.Is(err, election.ErrNoValue) && !errors.Is(err, election.ErrNoContest) &&
		!errors.Is(err, election.ErrNotIssuedYet) {
		return err
	}
	return show(c, status, templates.PollWorkPage(page))
}

// tendered are the ballots that were tendered to voters, with their names.
func (s *Site) tendered(ctx context.Context, me identity.AccountID, e election.Election) ([]templates.TenderedTo, error) {
	all, err := s.Polls.Tendered(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	named := make([]templates.TenderedTo, len(all))
	for i, t := range all {
		m, err := s.Register.Look(ctx, me, t.Member)
		if err != nil {
			return nil, err
		}
		named[i] = templates.TenderedTo{Tendered: t, Name: m.Name}
	}
	return named, nil
}

// amissInPoll says in which field of a form about papers an error is, and in which words. at is the form's first field, why that of its reason.
func amissInPoll(err error, at, why string) (field, words string, ok bool) {
	return fault(err, []faulty{
		{errNoSuchMember, at, "polling.no_member"},
		{errNoNumber, at, "polling.no_number"},
		{errNoSigner, at, "polling.no_name"},
		{member.ErrNoWhy, why, "polling.no_words"},
		{member.ErrBadWords, why, "form.hidden"},
		{election.ErrNoPaper, at, "polling.no_paper"},
		{election.ErrReceived, at, "polling.received"},
		{election.ErrNotReceived, at, "polling.not_received"},
		{election.ErrCeased, at, "polling.ceased"},
		{election.ErrEmptied, "", "polling.emptied"},
		{election.ErrPollShut, "", "polling.shut"},
		{election.ErrPollOpen, "", "polling.still_open"},
		{election.ErrMorePapers, at, "polling.more_papers"},
		{election.ErrFewerPapers, at, "polling.fewer_papers"},
		{election.ErrNoFigure, at, "polling.no_figure"},
		{election.ErrNoSuchPaper, "", "polling.no_such_paper"},
		{election.ErrNotEmptied, "", "polling.no_such_paper"},
		{election.ErrEntered, "", "polling.entered"},
		{election.ErrAgreed, "", "polling.ruled"},
		{election.ErrRuled, "", "polling.ruled"},
		{election.ErrNotReturning, "", "polling.not_returning"},
		{election.ErrNotReader, "", "polling.not_reader"},
		{election.ErrReturningReads, "", "polling.returning_reads"},
		{election.ErrNotCounted, "", "polling.not_counted"},
		{election.ErrNoValue, "", "polling.no_value"},
		{election.ErrNoBeacon, at, "polling.no_beacon"},
		{election.ErrBeaconSilent, at, "polling.silent"},
		{election.ErrNoOne, at, "polling.no_one"},
		{election.ErrSeated, "", "polling.seated"},
		{election.ErrCertified, "", "polling.certified"},
		{election.ErrNotScrutineer, "", "polling.not_reader"},
		{election.ErrSignedAlready, "", "polling.signed_already"},
		{election.ErrOldCertificate, "", "polling.old"},
		{election.ErrCountedSince, "", "polling.counted_since"},
		{election.ErrNotLogged, "", "polling.not_logged"},
		{election.ErrNotIssuedYet, "", "polling.not_issued"},
		{election.ErrNotLost, at, "polling.not_lost"},
		{election.ErrTendered, at, "polling.tendered"},
	})
}

var (
	errNoNumber = errors.New("no number was typed")
	errNoSigner = errors.New("nobody signs without a name")
)

// onPoll does what a form of the page of papers asks, and shows it again. which is the form's key; at is its first field, why that of its reason.
func (s *Site) onPoll(c echo.Context, said, which, at, why string, do func(ctx context.Context, id string, f url.Values) error) error {
	e, err := s.electionOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInPoll(err, at, why) }
	return s.filled(c, "/elections/"+e.ID+"/poll/work?said="+said, which, amiss, s.showPollWork, func(ctx context.Context, f url.Values) error {
		return do(ctx, e.ID, f)
	})
}

func (s *Site) receiveEnvelope(c echo.Context) error {
	return s.onPoll(c, "received", "", "sender", "", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.theMember(ctx, f, "sender")
		if err != nil {
			return err
		}
		return s.Polls.Receive(ctx, signedIn(c).Account, id, m)
	})
}

func (s *Site) unmarkEnvelope(c echo.Context) error {
	return s.onPoll(c, "unmarked", "polling.unmark", "unmarked", "unmark_why", func(ctx context.Context, id string, f url.Values) error {
		m, err := s.theMember(ctx, f, "unmarked")
		if err != nil {
			return err
		}
		return s.Polls.Unmark(ctx, signedIn(c).Account, id, m, f.Get("unmark_why"))
	})
}

// theMember is memberCalled for a form that must name somebody. errNoSuchMember.
func (s *Site) theMember(ctx context.Context, f url.Values, field string) (member.ID, error) {
	m, err := s.memberCalled(ctx, f, field)
	if err == nil && m == "" {
		err = errNoSuchMember
	}
	return m, err
}

func (s *Site) emptyEnvelopes(c echo.Context) error {
	class, err := classOf(c)
	if err != nil {
		return err
	}
	field := "papers_" + string(class)
	return s.onPoll(c, "emptied", "emptied."+string(class), field, field+"_why", func(ctx context.Context, id string, f url.Values) error {
		papers, err := strconv.Atoi(f.Get(field))
		if err != nil {
			return errNoNumber
		}
		return s.Polls.Empty(ctx, signedIn(c).Account, id, class, papers, f.Get(field+"_why"))
	})
}

func (s *Site) hearBeacon(c echo.Context) error {
	return s.onPoll(c, "heard", "", "beacon", "", func(ctx context.Context, id string, f url.Values) error {
		return s.Polls.Hear(ctx, signedIn(c).Account, id, f.Get("beacon"))
	})
}

func (s *Site) strikeCandidate(c echo.Context) error {
	class, err := classOf(c)
	if err != nil {
		return err
	}
	field := "strike_" + string(class)
	return s.onPoll(c, "struck", "strike."+string(class), field+"-1", field+"_why", func(ctx context.Context, id string, f url.Values) error {
		number, err := strconv.Atoi(f.Get(field))
		if err != nil {
			return election.ErrNoOne
		}
		return s.Polls.Strike(ctx, signedIn(c).Account, id, class, number, f.Get(field+"_why"))
	})
}

func (s *Site) decidePaper(c echo.Context) error {
	class, err := classOf(c)
	if err != nil {
		return err
	}
	paper, err := strconv.Atoi(c.Param("paper"))
	if err != nil {
		return election.ErrNoContest
	}
	field := string(class) + "_" + strconv.Itoa(paper)
	return s.onPoll(c, "decided", "", field+"_1", field+"_why", func(ctx context.Context, id string, f url.Values) error {
		reading, err := s.typedReading(ctx, id, class, f, field)
		if err != nil {
			return err
		}
		return s.Polls.Decide(ctx, signedIn(c).Account, id, class, paper, reading, f.Get(field+"_why"))
	})
}

// decideAgain decides about any paper, when papers are counted again.
func (s *Site) decideAgain(c echo.Context) error {
	class, err := classOf(c)
	if err != nil {
		return err
	}
	field := "again_" + string(class)
	return s.onPoll(c, "decided", "again."+string(class), field+"_paper", field+"_why", func(ctx context.Context, id string, f url.Values) error {
		paper, err := strconv.Atoi(f.Get(field + "_paper"))
		if err != nil {
			return errNoNumber
		}
		reading, err := s.typedReading(ctx, id, class, f, field)
		if err != nil {
			return err
		}
		return s.Polls.Decide(ctx, signedIn(c).Account, id, class, paper, reading, f.Get(field+"_why"))
	})
}

// typedReading is what was typed into the boxes of a paper, whose fields' names begin with field.
func (s *Site) typedReading(ctx context.Context, id string, class member.Class, f url.Values, field string) (r election.Reading, err error) {
	of, err := s.Polls.Contest(ctx, id, class)
	if err != nil {
		return r, err
	}
	boxes := make([]string, len(of.Candidates))
	for i := range boxes {
		boxes[i] = f.Get(field + "_" + strconv.Itoa(i+1))
	}
	if r.Marks, err = election.ReadMarks(boxes); err != nil {
		return r, err
	}
	if said := f.Get(field + "_rejected"); said != "no" {
		r.Rejected = election.Rejection(said)
	}
	return r, nil
}

func (s *Site) certify(c echo.Context) error {
	return s.onPoll(c, "certified", "polling.again", "certify_name", "certify_why", func(ctx context.Context, id string, f url.Values) error {
		name, err := signer(f.Get("certify_name"))
		if err != nil {
			return err
		}
		_, err = s.Polls.Certify(ctx, signedIn(c).Account, id, name, f.Get("certify_why"))
		return err
	})
}

func (s *Site) signCertificate(c echo.Context) error {
	return s.onPoll(c, "signed", "", "sign_name", "", func(ctx context.Context, id string, f url.Values) error {
		name, err := signer(f.Get("sign_name"))
		if err != nil {
			return err
		}
		version, err := strconv.Atoi(f.Get("version"))
		if err != nil {
			return election.ErrOldCertificate
		}
		return s.Polls.Sign(ctx, signedIn(c).Account, id, version, name)
	})
}

// signer is the name that stands under a certificate. errNoSigner.
func signer(typed string) (string, error) {
	name, err := member.Line(typed, member.LongestName)
	if err != nil || name == "" {
		return "", member.Amiss(errNoSigner, err)
	}
	return name, nil
}

func (s *Site) readPaper(c echo.Context) error {
	d := s.public(c, "")
	d.Said = pollSaid[c.QueryParam("said")]
	return s.showPaper(c, http.StatusOK, d)
}

// showPaper shows the paper that the address names, if the visitor has read it, and otherwise the next one that they have to read.
func (s *Site) showPaper(c echo.Context, status int, d templates.Desk) error {
	ctx, me := c.Request().Context(), signedIn(c).Account
	e, of, err := s.contestOf(c)
	if err != nil {
		return err
	}
	if of.EmptiedAt.IsZero() {
		return election.ErrNoContest
	}
	d.Here = ""
	page := templates.ReadPaper{Desk: d, Election: e, Contest: of}
	if page.Own, err = s.Polls.Own(ctx, me, of); err != nil {
		return err
	}
	if page.Paper, err = s.Polls.Next(ctx, me, of); err != nil {
		return err
	}
	wanted := c.QueryParam("paper")
	if again := d.Typed["paper"]; again != "" {
		wanted = again
	}
	if paper, err := strconv.Atoi(wanted); err == nil {
		has, is, err := s.Polls.Entered(ctx, me, of, paper)
		if err != nil {
			return err
		}
		if is {
			page.Paper, page.Has = paper, has
		}
	}
	return show(c, status, templates.ReadPaperPage(page))
}

func (s *Site) enterPaper(c echo.Context) error {
	e, of, err := s.contestOf(c)
	if err != nil {
		return err
	}
	amiss := func(err error) (string, string, bool) { return amissInPoll(err, "box_1", "") }
	next := "/elections/" + e.ID + "/poll/" + string(of.Class) + "/read?said=entered"
	return s.filled(c, next, "", amiss, s.showPaper, func(ctx context.Context, f url.Values) error {
		paper, err := strconv.Atoi(f.Get("paper"))
		if err != nil {
			return election.ErrNoSuchPaper
		}
		reading, err := s.typedReading(ctx, e.ID, of.Class, f, "box")
		if err != nil {
			return err
		}
		return s.Polls.Enter(ctx, signedIn(c).Account, e.ID, of.Class, paper, reading)
	})
}
