package participation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

var shorter = participation.Notice{
	Title: "Keep mailboxes for thirty days", Was: "Forty-five days.", Becomes: "Thirty days.", Why: "Less lies about.", Risk: "Who is away for long misses something.",
}

func (s *society) privacy() *participation.PrivacyChanges {
	return participation.NewPrivacyChanges(s.db, s.queue, s.register, s.officers, s.classes, s.board, func() time.Time { return s.now })
}

// published is a change that the secretary wrote and the steward published today.
func (s *society) published(n participation.Notice) string {
	s.Helper()
	id, err := s.privacy().Draft(s.Context(), "sec", n)
	s.must(err)
	s.must(s.privacy().Publish(s.Context(), "stew", id, s.mark(id)))
	return id
}

// mark is that of the words as somebody reads them now.
func (s *society) mark(id string) string {
	s.Helper()
	c, err := s.privacy().Get(s.Context(), id)
	s.must(err)
	return c.Mark()
}

func (s *society) privacyIs(id string, want participation.PrivacyState, holds bool) {
	s.Helper()
	c, err := s.privacy().Get(s.Context(), id)
	s.must(err)
	today := calendar.On(s.now)
	if got := c.PrivacyState(today); got != want || c.Holds(today) != holds {
		s.Errorf("on %s it is %s and holds: %v; want %s, %v", today, got, c.Holds(today), want, holds)
	}
}

// remarks are the comments on a change, as somebody reads them.
func (s *society) remarks(id string, reader string) []participation.Remark {
	s.Helper()
	c, err := s.privacy().Get(s.Context(), id)
	s.must(err)
	all, err := s.privacy().Remarks(s.Context(), c, s.people[reader])
	s.must(err)
	return all
}

func yesTo(d participation.Decision) participation.BoardDecision {
	return participation.BoardDecision{Decision: d, Changes: "Not for parked ones.", Reasons: "Members see it so.", Minute: "2027-02-10, item 2"}
}

func TestAPrivacyChangeTakesTwo(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		s.sits("ben")
		p := s.privacy()
		for _, name := range []identity.AccountID{"ann", "stew", "nobody"} {
			_, err := p.Draft(s.Context(), name, shorter)
			s.must(err, participation.ErrNotBoard)
		}
		id, err := p.Draft(s.Context(), "ben", shorter)
		s.must(err)
		s.must(p.Publish(s.Context(), "ben", id, s.mark(id)), participation.ErrOwnWords)
		s.must(p.Publish(s.Context(), "ann", id, s.mark(id)), participation.ErrNotOfficer)
		s.must(p.Redraft(s.Context(), "sec", id, s.mark(id), shorter))
		s.must(p.Publish(s.Context(), "sec", id, s.mark(id)), participation.ErrOwnWords)
		s.privacyIs(id, participation.Drafted, false)
		s.must(p.Publish(s.Context(), "ben", id, s.mark(id)))
		s.must(p.Publish(s.Context(), "stew", id, s.mark(id)), participation.ErrPublished)
		s.must(p.Redraft(s.Context(), "sec", id, s.mark(id), shorter), participation.ErrPublished)
		s.must(p.Withdraw(s.Context(), "sec", id, s.mark(id), "a mistake"), participation.ErrPublished)
		s.must(p.Publish(s.Context(), "stew", "nothing", ""), participation.ErrNoPrivacyChange)
		if got := strings.Join(s.acts(id), "\n"); got != "ben as board: privacy change drafted (Keep mailboxes for thirty days)\n"+
			"sec as secretary: privacy change redrafted (Keep mailboxes for thirty days)\nben as board: privacy change published (Keep mailboxes for thirty days)" {
			t.Error(got)
		}
		if told := s.queued("privacy_change"); len(told) != 1 {
			t.Errorf("queued %v", told)
		}
	})
}

