package meeting_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

func (s *society) outcome(id string, want meeting.Outcome) {
	s.Helper()
	if got := s.motion(id).Outcome; got != want {
		s.Errorf("the motion is %q, want %q", got, want)
	}
}

func TestAMotionIsPassedAsAmended(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		first := s.amended(id, "That four lamps be hung in the cellar.")
		other := s.amended(id, "That three candles be lit in the cellar.")
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.Put(s.Context(), "ann", id, "", 1), meeting.ErrAmendmentFirst)
		s.must(s.meetings.Put(s.Context(), "ann", id, other.ID, 1), meeting.ErrAmendmentFirst)
		s.must(s.meetings.Put(s.Context(), "cat", id, first.ID, 1), meeting.ErrNotChair)
		v := s.put(id, first.ID)
		s.must(s.meetings.Put(s.Context(), "ann", id, first.ID, 1), meeting.ErrVoteOpen)
		s.votes(v, meeting.For, "ann", "ben")
		s.votes(v, meeting.Against, "cat")
		s.closes(v)

		got := s.motion(id)
		if got.Version != 2 || got.Words != "That four lamps be hung in the cellar." || got.Amendments[0].Outcome != meeting.Carried || got.Amendments[1].Outcome != meeting.Overtaken {
			s.Errorf("%+v", got)
		}
		s.must(s.meetings.Put(s.Context(), "ann", id, "", 1), meeting.ErrChanged) // the words that the chair had before them
		v = s.put(id, "")
		s.votes(v, meeting.For, "ann", "cat")
		s.votes(v, meeting.Abstain, "ben")
		s.closes(v)
		s.outcome(id, meeting.Carried)
		on, _ := s.motion(id).VoteOn("")
		if want := (meeting.Count{Yes: 2, Abstain: 1}); on.Count != want || on.Version != 2 || !on.Carried {
			s.Errorf("%+v", on)
		}
		if n := s.rows("meeting_choices"); n != 0 {
			s.Errorf("%d choices are still kept", n)
		}
	})
}

func TestAnAmendmentThatIsLostLeavesTheWords(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		d := lamps
		d.Needs = meeting.TwoThirds
		id := s.moved(m.ID, d)
		a := s.amended(id, "That four lamps be hung in the cellar.")
		s.sits(m, "ann", "ben", "cat", "dan")
		v := s.put(id, a.ID)
		s.votes(v, meeting.For, "ann", "ben")
		s.votes(v, meeting.Against, "cat", "dan")
		s.closes(v) // equal is not carried: nobody has a casting vote
		if got := s.motion(id); got.Version != 1 || got.Words != lamps.Words || got.Amendments[0].Outcome != meeting.Lost {
			s.Errorf("%+v", got)
		}
		v = s.put(id, "")
		s.votes(v, meeting.For, "ann", "ben")
		s.votes(v, meeting.Against, "cat")
		s.votes(v, meeting.Abstain, "dan")
		s.closes(v) // two of three: abstentions count for neither
		s.outcome(id, meeting.Carried)
		s.must(s.meetings.Put(s.Context(), "ann", id, "", 1), meeting.ErrNotStanding)
		s.must(s.meetings.Withdraw(s.Context(), "cat", id), meeting.ErrNotStanding)
	})
}

func TestTheChairTakesAnAmendmentFromTheFloor(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.must(s.meetings.TakeAmendment(s.Context(), "ann", id, 1, "That two lamps be hung.", "Moved by Eve."), meeting.ErrGone)
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.TakeAmendment(s.Context(), "ben", id, 1, "That two lamps be hung.", "Moved by Eve."), meeting.ErrNotChair)
		s.must(s.meetings.TakeAmendment(s.Context(), "ann", id, 1, "That two lamps be hung.", "Moved by Eve."))
		v := s.put(id, s.motion(id).Amendments[0].ID)
		s.votes(v, meeting.For, "cat")
		s.closes(v)
		if got := s.motion(id); got.Words != "That two lamps be hung." || !got.Amendments[0].Floor {
			s.Errorf("%+v", got)
		}
	})
}

