package meeting_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// society meets on a database of its own, with a clock that stands still until it is put forward. sec and tre hold offices, ann takes the chair, ben
// writes the minutes.
type society struct {
	*testing.T
	db       *database.DB
	register *member.Register
	officers *member.Officers
	board    *board.Board
	meetings *meeting.Meetings
	now      time.Time
	people   map[identity.AccountID]member.ID
}

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := &society{T: t, db: db, now: time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC), people: map[identity.AccountID]member.ID{}}
		now := func() time.Time { return s.now }
		s.register, s.officers = member.NewRegister(db, queue, now), member.NewOfficers(db, now)
		classes := member.NewClasses(s.register, member.NewOperators(db, now),
			func(context.Context, member.ID, calendar.Date, time.Time) (member.Standing, error) {
				return member.Standing{State: member.Current}, nil
			},
			func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return false, nil })
		seats := func(calendar.Date) (map[member.Class]int, error) {
			return map[member.Class]int{member.ClassOrdinary: 5}, nil
		}
		s.board = board.New(db, s.register, s.officers, classes, seats, now)
		s.meetings = meeting.New(db, queue, s.register, s.officers, s.board, now)
		s.must(s.officers.Appoint(t.Context(), "sec", member.Secretary, "the first meeting"))
		s.must(s.officers.Appoint(t.Context(), "tre", member.Treasurer, "the first meeting"))
		s.joins("ann", "ben", "cat", "dan", "eve")
		story(s)
	})
}

// must has something succeed, or fail as it should.
func (s *society) must(err error, want ...error) {
	s.Helper()
	switch {
	case len(want) == 1 && !errors.Is(err, want[0]):
		s.Fatalf("got %v, want %v", err, want[0])
	case len(want) == 0 && err != nil:
		s.Fatal(err)
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
		s.people[name] = id
	}
}

// call is a meeting that keeps every rule.
func (s *society) call() meeting.Call {
	c := meeting.Propose(calendar.On(s.now), member.FirstRules)
	c.Title, c.Why, c.Place = "Spring meeting", "To hear the members.", "The hall"
	c.Chair, c.Minutes = meeting.Seat{Member: s.people["ann"], Name: "Ann"}, meeting.Seat{Member: s.people["ben"], Name: "Ben"}
	return c
}

// called is a meeting of which everybody was told.
func (s *society) called() meeting.Meeting {
	s.Helper()
	id, err := s.meetings.Propose(s.Context(), "sec", s.call())
	s.must(err)
	s.must(s.meetings.Confirm(s.Context(), "tre", id))
	return s.get(id)
}

func (s *society) get(id string) meeting.Meeting {
	s.Helper()
	m, err := s.meetings.Get(s.Context(), id)
	s.must(err)
	return m
}

var lamps = meeting.Draft{Title: "Lamps", Words: "That three lamps be hung in the cellar.", Reasons: "It is dark.", Needs: meeting.Simple}

// moved is a motion of cat's that dan seconded.
func (s *society) moved(id string, d meeting.Draft) string {
	s.Helper()
	motion, err := s.meetings.Move(s.Context(), "cat", id, "", d)
	s.must(err)
	s.must(s.meetings.Second(s.Context(), "dan", motion, 1))
	return motion
}

func (s *society) motion(id string) meeting.Motion {
	s.Helper()
	m, err := s.meetings.Motion(s.Context(), id)
	s.must(err)
	return m
}

// amended is an amendment of eve's that dan seconded.
func (s *society) amended(motion, words string) meeting.Amendment {
	s.Helper()
	s.now = s.now.Add(time.Second) // after what was written before
	old := s.motion(motion)
	s.must(s.meetings.Amend(s.Context(), "eve", motion, old.Version, "", words, "Better so."))
	all := s.motion(motion).Amendments
	a := all[len(all)-1]
	s.must(s.meetings.SecondAmendment(s.Context(), "dan", motion, a.ID, old.Version))
	return a
}

// sits opens a meeting at its time, with some people present.
func (s *society) sits(m meeting.Meeting, present ...identity.AccountID) {
	s.Helper()
	s.now = m.AmendmentsBy
	s.must(s.meetings.Mind(s.Context()))
	s.now = m.At
	for _, who := range present {
		s.must(s.meetings.CheckIn(s.Context(), who, m.ID))
	}
	s.must(s.meetings.Open(s.Context(), "ann", m.ID))
}

// put opens a vote, and returns it.
func (s *society) put(motion, amendment string) meeting.Vote {
	s.Helper()
	old := s.motion(motion)
	s.must(s.meetings.Put(s.Context(), "ann", motion, amendment, old.Version))
	v, is, err := s.meetings.OpenVote(s.Context(), old.Meeting)
	s.must(err)
	if !is {
		s.Fatal("no vote is open")
	}
	return v
}

func (s *society) votes(v meeting.Vote, how meeting.Choice, who ...identity.AccountID) {
	s.Helper()
	for _, name := range who {
		s.must(s.meetings.Cast(s.Context(), name, v.Meeting, v.ID, how))
	}
}

func (s *society) closes(v meeting.Vote) {
	s.must(s.meetings.CloseVote(s.Context(), "ann", v.Meeting, v.ID))
}

func (s *society) acts(about string) (said []string) {
	s.Helper()
	acts, _, err := audit.NewLog(s.db).List(s.Context(), audit.Wanted{About: about})
	s.must(err)
	for _, a := range acts {
		said = append([]string{fmt.Sprintf("%s as %s: %s", a.By, a.As, a.What)}, said...)
	}
	return said
}

// notices counts those that are queued.
func (s *society) notices() (n int64) {
	s.Helper()
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM river_job WHERE kind = ?", meeting.GiveNotice{}.Kind()).Scan(&n).Error)
	return n
}

// mark is that of the minutes as they are now.
func (s *society) mark(id string) string {
	s.Helper()
	notes, err := s.meetings.Notes(s.Context(), id)
	s.must(err)
	seats, err := s.meetings.Reseated(s.Context(), id)
	s.must(err)
	return meeting.Mark(notes, seats)
}

// rows counts those of a table.
func (s *society) rows(table string) (n int64) {
	s.Helper()
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM " + table).Scan(&n).Error)
	return n
}
