package participation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// society proposes and decides on a database of its own, with a clock that stands still until it is put forward.
type society struct {
	*testing.T
	db        *database.DB
	queue     *jobs.Queue
	register  *member.Register
	officers  *member.Officers
	operators *member.Operators
	classes   *member.Classes
	board     *board.Board
	proposals *participation.Proposals
	roadmap   *participation.Roadmap
	priority  *participation.Priorities
	now       time.Time
	lapsed    map[member.ID]bool // from ordinary standing
	people    map[string]member.ID
}

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := &society{T: t, db: db, queue: queue, now: time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC), lapsed: map[member.ID]bool{}, people: map[string]member.ID{}}
		now := func() time.Time { return s.now }
		s.register, s.officers, s.operators = member.NewRegister(db, queue, now), member.NewOfficers(db, now), member.NewOperators(db, now)
		ordinary := func(_ context.Context, m member.ID, on calendar.Date, _ time.Time) (member.Standing, error) {
			if s.lapsed[m] {
				return member.Standing{State: member.Lapsed, On: on}, nil
			}
			return member.Standing{State: member.Current, On: on}, nil
		}
		contributor := func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return false, nil }
		s.classes = member.NewClasses(s.register, s.operators, ordinary, contributor)
		seats := func(calendar.Date) (map[member.Class]int, error) {
			return map[member.Class]int{member.ClassOrdinary: 5}, nil
		}
		s.board = board.New(db, s.register, s.officers, s.classes, seats, now)
		s.proposals = participation.NewProposals(db, queue, s.register, s.officers, s.board, now)
		s.roadmap = participation.NewRoadmap(db, s.register, s.officers, s.board, now)
		s.priority = participation.NewPriorities(db, s.register, s.officers, s.board, s.classes, now)
		s.must(s.officers.Appoint(t.Context(), "sec", member.Secretary, "the first meeting"))
		s.must(s.officers.Appoint(t.Context(), "stew", member.Steward, "the first meeting"))
		story(s)
	})
}

// must has something succeed, or fail as it should.
func (s *society) must(err error, want ...error) {
	s.Helper()
	if len(want) == 0 && err != nil {
		s.Fatal(err)
	}
	for _, one := range want {
		if !errors.Is(err, one) {
			s.Fatalf("got %v, want %v", err, one)
		}
	}
}

// joins has people become members, whose accounts are called as they are.
func (s *society) joins(names ...identity.AccountID) {
	s.Helper()
	for _, name := range names {
		n := len(s.people)
		id, err := s.register.Apply(s.Context(), name, member.Application{
			Name: string(name) + " of Leeds", Address: fmt.Sprintf("%d Long Road\nLeeds", n), Postcode: fmt.Sprintf("LS%d 1AA", n),
			Email: string(name) + "@example.org", Age: 40,
		})
		s.must(err)
		s.must(s.register.Admit(s.Context(), id, "sec", "welcome"))
		s.must(s.register.SharePaid(s.Context(), id, calendar.On(s.now)))
		s.people[string(name)] = id
	}
}

// sits has a member co-opted to the board.
func (s *society) sits(name string) {
	s.Helper()
	_, err := s.board.CoOpt(s.Context(), "sec", board.CoOption{
		Person: board.Person{Member: s.people[name], Name: name, Interests: "None."}, Class: member.ClassOrdinary, Since: calendar.On(s.now), Minute: "2027-01-04, item 1",
	})
	s.must(err)
}

func (s *society) days(n int) { s.now = s.now.AddDate(0, 0, n) }

func (s *society) acts(about string) (said []string) {
	s.Helper()
	acts, _, err := audit.NewLog(s.db).List(s.Context(), audit.Wanted{About: about})
	s.must(err)
	for _, a := range acts {
		said = append([]string{fmt.Sprintf("%s as %s: %s (%s)", a.By, a.As, a.What, a.Why)}, said...)
	}
	return said
}

var lamps = participation.Draft{
	Title: "Lamps in the cellar", Problem: "It is dark down there.", Change: "Hang three lamps.", Affected: "Whoever goes down.", Cost: "£40",
}

func (s *society) proposes(name identity.AccountID, d participation.Draft) string {
	s.Helper()
	id, err := s.proposals.Propose(s.Context(), name, "", d)
	s.must(err)
	return id
}

func (s *society) supported(id string, names ...identity.AccountID) {
	s.Helper()
	for _, name := range names {
		s.must(s.proposals.Support(s.Context(), name, id, s.version(id)))
	}
}

func (s *society) proposal(id string) participation.Proposal {
	s.Helper()
	p, err := s.proposals.Get(s.Context(), id)
	s.must(err)
	return p
}

// version is the one that somebody reads now.
func (s *society) version(id string) int { return s.proposal(id).Number }

func (s *society) is(id string, want participation.State) {
	s.Helper()
	if got := s.proposal(id).State(calendar.On(s.now)); got != want {
		s.Errorf("the proposal is %s, want %s", got, want)
	}
}

// minds does what the clock asks for.
func (s *society) minds() {
	s.Helper()
	s.must(s.proposals.Mind(s.Context()))
	s.must(s.priority.Mind(s.Context()))
}

// queued are the jobs of a kind that were queued so far, oldest first.
func (s *society) queued(kind string) (args []string) {
	s.Helper()
	s.must(s.db.Read(s.Context()).Raw("SELECT args FROM river_job WHERE kind = ? ORDER BY id", kind).Scan(&args).Error)
	return args
}

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}