// Twenty requests of one member, at once, are one vote; and the last word counts.
func TestNobodyVotesTwiceHoweverOftenTheyTry(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		v := s.put(id, "")
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				how := meeting.For
				if n%2 == 0 {
					how = meeting.Against
				}
				if err := s.meetings.Cast(s.Context(), "cat", m.ID, v.ID, how); err != nil {
					s.Error(err)
				}
			})
		}
		all.Wait()
		s.votes(v, meeting.Abstain, "cat")
		open, _, err := s.meetings.OpenVote(s.Context(), m.ID)
		s.must(err)
		if open.Voted != 1 || open.Count != (meeting.Count{}) {
			s.Errorf("%+v", open)
		}
		s.closes(v)
		on, _ := s.motion(id).VoteOn("")
		if want := (meeting.Count{Abstain: 1}); on.Count != want {
			s.Errorf("%+v", on)
		}
		s.outcome(id, meeting.Lost)
	})
}

func TestOnlyWhoIsPresentVotes(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		v := s.put(id, "")
		s.must(s.meetings.Cast(ctx, "dan", m.ID, v.ID, meeting.For), meeting.ErrNotPresent)
		s.must(s.meetings.Cast(ctx, "sec", m.ID, v.ID, meeting.For), meeting.ErrNotMember)
		s.must(s.meetings.CheckIn(ctx, "sec", m.ID), meeting.ErrNotMember)
		s.must(s.meetings.Cast(ctx, "cat", m.ID, v.ID, "maybe"), meeting.ErrNoChoice)
		s.must(s.meetings.Cast(ctx, "cat", m.ID, identity.NewID(), meeting.For), meeting.ErrNoVote)
		s.must(s.meetings.Leave(ctx, "cat", m.ID))
		s.must(s.meetings.Cast(ctx, "cat", m.ID, v.ID, meeting.For), meeting.ErrNotPresent)
		s.must(s.meetings.CheckIn(ctx, "cat", m.ID))
		s.must(s.meetings.Cast(ctx, "cat", m.ID, v.ID, meeting.For))
		s.must(s.register.Resign(ctx, s.people["ben"], member.ShareGiven))
		s.must(s.meetings.Cast(ctx, "ben", m.ID, v.ID, meeting.For), meeting.ErrNotMember)
		s.must(s.meetings.CloseVote(ctx, "cat", m.ID, v.ID), meeting.ErrNotChair)
		s.closes(v)
		s.must(s.meetings.Cast(ctx, "cat", m.ID, v.ID, meeting.Against), meeting.ErrNoVote)
		s.must(s.meetings.CloseVote(ctx, "ann", m.ID, v.ID), meeting.ErrNoVote)
	})
}

func TestTheChairOfAnotherMeetingOpensAndClosesNothingHere(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		c := s.call()
		c.Chair = meeting.Seat{Member: s.people["eve"], Name: "Eve"}
		other, err := s.meetings.Propose(ctx, "sec", c)
		s.must(err)
		s.must(s.meetings.Confirm(ctx, "tre", other))
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "eve")
		for _, who := range []identity.AccountID{"ann", "ben", "eve"} {
			s.must(s.meetings.CheckIn(ctx, who, other))
		}
		s.must(s.meetings.Open(ctx, "eve", other))
		s.must(s.meetings.Put(ctx, "eve", id, "", 1), meeting.ErrNotChair)
		v := s.put(id, "")
		s.must(s.meetings.CloseVote(ctx, "eve", m.ID, v.ID), meeting.ErrNotChair)
		s.must(s.meetings.CloseVote(ctx, "eve", other, v.ID), meeting.ErrNoVote) // by the other meeting's address
		s.must(s.meetings.Cast(ctx, "eve", other, v.ID, meeting.For), meeting.ErrNoVote)
		s.must(s.meetings.Close(ctx, "eve", m.ID), meeting.ErrNotChair)
		s.must(s.meetings.Close(ctx, "ann", m.ID), meeting.ErrVoteOpen)
	})
}

