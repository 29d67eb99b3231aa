package notice

import (
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
)

// Ann and Pat pay; Pat lets contacts know. Everybody else is told how far they are from them.
func TestEachIsToldHowFarTheyAre(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m := newMoot(t, db)
		crowd := m.crowd("crowd")
		m.comes(both, "ann", "bob", "cat", "dan", "eve", "fay", "gus")
		m.comes(Wish{Chat: true, Counted: true}, "pat")
		m.paying = []string{"ann", "pat"}
		for _, name := range []string{"bob", "cat", "dan", "eve", "fay"} {
			m.know(name, crowd...)
		}
		m.pairs = nil
		for _, name := range []string{"bob", "cat", "dan", "eve"} { // each has a crowd of their own, so that it leads nowhere
			m.know(name, m.crowd(name)...)
		}
		m.know("bob", "pat")
		m.know("cat", "ann")
		m.know("cat", "dan")
		m.know("fay", "pat") // and nobody else
		m.later(LeastAge)
		m.comes(both, "new")
		m.know("new", crowd...)
		m.know("new", "pat")
		m.worksOut()
		m.wantTold("ann", Pays)
		m.wantTold("pat", Pays)
		m.wantTold("bob", 1)
		m.wantTold("cat", 2)
		m.wantTold("dan", 3)
		m.wantTold("eve", ThreeOrMore) // reaches nobody
		m.wantTold("fay", ThreeOrMore) // has one contact
		m.wantTold("new", ThreeOrMore) // has just come
		m.wantTold("gus", ThreeOrMore)
	})
}

// Sue has asked for nothing, and knows everybody; Pat pays and has asked for nothing.
func TestNothingIsWorkedOutOfOrThroughWhoDidNotConsent(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m := newMoot(t, db)
		m.comes(both, "bob", "ann")
		m.comes(unasked, "sue")
		m.comes(Wish{Card: true, Counted: true}, "pat")
		m.comes(Wish{}, "nix")
		m.paying = []string{"ann", "pat"}
		m.know("bob", m.crowd("bob")...)
		m.know("sue", m.crowd("sue")...)
		m.know("sue", "bob", "ann", "pat")
		m.know("bob", "pat")
		m.later(LeastAge)
		m.worksOut()
		m.wantTold("bob", ThreeOrMore) // by way of Sue and to Pat it would be less
		for _, name := range []string{"sue", "pat", "nix"} {
			if told, is := m.told(name); is {
				t.Errorf("%s did not consent, and %d is kept of them", name, told)
			}
		}
		if kept, want := m.count("notices"), int64(2+2*LeastContacts); kept != want {
			t.Errorf("%d notices are kept, want %d", kept, want)
		}
	})
}

func TestDegreesAreWorkedOutOnceAYearAndNotAgainOnDemand(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(byChat, "bob")
		m.comes(Wish{Chat: true, Counted: true}, "pat")
		m.know("bob", m.crowd("bob")...)
		m.later(LeastAge)
		year := m.worksOut()
		m.wantTold("bob", ThreeOrMore)
		m.know("bob", "pat")
		m.paying = []string{"pat"}
		m.must(m.WorkOut(ctx, WorkOut{year}))
		m.wantTold("bob", ThreeOrMore)
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrThisYear) {
			t.Errorf("prepared again: %v", err)
		}
		m.must(m.Release(ctx, secretary, year))
		m.clock = m.clock.AddDate(0, 0, 225) // another year, and too soon
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrTooSoon) {
			t.Errorf("prepared on %s: %v", m.clock, err)
		}
		m.later(Apart - 225)
		m.worksOut()
		m.wantTold("bob", 1)
		var kept int64
		m.must(db.Read(ctx).Model(&noticeRow{}).Where("year = ? AND told IS NOT NULL", year).Count(&kept).Error)
		if kept > 0 {
			t.Errorf("what %d people were told in %d is still kept", kept, year)
		}
	})
}

// The program is stopped at some statement and the job is done again, with another graph: what is kept is of the second alone.
func TestWorkingOutThatWasBrokenOffBeginsAnew(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.comes(Wish{Chat: true, Counted: true}, "pat")
		m.know("bob", m.crowd("bob")...)
		m.know("bob", "pat")
		m.later(LeastAge)
		m.must(m.Prepare(ctx, secretary))
		fails := breakAt(t, db)
		for at := 1; ; at++ {
			m.paying = []string{"pat"}
			if at%2 == 0 {
				m.paying = nil
			}
			fails.at(at)
			err := m.WorkOut(ctx, WorkOut{2026})
			fails.never()
			if err == nil {
				t.Logf("%d statements", at-1)
				break
			}
			if !errors.Is(err, errBroken) {
				t.Fatal(err)
			}
		}
		want := Told(1)
		if len(m.paying) == 0 {
			want = ThreeOrMore
		}
		m.wantTold("bob", want)
		var people int64
		m.must(db.Read(ctx).Raw("SELECT CAST(sum(people) AS BIGINT) FROM notice_histogram").Scan(&people).Error)
		if kept := m.count("notices"); kept != 2+LeastContacts || people != kept {
			t.Errorf("%d notices are kept, and %d people counted", kept, people)
		}
	})
}

