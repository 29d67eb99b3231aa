package participation_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestOnlyMembersPropose(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		for _, name := range []identity.AccountID{"stranger", "sec"} {
			_, err := s.proposals.Propose(s.Context(), name, "", lamps)
			s.must(err, participation.ErrNotMember)
		}
		id := s.proposes("ann", lamps)
		p := s.proposal(id)
		if p.Draft != lamps || p.ShownAs != "" || p.Supporters != 1 || p.Number != 1 {
			s.Errorf("%+v", p)
		}
		s.must(s.proposals.Support(s.Context(), "stranger", id, s.version(id)), participation.ErrNotMember)
		s.must(s.proposals.Comment(s.Context(), "stranger", id, "", "Hear, hear"), participation.ErrNotMember)
		s.must(s.register.Resign(s.Context(), s.people["ann"], member.ShareGiven))
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), lamps, "left", false), participation.ErrNotMember)
	})
}

func TestAProposalHasItsPartsWithinTheirLimits(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		for _, c := range []struct {
			spoil func(*participation.Draft)
			want  error
		}{
			{func(d *participation.Draft) { d.Title = "" }, participation.ErrNoTitle},
			{func(d *participation.Draft) { d.Title = "two\nlines" }, participation.ErrNoTitle},
			{func(d *participation.Draft) { d.Title = strings.Repeat("ä", participation.LongestTitle+1) }, participation.ErrNoTitle},
			{func(d *participation.Draft) { d.Problem = " ?! " }, participation.ErrNoProblem},
			{func(d *participation.Draft) { d.Change = strings.Repeat("x", participation.LongestPart+1) }, participation.ErrNoChange},
			{func(d *participation.Draft) { d.Affected = "all\u202e" }, participation.ErrNoAffected},
			{func(d *participation.Draft) { d.Cost = "\x00" }, participation.ErrBadCost},
		} {
			d := lamps
			c.spoil(&d)
			_, err := s.proposals.Propose(s.Context(), "ann", "", d)
			s.must(err, c.want)
		}
		d := lamps
		d.Title, d.Cost = strings.Repeat("ä", participation.LongestTitle), ""
		s.proposes("ann", d)
		_, err := s.proposals.Propose(s.Context(), "ann", "An\u202en", lamps)
		s.must(err, participation.ErrBadName)
	})
}

func TestAMemberHasThreeOpenProposalsAtMost(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		var ids []string
		for range participation.MostOpen {
			ids = append(ids, s.proposes("ann", lamps))
		}
		_, err := s.proposals.Propose(s.Context(), "ann", "", lamps)
		s.must(err, participation.ErrManyOpen)
		s.proposes("ben", lamps)
		s.must(s.proposals.Withdraw(s.Context(), "ben", ids[0]), participation.ErrNotYours)
		s.must(s.proposals.Withdraw(s.Context(), "ann", ids[0]))
		s.is(ids[0], participation.Dropped)
		s.proposes("ann", lamps)
	})
}

func TestAProposalNeedsItsSupporters(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve", "fay")
		id := s.proposes("ann", lamps)
		s.supported(id, "ann", "ben", "ben", "cat", "dan")
		if p := s.proposal(id); p.Supporters != 4 || p.State(calendar.On(s.now)) != participation.Gathering {
			s.Fatalf("%+v", p)
		}
		s.must(s.proposals.Unsupport(s.Context(), "ann", id, s.version(id)), participation.ErrOwnProposal)
		s.must(s.proposals.Unsupport(s.Context(), "ben", id, s.version(id)))
		s.supported(id, "eve")
		s.is(id, participation.Gathering)
		s.supported(id, "fay")
		s.is(id, participation.Waiting)
		p := s.proposal(id)
		if p.Supporters != 5 || p.Threshold != 5 || p.AnswerDue != day("2027-02-01") {
			s.Errorf("%+v", p)
		}
		s.must(s.proposals.Unsupport(s.Context(), "fay", id, s.version(id)), participation.ErrNotGathering)
		s.must(s.proposals.Support(s.Context(), "ben", id, s.version(id)), participation.ErrNotGathering)
		s.must(s.proposals.Withdraw(s.Context(), "ann", id), participation.ErrNotGathering)
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), participation.Draft{Title: "x", Problem: "x", Change: "x", Affected: "x"}, "more", true), participation.ErrNotAmendable)
	})
}

