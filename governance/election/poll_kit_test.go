package election_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// stand has people stand in the class in which they vote, and others second each of them, as far as everybody may.
func (s *society) stand(e election.Election, names ...string) {
	s.Helper()
	for _, name := range names {
		p := paper
		p.Name = strings.ToUpper(name[:1]) + name[1:]
		id, err := s.elections.Stand(s.Context(), identity.AccountID(name), e.ID, p)
		s.must(err)
		lacks := 2
		for _, by := range slices.Sorted(maps.Keys(s.people)) {
			if lacks > 0 && s.elections.Second(s.Context(), identity.AccountID(by), id) == nil {
				lacks--
			}
		}
		if lacks > 0 {
			s.Fatalf("nobody is left to second %s", name)
		}
	}
}

// until puts the clock to a moment, and has the clock's work done.
func (s *society) until(at time.Time) {
	s.Helper()
	s.now = at.UTC()
	s.must(s.elections.Notify(s.Context()))
	s.must(s.elections.MakeRolls(s.Context()))
	s.must(s.polls.Open(s.Context()))
	s.must(s.polls.Seat(s.Context()))
	s.must(s.board.Vacate(s.Context()))
}

func midday(d calendar.Date) time.Time { return d.Start().Add(12 * time.Hour) }

// polling is an election for so many ordinary seats whose poll has just opened. Those named stand, and have two supporters each who join, too.
func (s *society) polling(seats int, stand ...string) election.Election {
	s.Helper()
	for i := range len(stand) {
		s.joins(fmt.Sprintf("supporter%d", 2*i), fmt.Sprintf("supporter%d", 2*i+1))
	}
	c := s.call()
	c.Seats = map[member.Class]int{member.ClassOrdinary: seats}
	return s.opened(c, func(e election.Election) { s.stand(e, stand...) })
}

// opened is an election whose poll has just opened, and whose candidates were found by nominate.
func (s *society) opened(c election.Call, nominate func(election.Election)) election.Election {
	s.Helper()
	id, err := s.elections.Call(s.Context(), "sec", c)
	s.must(err)
	s.must(s.elections.Confirm(s.Context(), "stew", id))
	e := s.election(id)
	s.until(midday(e.Timetable.Notice))
	s.now = e.Timetable.NominationsOpen.UTC()
	nominate(e)
	s.until(midday(e.Timetable.Published()))
	s.until(e.Timetable.PollOpens)
	return s.election(id)
}

// vote has people's envelopes come back, and then closes the poll and opens the envelopes, in which are so many papers.
func (s *society) vote(e election.Election, papers int, voters ...string) {
	s.Helper()
	for _, name := range voters {
		s.must(s.polls.Receive(s.Context(), "ro", e.ID, s.people[name]))
	}
	s.until(e.Timetable.PollCloses.Add(2 * time.Hour))
	s.must(s.polls.Empty(s.Context(), "ro", e.ID, ordinary, papers, ""))
}

// reading is what is on a paper: figures by candidate, "-" for none.
func reading(typed string) election.Reading {
	boxes := strings.Fields(strings.ReplaceAll(typed, "-", "·"))
	for i := range boxes {
		boxes[i] = strings.ReplaceAll(boxes[i], "·", "")
	}
	marks, err := election.ReadMarks(boxes)
	if err != nil {
		panic(err)
	}
	return election.Reading{Marks: marks}
}

// read has two people read the papers of the ordinary class alike.
func (s *society) read(e election.Election, papers ...string) {
	s.Helper()
	for i, typed := range papers {
		for _, by := range []identity.AccountID{"scr1", "scr2"} {
			s.must(s.polls.Enter(s.Context(), by, e.ID, ordinary, i+1, reading(typed)))
		}
	}
}

// hear has the returning officer record what the beacon said.
func (s *society) hear(e election.Election) {
	s.Helper()
	c, err := s.polls.Contests(s.Context(), e.ID)
	s.must(err)
	m, err := c[0].Read()
	s.must(err)
	said, err := s.beacon.Speak(m.Beacon.Round, s.now)
	s.must(err)
	s.must(s.polls.Hear(s.Context(), "ro", e.ID, said))
}

// certified has the returning officer certify, and both scrutineers sign.
func (s *society) certified(e election.Election, why string) election.Issue {
	s.Helper()
	version, err := s.polls.Certify(s.Context(), "ro", e.ID, "Ro", why)
	s.must(err)
	s.must(s.polls.Sign(s.Context(), "scr1", e.ID, version, "Sal"))
	s.must(s.polls.Sign(s.Context(), "scr2", e.ID, version, "Sam"))
	i, err := s.polls.Result(s.Context(), e.ID)
	s.must(err)
	return i
}

// sits is who sits on the board on a day, with the seat and its last day.
func (s *society) sits(on calendar.Date) map[string]string {
	s.Helper()
	all, err := s.board.Seats(s.Context())
	s.must(err)
	who := map[string]string{}
	for _, seat := range all {
		if seat.Held(on) {
			who[seat.Name] = string(seat.Class) + " until " + seat.Last().String()
		}
	}
	return who
}
