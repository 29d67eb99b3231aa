package meeting_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/board"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestEqualVotesCarryNothing(t *testing.T) {
	for _, c := range []struct {
		needs   meeting.Majority
		yes, no int
		want    bool
	}{
		{meeting.Simple, 0, 0, false},
		{meeting.Simple, 1, 0, true},
		{meeting.Simple, 3, 3, false},
		{meeting.Simple, 4, 3, true},
		{meeting.TwoThirds, 0, 0, false},
		{meeting.TwoThirds, 3, 2, false},
		{meeting.TwoThirds, 4, 2, true},
		{meeting.TwoThirds, 5, 3, false},
	} {
		if got := c.needs.Carries(c.yes, c.no); got != c.want {
			t.Errorf("%s, %d to %d: %v", c.needs, c.yes, c.no, got)
		}
	}
}

func TestAMotionNeedsAnotherMemberWhoSecondsIt(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id, err := s.meetings.Move(s.Context(), "cat", m.ID, "Cat", lamps)
		s.must(err)
		s.must(s.meetings.Second(s.Context(), "cat", id, 1), meeting.ErrOwn)
		s.must(s.meetings.Second(s.Context(), "sec", id, 1), meeting.ErrNotMember)
		s.must(s.meetings.Second(s.Context(), "dan", id, 2), meeting.ErrChanged)
		s.must(s.meetings.Second(s.Context(), "dan", id, 1))
		s.must(s.meetings.Second(s.Context(), "eve", id, 1), meeting.ErrSeconded)
		if got := s.motion(id); !got.Standing() || got.Words != lamps.Words || got.ShownAs != "Cat" {
			s.Errorf("%+v", got)
		}
	})
}

func TestNobodySecondsWordsThatTheyDidNotSee(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id, err := s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
		s.must(err)
		other := lamps
		other.Words = "That the cellar be sold."
		s.must(s.meetings.Reword(s.Context(), "dan", id, 1, other), meeting.ErrNotYours)
		s.must(s.meetings.Reword(s.Context(), "cat", id, 1, lamps), meeting.ErrSameWords)
		s.must(s.meetings.Reword(s.Context(), "cat", id, 1, other))
		s.must(s.meetings.Reword(s.Context(), "cat", id, 1, lamps), meeting.ErrChanged)
		s.must(s.meetings.Second(s.Context(), "dan", id, 1), meeting.ErrChanged)
		s.must(s.meetings.Second(s.Context(), "dan", id, 2))
		s.must(s.meetings.Reword(s.Context(), "cat", id, 2, lamps), meeting.ErrSeconded)
		versions, err := s.meetings.Versions(s.Context(), id)
		s.must(err)
		if len(versions) != 2 || versions[0].Words != lamps.Words || versions[1].Words != other.Words {
			s.Errorf("%+v", versions)
		}
	})
}

func TestWhatIsNotSecondedInTimeIsNotOnTheOrderPaper(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		first, err := s.meetings.Move(s.Context(), "eve", m.ID, "", lamps)
		s.must(err)
		s.now = s.now.Add(time.Minute)
		second := s.moved(m.ID, lamps)
		s.now = s.now.Add(time.Minute)
		gone := s.moved(m.ID, lamps)
		s.must(s.meetings.Withdraw(s.Context(), "dan", gone), meeting.ErrNotYours)
		s.must(s.meetings.Withdraw(s.Context(), "cat", gone))
		s.now = s.now.Add(time.Minute)
		ruled := s.moved(m.ID, lamps)
		s.must(s.meetings.RuleOut(s.Context(), "dan", ruled, "no"), meeting.ErrNotOfficer)
		s.must(s.meetings.RuleOut(s.Context(), "sec", ruled, "It is against the law."))
		s.now = s.now.Add(time.Minute)
		fromBoard, err := s.meetings.MoveForBoard(s.Context(), "sec", m.ID, lamps)
		s.must(err)

		s.now = m.MotionsBy.Add(-time.Second)
		s.must(s.meetings.Mind(s.Context()))
		if !s.get(m.ID).OrderedAt.IsZero() {
			s.Error("the order paper was made too early")
		}
		s.now = m.MotionsBy
		s.must(s.meetings.Second(s.Context(), "dan", first, 1), meeting.ErrTooLate)
		_, err = s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
		s.must(err, meeting.ErrTooLate)
		s.must(s.meetings.Mind(s.Context()))
		s.must(s.meetings.Mind(s.Context()))
		all, err := s.meetings.Motions(s.Context(), m.ID)
		s.must(err)
		var got []string
		for _, one := range all {
			if one.Number > 0 {
				got = append(got, fmt.Sprint(one.Number, one.ID == fromBoard, one.ID == second))
			} else {
				got = append(got, string(one.Why()))
			}
		}
		want := []string{"1 true false", "2 false true", "unseconded", "withdrawn", "ruled_out"}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Error(diff)
		}
		if n := len(s.acts(m.ID)); n != 4 { // proposed, called, moved for the board, order paper made, once
			s.Errorf("%v", s.acts(m.ID))
		}
	})
}