func TestWhoLeavesTheSocietySupportsNothing(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve", "fay")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben", "cat", "dan")
		s.must(s.register.Resign(s.Context(), s.people["ben"], member.ShareGiven))
		s.supported(id, "eve")
		s.is(id, participation.Gathering)
		if n := s.proposal(id).Supporters; n != 4 {
			s.Errorf("%d support it, want 4", n)
		}
		s.supported(id, "fay")
		s.is(id, participation.Waiting)
	})
}

func TestALowerThresholdCountsForSupportThatIsThere(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben")
		s.minds()
		s.is(id, participation.Gathering)
		rules := member.FirstRules
		rules.SupportLeast, rules.AnswerDays = 2, 7
		s.must(s.register.SetRules(s.Context(), rules, "sec", "minute 2"))
		s.minds()
		s.is(id, participation.Waiting)
		if due := s.proposal(id).AnswerDue; due != day("2027-01-11") {
			s.Errorf("due on %s", due)
		}
	})
}

func TestEveryVersionStaysReadable(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben")
		four := lamps
		four.Change = "Hang four lamps."
		s.must(s.proposals.Amend(s.Context(), "ben", id, s.version(id), four, "three are few", true), participation.ErrNotYours)
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), lamps, "none", true), participation.ErrSameWords)
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), four, "", true), member.ErrNoWhy)
		s.days(1)
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), four, "three are few", true))
		versions, err := s.proposals.Versions(s.Context(), id)
		s.must(err)
		if len(versions) != 2 || versions[0].Draft != lamps || versions[1].Draft != four || versions[1].Why != "three are few" || !versions[1].MadeAt.Equal(s.now) {
			s.Errorf("%+v", versions)
		}
		if p := s.proposal(id); p.Draft != four || p.Supporters != 2 {
			s.Errorf("support does not stand: %+v", p)
		}
		for n := 3; n <= participation.MostVersions; n++ {
			four.Cost = fmt.Sprintf("£%d", n)
			s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), four, "dearer", false))
		}
		four.Cost = "£100"
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), four, "dearer", false), participation.ErrManyVersions)
	})
}

func TestSupportersHearOfASubstantialChange(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben")
		waits := func(m string) []participation.Line {
			w, err := s.proposals.Waiting(s.Context(), identity.AccountID(m), s.people[m])
			s.must(err)
			return w.Amended
		}
		changed := lamps
		changed.Cost = "£41"
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), changed, "a typing error", false))
		if len(waits("ben")) != 0 || len(s.queued("proposal_amended")) != 0 {
			s.Error("ben is told of a slip of the pen")
		}
		changed.Change = "Wall the cellar up."
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), changed, "lamps burn out", true))
		if told := s.queued("proposal_amended"); len(told) != 1 || !strings.Contains(told[0], string(s.people["ben"])) {
			s.Errorf("told: %v", told)
		}
		if len(waits("ben")) != 1 || len(waits("ann")) != 0 {
			s.Error("the change does not wait for ben alone")
		}
		s.supported(id, "ben") // says yes to it
		if len(waits("ben")) != 0 || s.proposal(id).Supporters != 2 {
			s.Error("ben's yes is not heard")
		}
	})
}

// reached is a proposal of ann's with its support.
func (s *society) reached() string {
	return s.reachedBy("ann", "ben", "cat", "dan", "eve")
}