func TestNoVoteIsOpenedOnceTooFewAreLeft(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.Leave(s.Context(), "cat", m.ID))
		s.must(s.meetings.Leave(s.Context(), "cat", m.ID), meeting.ErrNotPresent)
		s.must(s.meetings.Put(s.Context(), "ann", id, "", 1), meeting.ErrInquorate)
		s.must(s.meetings.CheckIn(s.Context(), "dan", m.ID))
		s.put(id, "")
	})
}

func TestThereAreNeverMoreHandsThanPeopleInTheRoom(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		mark := func(name identity.AccountID) error { return s.meetings.MarkPresent(ctx, "ben", m.ID, s.people[name]) }
		s.must(s.meetings.MarkPresent(ctx, "ann", m.ID, s.people["dan"]), meeting.ErrNotMinutes)
		s.must(mark("cat"), meeting.ErrByDevice)
		s.must(mark("dan"))
		s.must(mark("dan"))
		s.must(mark("eve"))
		v := s.put(id, "")
		hands := func(by identity.AccountID, c meeting.Count) error {
			return s.meetings.CountHands(ctx, by, m.ID, v.ID, c)
		}
		s.must(hands("ann", meeting.Count{Yes: 1}), meeting.ErrNotMinutes)
		s.must(hands("ben", meeting.Count{Yes: 2, No: 1}), meeting.ErrTooManyHands)
		s.must(hands("ben", meeting.Count{Yes: -1, No: 1}), meeting.ErrTooManyHands)
		s.must(hands("ben", meeting.Count{Yes: 1 << 62, No: 1 << 62, Abstain: 1 << 62}), meeting.ErrTooManyHands)
		s.votes(v, meeting.For, "dan") // has found their phone
		s.must(hands("ben", meeting.Count{Yes: 2}), meeting.ErrTooManyHands)
		s.must(hands("ben", meeting.Count{No: 1}))
		// Eve's hand was counted: she cannot vote again by a device, nor slip out of the room to do so.
		s.must(s.meetings.Cast(ctx, "eve", m.ID, v.ID, meeting.For), meeting.ErrCountedInRoom)
		s.must(s.meetings.CheckIn(ctx, "eve", m.ID), meeting.ErrCountedInRoom)
		s.must(s.meetings.Leave(ctx, "eve", m.ID), meeting.ErrCountedInRoom)
		s.must(s.meetings.MarkLeft(ctx, "ben", m.ID, s.people["eve"]), meeting.ErrCountedInRoom)
		s.votes(v, meeting.For, "ann")
		s.votes(v, meeting.Against, "cat", "ben")
		s.closes(v)
		on, _ := s.motion(id).VoteOn("")
		if want := (meeting.Count{Yes: 2, No: 3}); on.Count != want {
			s.Errorf("%+v", on.Count)
		}
		s.outcome(id, meeting.Lost)
		room, err := s.meetings.Room(ctx, "ben", s.get(m.ID))
		s.must(err)
		if len(room) != 2 {
			s.Errorf("in the room: %+v", room)
		}
		_, err = s.meetings.Room(ctx, "cat", s.get(m.ID))
		s.must(err, meeting.ErrNotMinutes)
	})
}

// Opening and closing race with voting: whatever comes first, no vote is counted twice and none after the close.
func TestVotesThatRaceWithTheCloseAreCountedOrRefused(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat", "dan", "eve")
		v := s.put(id, "")
		var all sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for _, who := range []identity.AccountID{"ben", "cat", "dan", "eve"} {
			all.Go(func() {
				err := s.meetings.Cast(s.Context(), who, m.ID, v.ID, meeting.For)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					taken++
				} else if !errors.Is(err, meeting.ErrNoVote) {
					s.Error(err)
				}
			})
		}
		all.Go(func() {
			if err := s.meetings.CloseVote(s.Context(), "ann", m.ID, v.ID); err != nil {
				s.Error(err)
			}
		})
		all.Wait()
		on, closed := s.motion(id).VoteOn("")
		if !closed || on.Count.Yes != taken {
			s.Errorf("%d votes were taken, %+v counted", taken, on.Count)
		}
	})
}

