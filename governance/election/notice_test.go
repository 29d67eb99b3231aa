package election_test

import (
	"errors"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func TestEveryMemberGetsOneNotice(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		s.must(s.register.ResignedByLetter(s.Context(), s.people["cat"], member.ShareGiven, calendar.On(s.now), "sec", "wrote to us"))
		e := s.called()
		s.must(s.elections.Notify(s.Context()))
		if got := s.election(e.ID).State(s.now); got != election.Called || s.queued() != 0 {
			s.Errorf("it is %s before the day of the notice, with %d notices", got, s.queued())
		}
		s.now = e.Timetable.Notice.Start().UTC()
		s.must(s.elections.Notify(s.Context()))
		s.must(s.elections.Notify(s.Context()))
		told, err := s.elections.Told(s.Context(), e.ID)
		s.must(err)
		if told != (election.Told{Members: 2}) || s.queued() != 2 {
			s.Errorf("told %+v, with %d notices queued", told, s.queued())
		}
	})
}

func TestANoticeThatMissedItsDayIsNotGiven(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		e := s.called()
		s.now = e.Timetable.Notice.AddDays(1).Start().UTC()
		s.must(s.elections.Notify(s.Context()))
		if got := s.election(e.ID).State(s.now); got != election.Missed || s.queued() != 0 {
			s.Errorf("it is %s, with %d notices", got, s.queued())
		}
	})
}

func TestNobodyIsToldOfWhatIsOnlyProposed(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		id, err := s.elections.Call(s.Context(), "sec", s.call())
		s.must(err)
		s.now = s.election(id).Timetable.Notice.Start().Add(time.Hour)
		s.must(s.elections.Notify(s.Context()))
		if n := s.queued(); n != 0 {
			s.Errorf("%d notices", n)
		}
	})
}

func TestWhomMailDoesNotReachGetsALetter(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.noticed()
		ctx := s.Context()
		notice := func(name string) election.GiveNotice {
			return election.GiveNotice{Election: e.ID, Member: s.people[name]}
		}
		s.must(s.elections.Mailed(ctx, notice("ann")))
		s.must(s.elections.Mailed(ctx, notice("ben")))
		s.must(s.elections.Bounced(ctx, notice("cat"), "nobody has mail there"))
		s.must(s.elections.Returned(ctx, "ro", e.ID, s.people["ben"], "the mailbox is full"))
		letters, err := s.elections.Letters(ctx, e.ID)
		s.must(err)
		if len(letters) != 2 {
			s.Fatalf("letters: %+v", letters)
		}
		if err := s.elections.Posted(ctx, "ro", e.ID, s.people["ann"], calendar.On(s.now)); !errors.Is(err, election.ErrNoLetter) {
			s.Errorf("a letter to somebody whom mail reached: %v", err)
		}
		for _, day := range []calendar.Date{{}, e.Timetable.Notice.AddDays(-1), calendar.On(s.now).AddDays(1)} {
			if err := s.elections.Posted(ctx, "ro", e.ID, s.people["ben"], day); !errors.Is(err, election.ErrBadPosted) {
				s.Errorf("posted on %s: %v", day, err)
			}
		}
		if err := s.elections.Posted(ctx, "ann", e.ID, s.people["ben"], calendar.On(s.now)); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("by a member: %v", err)
		}
		s.must(s.elections.Posted(ctx, "ro", e.ID, s.people["ben"], calendar.On(s.now)))
		s.must(s.elections.Posted(ctx, "stew", e.ID, s.people["cat"], calendar.On(s.now)))
		told, err := s.elections.Told(ctx, e.ID)
		s.must(err)
		if want := (election.Told{Members: 3, Mailed: 2, Bounced: 2, Posted: 2}); told != want {
			s.Errorf("told %+v, want %+v", told, want)
		}
		if letters, err = s.elections.Letters(ctx, e.ID); err != nil || len(letters) != 0 {
			s.Errorf("still to post: %+v, %v", letters, err)
		}
	})
}