// reachedBy is a proposal of the first with their support, who all join for it.
func (s *society) reachedBy(names ...identity.AccountID) string {
	s.Helper()
	s.joins(names...)
	id := s.proposes(names[0], lamps)
	s.supported(id, names[1:]...)
	s.is(id, participation.Waiting)
	return id
}

var yes = participation.Reply{Outcome: participation.Accepted, Reasons: "Nobody should fall.", Minute: "2027-01-20, item 3"}

func TestTheBoardAnswersInPublic(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.sits("ben")
		for who, want := range map[identity.AccountID]error{"cat": participation.ErrNotBoard, "stew": participation.ErrNotBoard, "stranger": participation.ErrNotBoard} {
			s.must(s.proposals.Answer(s.Context(), who, id, s.version(id), yes), want)
		}
		for _, bad := range []struct {
			spoil func(*participation.Reply)
			want  error
		}{
			{func(r *participation.Reply) { r.Outcome = "maybe" }, participation.ErrNoOutcome},
			{func(r *participation.Reply) { r.Outcome = participation.Withdrawn }, participation.ErrNoOutcome},
			{func(r *participation.Reply) { r.Reasons = "" }, participation.ErrNoReasons},
			{func(r *participation.Reply) { r.Minute = "" }, participation.ErrNoMinute},
		} {
			r := yes
			bad.spoil(&r)
			s.must(s.proposals.Answer(s.Context(), "ben", id, s.version(id), r), bad.want)
		}
		s.must(s.proposals.Answer(s.Context(), "ben", id, s.version(id), yes))
		s.is(id, participation.Answered)
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes), participation.ErrNotWaiting)
		if acts := s.acts(id); !slices.Equal(acts, []string{"ben as board: proposal answered (2027-01-20, item 3)"}) {
			s.Error(acts)
		}
		answers := s.proposal(id).Answers
		if len(answers) != 1 || answers[0].Late() || answers[0].Reasons != yes.Reasons || answers[0].Version != 1 {
			s.Errorf("%+v", answers)
		}
		latest, err := s.proposals.LatestAnswers(s.Context(), 10)
		s.must(err)
		if len(latest) != 1 || latest[0].Answer != answers[0] || latest[0].Title != lamps.Title {
			s.Errorf("%+v", latest)
		}
		if told := s.queued("proposal_answered"); len(told) != 1 || !strings.Contains(told[0], answers[0].ID) {
			s.Errorf("told: %v", told)
		}
		s.must(s.proposals.Comment(s.Context(), "cat", id, "", "Good."), participation.ErrClosed)
	})
}

func TestNobodyAnswersTheirOwnProposal(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.sits("ann")
		s.must(s.proposals.Answer(s.Context(), "ann", id, s.version(id), yes), participation.ErrOwnProposal)
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
	})
}

func TestAnAnswerIsOverdueFromTheDayAfter(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached() // due on 1 February
		s.now = time.Date(2027, 2, 1, 23, 59, 59, 0, calendar.London)
		s.is(id, participation.Waiting)
		s.now = s.now.Add(time.Second)
		s.is(id, participation.Overdue)
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
		if a := s.proposal(id).Answers[0]; !a.Late() {
			s.Errorf("not late: %+v", a)
		}
	})
}

func TestWhenTheBoardNeedsMoreItsTimeBeginsAnew(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), participation.Reply{Outcome: participation.NeedsMore, Reasons: "Which lamps?", Minute: "item 4"}))
		s.is(id, participation.Lacking)
		w, err := s.proposals.Waiting(s.Context(), "ann", s.people["ann"])
		s.must(err)
		if len(w.Lacking) != 1 {
			s.Errorf("ann's proposal does not wait for her: %+v", w)
		}
		s.days(40)
		s.is(id, participation.Lacking)
		led := lamps
		led.Change = "Hang three LED lamps."
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), led, "the board asked which", true))
		s.is(id, participation.Waiting)
		if p := s.proposal(id); p.AnswerDue != calendar.On(s.now).AddDays(28) {
			s.Errorf("due on %s", p.AnswerDue)
		}
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
		if p := s.proposal(id); len(p.Answers) != 2 || p.Answers[0].Outcome != participation.NeedsMore || p.Answers[1].Version != 2 {
			s.Errorf("%+v", p.Answers)
		}
	})
}

