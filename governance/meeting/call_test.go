package meeting_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// The notice of Monday is with everybody on Wednesday, by post; fourteen clear days after that the first day for a meeting is the fifteenth.
func TestTheDayOfServiceAndTheDayOfTheMeetingAreNoClearDays(t *testing.T) {
	served := meeting.ServedOn(day("2027-01-04"))
	if want := day("2027-01-06"); served != want {
		t.Fatalf("served on %s, want %s", served, want)
	}
	for on, want := range map[string]int{"2027-01-07": 0, "2027-01-20": 13, "2027-01-21": 14} {
		if got := election.ClearDays(served, day(on)); got != want {
			t.Errorf("%s: %d clear days, want %d", on, got, want)
		}
	}
}

func TestAProposedTimetableKeepsTheRulesOnWhicheverDay(t *testing.T) {
	rules := member.FirstRules
	for n := range 400 { // over weekends, holidays and changes of the clocks
		today := day("2027-01-04").AddDays(n)
		rules.MeetingDays = member.LeastMeetingDays + n%(member.MostMeetingDays-member.LeastMeetingDays+1)
		c := meeting.Propose(today, rules)
		c.Title, c.Why, c.Place, c.Chair.Member, c.Minutes.Member = "Spring meeting", "To meet.", "The hall", "a", "b"
		for _, served := range []int{0, 1, 2} { // a second officer may be slow to confirm it
			if _, err := meeting.Check(c, today.AddDays(served), rules); err != nil {
				t.Fatalf("on %s, %d clear days: %v", today.AddDays(served), rules.MeetingDays, err)
			}
		}
	}
}

func TestAMeetingIsConfirmedInTheLastMinuteForItsNoticeAndNotInTheNext(t *testing.T) {
	each(t, func(s *society) {
		c := s.call()
		c.At, c.MotionsBy, c.AmendmentsBy = time.Date(2027, 1, 21, 18, 0, 0, 0, calendar.London), time.Date(2027, 1, 14, 17, 0, 0, 0, calendar.London), time.Date(2027, 1, 18, 17, 0, 0, 0, calendar.London)
		late, err := s.meetings.Propose(s.Context(), "sec", c)
		s.must(err)
		last, err := s.meetings.Propose(s.Context(), "sec", c)
		s.must(err)
		s.now = time.Date(2027, 1, 4, 23, 59, 59, 0, calendar.London)
		s.must(s.meetings.Confirm(s.Context(), "tre", last))
		s.now = time.Date(2027, 1, 5, 0, 0, 0, 0, calendar.London)
		s.must(s.meetings.Confirm(s.Context(), "tre", late), meeting.ErrShortNotice)
		_, err = s.meetings.Propose(s.Context(), "sec", c)
		s.must(err, meeting.ErrShortNotice)
		if n := s.notices(); n != 5 {
			s.Errorf("%d notices are queued, want 5", n)
		}
	})
}

func TestACallIsRefusedForWhatItLacks(t *testing.T) {
	each(t, func(s *society) {
		for want, spoil := range map[error]func(*meeting.Call){
			meeting.ErrNoKind:      func(c *meeting.Call) { c.Kind = "secret" },
			meeting.ErrNoTitle:     func(c *meeting.Call) { c.Title = " " },
			meeting.ErrNoWhy:       func(c *meeting.Call) { c.Why = "…" },
			meeting.ErrNoPlace:     func(c *meeting.Call) { c.Place = "" },
			meeting.ErrBadLink:     func(c *meeting.Call) { c.Link = "javascript:alert(1)" },
			meeting.ErrSamePerson:  func(c *meeting.Call) { c.Chair = c.Minutes },
			meeting.ErrNoChair:     func(c *meeting.Call) { c.Chair = meeting.Seat{} },
			meeting.ErrNoMinutes:   func(c *meeting.Call) { c.Minutes = meeting.Seat{} },
			meeting.ErrNoMoment:    func(c *meeting.Call) { c.At = time.Time{} },
			meeting.ErrShortNotice: func(c *meeting.Call) { c.At = s.now.Add(time.Hour) },
			meeting.ErrBadMotions:  func(c *meeting.Call) { c.MotionsBy = s.now.Add(48 * time.Hour) },
			meeting.ErrBadAmending: func(c *meeting.Call) { c.AmendmentsBy = c.At },
		} {
			c := s.call()
			spoil(&c)
			_, err := s.meetings.Propose(s.Context(), "sec", c)
			if !errors.Is(err, want) {
				s.Errorf("got %v, want %v", err, want)
			}
		}
		_, err := s.meetings.Propose(s.Context(), "ann", s.call())
		s.must(err, meeting.ErrNotOfficer)
	})
}

