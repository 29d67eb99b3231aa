package participation_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// paper opens a ballot on so many items, of which the board takes up some.
func (s *society) paper(items, take int) participation.Ballot {
	s.Helper()
	c := participation.Call{Take: take, Closes: calendar.On(s.now).AddDays(14)}
	for n := range items {
		p := cellar
		p.Title = fmt.Sprintf("Item %d", n+1)
		c.Items = append(c.Items, s.adds(p))
	}
	id, err := s.priority.Open(s.Context(), "sec", c)
	s.must(err)
	return s.ballot(id)
}

func (s *society) ballot(id string) participation.Ballot {
	s.Helper()
	b, err := s.priority.Get(s.Context(), id)
	s.must(err)
	return b
}

func (s *society) ranks(b participation.Ballot, name identity.AccountID, ranking ...int) {
	s.Helper()
	s.must(s.priority.Rank(s.Context(), name, b.ID, ranking))
}

// operates makes a member an operator who votes as one.
func (s *society) operates(name string) {
	s.Helper()
	_, err := s.operators.Appoint(s.Context(), "sec", member.Appointment{
		Member: s.people[name], Name: name, Runs: "a relay", Since: calendar.On(s.now), Minute: "item 1", Why: "runs it well",
	})
	s.must(err)
	s.must(s.classes.Choose(s.Context(), s.people[name], member.ClassOperator))
}

// crowd are members called by a letter and a number.
func (s *society) crowd(letter string, n int) (names []identity.AccountID) {
	s.Helper()
	for i := range n {
		names = append(names, identity.AccountID(fmt.Sprintf("%s%d", letter, i)))
	}
	s.joins(names...)
	return names
}

func TestABallotOfPrioritiesIsHeldOnceAQuarter(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		s.sits("ann")
		a, b := s.adds(cellar), cellar
		b.Title = "Stairs"
		items := []string{a, s.adds(b)}
		b.Status, b.Actual = participation.Done, pounds(1)
		done := s.adds(b)
		closes := calendar.On(s.now).AddDays(14)
		for _, c := range []struct {
			who  identity.AccountID
			call participation.Call
			want error
		}{
			{"ann", participation.Call{Items: items, Take: 1, Closes: closes}, participation.ErrNotSecretary},
			{"sec", participation.Call{Items: items[:1], Take: 1, Closes: closes}, participation.ErrNoChoices},
			{"sec", participation.Call{Items: []string{a, a}, Take: 1, Closes: closes}, participation.ErrNoChoices},
			{"sec", participation.Call{Items: []string{a, done}, Take: 1, Closes: closes}, participation.ErrNoChoices},
			{"sec", participation.Call{Items: []string{a, "gone"}, Take: 1, Closes: closes}, participation.ErrNoChoices},
			{"sec", participation.Call{Items: items, Take: 0, Closes: closes}, participation.ErrBadTake},
			{"sec", participation.Call{Items: items, Take: 2, Closes: closes}, participation.ErrBadTake},
			{"sec", participation.Call{Items: items, Take: 1, Closes: closes.AddDays(-1)}, participation.ErrBadClose},
			{"sec", participation.Call{Items: items, Take: 1, Closes: closes.AddDays(47)}, participation.ErrBadClose},
		} {
			_, err := s.priority.Open(s.Context(), c.who, c.call)
			s.must(err, c.want)
		}
		call := participation.Call{Items: items, Take: 1, Closes: closes}
		id, err := s.priority.Open(s.Context(), "sec", call)
		s.must(err)
		if acts := s.acts(id); !slices.Equal(acts, []string{"sec as secretary: priority ballot opened (2027-Q1)"}) {
			s.Error(acts)
		}
		_, err = s.priority.Open(s.Context(), "sec", call)
		s.must(err, participation.ErrBallotHeld)
		s.days(20)
		s.minds()
		_, err = s.priority.Open(s.Context(), "sec", participation.Call{Items: items, Take: 1, Closes: closes.AddDays(20)})
		s.must(err, participation.ErrBallotHeld)
		s.days(70)
		_, err = s.priority.Open(s.Context(), "sec", participation.Call{Items: items, Take: 1, Closes: closes.AddDays(90)})
		s.must(err)
	})
}

func TestQuartersAreThreeMonths(t *testing.T) {
	for on, want := range map[string]string{"2027-01-01": "2027-Q1", "2027-03-31": "2027-Q1", "2027-04-01": "2027-Q2", "2027-09-30": "2027-Q3", "2027-12-31": "2027-Q4"} {
		if got := participation.Quarter(day(on)); got != want {
			t.Errorf("%s: %s, want %s", on, got, want)
		}
	}
}