func TestTheBoardIsToldOnceOfEachStage(t *testing.T) {
	each(t, func(s *society) {
		s.reached()
		s.minds()
		if told := s.queued("proposal_due"); len(told) != 0 {
			s.Fatalf("nobody sits, and %v were told", told)
		}
		s.sits("ben")
		s.sits("cat")
		for _, c := range []struct{ days, told int }{{0, 2}, {20, 2}, {1, 4}, {7, 4}, {1, 6}, {30, 6}} {
			s.days(c.days)
			s.minds()
			s.minds()
			if told := s.queued("proposal_due"); len(told) != c.told {
				s.Fatalf("after %s: %d told, want %d", calendar.On(s.now), len(told), c.told)
			}
		}
		w, err := s.proposals.Waiting(s.Context(), "ben", s.people["ben"])
		s.must(err)
		if len(w.Due) != 1 || !w.Due[0].Late {
			s.Errorf("%+v", w.Due)
		}
		if w, err := s.proposals.Waiting(s.Context(), "dan", s.people["dan"]); err != nil || len(w.Due) != 0 {
			s.Errorf("dan does not sit: %+v, %v", w.Due, err)
		}
	})
}

func TestWhoSupportedIsForgotten(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
		part := func() participation.Part {
			p, err := s.proposals.Own(s.Context(), s.people["ben"], s.proposal(id))
			s.must(err)
			return p
		}
		s.days(27)
		s.minds()
		if !part().Supports {
			s.Error("forgotten before ben could hear of it")
		}
		s.days(1)
		s.minds()
		if part().Supports || s.proposal(id).Supporters != 5 {
			s.Error("it is known who supported it, or how many is not")
		}
	})
}

func TestAnAnswerWaitsOnTheFirstPageForTwoWeeks(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.must(s.proposals.Answer(s.Context(), "sec", id, s.version(id), yes))
		for _, on := range []struct{ days, waits int }{{13, 1}, {1, 0}} {
			s.days(on.days)
			if w, err := s.proposals.Waiting(s.Context(), "ben", s.people["ben"]); err != nil || len(w.Answered) != on.waits {
				s.Errorf("%+v, %v, not %d", w.Answered, err, on.waits)
			}
		}
	})
}

func TestAllThatIsAmissInAFormIsNamedAtOnce(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		_, err := s.proposals.Propose(s.Context(), "ann", "", participation.Draft{Change: "Hang lamps.", Cost: "\x00"})
		s.must(err, participation.ErrNoTitle, participation.ErrNoProblem, participation.ErrNoAffected, participation.ErrBadCost)
		_, err = s.privacy().Draft(s.Context(), "sec", participation.Notice{Was: "x", Emergency: true})
		s.must(err, participation.ErrBadTitle, participation.ErrNoBecomes, participation.ErrNoPurpose, participation.ErrNoRisk, participation.ErrNoUrgency)
		_, err = s.roadmap.Add(s.Context(), "sec", participation.Plan{Status: participation.Done}, "")
		s.must(err, participation.ErrNoTitle, participation.ErrNoWhat, participation.ErrNoOwner, participation.ErrNoDecision, participation.ErrNoActual, member.ErrNoWhy)
	})
}

