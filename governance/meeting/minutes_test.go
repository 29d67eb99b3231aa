package meeting_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/meeting"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestTheChairCanSendAMotionToASecretBallot(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id, lost := s.moved(m.ID, lamps), s.moved(m.ID, lamps)
		a := s.amended(id, "That four lamps be hung in the cellar.")
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.ToBallot(ctx, "ann", id, 1), meeting.ErrAmendmentFirst)
		v := s.put(id, a.ID)
		s.votes(v, meeting.For, "ann")
		s.closes(v)
		s.must(s.meetings.ToBallot(ctx, "ann", id, 1), meeting.ErrChanged)
		s.must(s.meetings.ToBallot(ctx, "cat", id, 2), meeting.ErrNotChair)
		s.must(s.meetings.BallotCalled(ctx, "sec", id, "e1", ""), meeting.ErrNoBallotDue)
		s.must(s.meetings.ToBallot(ctx, "ann", id, 2))
		s.must(s.meetings.ToBallot(ctx, "ann", lost, 1))
		s.must(s.meetings.Put(ctx, "ann", id, "", 2), meeting.ErrNotStanding)
		s.must(s.meetings.Close(ctx, "ann", m.ID))

		toCall := func() (n int) {
			all, err := s.meetings.BallotsToCall(ctx, nil)
			s.must(err)
			return len(all)
		}
		if n := toCall(); n != 2 {
			s.Errorf("%d ballots are to be called", n)
		}
		s.must(s.meetings.BallotCalled(ctx, "ann", id, "e1", ""), meeting.ErrNotOfficer)
		s.must(s.meetings.BallotCalled(ctx, "sec", id, "e1", ""))
		if n := toCall(); n != 1 {
			s.Errorf("%d ballots are to be called once one was", n)
		}
		if again, err := s.meetings.BallotsToCall(ctx, []string{"e0", "e1"}); err != nil || len(again) != 2 {
			s.Errorf("%d ballots are to be called once one was called off: %v", len(again), err)
		}
		s.must(s.meetings.BallotCalled(ctx, "sec", id, "e2", ""), meeting.ErrNoBallotDue)
		s.must(s.meetings.BallotCalled(ctx, "sec", id, "e2", "e1"))
		s.must(s.meetings.BallotCalled(ctx, "sec", id, "e2", "e1")) // the job that makes sure came second
		adjourned := s.motion(id).DecidedAt
		s.now = s.now.AddDate(0, 0, 30)
		s.must(s.meetings.BallotDecided(ctx, id, "e1", 9, 0), meeting.ErrNoBallotDue) // another took its place
		s.must(s.meetings.BallotDecided(ctx, id, "e2", 5, 4))
		s.must(s.meetings.BallotDecided(ctx, id, "e2", 0, 9), meeting.ErrNoBallotDue) // told twice
		if got := s.motion(id); got.Outcome != meeting.Carried || got.BallotYes != 5 || got.BallotNo != 4 || got.Version != 2 || !got.DecidedAt.Equal(adjourned) {
			s.Errorf("%+v", got)
		}
		s.must(s.meetings.BallotCalled(ctx, "sec", lost, "e3", ""))
		s.must(s.meetings.BallotDecided(ctx, lost, "e3", 4, 4))
		s.outcome(lost, meeting.Lost)
	})
}

func TestEnoughMembersCanHaveASecretBallot(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id, other := s.moved(m.ID, lamps), s.moved(m.ID, lamps)
		s.must(s.meetings.AskBallot(ctx, "ann", id), meeting.ErrGone)
		s.sits(m, "ann", "ben", "cat", "dan")
		s.must(s.meetings.AskBallot(ctx, "eve", id), meeting.ErrNotPresent)
		s.must(s.meetings.CheckIn(ctx, "eve", m.ID))
		for _, who := range []identity.AccountID{"ann", "ben", "cat", "dan", "dan"} {
			s.must(s.meetings.AskBallot(ctx, who, id))
		}
		asked, err := s.meetings.Asking(ctx, m.ID, s.people["dan"])
		s.must(err)
		if want := (meeting.Asked{Count: 4, Own: true}); asked[id] != want || asked[other].Own {
			s.Errorf("%+v", asked)
		}
		v := s.put(id, "") // four are too few
		s.must(s.meetings.Leave(ctx, "eve", m.ID))
		s.must(s.meetings.AskBallot(ctx, "eve", id), meeting.ErrNotPresent)
		s.closes(v)
		s.must(s.meetings.CheckIn(ctx, "eve", m.ID))
		s.must(s.meetings.AskBallot(ctx, "eve", id), meeting.ErrNotStanding) // it is declared
		for _, who := range []identity.AccountID{"ann", "ben", "cat", "dan", "eve"} {
			s.must(s.meetings.AskBallot(ctx, who, other))
		}
		s.must(s.meetings.Put(ctx, "ann", other, "", 1), meeting.ErrAskedBallot)
		s.must(s.meetings.Close(ctx, "ann", m.ID)) // the chair cannot keep it from the members so, either
		s.outcome(other, meeting.Ballot)
	})
}