// A job that was taken for dead comes back to life: it can keep nothing beside what the second keeps.
func TestOnlyOneAttemptKeepsDegrees(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.must(m.Prepare(ctx, secretary))
		m.between = func() {
			m.between = nil
			m.must(m.WorkOut(ctx, WorkOut{2026}))
		}
		if err := m.WorkOut(ctx, WorkOut{2026}); !errors.Is(err, errOvertaken) {
			t.Errorf("the first attempt says %v", err)
		}
		if kept := m.count("notices"); kept != 1 {
			t.Errorf("%d notices are kept", kept)
		}
	})
}

// What somebody who does not consent can see of notices is the same whoever they are, and asks the database the same.
func TestWhoDidNotConsentIsNotTold(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(unasked, "payer", "nobody")
		m.paying = []string{"payer"}
		m.know("nobody", "payer")
		m.later(LeastAge)
		m.releases()
		m.later(1)
		said := breakAt(t, db)
		asked := map[string]int{}
		for _, name := range []string{"payer", "nobody"} {
			before := said.heard
			card, is, err := m.Card(ctx, m.is[name])
			m.must(err)
			if asked[name] = said.heard - before; !is || card != (Card{2026}) {
				t.Errorf("%s sees %+v %v", name, card, is)
			}
		}
		if asked["payer"] != asked["nobody"] {
			t.Errorf("the database is asked %v", asked)
		}
	})
}

var errBroken = errors.New("the database is gone")

// breaker counts statements, and has one of them fail.
type breaker struct {
	heard, fail int
}

func (b *breaker) at(n int) { b.heard, b.fail = 0, n }
func (b *breaker) never()   { b.fail = 0 }

// breakAt lets a test have any statement of a database fail, as when the program is killed before it.
func breakAt(t *testing.T, db *database.DB) *breaker {
	t.Helper()
	b := &breaker{}
	hear := func(tx *gorm.DB) {
		if b.heard++; b.heard == b.fail {
			_ = tx.AddError(errBroken)
		}
	}
	for _, ask := range []func(f func(tx *gorm.DB) error) error{
		func(f func(tx *gorm.DB) error) error { return db.Write(t.Context(), f) },
		func(f func(tx *gorm.DB) error) error { return db.Snapshot(t.Context(), f) },
	} {
		err := ask(func(tx *gorm.DB) error {
			all := tx.Callback()
			return errors.Join(
				all.Create().Before("gorm:create").Register("test:create", hear), all.Query().Before("gorm:query").Register("test:query", hear),
				all.Update().Before("gorm:update").Register("test:update", hear), all.Delete().Before("gorm:delete").Register("test:delete", hear),
				all.Row().Before("gorm:row").Register("test:row", hear), all.Raw().Before("gorm:raw").Register("test:raw", hear),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// A job is given up after most of a day of trying. The campaign is not lost with it.
func TestWorkingOutThatWasGivenUpIsTakenUpAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.must(m.Prepare(ctx, secretary))
		queued := func() (n int64) {
			t.Helper()
			m.must(db.Read(ctx).Table("river_job").Where("kind = ?", WorkOut{}.Kind()).Count(&n).Error)
			return n
		}
		m.must(m.Resume(ctx))
		if n := queued(); n != 1 {
			t.Errorf("%d jobs on the first day", n)
		}
		m.clock = m.clock.Add(givenUp)
		m.must(m.Resume(ctx))
		if n := queued(); n != 1 {
			t.Errorf("%d jobs while the first is not given up", n)
		}
		m.givesUp(WorkOut{}.Kind())
		for range 3 {
			m.must(m.Resume(ctx))
		}
		if n := queued(); n != 2 {
			t.Errorf("%d jobs when the first was given up", n)
		}
		m.must(m.WorkOut(ctx, WorkOut{2026}))
		m.must(m.Resume(ctx))
		if n := queued(); n != 2 {
			t.Errorf("%d jobs when it is worked out", n)
		}
	})
}

func TestDeliveryThatWasGivenUpIsTakenUpAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.releases()
		waiting := func() (n int64) {
			t.Helper()
			m.must(db.Read(ctx).Table("river_job").Where("kind = ? AND state = 'available'", Deliver{}.Kind()).Count(&n).Error)
			return n
		}
		m.must(m.Resume(ctx))
		if n := waiting(); n != 1 {
			t.Errorf("%d jobs deliver", n)
		}
		m.givesUp(Deliver{}.Kind())
		for range 3 {
			m.must(m.Resume(ctx))
		}
		if n := waiting(); n != 1 {
			t.Errorf("%d jobs deliver when the first was given up", n)
		}
		m.givesUp(Deliver{}.Kind())
		m.must(m.Silence(ctx, m.is["bob"]))
		due := m.due()["bob"]
		_, err := m.Wanted(ctx, due)
		m.must(err)
		m.must(m.Resume(ctx))
		if n := waiting(); n != 0 {
			t.Errorf("%d jobs deliver when nothing is left", n)
		}
	})
}