func TestTheBoardsMotionsNeedNoSeconder(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		_, err := s.meetings.MoveForBoard(s.Context(), "cat", m.ID, lamps)
		s.must(err, meeting.ErrNotBoard)
		_, err = s.board.CoOpt(s.Context(), "sec", board.CoOption{
			Person: board.Person{Member: s.people["cat"], Name: "Cat", Interests: "None."}, Class: member.ClassOrdinary, Since: calendar.On(s.now), Minute: "item 1",
		})
		s.must(err)
		id, err := s.meetings.MoveForBoard(s.Context(), "cat", m.ID, lamps)
		s.must(err)
		if got := s.motion(id); !got.Standing() || got.FromBoard != "board" {
			s.Errorf("%+v", got)
		}
		s.must(s.meetings.Second(s.Context(), "dan", id, 1), meeting.ErrSeconded)
		s.must(s.meetings.Withdraw(s.Context(), "cat", id), meeting.ErrNotYours)
	})
}

func TestMotionsHaveLimits(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		for want, spoil := range map[error]func(*meeting.Draft){
			meeting.ErrNoTitle:    func(d *meeting.Draft) { d.Title = strings.Repeat("x", meeting.LongestTitle+1) },
			meeting.ErrNoWords:    func(d *meeting.Draft) { d.Words = strings.Repeat("x", meeting.LongestWords+1) },
			meeting.ErrNoReasons:  func(d *meeting.Draft) { d.Reasons = "" },
			meeting.ErrBadReasons: func(d *meeting.Draft) { d.Reasons = "a\u202eb" },
			meeting.ErrNoMajority: func(d *meeting.Draft) { d.Needs = "mine" },
		} {
			d := lamps
			spoil(&d)
			_, err := s.meetings.Move(s.Context(), "cat", m.ID, "", d)
			s.must(err, want)
		}
		for range meeting.MostOwnMotions {
			_, err := s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
			s.must(err)
		}
		_, err := s.meetings.Move(s.Context(), "cat", m.ID, "", lamps)
		s.must(err, meeting.ErrManyOwn)
		_, err = s.meetings.Move(s.Context(), "sec", m.ID, "", lamps)
		s.must(err, meeting.ErrNotMember)
		for range meeting.MostBoardMotions {
			_, err := s.meetings.MoveForBoard(s.Context(), "sec", m.ID, lamps)
			s.must(err)
		}
		_, err = s.meetings.MoveForBoard(s.Context(), "sec", m.ID, lamps)
		s.must(err, meeting.ErrMany)
	})
}