func TestADraftCanBeWithdrawn(t *testing.T) {
	each(t, func(s *society) {
		p := s.privacy()
		id, err := p.Draft(s.Context(), "sec", shorter)
		s.must(err)
		s.must(p.Withdraw(s.Context(), "sec", id, s.mark(id), ""), member.ErrNoWhy)
		s.must(p.Withdraw(s.Context(), "sec", id, s.mark(id), "written twice"))
		s.privacyIs(id, participation.TakenBack, false)
		s.must(p.Publish(s.Context(), "stew", id, s.mark(id)), participation.ErrPublished)
	})
}

func TestANoticeTellsItAll(t *testing.T) {
	each(t, func(s *society) {
		long := strings.Repeat("w", participation.LongestPart+1)
		for _, c := range []struct {
			spoil func(*participation.Notice)
			want  error
		}{
			{func(n *participation.Notice) { n.Title = " " }, participation.ErrBadTitle},
			{func(n *participation.Notice) { n.Title = strings.Repeat("t", participation.LongestTitle+1) }, participation.ErrBadTitle},
			{func(n *participation.Notice) { n.Was = "…" }, participation.ErrNoWas},
			{func(n *participation.Notice) { n.Becomes = long }, participation.ErrNoBecomes},
			{func(n *participation.Notice) { n.Why = "" }, participation.ErrNoPurpose},
			{func(n *participation.Notice) { n.Risk = "" }, participation.ErrNoRisk},
			{func(n *participation.Notice) { n.Emergency = true }, participation.ErrNoUrgency},
		} {
			n := shorter
			c.spoil(&n)
			_, err := s.privacy().Draft(s.Context(), "sec", n)
			s.must(err, c.want)
		}
		for range participation.MostPrivacyDrafts {
			_, err := s.privacy().Draft(s.Context(), "sec", shorter)
			s.must(err)
		}
		_, err := s.privacy().Draft(s.Context(), "sec", shorter)
		s.must(err, participation.ErrManyDrafts)
	})
}

func TestMembersHaveTwentyEightDaysToComment(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id, p := s.published(shorter), s.privacy()
		s.must(p.Remarked(s.Context(), "stranger", id, "Hm."), participation.ErrNotMember)
		s.must(p.Remarked(s.Context(), "ann", id, " "), participation.ErrNoRemark)
		s.must(p.Remarked(s.Context(), "ann", id, strings.Repeat("é", participation.LongestRemark+1)), participation.ErrNoRemark)
		s.must(p.Remarked(s.Context(), "ann", id, strings.Repeat("é", participation.LongestRemark)))
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)), participation.ErrCommentsGoOn)
		s.days(28) // the last day
		s.privacyIs(id, participation.Commenting, false)
		s.must(p.Remarked(s.Context(), "ben", id, "I am away in June."))
		remark := s.remarks(id, "")[0].ID
		s.must(p.Stand(s.Context(), "ben", id, remark, participation.Agree))
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)), participation.ErrCommentsGoOn)
		s.days(1)
		s.privacyIs(id, participation.Deciding, false)
		s.must(p.Remarked(s.Context(), "ben", id, "Too late."), participation.ErrCommentsOver)
		s.must(p.Stand(s.Context(), "ben", id, remark, participation.Pass), participation.ErrCommentsOver)
		s.days(28)
		s.privacyIs(id, participation.Late, false)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.AdoptedWithChanges)))
		s.privacyIs(id, participation.InForce, true)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Rejected)), participation.ErrDecided)
	})
}

func TestWhatTheBoardDecidedIsListedByTheDayOfItsDecision(t *testing.T) {
	each(t, func(s *society) {
		first, second := s.published(shorter), s.published(shorter)
		s.published(shorter)
		s.days(60)
		s.must(s.privacy().Decide(s.Context(), "sec", second, yesTo(participation.Rejected)))
		s.days(1)
		s.must(s.privacy().Decide(s.Context(), "sec", first, yesTo(participation.Adopted)))
		all, err := s.privacy().Decided(s.Context(), 9)
		s.must(err)
		if len(all) != 2 || all[0].ID != first || all[1].ID != second {
			s.Errorf("%+v", all)
		}
		if last, err := s.privacy().Decided(s.Context(), 1); err != nil || len(last) != 1 {
			s.Errorf("%+v, %v", last, err)
		}
	})
}