func TestAllThatACallLacksIsToldAtOnce(t *testing.T) {
	each(t, func(s *society) {
		_, err := s.meetings.Propose(s.Context(), "sec", meeting.Call{Link: "x"})
		for _, want := range []error{
			meeting.ErrNoKind, meeting.ErrNoTitle, meeting.ErrNoWhy, meeting.ErrBadLink, meeting.ErrNoChair, meeting.ErrNoMinutes, meeting.ErrNoMoment, meeting.ErrBadMotions, meeting.ErrBadAmending,
		} {
			s.must(err, want)
		}
		c := s.call()
		c.At = time.Time{}
		if _, err := s.meetings.Propose(s.Context(), "sec", c); !errors.Is(err, meeting.ErrNoMoment) || errors.Is(err, meeting.ErrBadAmending) {
			s.Errorf("only the moment is missing, and got %v", err)
		}
		m := s.called()
		_, err = s.meetings.Move(s.Context(), "cat", m.ID, "", meeting.Draft{})
		for _, want := range []error{meeting.ErrNoTitle, meeting.ErrNoWords, meeting.ErrNoReasons, meeting.ErrNoMajority} {
			s.must(err, want)
		}
	})
}

func TestItTakesTwoOfficersToCallAMeeting(t *testing.T) {
	each(t, func(s *society) {
		id, err := s.meetings.Propose(s.Context(), "sec", s.call())
		s.must(err)
		s.must(s.meetings.Confirm(s.Context(), "sec", id), meeting.ErrTakesTwo)
		s.must(s.meetings.Confirm(s.Context(), "ann", id), meeting.ErrNotOfficer)
		_, err = s.meetings.Move(s.Context(), "cat", id, "", lamps)
		s.must(err, meeting.ErrNoMeeting)
		s.must(s.meetings.Confirm(s.Context(), "tre", id))
		s.must(s.meetings.Confirm(s.Context(), "tre", id), meeting.ErrGone)
		if n := s.notices(); n != 5 {
			s.Errorf("%d notices are queued, want one for each member", n)
		}
		want := []string{"sec as secretary: general meeting proposed", "tre as treasurer: general meeting called"}
		if diff := cmp.Diff(want, s.acts(id)); diff != "" {
			s.Error(diff)
		}
	})
}

func TestAMeetingThatIsCalledOffTellsEverybodyAgain(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		s.must(s.meetings.CallOff(s.Context(), "sec", m.ID, " "), member.ErrNoWhy)
		s.must(s.meetings.CallOff(s.Context(), "sec", m.ID, "The hall burned down."))
		s.must(s.meetings.CallOff(s.Context(), "sec", m.ID, "again"), meeting.ErrGone)
		if n := s.notices(); n != 10 {
			s.Errorf("%d notices are queued, want 10", n)
		}
		_, err := s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
		s.must(err, meeting.ErrTooLate)
		s.now = m.At
		s.must(s.meetings.CheckIn(s.Context(), "cat", m.ID), meeting.ErrDoors)
	})
}

func TestANoticeThatCameBackIsPostedInstead(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		job := meeting.GiveNotice{Meeting: m.ID, What: meeting.NoticeCalled, Member: s.people["cat"]}
		s.must(s.meetings.Mailed(s.Context(), job))
		s.must(s.meetings.Posted(s.Context(), "sec", job, calendar.On(s.now)), meeting.ErrNoLetter)
		s.must(s.meetings.Returned(s.Context(), "ann", job, "moved"), meeting.ErrNotOfficer)
		s.must(s.meetings.Returned(s.Context(), "sec", job, "the mailbox is full"))
		letters, err := s.meetings.Letters(s.Context(), m.ID)
		s.must(err)
		if len(letters) != 1 || letters[0].Member != job.Member || letters[0].BouncedWhy != "the mailbox is full" {
			s.Errorf("letters: %+v", letters)
		}
		s.must(s.meetings.Posted(s.Context(), "sec", job, calendar.On(s.now).AddDays(1)), meeting.ErrBadPosted)
		s.must(s.meetings.Posted(s.Context(), "sec", job, calendar.On(s.now)))
		told, err := s.meetings.Told(s.Context(), m.ID)
		s.must(err)
		if want := (meeting.Told{Members: 5, Mailed: 1, Bounced: 1, Posted: 1}); told != want {
			s.Errorf("told %+v, want %+v", told, want)
		}
		job.What = meeting.NoticeOff
		s.must(s.meetings.Returned(s.Context(), "sec", job, "moved"), meeting.ErrNoNotice)
	})
}