// Co-operative rules have a poll demanded before, or on the declaration of the result of, a show of hands.
func TestASecretBallotCanBeAskedForUntilTheVoteIsClosed(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		a := s.amended(id, "That four lamps be hung in the cellar.")
		all := []identity.AccountID{"ann", "ben", "cat", "dan", "eve"}
		s.sits(m, all...)
		v := s.put(id, a.ID)
		for _, who := range all[:4] {
			s.must(s.meetings.AskBallot(ctx, who, id))
		}
		s.votes(v, meeting.Against, "eve")
		s.closes(v)
		v = s.put(id, "")
		s.votes(v, meeting.For, "ann", "ben")
		s.must(s.meetings.AskBallot(ctx, "eve", id))
		s.must(s.meetings.CloseVote(ctx, "ann", m.ID, v.ID), meeting.ErrAskedBallot)
		s.must(s.meetings.ToBallot(ctx, "ann", id, 1), meeting.ErrVoteOpen)
		s.outcome(id, "")
		s.must(s.meetings.CallOffVote(ctx, "ann", m.ID, v.ID, "Enough members asked for a secret ballot."))
		s.must(s.meetings.Put(ctx, "ann", id, "", 1), meeting.ErrAskedBallot)
		s.must(s.meetings.ToBallot(ctx, "ann", id, 1))
		s.outcome(id, meeting.Ballot)
		if n := s.rows("meeting_choices"); n != 0 {
			s.Errorf("%d choices are still kept", n)
		}
	})
}

func TestAVoteOnAnAmendmentIsCountedThoughTheMotionGoesToABallot(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		a := s.amended(id, "That four lamps be hung in the cellar.")
		all := []identity.AccountID{"ann", "ben", "cat", "dan", "eve"}
		s.sits(m, all...)
		v := s.put(id, a.ID)
		for _, who := range all {
			s.must(s.meetings.AskBallot(ctx, who, id))
		}
		s.votes(v, meeting.For, all...)
		s.closes(v)
		if got := s.motion(id); got.Version != 2 || got.Outcome != "" {
			s.Errorf("%+v", got)
		}
	})
}

func TestAVoteThatWaitsForABallotIsCalledOffHoweverOftenOthersWere(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		all := []identity.AccountID{"ann", "ben", "cat", "dan", "eve"}
		s.sits(m, all...)
		for range meeting.MostCalledOff {
			s.must(s.meetings.CallOffVote(ctx, "ann", m.ID, s.put(id, "").ID, "Too early."))
		}
		v := s.put(id, "")
		for _, who := range all {
			s.must(s.meetings.AskBallot(ctx, who, id))
		}
		s.must(s.meetings.CloseVote(ctx, "ann", m.ID, v.ID), meeting.ErrAskedBallot)
		s.must(s.meetings.CallOffVote(ctx, "ann", m.ID, v.ID, "A ballot is asked for."))
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		s.outcome(id, meeting.Ballot)
	})
}

func TestNotesOfAnOlderPageTakeNothingOutOfTheMinutes(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.sits(m, "ann", "ben", "cat")
		early := s.mark(m.ID)
		both := map[string]string{meeting.Whole: "Eve is away.", id: "Cat said that it is dark."}
		s.must(s.meetings.Note(ctx, "ben", m.ID, early, both))
		s.must(s.meetings.Note(ctx, "ben", m.ID, early, both)) // sent twice
		s.must(s.meetings.Note(ctx, "ben", m.ID, early, map[string]string{meeting.Whole: ""}), meeting.ErrChanged)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{meeting.Whole: ""}))
		s.must(s.meetings.Note(ctx, "ben", m.ID, early, map[string]string{meeting.Whole: "Dan is away."})) // nothing stood there
		notes, err := s.meetings.Notes(ctx, m.ID)
		s.must(err)
		if diff := cmp.Diff(map[string]string{meeting.Whole: "Dan is away.", id: both[id]}, notes); diff != "" {
			s.Error(diff)
		}
		s.must(s.meetings.Note(ctx, "ben", m.ID, "", map[string]string{id: strings.Repeat("x", meeting.LongestMinutes+1)}), meeting.ErrBadMinutes)
	})
}