// givesUp has all jobs of a kind given up.
func (m *moot) givesUp(kind string) {
	m.Helper()
	m.must(m.db.Write(m.Context(), func(tx *gorm.DB) error {
		return tx.Exec("UPDATE river_job SET state = 'discarded', finalized_at = scheduled_at WHERE kind = ?", kind).Error
	}))
}

func TestDegreesThatAreOldAreNotToldButWorkedOutAnew(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		year := m.worksOut()
		m.later(StaleAfter)
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrThisYear) {
			t.Errorf("it can be worked out again while it is fresh: %v", err)
		}
		m.later(1)
		if err := m.Release(ctx, secretary, year); !errors.Is(err, ErrStale) {
			t.Fatalf("degrees of %d days ago were released: %v", StaleAfter+1, err)
		}
		last, err := m.Last(ctx)
		m.must(err)
		if !m.MayPrepare(last) {
			t.Error("it cannot be prepared anew")
		}
		m.givesUp(WorkOut{}.Kind()) // or it is done, and gone
		m.releases()
		if last, err = m.Last(ctx); err != nil || last.Day.String() != "2026-03-30" || m.count("notices") != 1 || m.count("notice_histogram") != 1 {
			t.Errorf("%+v, %v: %d notices", last, err, m.count("notices"))
		}
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrGoesOut) {
			t.Errorf("another is prepared while one goes out: %v", err)
		}
		m.clock = m.clock.Add(DeliverFor)
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrThisYear) {
			t.Errorf("got %v", err)
		}
	})
}

// A campaign of before, released long after it was prepared, can still be going out when the next is due.
func TestTheNextCampaignDoesNotEndTheOneThatGoesOut(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.releases()
		m.later(Apart + 10)
		m.must(db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE notice_campaigns SET released_at = ?", m.clock).Error
		}))
		m.later(1)
		if err := m.Prepare(ctx, secretary); !errors.Is(err, ErrGoesOut) {
			t.Fatalf("got %v", err)
		}
		if len(m.due()) != 1 {
			t.Error("it goes out no more")
		}
		m.clock = m.clock.Add(DeliverFor)
		m.must(m.Prepare(ctx, secretary))
	})
}

func TestWhatWasToldIsForgottenOfEverybodyWhenTheNextIsWorkedOut(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.releases()
		crowd := make([]map[string]any, 0, 2*keptTogether)
		notices := make([]noticeRow, 0, 2*keptTogether)
		told := 2
		for i := range 2 * keptTogether {
			id := fmt.Sprintf("crowd%05d", i)
			crowd = append(crowd, map[string]any{"id": id, "name": "", "language": "en", "since": m.clock})
			notices = append(notices, noticeRow{Year: 2026, Account: identity.AccountID(id), Told: &told, Chat: queued, Unsettled: true, NextAt: m.clock})
		}
		m.must(db.Write(ctx, func(tx *gorm.DB) error {
			return errors.Join(tx.Table("accounts").CreateInBatches(crowd, 200).Error, tx.CreateInBatches(notices, 200).Error)
		}))
		m.later(Apart + 60)
		m.worksOut()
		var kept int64
		m.must(db.Read(ctx).Model(&noticeRow{}).Where("year = 2026 AND (told IS NOT NULL OR unsettled)").Count(&kept).Error)
		if kept != 0 || m.count("notices") != 2*keptTogether+2 {
			t.Errorf("of %d people it is known what they were told; %d notices", kept, m.count("notices"))
		}
	})
}
