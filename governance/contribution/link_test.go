package contribution_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/contribution"
	"folkmoot/governance/contribution/practice"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// merges has somebody's change merged at the practice forge, and its webhook delivered as the practice forge signs it.
func (s *society) merges(login, title string) {
	s.Helper()
	s.forge.Secret = secret
	header, body, err := s.forge.Delivery(s.forge.Close("folkmoot/folkmoot", login, title, true))
	s.must(err)
	outcome, err := s.book.Receive(s.Context(), contribution.Gitea, header, body)
	if s.must(err); outcome != contribution.Kept {
		s.Error(outcome)
	}
}

// lists puts the practice forge's repository on the list.
func (s *society) lists() string {
	s.Helper()
	s.forge.Repository("folkmoot/folkmoot", "")
	id, err := s.book.List(s.Context(), "sec", contribution.Gitea, "folkmoot/folkmoot", false, "ours")
	s.must(err)
	return id
}

func TestSigningInAtTheForgeProvesWhoSomebodyIs(t *testing.T) {
	each(t, func(s *society) {
		s.lists()
		ann := s.joins("ann")
		s.merges("ann", "Keep the cursor")
		s.isContributor(ann, false)
		link := s.links(ann, contribution.Gitea, "ann")
		if link.Subject != fmt.Sprint(practice.UserID("ann")) || link.Login != "ann" || link.Member != ann {
			s.Errorf("%+v", link)
		}
		s.isContributor(ann, true) // what was merged before counts, too
		again := s.links(ann, contribution.Gitea, "ann")
		links, err := s.book.Links(s.Context(), ann)
		if s.must(err); len(links) != 1 || again.ID != link.ID {
			s.Errorf("%+v", links)
		}
	})
}

func TestARepositoryThatIsListedAgainCountsNothingTwice(t *testing.T) {
	each(t, func(s *society) {
		id := s.lists()
		ann := s.joins("ann")
		s.links(ann, contribution.Gitea, "ann")
		s.merges("ann", "While it was listed")
		s.now = s.now.AddDate(0, 0, 1)
		s.must(s.book.Delist(s.Context(), "sec", id, "given up"))
		s.now = s.now.AddDate(0, 0, 1)
		s.forge.Close("folkmoot/folkmoot", "ann", "While it was not", true)
		between := s.now
		s.now = s.now.AddDate(0, 0, 1)
		if again := s.lists(); again != id {
			s.Errorf("listed again as %s, was %s", again, id)
		}
		_, err := s.book.List(s.Context(), "sec", contribution.Gitea, "folkmoot/folkmoot", false, "ours")
		s.refuses(err, contribution.ErrListed)
		s.must(s.book.LookThrough(s.Context(), contribution.LookAtPage{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now, Page: 1}))
		if st := s.standing(ann); st.Merged() != 2 || len(st.Credits) != 2 {
			s.Errorf("%+v", st.Credits)
		}
		then, err := s.book.Contributor(s.Context(), ann, calendar.On(between), between)
		if s.must(err); then.Merged() != 1 {
			s.Errorf("%+v", then.Credits)
		}
	})
}

func TestNobodyComesBackForAnother(t *testing.T) {
	each(t, func(s *society) {
		ann, eve := s.joins("ann"), s.joins("eve")
		_, err := s.signsIn(eve, ann, contribution.Gitea, "eve") // Ann was led to open Eve's answer
		s.refuses(err, contribution.ErrNoSignIn)
		to, err := s.book.BeginLink(s.Context(), ann, contribution.Gitea)
		s.must(err)
		asked, err := url.Parse(to)
		s.must(err)
		answer, err := s.forge.Grant(asked.Query(), "ann")
		s.must(err)
		said, err := url.Parse(answer)
		s.must(err)
		state, code := said.Query().Get("state"), said.Query().Get("code")
		_, err = s.book.FinishLink(s.Context(), ann, contribution.GitHub, state, code)
		s.refuses(err, contribution.ErrNoSignIn)
		_, err = s.book.FinishLink(s.Context(), ann, contribution.Gitea, state+"x", code)
		s.refuses(err, contribution.ErrNoSignIn)
		_, err = s.book.FinishLink(s.Context(), ann, contribution.Gitea, state, code)
		s.must(err)
		_, err = s.book.FinishLink(s.Context(), ann, contribution.Gitea, state, code)
		s.refuses(err, contribution.ErrNoSignIn)

		to, err = s.book.BeginLink(s.Context(), ann, contribution.Gitea)
		s.must(err)
		asked, err = url.Parse(to)
		s.must(err)
		s.now = s.now.Add(10*time.Minute + time.Second)
		_, err = s.book.FinishLink(s.Context(), ann, contribution.Gitea, asked.Query().Get("state"), "late")
		s.refuses(err, contribution.ErrNoSignIn)
		s.must(s.book.BeginLook(s.Context()))
	})
}

func TestACodeThatTheForgeDoesNotTakeLinksNobody(t *testing.T) {
	each(t, func(s *society) {
		ann := s.joins("ann")
		for _, code := range []string{"", "guess"} {
			to, err := s.book.BeginLink(s.Context(), ann, contribution.GitHub)
			s.must(err)
			asked, err := url.Parse(to)
			s.must(err)
			if q := asked.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) != 43 {
				s.Error(to)
			}
			_, err = s.book.FinishLink(s.Context(), ann, contribution.GitHub, asked.Query().Get("state"), code)
			s.refuses(err, contribution.ErrForgeRefused)
		}
		// A code that somebody caught is worth nothing to them: the verifier never left us.
		to, err := s.book.BeginLink(s.Context(), ann, contribution.Gitea)
		s.must(err)
		asked, err := url.Parse(to)
		s.must(err)
		query := asked.Query()
		query.Set("code_challenge", strings.Repeat("A", 43))
		answer, err := s.forge.Grant(query, "ann")
		s.must(err)
		said, err := url.Parse(answer)
		s.must(err)
		_, err = s.book.FinishLink(s.Context(), ann, contribution.Gitea, query.Get("state"), said.Query().Get("code"))
		s.refuses(err, contribution.ErrForgeRefused)
		_, err = s.signsIn(ann, ann, contribution.Gitea, "renovate[bot]")
		s.refuses(err, contribution.ErrForgeRefused)
		_, err = s.book.BeginLink(s.Context(), ann, "sourceforge")
		s.refuses(err, contribution.ErrNoForge)
	})
}