func TestAmendmentsGoToMotionsThatStandUntilTheirTime(t *testing.T) {
	each(t, func(s *society) {
		m, ctx := s.called(), s.Context()
		bare, err := s.meetings.Move(ctx, "cat", m.ID, "", lamps)
		s.must(err)
		s.must(s.meetings.Amend(ctx, "eve", bare, 1, "", "That four lamps be hung.", "More light."), meeting.ErrNotSeconded)
		id := s.moved(m.ID, lamps)
		s.must(s.meetings.Amend(ctx, "eve", id, 2, "", "That four lamps be hung.", "More light."), meeting.ErrChanged)
		s.must(s.meetings.Amend(ctx, "eve", id, 1, "", lamps.Words, "More light."), meeting.ErrSameWords)
		s.must(s.meetings.Amend(ctx, "sec", id, 1, "", "That four lamps be hung.", "More light."), meeting.ErrNotMember)
		for range meeting.MostOwnChanges {
			s.must(s.meetings.Amend(ctx, "eve", id, 1, "Eve", "That four lamps be hung.", "More light."))
		}
		s.must(s.meetings.Amend(ctx, "eve", id, 1, "Eve", "That four lamps be hung.", "More light."), meeting.ErrManyOwn)
		a := s.motion(id).Amendments
		s.must(s.meetings.SecondAmendment(ctx, "eve", id, a[0].ID, 1), meeting.ErrOwn)
		s.must(s.meetings.SecondAmendment(ctx, "dan", bare, a[0].ID, 1), meeting.ErrNoAmendment)
		s.must(s.meetings.SecondAmendment(ctx, "dan", id, a[0].ID, 9), meeting.ErrChanged)
		s.now = m.AmendmentsBy.Add(-time.Second)
		s.must(s.meetings.SecondAmendment(ctx, "dan", id, a[0].ID, 1))
		s.must(s.meetings.SecondAmendment(ctx, "cat", id, a[0].ID, 1), meeting.ErrSeconded)
		s.must(s.meetings.WithdrawAmendment(ctx, "dan", id, a[1].ID), meeting.ErrNotYours)
		s.must(s.meetings.WithdrawAmendment(ctx, "eve", id, a[1].ID))
		s.must(s.meetings.SecondAmendment(ctx, "cat", id, a[1].ID, 1), meeting.ErrNotStanding)
		s.must(s.meetings.RuleOutAmendment(ctx, "cat", id, a[2].ID, "no"), meeting.ErrNotOfficer)
		s.now = m.AmendmentsBy
		s.must(s.meetings.SecondAmendment(ctx, "cat", id, a[2].ID, 1), meeting.ErrTooLate)
		s.must(s.meetings.Amend(ctx, "dan", id, 1, "", "That no lamps be hung.", "Dark is nice."), meeting.ErrTooLate)
		s.must(s.meetings.RuleOutAmendment(ctx, "ann", id, a[2].ID, "It is not about lamps."), meeting.ErrNotOfficer)
		s.must(s.meetings.RuleOut(ctx, "ann", id, "Lamps are dull."), meeting.ErrNotOfficer)
		s.sits(m, "ann", "ben", "cat")
		s.must(s.meetings.RuleOutAmendment(ctx, "ann", id, a[2].ID, "It is not about lamps.")) // the chair may, before the meeting
		if next := s.motion(id).Next(); len(next) != 1 || next[0].ID != a[0].ID {
			s.Errorf("%+v", next)
		}
	})
}

func TestAMotionHasOnlySoManyAmendments(t *testing.T) {
	each(t, func(s *society) {
		m := s.called()
		id := s.moved(m.ID, lamps)
		var people []identity.AccountID
		for n := range (meeting.MostAmendments + meeting.MostOwnChanges - 1) / meeting.MostOwnChanges {
			people = append(people, identity.AccountID(fmt.Sprintf("member%d", n)))
		}
		s.joins(people...)
		n := 0
		for _, who := range people {
			for range meeting.MostOwnChanges {
				want := error(nil)
				if n++; n > meeting.MostAmendments {
					want = meeting.ErrMany
				}
				err := s.meetings.Amend(s.Context(), who, id, 1, "", fmt.Sprintf("That %d lamps be hung.", n+3), "More light.")
				if want == nil {
					s.must(err)
				} else {
					s.must(err, want)
				}
			}
		}
		if n <= meeting.MostAmendments {
			s.Fatal("the limit was not reached")
		}
		s.sits(m, "ann", "ben", "cat")
		for n := range meeting.MostFloorChanges { // the chair's are counted by themselves
			s.must(s.meetings.TakeAmendment(s.Context(), "ann", id, 1, fmt.Sprintf("That %d lamps be hung.", n+99), "Moved by Eve."))
		}
		s.must(s.meetings.TakeAmendment(s.Context(), "ann", id, 1, "That no lamps be hung.", "Moved by Eve."), meeting.ErrMany)
	})
}