func TestAMeetingWithoutAQuorumStandsAdjournedAfterHalfAnHour(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		s.now = m.At.Add(-31 * time.Minute)
		s.must(s.meetings.CheckIn(s.Context(), "ann", m.ID), meeting.ErrDoors)
		s.now = m.At.Add(-30 * time.Minute)
		s.must(s.meetings.CheckIn(s.Context(), "ann", m.ID))
		s.must(s.meetings.CheckIn(s.Context(), "ben", m.ID))
		s.must(s.meetings.Open(s.Context(), "ann", m.ID), meeting.ErrTooEarly)
		s.now = m.At
		s.must(s.meetings.Open(s.Context(), "ann", m.ID), meeting.ErrInquorate)
		again := m.At.AddDate(0, 0, 7)
		s.now = m.At.Add(30*time.Minute - time.Second)
		s.must(s.meetings.Adjourn(s.Context(), "ann", m.ID, again), meeting.ErrTooEarly)
		s.now = m.At.Add(30 * time.Minute)
		s.must(s.meetings.Adjourn(s.Context(), "ben", m.ID, again), meeting.ErrNotChair)
		s.must(s.meetings.Adjourn(s.Context(), "ann", m.ID, m.At.AddDate(0, 0, 6)), meeting.ErrBadNewDay)
		s.must(s.meetings.Adjourn(s.Context(), "ann", m.ID, again))
		if n := s.notices(); n != 10 {
			s.Errorf("%d notices are queued, want 10", n)
		}
		s.must(s.meetings.CheckIn(s.Context(), "ann", m.ID), meeting.ErrDoors)
		s.now = again
		s.must(s.meetings.CheckIn(s.Context(), "cat", m.ID))
		if hall, err := s.meetings.Hall(s.Context(), s.get(m.ID)); err != nil || hall.Present != 1 { // who was there before has to come again
			s.Errorf("%+v, %v", hall, err)
		}
	})
}

func TestAMeetingWithAQuorumIsNotAdjourned(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		s.now = m.At.Add(time.Hour)
		s.must(s.meetings.CheckIn(s.Context(), "ann", m.ID))
		s.must(s.meetings.CheckIn(s.Context(), "ben", m.ID))
		s.must(s.meetings.CheckIn(s.Context(), "cat", m.ID))
		s.must(s.meetings.Adjourn(s.Context(), "ann", m.ID, s.now.AddDate(0, 0, 7)), meeting.ErrGone)
		s.must(s.meetings.Open(s.Context(), "ann", m.ID))
		if got := s.get(m.ID); got.Present != 3 || got.Quorum != 3 || got.State(s.now) != meeting.Sitting {
			s.Errorf("%+v", got)
		}
	})
}

func TestAnotherMemberCanTakeTheChair(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		cat := meeting.Seat{Member: s.people["cat"], Name: "Cat"}
		s.must(s.meetings.Reseat(s.Context(), "ann", m.ID, &cat, nil, "ill"), meeting.ErrNotOfficer)
		s.must(s.meetings.Reseat(s.Context(), "sec", m.ID, &m.Minutes, nil, "ill"), meeting.ErrSamePerson)
		s.must(s.meetings.Reseat(s.Context(), "sec", m.ID, &cat, nil, "Ann is ill."))
		s.now = m.At
		for _, who := range []identity.AccountID{"cat", "dan", "eve"} {
			s.must(s.meetings.MarkPresent(s.Context(), "ben", m.ID, s.people[who]))
		}
		s.must(s.meetings.Open(s.Context(), "ann", m.ID), meeting.ErrNotChair)
		s.must(s.meetings.Open(s.Context(), "cat", m.ID))
	})
}

func TestTheSecondOfficerKnowsUntilWhenACallCanBeConfirmed(t *testing.T) {
	each(t, func(s *society) {
		id, err := s.meetings.Propose(s.Context(), "sec", s.call())
		s.must(err)
		rules, err := s.register.Rules(s.Context())
		s.must(err)
		last := s.get(id).ConfirmBy(calendar.On(s.now), rules)
		if last.Before(calendar.On(s.now)) {
			s.Fatalf("last day %s", last)
		}
		s.now = last.AddDays(1).Start()
		if got := s.get(id).ConfirmBy(calendar.On(s.now), rules); !got.IsZero() {
			s.Errorf("the day after, until %s", got)
		}
		if err := s.meetings.Confirm(s.Context(), "tre", id); !errors.Is(err, meeting.ErrShortNotice) && !errors.Is(err, meeting.ErrBadMotions) {
			s.Errorf("confirmed too late: %v", err)
		}
		s.now = last.AddDays(1).Start().Add(-time.Minute)
		s.must(s.meetings.Confirm(s.Context(), "tre", id))
	})
}

func TestWhoStaysAtAMeetingIsNotAskedForAgain(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		cat := meeting.Seat{Member: s.people["cat"], Name: "Cat"}
		s.must(s.meetings.Reseat(s.Context(), "sec", m.ID, nil, nil, "ill"), meeting.ErrSameSeats)
		s.must(s.meetings.Reseat(s.Context(), "sec", m.ID, &meeting.Seat{}, nil, "ill"), meeting.ErrNoChair)
		s.must(s.meetings.Reseat(s.Context(), "sec", m.ID, nil, &cat, "Ben is ill."))
		if got := s.get(m.ID); got.Chair != m.Chair || got.Minutes != cat {
			s.Errorf("%+v", got)
		}
	})
}