func TestACommentIsTakenDownWithAReason(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id := s.proposes("ann", lamps)
		s.must(s.proposals.Comment(s.Context(), "ben", id, "Ben", "Lamps are for cowards"))
		s.days(1)
		s.must(s.proposals.Comment(s.Context(), "ann", id, "Somebody else", "No, they are not"))
		s.must(s.proposals.Comment(s.Context(), "ben", id, "", " "), participation.ErrNoWords)
		said := func() []participation.Comment {
			all, err := s.proposals.Comments(s.Context(), s.proposal(id))
			s.must(err)
			return all
		}
		first := said()[0]
		if first.ShownAs != "Ben" || first.Author || !said()[1].Author || said()[1].ShownAs != "" {
			s.Fatalf("%+v", said())
		}
		s.must(s.proposals.Hide(s.Context(), "ann", id, first.ID, "rude"), participation.ErrNotOfficer)
		s.must(s.proposals.Hide(s.Context(), "stew", id, first.ID, ""), member.ErrNoWhy)
		s.must(s.proposals.Hide(s.Context(), "stew", "elsewhere", first.ID, "rude"), participation.ErrNoComment)
		s.must(s.proposals.Hide(s.Context(), "stew", id, first.ID, "rude"))
		s.must(s.proposals.Hide(s.Context(), "stew", id, first.ID, "rude"), participation.ErrNoComment)
		if now := said()[0]; now.Words != "" || now.ShownAs != "" || now.HiddenWhy != "rude" {
			s.Errorf("%+v", now)
		}
	})
}

func TestOneMemberDoesNotFillTheDiscussion(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id := s.proposes("ann", lamps)
		for range participation.MostComments {
			s.must(s.proposals.Comment(s.Context(), "ben", id, "", "And another thing"))
		}
		s.must(s.proposals.Comment(s.Context(), "ben", id, "", "And another thing"), participation.ErrManyComments)
		s.must(s.proposals.Comment(s.Context(), "ann", id, "", "Thank you"))
	})
}

func TestManySupportAtOnceAndReachItOnce(t *testing.T) {
	each(t, func(s *society) {
		names := []identity.AccountID{"ben", "cat", "dan", "eve", "fay", "gus", "hal"}
		s.joins(append(names, "ann")...)
		id := s.proposes("ann", lamps)
		ended := make(chan error, len(names))
		version := s.version(id)
		for _, name := range names {
			go func() { ended <- s.proposals.Support(s.Context(), name, id, version) }()
		}
		refused := 0
		for range names {
			if err := <-ended; errors.Is(err, participation.ErrNotGathering) {
				refused++
			} else if err != nil {
				s.Error(err)
			}
		}
		if p := s.proposal(id); p.Supporters != 5 || refused != 3 {
			s.Errorf("%d support it, %d were refused", p.Supporters, refused)
		}
	})
}

func TestProposalsAreListedByThePage(t *testing.T) {
	each(t, func(s *society) {
		for i := range participation.PageSize/participation.MostOpen + 1 {
			name := identity.AccountID(fmt.Sprintf("m%d", i))
			s.joins(name)
			for range participation.MostOpen {
				s.now = s.now.Add(time.Minute)
				s.proposes(name, lamps)
			}
		}
		first, more, err := s.proposals.Open(s.Context(), "")
		s.must(err)
		if !more || len(first) != participation.PageSize || !first[0].Begun.After(first[1].Begun) || first[0].Title != lamps.Title || first[0].Supporters != 1 {
			s.Fatalf("%d proposals, more %v: %+v", len(first), more, first[0])
		}
		rest, more, err := s.proposals.Open(s.Context(), first[len(first)-1].ID)
		s.must(err)
		if more || len(rest) != participation.MostOpen || !rest[0].Begun.Before(first[len(first)-1].Begun) {
			s.Errorf("%d proposals, more %v", len(rest), more)
		}
	})
}