// TestTheDaysAreLondons: a notice that is published late on a summer evening in UTC has tomorrow's date in London.
func TestTheDaysAreLondons(t *testing.T) {
	each(t, func(s *society) {
		s.now = day("2027-06-30").Start().AddDate(0, 0, 1) // 23:00 of the 30th in UTC
		id := s.published(shorter)
		c, err := s.privacy().Get(s.Context(), id)
		s.must(err)
		if c.On != day("2027-07-01") || c.CommentsUntil != day("2027-07-29") || c.DecideBy != day("2027-08-26") {
			t.Errorf("%s, comments until %s, to be decided by %s", c.On, c.CommentsUntil, c.DecideBy)
		}
	})
}

func TestACommentIsNobodys(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id, p := s.published(shorter), s.privacy()
		for n := range participation.MostRemarks {
			s.must(p.Remarked(s.Context(), "ann", id, fmt.Sprintf("Point %d.", n)))
		}
		s.must(p.Remarked(s.Context(), "ann", id, "One more."), participation.ErrManyRemarks)
		all := s.remarks(id, "ann")
		if len(all) != participation.MostRemarks || !all[0].Own || all[0].Number != 1 {
			t.Errorf("%+v", all)
		}
		first := all[0].ID
		s.must(p.Stand(s.Context(), "ann", id, first, participation.Agree), participation.ErrOwnRemark)
		s.must(p.Stand(s.Context(), "ben", id, first, "perhaps"), participation.ErrNoStand)
		s.must(p.Stand(s.Context(), "ben", id, "none", participation.Agree), participation.ErrNoComment)
		s.must(p.Stand(s.Context(), "stranger", id, first, participation.Agree), participation.ErrNotMember)
		other := s.published(shorter)
		s.must(p.Stand(s.Context(), "ben", other, first, participation.Agree), participation.ErrNoComment)
		s.must(p.Stand(s.Context(), "ben", id, first, participation.Agree))
		s.must(p.Stand(s.Context(), "ben", id, first, participation.Disagree))
		if got := s.remarks(id, "ben")[0]; got.Answer != participation.Disagree || got.Own {
			t.Errorf("%+v", got)
		}
		for _, reader := range []string{"ben", ""} {
			for _, r := range s.remarks(id, reader) {
				if r.Own || r.Tally.All != nil {
					t.Errorf("%q is told %+v", reader, r)
				}
			}
		}
	})
}

func TestACommentIsTakenDownInPublic(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		id, p := s.published(shorter), s.privacy()
		s.must(p.Remarked(s.Context(), "ann", id, "Ben lives at number 4."))
		remark := s.remarks(id, "")[0].ID
		s.must(p.HideRemark(s.Context(), "ben", id, remark, "no"), participation.ErrNotOfficer)
		s.must(p.HideRemark(s.Context(), "stew", id, remark, ""), member.ErrNoWhy)
		s.must(p.HideRemark(s.Context(), "stew", id, remark, "Tells where somebody lives."))
		s.must(p.HideRemark(s.Context(), "stew", id, remark, "again"), participation.ErrNoComment)
		s.must(p.Stand(s.Context(), "ben", id, remark, participation.Agree), participation.ErrNoComment)
		if got := s.remarks(id, "")[0]; got.Words != "" || got.Why != "Tells where somebody lives." || got.HiddenAs != "steward" || !got.Hides() {
			t.Errorf("%+v", got)
		}
	})
}

