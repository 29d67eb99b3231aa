package meeting_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

// What somebody could try who knows the rules better than the others, or waits until they have gone home.

func TestNobodyOpensAMeetingOnceTheOthersHaveGoneHome(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		s.now = m.At
		for _, who := range []identity.AccountID{"ann", "ben", "cat"} {
			s.must(s.meetings.CheckIn(ctx, who, m.ID))
		}
		s.now = m.At.Add(2*time.Hour + time.Second)
		s.must(s.meetings.CheckIn(ctx, "dan", m.ID), meeting.ErrDoors)
		s.must(s.meetings.MarkPresent(ctx, "ben", m.ID, s.people["dan"]), meeting.ErrDoors)
		s.must(s.meetings.Open(ctx, "ann", m.ID), meeting.ErrTooLate)
		s.now = m.At.AddDate(0, 0, 3)
		s.must(s.meetings.Open(ctx, "ann", m.ID), meeting.ErrTooLate)
		again := s.now.AddDate(0, 0, 8)
		s.must(s.meetings.Adjourn(ctx, "ann", m.ID, again)) // though enough had come
		s.now = again.Add(2 * time.Hour)
		for _, who := range []identity.AccountID{"ann", "ben", "cat"} {
			s.must(s.meetings.CheckIn(ctx, who, m.ID))
		}
		s.must(s.meetings.Open(ctx, "ann", m.ID))
	})
}

func TestNoVoteIsOpenedLongAfterTheMeetingWas(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		s.now = m.At.Add(12*time.Hour + time.Second)
		s.must(s.meetings.Put(s.Context(), "ann", id, "", 1), meeting.ErrTooLate)
		s.now = m.At.Add(12 * time.Hour)
		s.closes(s.put(id, ""))
		s.now = m.At.Add(24 * time.Hour)
		s.must(s.meetings.Close(s.Context(), "ann", m.ID))
	})
}

func TestNobodyShutsTheOthersOutByMovingAndWithdrawing(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		for range meeting.MostOwnMotions {
			id, err := s.meetings.Move(ctx, "cat", m.ID, "", lamps)
			s.must(err)
			s.must(s.meetings.Withdraw(ctx, "cat", id))
		}
		_, err := s.meetings.Move(ctx, "cat", m.ID, "", lamps)
		s.must(err, meeting.ErrManyOwn)
		for range meeting.MostBoardMotions {
			_, err := s.meetings.MoveForBoard(ctx, "sec", m.ID, lamps)
			s.must(err)
		}
		_, err = s.meetings.MoveForBoard(ctx, "sec", m.ID, lamps)
		s.must(err, meeting.ErrMany)
		id, err := s.meetings.Move(ctx, "dan", m.ID, "", lamps) // the board's leave room for members'
		s.must(err)
		s.must(s.meetings.Second(ctx, "ann", id, 1))
		for n := range meeting.MostOwnChanges {
			s.now = s.now.Add(time.Second)
			s.must(s.meetings.Amend(ctx, "eve", id, 1, "", "That four lamps be hung.", "More light."))
			s.must(s.meetings.WithdrawAmendment(ctx, "eve", id, s.motion(id).Amendments[n].ID))
		}
		s.must(s.meetings.Amend(ctx, "eve", id, 1, "", "That four lamps be hung.", "More light."), meeting.ErrManyOwn)
	})
}

func TestTheMinutesTellWhoWasInTheChair(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		dan := meeting.Seat{Member: s.people["dan"], Name: "Dan"}
		v := s.put(id, "")
		s.must(s.meetings.Reseat(ctx, "sec", m.ID, &dan, nil, "Ann is ill."), meeting.ErrVoteOpen) // nobody else closes it when it suits them
		s.closes(v)
		s.now = s.now.Add(time.Hour)
		s.must(s.meetings.Reseat(ctx, "sec", m.ID, &dan, nil, "Ann is ill."))
		s.must(s.meetings.Close(ctx, "ann", m.ID), meeting.ErrNotChair)
		s.must(s.meetings.Close(ctx, "dan", m.ID))
		s.must(s.meetings.Sign(ctx, "dan", m.ID, s.mark(m.ID)))
		s.must(s.meetings.Reseat(ctx, "sec", m.ID, &m.Chair, nil, "Ann is well."), meeting.ErrGone)
		got := s.get(m.ID)
		seats, err := s.meetings.Reseated(ctx, m.ID)
		s.must(err)
		if got.OpenedName != "Ann" || got.SignedName != "Dan" || len(seats) != 1 || seats[0].Chair != "Dan" || !seats[0].At.Equal(s.now) {
			s.Errorf("%+v, %+v", got, seats)
		}
	})
}

func TestTheMinutesNameNobodyAsChairWhoWasNot(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		s.now = s.now.AddDate(0, 0, 1)
		dan := meeting.Seat{Member: s.people["dan"], Name: "Dan"}
		s.must(s.meetings.Reseat(ctx, "sec", m.ID, &dan, nil, "Ann is ill."))
		s.must(s.meetings.Sign(ctx, "dan", m.ID, s.mark(m.ID)))
		got := s.get(m.ID)
		seats, err := s.meetings.Reseated(ctx, m.ID)
		s.must(err)
		if got.SignedName != "Dan" || got.InChair(seats) != "Ann" || !got.After(seats[0]) {
			s.Errorf("%+v, %+v", got, seats)
		}
	})
}