func TestOnlyWhoWasInAClassOnTheDayRanks(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		s.lapsed[s.people["ben"]] = true
		b := s.paper(3, 1)
		s.days(1)
		s.joins("cat")
		s.must(s.priority.Rank(s.Context(), "stranger", b.ID, []int{1}), participation.ErrNotMember)
		s.must(s.priority.Rank(s.Context(), "ben", b.ID, []int{1}), participation.ErrNoVote)
		s.must(s.priority.Rank(s.Context(), "cat", b.ID, []int{1}), participation.ErrNoVote)
		s.must(s.priority.Rank(s.Context(), "ann", "elsewhere", []int{1}), participation.ErrNoBallot)
		for _, bad := range [][]int{nil, {0}, {4}, {-1}, {1, 1}, {1, 2, 3, 1}} {
			s.must(s.priority.Rank(s.Context(), "ann", b.ID, bad), participation.ErrBadRanking)
		}
		if _, waits, err := s.priority.Waiting(s.Context(), s.people["ann"]); err != nil || !waits {
			s.Errorf("it does not wait for ann: %v", err)
		}
		for _, name := range []string{"ben", "cat"} {
			if _, waits, err := s.priority.Waiting(s.Context(), s.people[name]); err != nil || waits {
				s.Errorf("it waits for %s: %v", name, err)
			}
		}
		s.ranks(b, "ann", 2)
		s.ranks(b, "ann", 3, 1) // takes the place of the first
		if got := s.ballot(b.ID); got.Cast != 1 || got.Results != nil || got.Members != 2 {
			s.Errorf("%+v", got)
		}
		if ranked, err := s.priority.Ranked(s.Context(), s.people["ann"], b.ID); err != nil || !slices.Equal(ranked, []int{3, 1}) {
			s.Errorf("%v, %v", ranked, err)
		}
		if _, waits, err := s.priority.Waiting(s.Context(), s.people["ann"]); err != nil || waits {
			s.Errorf("it still waits for ann: %v", err)
		}
	})
}

func TestABallotClosesWhenItsLastDayIsOver(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		b := s.paper(3, 1) // until 18 January
		s.now = time.Date(2027, 1, 18, 23, 59, 59, 0, calendar.London)
		s.ranks(b, "ann", 1)
		s.minds()
		if !s.ballot(b.ID).CountedAt.IsZero() {
			s.Fatal("counted before the close")
		}
		s.now = s.now.Add(time.Second)
		s.must(s.priority.Rank(s.Context(), "ann", b.ID, []int{2}), participation.ErrBallotClosed)
		s.minds()
		if s.ballot(b.ID).CountedAt.IsZero() {
			s.Error("not counted after the close")
		}
	})
}

func TestClassesAreThoseOfTheDayOnWhichItOpened(t *testing.T) {
	each(t, func(s *society) {
		ordinary, operators := s.crowd("m", 10), s.crowd("o", 10)
		for _, o := range operators {
			s.operates(string(o))
		}
		b := s.paper(2, 1)
		s.days(1)
		for _, o := range operators {
			s.must(s.classes.Choose(s.Context(), s.people[string(o)], member.ClassOrdinary)) // too late for this one
			s.ranks(b, o, 2)
		}
		for _, m := range ordinary {
			s.ranks(b, m, 1)
		}
		s.days(20)
		s.minds()
		got := s.ballot(b.ID).Results
		if len(got) != 3 || got[0].Class != "" || got[0].Ballots != 20 {
			s.Fatalf("%+v", got)
		}
		want := []participation.Result{{Class: member.ClassOrdinary, Ballots: 10, Places: []int{1}}, {Class: member.ClassOperator, Ballots: 10, Places: []int{2}}}
		if diff := gocmp.Diff(want, got[1:]); diff != "" {
			s.Error(diff)
		}
	})
}

// kept are rows of a table of a ballot.
func (s *society) kept(query string) (rows []string) {
	s.Helper()
	s.must(s.db.Read(s.Context()).Raw(query).Scan(&rows).Error)
	return rows
}