func TestAMajorChangeWaitsForTheMembersVote(t *testing.T) {
	each(t, func(s *society) {
		major := shorter
		major.Major = true
		id, p := s.published(major), s.privacy()
		s.must(p.VoteCalled(s.Context(), id, "e1", "", "sec"), participation.ErrNoVoteDue)
		s.days(29)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)))
		s.privacyIs(id, participation.AwaitingVote, false)
		s.must(p.VoteDecided(s.Context(), id, "e1", true), participation.ErrNoVoteDue)
		s.must(p.VoteDecided(s.Context(), id, "", true), participation.ErrNoVoteDue)
		s.must(p.VoteCalled(s.Context(), id, "e1", "", "nobody"), participation.ErrNotOfficer)
		s.must(p.VoteCalled(s.Context(), id, "", "", "stew"), participation.ErrNoElection)
		s.must(p.VoteCalled(s.Context(), id, "e1", "", "stew"))
		s.must(p.VoteCalled(s.Context(), id, "e2", "", "sec"), participation.ErrNoVoteDue) // called at the same moment
		s.must(p.VoteCalled(s.Context(), id, "e2", "e1", "stew"))                          // the first was called off
		s.privacyIs(id, participation.Voting, false)
		s.must(p.VoteDecided(s.Context(), id, "e1", true), participation.ErrNoVoteDue)
		s.must(p.VoteDecided(s.Context(), id, "e2", true))
		s.must(p.VoteDecided(s.Context(), id, "e2", true))
		s.must(p.VoteDecided(s.Context(), id, "e2", false), participation.ErrNoVoteDue)
		s.privacyIs(id, participation.InForce, true)
		s.must(p.VoteCalled(s.Context(), id, "e3", "e2", "stew"), participation.ErrNoVoteDue)
	})
}

func TestMembersCanVoteAMajorChangeDown(t *testing.T) {
	each(t, func(s *society) {
		major := shorter
		major.Major = true
		id, p := s.published(major), s.privacy()
		s.days(29)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)))
		s.must(p.VoteCalled(s.Context(), id, "e1", "", "stew"))
		s.must(p.VoteDecided(s.Context(), id, "e1", false))
		s.privacyIs(id, participation.VotedDown, false)
	})
}

// TestAnEmergencyExpiresByItself: nothing has run for it to.
func TestAnEmergencyExpiresByItself(t *testing.T) {
	urgent := shorter
	urgent.Emergency, urgent.Urgency = true, "A disk is full."
	each(t, func(s *society) {
		id, p := s.published(urgent), s.privacy()
		s.privacyIs(id, participation.Commenting, true)
		s.days(29)
		s.privacyIs(id, participation.Deciding, true)
		s.days(27) // 28 days after the last for comments
		s.privacyIs(id, participation.Deciding, true)
		s.days(1)
		s.privacyIs(id, participation.Expired, false)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)), participation.ErrDecided)

		ratified := s.published(urgent)
		s.days(29)
		s.must(p.Decide(s.Context(), "sec", ratified, yesTo(participation.Adopted)))
		s.days(400)
		s.privacyIs(ratified, participation.InForce, true)

		rejected := s.published(urgent)
		s.days(29)
		s.must(p.Decide(s.Context(), "sec", rejected, yesTo(participation.Rejected)))
		s.privacyIs(rejected, participation.RejectedState, false)
	})
}

// TestAMajorEmergencyIsRatifiedByTheMembersAlone: the board's word does not make it last.
func TestAMajorEmergencyIsRatifiedByTheMembersAlone(t *testing.T) {
	urgent := shorter
	urgent.Major, urgent.Emergency, urgent.Urgency = true, true, "A disk is full."
	each(t, func(s *society) {
		id, p := s.published(urgent), s.privacy()
		s.days(29)
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)))
		s.privacyIs(id, participation.AwaitingVote, true)
		s.must(p.VoteCalled(s.Context(), id, "e1", "", "stew"))
		s.days(28)
		s.privacyIs(id, participation.Voting, false)
		s.must(p.VoteDecided(s.Context(), id, "e1", true))
		s.privacyIs(id, participation.InForce, true)
	})
}