func TestTheChairSignsNothingThatTheyDidNotRead(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{meeting.Whole: "Eve is away."}))
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		read := s.mark(m.ID)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{meeting.Whole: "Eve is away. Ben is to be paid."}))
		s.must(s.meetings.Sign(ctx, "ann", m.ID, read), meeting.ErrChanged)
		s.must(s.meetings.Sign(ctx, "ann", m.ID, ""), meeting.ErrChanged)
		s.must(s.meetings.Sign(ctx, "ann", m.ID, s.mark(m.ID)))
	})
}

func TestWhoIsNoMemberAnyMoreCountsForNothing(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat", "dan")
		v := s.put(id, "")
		s.votes(v, meeting.Against, "cat", "dan")
		s.votes(v, meeting.For, "ann")
		s.must(s.register.Resign(ctx, s.people["cat"], member.ShareGiven))
		s.must(s.register.Resign(ctx, s.people["dan"], member.ShareGiven))
		if open, _, err := s.meetings.OpenVote(ctx, m.ID); err != nil || open.Voted != 1 {
			s.Errorf("%+v, %v", open, err)
		}
		s.closes(v)
		s.outcome(id, meeting.Carried)
		if hall, err := s.meetings.Hall(ctx, s.get(m.ID)); err != nil || hall.Present != 2 || hall.Quorate() {
			s.Errorf("%+v, %v", hall, err)
		}
		s.must(s.meetings.Leave(ctx, "cat", m.ID))
		s.must(s.meetings.Leave(ctx, "sec", m.ID), meeting.ErrNotMember)
	})
}

func TestWhoeverWritesTheMinutesLeavesTracesAndSendsNobodyAway(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		before := len(s.acts(m.ID))
		s.must(s.meetings.MarkLeft(ctx, "ben", m.ID, s.people["cat"]), meeting.ErrByDevice)
		s.must(s.meetings.MarkPresent(ctx, "ben", m.ID, s.people["dan"]))
		v := s.put(id, "")
		s.must(s.meetings.CountHands(ctx, "ben", m.ID, v.ID, meeting.Count{No: 1}))
		s.closes(v)
		if n := s.rows("meeting_votes WHERE room_no <> 0"); n != 0 { // one hand in a room of one says how they voted
			s.Error("how the room voted is still kept")
		}
		if on, _ := s.motion(id).VoteOn(""); on.Count.No != 1 {
			s.Errorf("%+v", on)
		}
		s.must(s.meetings.MarkLeft(ctx, "ben", m.ID, s.people["dan"]))
		want := []string{"ben as minutes: somebody marked as present in the room", "ben as minutes: hands counted", "ben as minutes: somebody marked as gone from the room"}
		if diff := cmp.Diff(want, s.acts(m.ID)[before:]); diff != "" {
			s.Error(diff)
		}
	})
}

func TestWhoHasLeftAsksForNoBallot(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat", "dan", "eve")
		for _, who := range []identity.AccountID{"ann", "ben", "cat", "dan", "eve"} {
			s.must(s.meetings.AskBallot(ctx, who, id))
		}
		s.must(s.meetings.Put(ctx, "ann", id, "", 1), meeting.ErrAskedBallot)
		s.must(s.meetings.Leave(ctx, "eve", m.ID))
		s.put(id, "")
	})
}

func TestWhoWasThereIsForgottenThoughNobodySigns(t *testing.T) {
	each(t, func(s *society) {
		off, m, ctx := s.called(), s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.now = off.At
		s.must(s.meetings.CheckIn(ctx, "eve", off.ID))
		s.must(s.meetings.CallOff(ctx, "sec", off.ID, "It burns."))
		if n := s.rows("meeting_attendance"); n != 0 {
			s.Errorf("%d lines say who came to a meeting that was called off", n)
		}
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.AskBallot(ctx, "cat", id))
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		s.now = m.At.AddDate(0, 0, 60).Add(-time.Second)
		s.must(s.meetings.Mind(ctx))
		if n := s.rows("meeting_attendance"); n != 3 {
			s.Errorf("%d lines too early", n)
		}
		s.now = s.now.Add(time.Second)
		s.must(s.meetings.Mind(ctx))
		if n := s.rows("meeting_attendance") + s.rows("meeting_ballot_askers"); n != 0 {
			s.Errorf("%d lines still say who was there", n)
		}
	})
}

func TestAnAmendmentThatNobodySecondedIsNotOvertaken(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.must(s.meetings.Amend(s.Context(), "cat", id, 1, "", "That no lamps be hung.", "Dark is nice."))
		a := s.amended(id, "That four lamps be hung.")
		s.sits(m, "ann", "ben", "cat")
		v := s.put(id, a.ID)
		s.votes(v, meeting.For, "ann")
		s.closes(v)
		if got := s.motion(id).Amendments[0]; got.Outcome != "" {
			s.Errorf("%+v", got)
		}
	})
}

func TestNothingIsMovedOnceTheOrderPaperIsMadeWhateverAClockSays(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		s.now = m.MotionsBy
		s.must(s.meetings.Mind(s.Context()))
		s.now = m.MotionsBy.Add(-time.Minute)
		_, err := s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
		s.must(err, meeting.ErrTooLate)
	})
}