func TestWhatWasNotReachedIsSaidSo(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.amended(id, "That four lamps be hung in the cellar.")
		s.must(s.meetings.Close(ctx, "ann", m.ID), meeting.ErrGone)
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.CallOff(ctx, "sec", m.ID, "late"), meeting.ErrGone)
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		s.must(s.meetings.Close(ctx, "ann", m.ID), meeting.ErrGone)
		s.outcome(id, meeting.NotReached)
		if a := s.motion(id).Amendments[0]; a.Outcome != meeting.NotReached {
			s.Errorf("%+v", a)
		}
		s.must(s.meetings.CheckIn(ctx, "dan", m.ID), meeting.ErrDoors)
		s.must(s.meetings.Leave(ctx, "ann", m.ID), meeting.ErrNotPresent)
	})
}

func TestMinutesAreSignedByTheChairAndThenOnlyAddedTo(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		id := s.moved(m.ID, lamps)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{meeting.Whole: "Early."}), meeting.ErrTooEarly)
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.Note(ctx, "cat", m.ID, s.mark(m.ID), map[string]string{meeting.Whole: "Mine."}), meeting.ErrNotMinutes)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{"elsewhere": "What?"}), meeting.ErrNoMotion)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{id: "Cat said that it is dark."}))
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{id: "Cat said that it is very dark."}))
		s.must(s.meetings.AskBallot(ctx, "cat", id))
		s.must(s.meetings.Sign(ctx, "ann", m.ID, s.mark(m.ID)), meeting.ErrNotClosed)
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		s.must(s.meetings.Add(ctx, "ben", m.ID, "It was not."), meeting.ErrNotSigned)
		s.must(s.meetings.Sign(ctx, "ben", m.ID, s.mark(m.ID)), meeting.ErrNotChair)
		s.must(s.meetings.Sign(ctx, "ann", m.ID, s.mark(m.ID)))
		s.must(s.meetings.Sign(ctx, "ann", m.ID, s.mark(m.ID)), meeting.ErrSigned)
		s.must(s.meetings.Note(ctx, "ben", m.ID, s.mark(m.ID), map[string]string{id: "Nobody said a word."}), meeting.ErrSigned)
		s.must(s.meetings.Add(ctx, "cat", m.ID, "It was not."), meeting.ErrNotWriter)
		s.must(s.meetings.Add(ctx, "ben", m.ID, "…"), meeting.ErrNothingSaid)
		s.must(s.meetings.Add(ctx, "sec", m.ID, "It was the attic."))
		notes, err := s.meetings.Notes(ctx, m.ID)
		s.must(err)
		added, err := s.meetings.Additions(ctx, m.ID)
		s.must(err)
		if notes[id] != "Cat said that it is very dark." || len(added) != 1 || added[0].As != "secretary" {
			s.Errorf("%v, %+v", notes, added)
		}
		if n := s.rows("meeting_attendance") + s.rows("meeting_ballot_askers"); n != 0 {
			s.Errorf("%d lines still say who was there", n)
		}
		for _, change := range []string{"UPDATE meeting_additions SET words = 'x'", "DELETE FROM meeting_versions"} {
			if err := s.db.Write(ctx, func(tx *gorm.DB) error { return tx.Exec(change).Error }); err == nil {
				s.Errorf("the database lets anybody %s", change)
			}
		}
	})
}

