package notice

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// moot is a town with notices, on one database, with a clock that a test sets. Who knows whom and who pays is the test's to say.
type moot struct {
	*testing.T
	db *database.DB
	*Notices
	clock  time.Time
	is     map[string]identity.AccountID
	pairs  [][2]string
	paying []string
	// between is done after the graph was read, before anything of it is kept.
	between func()
}

const secretary identity.AccountID = "secretary"

func newMoot(t *testing.T, db *database.DB) *moot {
	t.Helper()
	m := &moot{T: t, db: db, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), is: map[string]identity.AccountID{}}
	now := func() time.Time { return m.clock }
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	m.must(err)
	m.Notices = New(db, queue, identity.NewAccounts(db, queue, make([]byte, 32), now), make([]byte, 32), now)
	m.Mutual = func(_ context.Context, use func(pairs func(yield func(a, b identity.AccountID) bool) error) error) error {
		return use(func(yield func(a, b identity.AccountID) bool) error {
			for _, p := range m.pairs {
				if !yield(m.is[p[0]], m.is[p[1]]) {
					return nil
				}
			}
			return nil
		})
	}
	m.Paying = func(context.Context, calendar.Date) (all []identity.AccountID, err error) {
		if m.between != nil {
			m.between()
		}
		for _, name := range m.paying {
			all = append(all, m.is[name])
		}
		return all, nil
	}
	return m
}

func (m *moot) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

// comes is somebody who signs up now, and says how they want to hear.
func (m *moot) comes(w Wish, names ...string) {
	m.Helper()
	for _, name := range names {
		address, err := identity.ParseAddress(name + "@example.org")
		m.must(err)
		entry, err := m.accounts.Admit(m.Context(), address, "", "laptop")
		m.must(err)
		m.is[name] = entry.Session.Account
		m.must(m.Choose(m.Context(), m.is[name], w))
	}
}

// know makes each of some people a mutual contact of somebody.
func (m *moot) know(who string, others ...string) {
	for _, o := range others {
		m.pairs = append(m.pairs, [2]string{who, o})
	}
}

// crowd are five who want to hear, and know nobody.
func (m *moot) crowd(of string) (names []string) {
	m.Helper()
	for i := range LeastContacts {
		names = append(names, fmt.Sprint(of, i))
	}
	m.comes(both, names...)
	return names
}

var (
	both   = Wish{Chat: true, Mail: true, Card: true}
	byChat = Wish{Chat: true, Card: true}
	byMail = Wish{Mail: true, Card: true}
)

// worksOut prepares this year's and works it out.
func (m *moot) worksOut() int {
	m.Helper()
	m.must(m.Prepare(m.Context(), secretary))
	year := m.clock.Year()
	m.must(m.WorkOut(m.Context(), WorkOut{year}))
	return year
}

func (m *moot) releases() int {
	m.Helper()
	year := m.worksOut()
	m.must(m.Release(m.Context(), secretary, year))
	return year
}

// told is what is kept for somebody; false for whom nothing is.
func (m *moot) told(name string) (Told, bool) {
	m.Helper()
	var rows []noticeRow
	m.must(m.db.Read(m.Context()).Where("account = ?", m.is[name]).Order("year DESC").Limit(1).Find(&rows).Error)
	if len(rows) == 0 || rows[0].Told == nil {
		return 0, false
	}
	return Told(*rows[0].Told), true
}

func (m *moot) wantTold(name string, want Told) {
	m.Helper()
	if got, is := m.told(name); !is || got != want {
		m.Errorf("%s is told %d (%v), want %d", name, got, is, want)
	}
}

func (m *moot) later(days int) { m.clock = m.clock.AddDate(0, 0, days) }

// due are those whose notice has to go out now, by name.
func (m *moot) due() map[string]Due {
	m.Helper()
	all, _, err := m.Due(m.Context(), 1000)
	m.must(err)
	named := map[string]Due{}
	for _, d := range all {
		for name, is := range m.is {
			if is == d.Account {
				named[name] = d
			}
		}
	}
	return named
}

func (m *moot) count(table string) (n int64) {
	m.Helper()
	m.must(m.db.Read(m.Context()).Table(table).Count(&n).Error)
	return n
}

func (m *moot) closes(name string) {
	m.Helper()
	m.must(m.db.Write(m.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM accounts WHERE id = ?", m.is[name]).Error }))
}
