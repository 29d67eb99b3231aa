package member_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// society is a register on a database of its own, with a clock that stands still until it is put forward.
type society struct {
	*testing.T
	db       *database.DB
	register *member.Register
	officers *member.Officers
	now      time.Time
}

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s := &society{T: t, db: db, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
		now := func() time.Time { return s.now }
		s.register, s.officers = member.NewRegister(db, queue, now), member.NewOfficers(db, now)
		story(s)
	})
}

func (s *society) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *society) days(n int) { s.now = s.now.AddDate(0, 0, n) }

var nia = member.Application{Name: "Nia Owen", Address: "1 High Street\nAberystwyth", Postcode: "SY23 1AA", Email: "nia@example.org", Age: 34}

// person is somebody who is nobody else, the nth.
func person(n int) member.Application {
	return member.Application{
		Name: fmt.Sprintf("Person %c", 'A'+n), Address: fmt.Sprintf("%d Long Road\nLeeds", n), Postcode: fmt.Sprintf("LS1 %dAA", n),
		Email: fmt.Sprintf("person%d@example.org", n), Age: 40,
	}
}

func (s *society) applies(account identity.AccountID, a member.Application) member.ID {
	s.Helper()
	id, err := s.register.Apply(s.Context(), account, a)
	s.must(err)
	return id
}

func (s *society) joins(account identity.AccountID, a member.Application) member.ID {
	s.Helper()
	id := s.applies(account, a)
	s.must(s.register.Admit(s.Context(), id, "secretary", "welcome"))
	return id
}

func (s *society) entry(id member.ID) member.Member {
	s.Helper()
	m, err := s.register.Get(s.Context(), id)
	s.must(err)
	return m
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

func idOf(n int) identity.AccountID { return identity.AccountID(fmt.Sprint(n)) }