func TestActionsAreOverdueOnTheDayAfter(t *testing.T) {
	each(t, func(s *society) {
		m, ctx, today := s.called(), s.Context(), calendar.On(s.now)
		s.must(s.meetings.AddAction(ctx, "sec", m.ID, "Buy lamps", "the secretary", today.AddDays(90)), meeting.ErrTooEarly)
		s.sits(m, "ann", "ben", "cat")
		today = calendar.On(s.now)
		s.must(s.meetings.AddAction(ctx, "cat", m.ID, "Buy lamps", "me", today), meeting.ErrNotWriter)
		s.must(s.meetings.AddAction(ctx, "ben", m.ID, "", "me", today), meeting.ErrNothingSaid)
		s.must(s.meetings.AddAction(ctx, "ben", m.ID, "Buy lamps", "", today), meeting.ErrNoWho)
		s.must(s.meetings.AddAction(ctx, "ben", m.ID, "Buy lamps", "me", today.AddDays(-1)), meeting.ErrNoDue)
		s.must(s.meetings.AddAction(ctx, "ben", m.ID, "Hang lamps", "the board", today.AddDays(9)))
		s.must(s.meetings.AddAction(ctx, "sec", m.ID, "Buy lamps", "the secretary", today))
		open, done, err := s.meetings.Actions(ctx, "")
		s.must(err)
		if len(open) != 2 || len(done) != 0 || open[0].Words != "Buy lamps" || open[0].Overdue(today) || !open[0].Overdue(today.AddDays(1)) {
			s.Errorf("%+v, %+v", open, done)
		}
		s.must(s.meetings.Done(ctx, "cat", open[0].ID, true, ""), meeting.ErrNotWriter)
		s.must(s.meetings.Done(ctx, "sec", identity.NewID(), true, ""), meeting.ErrNoAction)
		s.must(s.meetings.Done(ctx, "ben", open[0].ID, true, "£40"))
		open, done, err = s.meetings.Actions(ctx, m.ID)
		s.must(err)
		if len(open) != 1 || len(done) != 1 || done[0].Note != "£40" || done[0].Overdue(today.AddDays(99)) {
			s.Errorf("%+v, %+v", open, done)
		}
		s.must(s.meetings.Done(ctx, "sec", done[0].ID, false, "They were candles."))
		if open, _, err = s.meetings.Actions(ctx, m.ID); err != nil || len(open) != 2 {
			s.Errorf("%+v, %v", open, err)
		}
	})
}

func TestWhatWaitsForAMember(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		waits := func(name identity.AccountID) meeting.Waits {
			w, err := s.meetings.Waiting(ctx, s.people[name])
			s.must(err)
			return w
		}
		s.joins("fay") // after the notice
		bare, err := s.meetings.Move(ctx, "cat", m.ID, "", lamps)
		s.must(err)
		id := s.moved(m.ID, lamps)
		s.must(s.meetings.Amend(ctx, "eve", id, 1, "", "That four lamps be hung.", "More light."))
		if w := waits("dan"); len(w.Coming) != 1 || len(w.Seconding) != 2 || w.Seconding[0].Motion != bare || w.Seconding[1].Motion != id || !w.Seconding[0].Until.Equal(m.MotionsBy) {
			s.Errorf("dan: %+v", w)
		}
		if w := waits("cat"); len(w.Seconding) != 1 || w.Seconding[0].Motion != id {
			s.Errorf("cat: %+v", w)
		}
		if w := waits("fay"); len(w.Coming) != 0 {
			s.Errorf("fay: %+v", w)
		}
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.MarkPresent(ctx, "ben", m.ID, s.people["dan"]))
		if w := waits("dan"); len(w.Seconding) != 0 || len(w.Voting) != 0 {
			s.Errorf("dan: %+v", w)
		}
		v := s.put(id, "")
		s.votes(v, meeting.For, "cat")
		var waiting []identity.AccountID
		for name := range s.people {
			if w := waits(name); len(w.Voting) == 1 && w.Voting[0].Title == lamps.Title {
				waiting = append(waiting, name)
			}
		}
		slices.Sort(waiting)
		if want := []identity.AccountID{"ann", "ben", "dan"}; !slices.Equal(waiting, want) {
			s.Errorf("%v are to vote, want %v", waiting, want)
		}
		s.must(s.meetings.CountHands(ctx, "ben", m.ID, v.ID, meeting.Count{Yes: 1}))
		if w := waits("dan"); len(w.Voting) != 0 {
			s.Errorf("dan: %+v", w)
		}
		s.closes(v)
		s.must(s.meetings.Close(ctx, "ann", m.ID))
		if w := waits("ann"); !w.None() {
			s.Errorf("ann: %+v", w)
		}
	})
}
