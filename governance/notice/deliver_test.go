package notice

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

func TestNothingGoesOutBeforeTheRelease(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		if err := m.Release(ctx, secretary, 2026); !errors.Is(err, ErrNoCampaign) {
			t.Errorf("released what is not there: %v", err)
		}
		m.must(m.Prepare(ctx, secretary))
		if err := m.Release(ctx, secretary, 2026); !errors.Is(err, ErrNotReady) {
			t.Errorf("released what is not worked out: %v", err)
		}
		m.must(m.WorkOut(ctx, WorkOut{2026}))
		if due := m.due(); len(due) > 0 {
			t.Errorf("due before the release: %v", due)
		}
		m.must(m.Release(ctx, secretary, 2026))
		if err := m.Release(ctx, secretary, 2026); !errors.Is(err, ErrReleased) {
			t.Errorf("released twice: %v", err)
		}
		if due := m.due(); len(due) != 1 || !due["bob"].Chat || !due["bob"].Mail {
			t.Errorf("due: %+v", due)
		}
		m.clock = m.clock.Add(DeliverFor)
		if due := m.due(); len(due) > 0 {
			t.Errorf("due when it is over: %v", due)
		}
	})
}

// Between the release and the delivery, Bob wants no mail any more, Cat nothing, Dan closes his account.
func TestWhoSwitchesOffBeforeTheDeliveryGetsNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "ann", "bob", "cat", "dan")
		m.releases()
		due := m.due()
		m.must(m.Choose(ctx, m.is["bob"], byChat))
		m.must(m.Silence(ctx, m.is["cat"]))
		m.closes("dan")
		for name, want := range map[string][2]bool{"ann": {true, true}, "bob": {true, false}, "cat": {}, "dan": {}} {
			_, claims, err := m.Claim(ctx, due[name])
			m.must(err)
			wanted, err := m.Wanted(ctx, due[name])
			m.must(err)
			if got := [2]bool{wanted.Chat, claims}; got != want {
				t.Errorf("%s: message and mail %v, want %v", name, got, want)
			}
		}
		m.must(m.Choose(ctx, m.is["cat"], both)) // back too late for this year
		if now := m.due(); now["cat"] != (Due{}) || now["bob"].Mail {
			t.Errorf("what was switched off is due again: %+v", now)
		}
		c, err := m.Last(ctx)
		m.must(err)
		p, err := m.Progress(ctx, *c)
		m.must(err)
		if p.People != 3 || p.Dropped != 3 {
			t.Errorf("progress: %+v", p)
		}
	})
}

// Pat takes back that contacts may be told, after the degrees were worked out.
func TestNobodyIsToldOfAContactWhoTookThatBack(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.comes(Wish{Chat: true, Counted: true}, "pat")
		m.paying = []string{"pat"}
		m.comes(both, "eve") // knows bob, and by him alone anybody who pays
		m.know("bob", m.crowd("bob")...)
		m.know("bob", "pat")
		m.know("eve", m.crowd("eve")...)
		m.know("eve", "bob")
		m.later(LeastAge)
		m.releases()
		due, next := m.due()["bob"], m.due()["eve"]
		if due.Told != 1 || next.Told != 2 {
			t.Fatalf("told %d and %d", due.Told, next.Told)
		}
		m.must(m.Choose(ctx, m.is["pat"], byChat))
		wanted, err := m.Wanted(ctx, due)
		m.must(err)
		claimed, mine, err := m.Claim(ctx, due)
		m.must(err)
		if wanted.Told != 2 || claimed.Told != 2 || !mine {
			t.Errorf("the message says %d, the mail %d", wanted.Told, claimed.Told)
		}
		if next, err = m.Wanted(ctx, next); err != nil || next.Told != 3 {
			t.Errorf("one step on the message says %d, %v: as if nobody had taken anything back", next.Told, err)
		}
	})
}

// Pat takes it back while the degrees are being worked out: the graph was read before.
func TestNobodyIsToldOfAContactWhoTakesThatBackMeanwhile(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.comes(Wish{Chat: true, Counted: true}, "pat")
		m.paying = []string{"pat"}
		m.know("bob", m.crowd("bob")...)
		m.know("bob", "pat")
		m.later(LeastAge)
		m.between = func() { m.must(m.Choose(ctx, m.is["pat"], byChat)) }
		year := m.worksOut()
		m.wantTold("bob", 2)
		var people int
		m.must(db.Read(ctx).Raw("SELECT people FROM notice_histogram WHERE year = ? AND told = 2", year).Scan(&people).Error)
		if people != 1 {
			t.Errorf("%d people are counted as told 2", people)
		}
	})
}

// Who does not pay has nothing to take back, and so cannot change what others are told.
func TestWhoPaysNothingChangesNothingThatOthersAreTold(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "bob")
		m.comes(Wish{Chat: true, Counted: true}, "pat", "eve")
		m.paying = []string{"pat"}
		m.know("bob", m.crowd("bob")...)
		m.know("bob", "pat")
		m.later(LeastAge)
		m.between = func() { m.must(m.Choose(ctx, m.is["eve"], byChat)) }
		m.releases()
		m.must(m.Choose(ctx, m.is["eve"], Wish{Chat: true, Counted: true}))
		m.must(m.Choose(ctx, m.is["eve"], byChat))
		m.wantTold("bob", 1)
	})
}

func TestOfManyWhoClaimAMailOneGetsIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(byMail, "bob")
		m.releases()
		due := m.due()["bob"]
		var mu sync.Mutex
		var all sync.WaitGroup
		claims := 0
		for range 16 {
			all.Go(func() {
				_, mine, err := m.Claim(ctx, due)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if mine {
					claims++
				}
			})
		}
		all.Wait()
		if claims != 1 {
			t.Errorf("%d of 16 got it", claims)
		}
		if due := m.due(); len(due) > 0 {
			t.Errorf("it is due again: %v", due)
		}
	})
}

func TestAClaimWithoutAnAnswerIsListedAndNotMailedAgain(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(byMail, "bob", "cat", "dan", "eve")
		year := m.releases()
		for name, due := range m.due() {
			due, mine, err := m.Claim(ctx, due)
			m.must(err)
			switch {
			case !mine:
				t.Errorf("%s is not to be had", name)
			case name == "cat":
				m.must(m.Mailed(ctx, due))
			case name == "dan":
				m.must(m.Refused(ctx, due))
			case name == "eve":
				m.must(m.NotTaken(ctx, due))
			}
		}
		unknown, err := m.Unknown(ctx, year)
		m.must(err)
		if len(unknown) > 0 {
			t.Errorf("unknown while it is under way: %v", unknown)
		}
		m.clock = m.clock.Add(claimFor)
		if unknown, err = m.Unknown(ctx, year); err != nil || len(unknown) != 1 || unknown[0].Account != m.is["bob"] {
			t.Errorf("unknown: %v %v", unknown, err)
		}
		if due := m.due(); len(due) != 1 || !due["eve"].Mail {
			t.Errorf("due: %v", due)
		}
		c, err := m.Last(ctx)
		m.must(err)
		p, err := m.Progress(ctx, *c)
		m.must(err)
		if want := (Progress{People: 4, Mailed: 1, Queued: 1, Unknown: 1, Failed: 1}); p != want {
			t.Errorf("progress %+v, want %+v", p, want)
		}
	})
}

func TestWhatCannotGoOutComesAgainLaterEachTime(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(byChat, "bob")
		m.releases()
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			due := m.due()["bob"]
			if !due.Chat {
				t.Fatalf("not due %s after the last time", pause/2)
			}
			m.must(m.Later(ctx, due))
			m.clock = m.clock.Add(pause - time.Second)
			if due := m.due(); len(due) > 0 {
				t.Errorf("due a second before %s are over", pause)
			}
			m.clock = m.clock.Add(time.Second)
		}
	})
}

func TestTheCardIsForWhoAskedForNothingAndEndsInOneTap(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(byChat, "ann")
		m.comes(unasked, "bob", "cat")
		m.comes(Wish{}, "nix")
		card := func(name string) bool {
			t.Helper()
			_, is, err := m.Card(ctx, m.is[name])
			m.must(err)
			return is
		}
		m.later(1)
		m.worksOut()
		if card("bob") {
			t.Error("a card before the release")
		}
		m.must(m.Release(ctx, secretary, 2026))
		m.later(1)
		m.comes(unasked, "new")
		for name, want := range map[string]bool{"ann": false, "bob": true, "cat": true, "nix": false, "new": false} {
			if card(name) != want {
				t.Errorf("%s sees a card: %v", name, !want)
			}
		}
		m.must(m.PutAway(ctx, m.is["bob"], 2026))
		m.must(m.Silence(ctx, m.is["cat"]))
		if card("bob") || card("cat") {
			t.Error("a card that was put away is there again")
		}
		m.later(365)
		m.releases()
		m.later(1)
		if !card("bob") || card("cat") {
			t.Error("put away for a year, or switched off for good: the next year does not know which")
		}
		m.clock = m.clock.Add(DeliverFor)
		if card("bob") {
			t.Error("a card when the campaign is over")
		}
	})
}

func TestALinkSwitchesOffForItsReaderAlone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "ann", "bob")
		token := m.OffToken(m.is["ann"])
		account, ours := m.OffBy(token)
		if !ours || account != m.is["ann"] {
			t.Fatalf("the link is %s's: %v", account, ours)
		}
		_, signature, _ := strings.Cut(token, ".")
		for _, forged := range []string{"", ".", string(m.is["bob"]) + "." + signature, string(m.is["ann"]) + ".", string(m.is["ann"]), token + "A", token[:len(token)-2]} {
			if _, ours := m.OffBy(forged); ours {
				t.Errorf("%q is taken for ours", forged)
			}
		}
		m.must(m.Silence(ctx, account))
		m.must(m.Silence(ctx, "somebody who is not here"))
		for name, want := range map[string]Wish{"ann": {}, "bob": both} {
			if got, err := m.Wish(ctx, m.is[name]); err != nil || got != want {
				t.Errorf("%s wishes %+v %v", name, got, err)
			}
		}
	})
}

func TestADryRunCountsAndChangesNothing(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		m, ctx := newMoot(t, db), t.Context()
		m.comes(both, "ann", "off")
		m.comes(byMail, "bob")
		m.paying = []string{"ann"}
		year := m.releases()
		m.must(m.Silence(ctx, m.is["off"]))
		got, err := m.Waiting(ctx, year)
		m.must(err)
		if len(got) != 2 || got[0] != (Waiting{ThreeOrMore, 0, 1}) || got[1] != (Waiting{Pays, 1, 1}) {
			t.Errorf("waiting: %+v", got)
		}
		if due := m.due(); len(due) != 3 {
			t.Errorf("due afterwards: %v", due)
		}
	})
}