func TestTheRuleBookSetsTheDaysOfPrivacyChanges(t *testing.T) {
	each(t, func(s *society) {
		rules := member.FirstRules
		rules.CommentDays, rules.AnswerDays, rules.EmergencyDays = 35, 7, 10
		s.must(s.register.SetRules(s.Context(), rules, "sec", "minute 4"))
		urgent := shorter
		urgent.Emergency, urgent.Urgency = true, "A disk is full."
		id := s.published(urgent)
		s.must(s.register.SetRules(s.Context(), member.FirstRules, "sec", "minute 5")) // later: it has its days
		c, err := s.privacy().Get(s.Context(), id)
		s.must(err)
		if c.CommentsUntil != day("2027-02-08") || c.DecideBy != day("2027-02-15") || c.Expires != day("2027-02-18") {
			t.Errorf("comments until %s, to be decided by %s, expires after %s", c.CommentsUntil, c.DecideBy, c.Expires)
		}
	})
}

func TestMembersHaveFourWeeksAtLeastToComment(t *testing.T) {
	each(t, func(s *society) {
		rules := member.FirstRules
		rules.CommentDays = 27
		s.must(s.register.SetRules(s.Context(), rules, "sec", "minute 4"), member.ErrRules)
		s.must(s.db.Write(s.Context(), func(tx *gorm.DB) error { // as one could before
			return tx.Exec("INSERT INTO rule_book (admit_on_payment, minimum_age, minimum_membership, contribution_window, comment_days, account, why, at) VALUES (TRUE, 16, 0, 365, 7, 'sec', 'minute 1', ?)", s.now).Error
		}))
		c, err := s.privacy().Get(s.Context(), s.published(shorter))
		s.must(err)
		if c.CommentsUntil != calendar.On(s.now).AddDays(28) {
			s.Errorf("comments until %s", c.CommentsUntil)
		}
	})
}

func TestWhatWaitsForAMemberAboutPrivacy(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cai")
		s.sits("cai")
		id, p := s.published(shorter), s.privacy()
		waits := func(who string) (open, owed int, late bool) {
			w, err := p.Waiting(s.Context(), identity.AccountID(who), s.people[who])
			s.must(err)
			return len(w.Open), len(w.Owed), len(w.Owed) > 0 && w.Owed[0].Late
		}
		is := func(who string, open, owed int, late bool) {
			s.Helper()
			if o, d, l := waits(who); o != open || d != owed || l != late {
				s.Errorf("%s has %d open and %d owed, late %v; want %d, %d, %v", who, o, d, l, open, owed, late)
			}
		}
		is("ann", 1, 0, false)
		s.must(p.Remarked(s.Context(), "ann", id, "Hm."))
		is("ann", 0, 0, false)
		is("ben", 1, 0, false)
		s.must(p.Stand(s.Context(), "ben", id, s.remarks(id, "")[0].ID, participation.Pass))
		is("ben", 0, 0, false)
		s.days(29)
		is("ann", 0, 0, false)
		is("cai", 0, 1, false)
		s.days(28)
		is("cai", 0, 1, true)
		s.must(p.Decide(s.Context(), "cai", id, yesTo(participation.Rejected)))
		is("cai", 0, 0, false)
	})
}

func TestMembersAreToldOneAfterTheOther(t *testing.T) {
	each(t, func(s *society) {
		for n := range 51 {
			s.joins(identity.AccountID(fmt.Sprintf("m%02d", n)))
		}
		p, job := s.privacy(), participation.TellPrivacyChange{Change: "c1"}
		var all []member.ID
		for {
			some, err := p.ToTell(s.Context(), job)
			s.must(err)
			if len(some) == 0 {
				break
			}
			all = append(all, some...)
			job.After = some[len(some)-1]
		}
		slices.Sort(all)
		if len(slices.Compact(all)) != 51 {
			t.Errorf("%d were told", len(all))
		}
	})
}

