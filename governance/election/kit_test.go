package election_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// society holds elections on a database of its own, with a clock that stands still until it is put forward.
type society struct {
	*testing.T
	db           *database.DB
	register     *member.Register
	officers     *member.Officers
	operators    *member.Operators
	classes      *member.Classes
	board        *board.Board
	elections    *election.Elections
	polls        *election.Polls
	beacon       *election.PracticeBeacon
	now          time.Time
	lapsed       map[member.ID]bool // from ordinary standing
	contributors map[member.ID]bool
	people       map[string]member.ID
}

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := &society{
			T: t, db: db, now: time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC),
			lapsed: map[member.ID]bool{}, contributors: map[member.ID]bool{}, people: map[string]member.ID{},
		}
		now := func() time.Time { return s.now }
		s.register, s.officers, s.operators = member.NewRegister(db, queue, now), member.NewOfficers(db, now), member.NewOperators(db, now)
		ordinary := func(_ context.Context, m member.ID, on calendar.Date, _ time.Time) (member.Standing, error) {
			if s.lapsed[m] {
				return member.Standing{State: member.Lapsed, On: on}, nil
			}
			return member.Standing{State: member.Current, On: on}, nil
		}
		contributor := func(_ context.Context, m member.ID, _ calendar.Date, _ time.Time) (bool, error) {
			return s.contributors[m], nil
		}
		s.classes = member.NewClasses(s.register, s.operators, ordinary, contributor)
		s.board = board.New(db, s.register, s.officers, s.classes, election.SeatsOn, now)
		s.elections = election.New(db, queue, s.register, s.officers, s.classes, s.board, now)
		s.beacon, err = election.NewPracticeBeacon("http://localhost/{round}")
		s.must(err)
		keys, err := election.NewKeys([]byte("a server's key"))
		s.must(err)
		s.polls = election.NewPolls(s.elections, s.beacon.Beacon, keys)
		s.must(s.officers.Appoint(t.Context(), "sec", member.Secretary, "the first meeting"))
		s.must(s.officers.Appoint(t.Context(), "stew", member.Steward, "the first meeting"))
		story(s)
	})
}

// must has something succeed, or fail as it should.
func (s *society) must(err error, want ...error) {
	s.Helper()
	switch {
	case len(want) == 1 && !errors.Is(err, want[0]):
		s.Fatalf("%v, want %v", err, want[0])
	case len(want) == 0 && err != nil:
		s.Fatal(err)
	}
}

// joins is a member whose account has their name, and whose share is paid.
func (s *society) joins(names ...string) {
	s.Helper()
	for _, name := range names {
		n := len(s.people)
		id, err := s.register.Apply(s.Context(), identity.AccountID(name), member.Application{
			Name: "Person " + name, Address: fmt.Sprintf("%d Long Road\nLeeds", n+1), Postcode: fmt.Sprintf("LS1 %dAA", n), Email: name + "@example.org", Age: 40,
		})
		s.must(err)
		s.must(s.register.Admit(s.Context(), id, "sec", "welcome"))
		s.must(s.register.SharePaid(s.Context(), id, calendar.On(s.now)))
		s.people[name] = id
	}
}

// call is one that keeps the rule book.
func (s *society) call() election.Call {
	s.Helper()
	notice := calendar.On(s.now).AddDays(3)
	book, err := election.RuleBookOn(notice)
	s.must(err)
	return election.Call{
		Title: "Board election 2027", Minute: "2027-01-02, item 4", Rule: election.Scottish, Ballots: election.BallotsPaper,
		Seats:     map[member.Class]int{member.ClassOrdinary: 5, member.ClassOperator: 2, member.ClassContributor: 2},
		Timetable: book.Propose(notice), Returning: "ro", Scrutineers: []identity.AccountID{"scr1", "scr2"},
	}
}

// called is an election that both officers called.
func (s *society) called() election.Election {
	s.Helper()
	id, err := s.elections.Call(s.Context(), "sec", s.call())
	s.must(err)
	s.must(s.elections.Confirm(s.Context(), "stew", id))
	return s.election(id)
}

func (s *society) election(id string) election.Election {
	s.Helper()
	e, err := s.elections.Get(s.Context(), id)
	s.must(err)
	return e
}

// noticed is one of which notice was given, at noon of its day.
func (s *society) noticed() election.Election {
	s.Helper()
	e := s.called()
	s.now = e.Timetable.Notice.Start().Add(12 * time.Hour).UTC()
	s.must(s.elections.Notify(s.Context()))
	return s.election(e.ID)
}

// rolled is one whose roll is made, at noon after its record date.
func (s *society) rolled() election.Election {
	s.Helper()
	e := s.noticed()
	s.now = e.Timetable.Record.AddDays(1).Start().Add(12 * time.Hour).UTC()
	s.must(s.elections.MakeRolls(s.Context()))
	return e
}

// roll is who votes in which class, by name, in a version; 0 is the newest.
func (s *society) roll(id string, version int) map[string]member.Class {
	s.Helper()
	if version == 0 {
		r, err := s.elections.Roll(s.Context(), id)
		s.must(err)
		version = r.Version
	}
	voters, err := s.elections.Voters(s.Context(), id, version)
	s.must(err)
	on := map[string]member.Class{}
	for _, v := range voters {
		for name, m := range s.people {
			if m == v.Member {
				on[name] = v.Class
			}
		}
	}
	return on
}

// queued is how many notices are.
func (s *society) queued() (n int) {
	s.Helper()
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM river_job WHERE kind = ?", election.GiveNotice{}.Kind()).Scan(&n).Error)
	return n
}

// acts are what the audit log says of something, the oldest first.
func (s *society) acts(about string) (said []string) {
	s.Helper()
	acts, _, err := audit.NewLog(s.db).List(s.Context(), audit.Wanted{About: about})
	s.must(err)
	for _, a := range acts {
		said = append([]string{fmt.Sprintf("%s as %s: %s (%s)", a.By, a.As, a.What, a.Why)}, said...)
	}
	return said
}
