package election_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func TestAMotionIsCarriedByTheMajorityThatItNeeds(t *testing.T) {
	for _, c := range []struct {
		needs   election.Majority
		yes, no int
		want    bool
	}{
		{election.Simple, 0, 0, false},
		{election.Simple, 1, 0, true},
		{election.Simple, 5, 5, false}, // a tie is no majority, and no lot decides
		{election.Simple, 6, 5, true},
		{election.TwoThirds, 0, 0, false},
		{election.TwoThirds, 2, 1, true},
		{election.TwoThirds, 19, 10, false},
		{election.TwoThirds, 20, 10, true},
		{election.TwoThirds, 1, 0, true},
	} {
		if got := c.needs.Carries(c.yes, c.no); got != c.want {
			t.Errorf("%s: %d yes, %d no: carried %v, want %v", c.needs, c.yes, c.no, got, c.want)
		}
	}
}

// TestAProposedTimetableOfAMotionKeepsEveryRule on every day of two years, and breaks one when the poll opens a day too early.
func TestAProposedTimetableOfAMotionKeepsEveryRule(t *testing.T) {
	book := election.RuleBooks()[0]
	for notice := (calendar.Date{Year: 2027, Month: 1, Day: 1}); notice.Year < 2029; notice = notice.AddDays(1) {
		proposed := book.ProposeMotion(notice)
		if found := book.CheckMotion(proposed, notice); len(found) > 0 {
			t.Fatalf("notice on %s: %v", notice, found)
		}
		early := proposed
		early.PollOpens = election.Served(notice, election.ByPost).AddDays(book.NoticeDays).Start()
		if !election.Refused(book.CheckMotion(early, notice)) {
			t.Fatalf("notice on %s: the poll may open on %s", notice, calendar.On(early.PollOpens))
		}
	}
}

// motionCall is a call for a vote on a motion.
func (s *society) motionCall(needs election.Majority) election.Call {
	s.Helper()
	c := s.onlineCall()
	book, err := election.RuleBookOn(c.Timetable.Notice)
	s.must(err)
	c.Title, c.Seats, c.Timetable = "Addresses for a year", nil, book.ProposeMotion(c.Timetable.Notice)
	c.Motion = &election.Motion{Words: "That addresses are kept for a year.", Needs: needs, About: "privacy:x"}
	return c
}

func TestACallForAMotionSaysWhatIsMovedAndHow(t *testing.T) {
	each(t, func(s *society) {
		for want, change := range map[error]func(*election.Call){
			election.ErrNoMotion:      func(c *election.Call) { c.Motion.Words = " " },
			election.ErrNoMajority:    func(c *election.Call) { c.Motion.Needs = "some" },
			election.ErrMotionOnPaper: func(c *election.Call) { c.Ballots = election.BallotsPaper },
			election.ErrThreeWatch:    func(c *election.Call) { c.Scrutineers = watchers[:2] },
			election.ErrNoMinute:      func(c *election.Call) { c.Minute = "" },
		} {
			c := s.motionCall(election.Simple)
			change(&c)
			_, err := s.elections.Call(s.Context(), "sec", c)
			s.must(err, want)
		}
		long := s.motionCall(election.Simple)
		long.Motion.Words = strings.Repeat("x", election.LongestMotion+1)
		_, err := s.elections.Call(s.Context(), "sec", long)
		s.must(err, election.ErrNoMotion)
		late := s.motionCall(election.Simple)
		late.Timetable.PollOpens = late.Timetable.ObjectionsClose
		if _, err := s.elections.Call(s.Context(), "sec", late); err == nil {
			t.Error("a poll opens with the close of objections")
		} else if _, is := errors.AsType[*election.TimetableError](err); !is {
			t.Error(err)
		}
	})
}

// TestMembersVoteOnAMotion is the whole of it: all classes vote in one contest, and what is certified takes no seat.
func TestMembersVoteOnAMotion(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat", "dan", "eve")
		_, err := s.operators.Appoint(t.Context(), "sec", member.Appointment{
			Member: s.people["eve"], Name: "Eve", Runs: "the brokers", Since: calendar.On(s.now), Minute: "item 3", Why: "runs them well",
		})
		s.must(err)
		s.must(s.classes.Choose(t.Context(), s.people["eve"], member.ClassOperator))
		o := s.finalOf(s.motionCall(election.TwoThirds))
		contests, err := s.polls.Contests(t.Context(), o.ID)
		s.must(err)
		if len(contests) != 1 || contests[0].Class != ordinary {
			t.Fatalf("they vote in %d classes", len(contests))
		}
		ann, bob, cat, eve := o.key("ann"), o.key("bob"), o.key("cat"), o.key("eve")
		s.until(o.Timetable.PollOpens)
		ann.votes(1)
		bob.votes(2)
		cat.votes(1, 2)
		eve.votes(1)
		bob.votes(2, 1)
		o.closes()
		by := o.watchersByNumber()
		o.peels(by[0])
		o.opens(by[1])
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, ""))
		s.hear(o.Election)
		i := s.certified(o.Election, "")
		want := &election.Resolution{Motion: "That addresses are kept for a year.", Needs: election.TwoThirds, Yes: 3, No: 1, Carried: true}
		if diff := cmp.Diff(want, i.Resolution); diff != "" {
			t.Errorf("resolved (-want +got):\n%s", diff)
		}
		s.must(i.CheckResolution())
		forged := i.Certificate
		other := *i.Resolution
		other.No, other.Yes = 3, 1
		forged.Resolution = &other
		s.must(forged.CheckResolution(), election.ErrOtherResolution)
		if _, err := i.Recount(i.Classes[0], i.Files[ordinary]); err != nil {
			t.Errorf("counted again: %v", err)
		}
		s.until(o.Timetable.TermsBegin.Start())
		if state := s.election(o.ID).State(s.now); state != election.Complete {
			t.Errorf("it is %s", state)
		}
		if who := s.sits(calendar.On(s.now)); len(who) != 0 {
			t.Errorf("yes and no sit on the board: %v", who)
		}
		var told int
		s.must(s.db.Read(t.Context()).Raw("SELECT count(*) FROM river_job WHERE kind = ?", election.Decided{}.Kind()).Scan(&told).Error)
		if told != 1 {
			t.Errorf("whoever moved it is told %d times", told)
		}
	})
}