func TestAForgesAccountIsOneMembers(t *testing.T) {
	each(t, func(s *society) {
		s.lists()
		ann, ben := s.joins("ann"), s.joins("ben")
		link := s.links(ann, contribution.Gitea, "ann")
		_, err := s.signsIn(ben, ben, contribution.Gitea, "ann")
		s.refuses(err, contribution.ErrTaken)
		s.links(ben, contribution.GitHub, "ann") // another forge's number is another account
		s.must(s.book.Unlink(s.Context(), ann, link.ID))
		_, err = s.signsIn(ben, ben, contribution.Gitea, "ann")
		s.refuses(err, contribution.ErrTaken) // accounts are not passed on, and nobody's work counts for two
		s.links(ann, contribution.Gitea, "ann")
		s.must(s.register.ResignedByLetter(s.Context(), ann, member.ShareGiven, calendar.On(s.now), "sec", "letter 3"))
		s.now = s.now.AddDate(0, 0, 1)
		rejoined := s.joins("ann-again")
		s.links(rejoined, contribution.Gitea, "ann") // who left and joined again is another entry, and the same person at the forge
	})
}

func TestUnlinkingKeepsHistory(t *testing.T) {
	each(t, func(s *society) {
		s.lists()
		ann, ben := s.joins("ann"), s.joins("ben")
		link := s.links(ann, contribution.Gitea, "ann")
		s.merges("ann", "Keep the cursor")
		linked := s.now
		s.now = s.now.AddDate(0, 0, 1)
		s.refuses(s.book.Unlink(s.Context(), ben, link.ID), contribution.ErrNoLink)
		s.must(s.book.Unlink(s.Context(), ann, link.ID))
		s.refuses(s.book.Unlink(s.Context(), ann, link.ID), contribution.ErrNoLink)
		s.now = s.now.AddDate(0, 0, 1)
		s.merges("ann", "Lose the cursor")
		st := s.standing(ann)
		if len(st.Credits) != 2 || st.Merged() != 1 || st.Credits[0].Counts {
			s.Errorf("%+v", st.Credits)
		}
		then, err := s.book.Contributor(s.Context(), ann, calendar.On(linked), linked)
		if s.must(err); then.Merged() != 1 {
			s.Errorf("%+v", then)
		}
		links, err := s.book.Links(s.Context(), ann)
		if s.must(err); len(links) != 1 || links[0].Unlinked.IsZero() {
			s.Errorf("%+v", links)
		}
		s.links(ann, contribution.Gitea, "ann")
		if st := s.standing(ann); st.Merged() != 2 || len(st.Credits) != 2 {
			s.Errorf("%+v", st.Credits)
		}
	})
}

func TestThePublicRollNamesWhomWantsToBeNamed(t *testing.T) {
	each(t, func(s *society) {
		s.lists()
		for _, login := range []string{"ann", "ben", "cai"} {
			s.merges(login, "Work")
		}
		s.merges("ann", "More work")
		s.merges("ann", `Revert "More work"`)
		ann, ben, cai := s.joins("ann"), s.joins("ben"), s.joins("cai")
		for login, m := range map[string]member.ID{"ann": ann, "ben": ben, "cai": cai} {
			s.links(m, contribution.Gitea, login)
		}
		idle := s.joins("idle")
		s.must(s.book.BeCalled(s.Context(), idle, "Idle"))
		s.must(s.book.BeCalled(s.Context(), ann, "  Ann of Leeds "))
		s.must(s.book.BeCalled(s.Context(), ben, "Ben"))
		s.must(s.book.BeCalled(s.Context(), ben, ""))
		s.refuses(s.book.BeCalled(s.Context(), cai, "two\nlines"), contribution.ErrBadName)
		s.refuses(s.book.BeCalled(s.Context(), cai, strings.Repeat("x", 61)), contribution.ErrBadName)
		roll, err := s.book.CreditRoll(s.Context())
		s.must(err)
		if len(roll.Named) != 1 || roll.Named[0] != (contribution.Named{Name: "Ann of Leeds", Merged: 2}) || roll.Others != 2 || roll.OthersDid != 2 {
			s.Errorf("%+v", roll)
		}
		if name, err := s.book.Called(s.Context(), ben); err != nil || name != "" {
			s.Error(name, err)
		}
	})
}

func TestWorkOfThePracticeForgeCountsBesideNoRealOne(t *testing.T) {
	each(t, func(s *society) {
		open := func(forges ...*contribution.Forge) error {
			_, err := contribution.NewBook(s.Context(), s.db, s.queue, s.register, s.officers, contribution.BookOptions{Forges: forges, Now: time.Now})
			return err
		}
		s.must(open())
		elsewhere, err := contribution.NewForge(contribution.Options{Name: contribution.Gitea, URL: "https://elsewhere.example", Secret: "s", ClientID: "i", ClientSecret: "k"})
		s.must(err)
		s.refuses(open(elsewhere), contribution.ErrAnotherForge) // where number 17 is somebody else
		s.links(s.joins("ann"), contribution.Practice, "ann")
		s.refuses(open(), contribution.ErrPractised)
	})
}