func TestAVoteThatWasOpenedByMistakeIsCalledOff(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		a := s.amended(id, "That four lamps be hung in the cellar.")
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.MarkPresent(ctx, "ben", m.ID, s.people["dan"]))
		v := s.put(id, a.ID)
		s.votes(v, meeting.For, "ann", "cat")
		s.must(s.meetings.CountHands(ctx, "ben", m.ID, v.ID, meeting.Count{No: 1}))
		before := s.motion(id)
		off := func(by identity.AccountID, vote, why string) error {
			return s.meetings.CallOffVote(ctx, by, m.ID, vote, why)
		}
		s.must(off("cat", v.ID, "The wrong one."), meeting.ErrNotChair)
		s.must(off("sec", v.ID, "The wrong one."), meeting.ErrNotMember)
		s.must(off("ann", v.ID, " "), member.ErrNoWhy)
		s.must(off("ann", identity.NewID(), "The wrong one."), meeting.ErrNoVote)
		s.must(off("ann", v.ID, "The wrong one."))
		s.must(off("ann", v.ID, "The wrong one."), meeting.ErrNoVote)
		s.must(s.meetings.CloseVote(ctx, "ann", m.ID, v.ID), meeting.ErrNoVote)
		s.must(s.meetings.Cast(ctx, "ben", m.ID, v.ID, meeting.For), meeting.ErrNoVote)

		after := s.motion(id)
		if len(after.CalledOff) != 1 || after.CalledOff[0].Amendment != a.ID || after.CalledOff[0].OffWhy != "The wrong one." || after.CalledOff[0].Count != (meeting.Count{}) {
			s.Errorf("called off: %+v", after.CalledOff)
		}
		after.CalledOff = nil
		if diff := cmp.Diff(before, after); diff != "" {
			s.Error(diff)
		}
		if n, hands := s.rows("meeting_choices"), s.rows("meeting_votes WHERE room_no <> 0"); n != 0 || hands != 0 {
			s.Errorf("%d choices are still kept, and hands of %d votes", n, hands)
		}
		if got := s.acts(id); !slices.Contains(got, "ann as chair: vote called off") {
			s.Errorf("%q", got)
		}
		again := s.put(id, a.ID)
		s.must(off("ann", v.ID, "The old one."), meeting.ErrNoVote) // from a page of before
		s.votes(again, meeting.For, "ben")
		s.closes(again)
		if on, is := s.motion(id).VoteOn(a.ID); !is || on.Count != (meeting.Count{Yes: 1}) {
			s.Errorf("%+v", on)
		}
		s.must(off("ann", again.ID, "I did not like it."), meeting.ErrNoVote) // what was counted stays
	})
}

func TestAChairDoesNotCallOffVotesWithoutEnd(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		for range meeting.MostCalledOff {
			s.must(s.meetings.CallOffVote(s.Context(), "ann", m.ID, s.put(id, "").ID, "Too early."))
		}
		v := s.put(id, "")
		s.must(s.meetings.CallOffVote(s.Context(), "ann", m.ID, v.ID, "Too early."), meeting.ErrMany)
		s.closes(v)
	})
}

// A chair with two pages open calls a vote off and closes it, at once: it is one or the other.
func TestAVoteIsCountedOrCalledOff(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		v := s.put(id, "")
		s.votes(v, meeting.For, "ben")
		var closed, off error
		var both sync.WaitGroup
		both.Go(func() { closed = s.meetings.CloseVote(s.Context(), "ann", m.ID, v.ID) })
		both.Go(func() { off = s.meetings.CallOffVote(s.Context(), "ann", m.ID, v.ID, "Too early.") })
		both.Wait()
		got := s.motion(id)
		switch {
		case closed == nil:
			s.must(off, meeting.ErrNoVote)
			if got.Outcome != meeting.Carried || len(got.Votes) != 1 || len(got.CalledOff) != 0 {
				s.Errorf("%+v", got)
			}
		case off == nil:
			s.must(closed, meeting.ErrNoVote)
			if got.Outcome != "" || len(got.Votes) != 0 || len(got.CalledOff) != 1 {
				s.Errorf("%+v", got)
			}
		default:
			s.Errorf("close: %v, call off: %v", closed, off)
		}
	})
}