func TestNobodyActsOnWordsThatTheyHaveNotSeen(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben")
		seen := s.version(id)
		walls := lamps
		walls.Change = "Wall the cellar up."
		s.must(s.proposals.Amend(s.Context(), "ann", id, seen, walls, "lamps burn out", true))
		s.must(s.proposals.Support(s.Context(), "cat", id, seen), participation.ErrAmended)
		s.must(s.proposals.Support(s.Context(), "cat", id, 0), participation.ErrAmended)
		s.must(s.proposals.Support(s.Context(), "cat", id, seen+2), participation.ErrAmended)
		s.must(s.proposals.Unsupport(s.Context(), "ben", id, seen), participation.ErrAmended)
		s.must(s.proposals.Amend(s.Context(), "ann", id, seen, lamps, "in another window", true), participation.ErrAmended)
		if p := s.proposal(id); p.Supporters != 2 || p.Draft != walls {
			s.Errorf("%+v", p)
		}
		s.supported(id, "cat", "dan", "eve")
		s.must(s.proposals.Answer(s.Context(), "sec", id, seen, yes), participation.ErrAmended)
		s.is(id, participation.Waiting)
		s.must(s.proposals.Answer(s.Context(), "sec", id, seen+1, yes))
	})
}

func TestASmallAmendmentCannotAskForSomethingElse(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		id := s.proposes("ann", lamps)
		s.supported(id, "ben")
		seen := func(m string) int {
			part, err := s.proposals.Own(s.Context(), s.people[m], s.proposal(id))
			s.must(err)
			return part.Seen
		}
		small := func(change func(*participation.Draft)) participation.Version {
			d := s.proposal(id).Draft
			change(&d)
			s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), d, "a slip", false))
			return s.proposal(id).Version
		}
		if v := small(func(d *participation.Draft) { d.Problem, d.Affected, d.Cost = "It is very dark.", "All of us.", "£41" }); v.Substantial || len(s.queued("proposal_amended")) != 0 {
			s.Errorf("a slip tells the supporters: %+v", v)
		}
		if seen("ben") != 1 || seen("ann") != 2 {
			s.Errorf("ben is said to have seen version %d, and ann %d", seen("ben"), seen("ann"))
		}
		if w, err := s.proposals.Waiting(s.Context(), "ben", s.people["ben"]); err != nil || len(w.Amended) != 0 {
			s.Errorf("a slip waits for ben: %+v, %v", w.Amended, err)
		}
		for n, change := range []func(*participation.Draft){
			func(d *participation.Draft) { d.Change = "Wall the cellar up." }, func(d *participation.Draft) { d.Title = "No cellar" },
		} {
			if v := small(change); !v.Substantial || len(s.queued("proposal_amended")) != n+1 {
				s.Errorf("called small, it is not, and %d were told: %+v", len(s.queued("proposal_amended")), v)
			}
		}
		small(func(d *participation.Draft) { d.Cost = "£42" })
		w, err := s.proposals.Waiting(s.Context(), "ben", s.people["ben"])
		s.must(err)
		if len(w.Amended) != 1 || seen("ben") != 1 {
			s.Errorf("what is asked for now does not wait for ben: %+v, he saw %d", w.Amended, seen("ben"))
		}
		s.supported(id, "ben")
		if w, err := s.proposals.Waiting(s.Context(), "ben", s.people["ben"]); err != nil || len(w.Amended) != 0 {
			s.Errorf("%+v, %v", w.Amended, err)
		}
	})
}

func TestSupportersHearWhatTheBoardNeededMoreFor(t *testing.T) {
	each(t, func(s *society) {
		id := s.reached()
		s.must(s.proposals.Answer(s.Context(), "sec", id, 1, participation.Reply{Outcome: participation.NeedsMore, Reasons: "Which lamps?", Minute: "item 4"}))
		led := lamps
		led.Change = "Hang three LED lamps."
		s.must(s.proposals.Amend(s.Context(), "ann", id, 1, led, "the board asked which", false))
		if told := s.queued("proposal_amended"); len(told) != 4 {
			s.Errorf("told: %v", told)
		}
	})
}