func TestAfterTheCountNobodyKnowsWhoRankedWhat(t *testing.T) {
	each(t, func(s *society) {
		names := s.crowd("m", 12)
		operators := s.crowd("o", 2)
		for _, o := range operators {
			s.operates(string(o))
		}
		b := s.paper(12, 2)
		for i, m := range names {
			s.ranks(b, m, i+1)
		}
		for _, o := range operators {
			s.ranks(b, o, 12, 1)
		}
		s.days(20)
		s.minds()
		s.minds()
		if left := s.kept("SELECT member FROM priority_votes"); len(left) != 0 {
			s.Errorf("it is still known how %d members voted", len(left))
		}
		all := s.kept("SELECT ranking FROM priority_rankings ORDER BY number")
		if len(all) != 14 {
			s.Fatalf("%d rankings are kept, want 14", len(all))
		}
		// Two operators are too few to be told apart, also by what is left when the others are taken away.
		if classes := s.kept("SELECT DISTINCT class FROM priority_rankings"); !slices.Equal(classes, []string{""}) {
			s.Errorf("classes are kept: %q", classes)
		}
		results := s.ballot(b.ID).Results
		if len(results) != 1 || results[0].Class != "" || results[0].Ballots != 14 || len(results[0].Places) != 2 {
			s.Errorf("%+v", results)
		}
	})
}

func TestWhatIsKeptIsInNoOrderOfMembers(t *testing.T) {
	each(t, func(s *society) {
		names := s.crowd("m", 12)
		b := s.paper(12, 1)
		slices.SortFunc(names, func(x, y identity.AccountID) int { return cmp.Compare(s.people[string(x)], s.people[string(y)]) })
		for i, m := range names {
			s.ranks(b, m, i+1)
		}
		s.days(20)
		s.minds()
		all := s.kept("SELECT ranking FROM priority_rankings ORDER BY number")
		inOrder := 0
		for i, r := range all {
			if r == fmt.Sprint(i+1) {
				inOrder++
			}
		}
		if len(all) != 12 || inOrder == 12 { // chance does that once in 479,001,600 times
			s.Errorf("%d of %d stand where the members' numbers put them", inOrder, len(all))
		}
	})
}

func TestNineBallotsAreTooFewForAResult(t *testing.T) {
	for cast, places := range map[int][]int{2: nil, participation.LeastBallots - 1: nil, participation.LeastBallots: {2}} {
		each(t, func(s *society) {
			names := s.crowd("m", 12)
			b := s.paper(3, 1)
			for _, m := range names[:cast] {
				s.ranks(b, m, 2)
			}
			s.days(20)
			s.minds()
			got := s.ballot(b.ID)
			if got.Cast != cast || got.Results[0].Class != "" || !slices.Equal(got.Results[0].Places, places) {
				s.Errorf("of %d: %+v", cast, got)
			}
			for _, r := range got.Results[1:] {
				if cast < participation.LeastBallots {
					s.Errorf("of %d: %+v", cast, r)
				}
			}
		})
	}
}

func TestAMinorityHasItsItemTakenUpToo(t *testing.T) {
	each(t, func(s *society) {
		names := s.crowd("m", 12) // two items to take up: whoever has five first preferences has the quota
		b := s.paper(4, 2)
		for i, m := range names {
			if i < 7 {
				s.ranks(b, m, 1, 2, 3)
			} else {
				s.ranks(b, m, 4)
			}
		}
		s.days(20)
		s.minds()
		if got := s.ballot(b.ID).Results[0].Places; !slices.Equal(got, []int{1, 4}) {
			s.Errorf("%v", got)
		}
	})
}

func TestSmallClassesAreNotToldApart(t *testing.T) {
	const ordinary, operator, contributor = member.ClassOrdinary, member.ClassOperator, member.ClassContributor
	for _, c := range []struct {
		ballots map[member.Class]int
		want    []member.Class
	}{
		{nil, []member.Class{}},
		{map[member.Class]int{ordinary: 10}, []member.Class{ordinary}},
		{map[member.Class]int{ordinary: 9}, []member.Class{}},
		{map[member.Class]int{ordinary: 10, operator: 10, contributor: 10}, []member.Class{ordinary, operator, contributor}},
		{map[member.Class]int{ordinary: 100, operator: 9}, []member.Class{}},                          // all less the ordinary ones are the nine
		{map[member.Class]int{ordinary: 100, operator: 20, contributor: 1}, []member.Class{ordinary}}, // and here the one
		{map[member.Class]int{ordinary: 100, operator: 5, contributor: 5}, []member.Class{ordinary}},  // ten are left over
		{map[member.Class]int{ordinary: 100, operator: 5, contributor: 4}, []member.Class{}},          // nine are
		{map[member.Class]int{ordinary: 30, operator: 20, contributor: 0}, []member.Class{ordinary, operator}},
	} {
		if diff := gocmp.Diff(c.want, participation.Apart(c.ballots)); diff != "" {
			t.Errorf("%v:\n%s", c.ballots, diff)
		}
	}
}