func TestResultsHideWhatIsSmall(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		id, p := s.published(shorter), s.privacy()
		s.must(p.Remarked(s.Context(), "ann", id, "Hm."))
		remark := s.remarks(id, "")[0].ID
		for n := range 11 {
			name := identity.AccountID(fmt.Sprintf("m%02d", n))
			s.joins(name)
			is := participation.Agree
			if n == 10 {
				is = participation.Disagree
			}
			s.must(p.Stand(s.Context(), name, id, remark, is))
		}
		s.days(29)
		check := func() {
			s.Helper()
			tally := s.remarks(id, "")[0].Tally
			if tally.All[participation.Agree] != 10 || tally.All[participation.Disagree] != participation.Hidden || tally.All[participation.Pass] != participation.Hidden {
				t.Errorf("%+v", tally)
			}
		}
		check()
		s.must(p.Decide(s.Context(), "sec", id, yesTo(participation.Adopted)))
		s.days(28)
		s.must(p.Forget(s.Context()))
		s.counts(11)
		s.days(1)
		s.must(p.Forget(s.Context()))
		s.must(p.Forget(s.Context()))
		s.counts(0)
		check()
	})
}

// counts is how many lines still say who answered what, or who commented.
func (s *society) counts(want int) {
	s.Helper()
	var answers, remarks int
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM privacy_answers").Scan(&answers).Error)
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM privacy_comments WHERE member <> ''").Scan(&remarks).Error)
	if answers != want || remarks != min(want, 1) {
		s.Errorf("%d answers and %d comments still have a name, want %d", answers, remarks, want)
	}
}

// TestNothingSmallCanBeWorkedOut takes what is told from the total, as an attacker does.
func TestNothingSmallCanBeWorkedOut(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // a test
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
	shown := 0
	for range 5000 {
		cells := make([]int, 4)
		for i := range cells {
			cells[i] = random.IntN(40) * random.IntN(2)
		}
		all, told := participation.PublishedColumn(cells)
		rest, sum, n := all, 0, 0
		for i, c := range told {
			sum += cells[i]
			if c == participation.Hidden {
				n++
				continue
			}
			shown++
			rest -= c
			if c != cells[i] || c < participation.Smallest {
				t.Fatalf("%v is told as %v of %d", cells, told, all)
			}
		}
		switch {
		case all == participation.Hidden:
			if sum >= participation.Smallest || n != len(cells) {
				t.Fatalf("%v is told as %v of nothing", cells, told)
			}
		case all != sum, n == 1, n > 0 && rest < participation.Smallest:
			t.Fatalf("%v is told as %v of %d: %d hidden cells have %d together", cells, told, all, n, rest)
		}
	}
	if shown == 0 {
		t.Error("nothing was ever told")
	}
}

func TestNobodyPublishesWordsThatTheyHaveNotRead(t *testing.T) {
	each(t, func(s *society) {
		p := s.privacy()
		s.joins("ben")
		s.sits("ben")
		id, err := p.Draft(s.Context(), "sec", shorter)
		s.must(err)
		read := s.mark(id)
		all := shorter
		all.Becomes = "For ever."
		s.must(p.Redraft(s.Context(), "sec", id, read, all))
		s.must(p.Publish(s.Context(), "stew", id, read), participation.ErrRedrafted)
		s.must(p.Publish(s.Context(), "stew", id, ""), participation.ErrRedrafted)
		s.must(p.Redraft(s.Context(), "ben", id, read, shorter), participation.ErrRedrafted)
		s.must(p.Withdraw(s.Context(), "ben", id, read, "too short"), participation.ErrRedrafted)
		s.privacyIs(id, participation.Drafted, false)
		major := all
		major.Major = true
		s.must(p.Redraft(s.Context(), "sec", id, s.mark(id), major))
		read = s.mark(id)
		s.must(p.Redraft(s.Context(), "sec", id, read, all))
		s.must(p.Publish(s.Context(), "stew", id, read), participation.ErrRedrafted) // it takes no vote of the members any more
		s.must(p.Publish(s.Context(), "stew", id, s.mark(id)))
	})
}
