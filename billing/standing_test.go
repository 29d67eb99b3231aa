package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

// story tells a history, each fact known at noon of the day it happened.
type story struct {
	t testing.TB
	h history
}

func noon(d calendar.Date) time.Time { return d.Start().Add(12 * time.Hour).UTC() }

func joined(t testing.TB, amount int64) *story {
	const on = "2026-01-15"
	d := day(t, on)
	return (&story{t: t, h: history{choices: []choice{{Terms{money.Pence(amount), Monthly}, 1, noon(d)}}}}).then(factJoined, 0, on)
}

func (s *story) then(kind factKind, period int, on string) *story {
	d := day(s.t, on)
	s.h.facts = append(s.h.facts, fact{kind, period, d, noon(d)})
	return s
}

func (s *story) stands(on string) member.Standing {
	return s.h.standing(day(s.t, on), day(s.t, on).AddDays(1).Start())
}

func (s *story) want(on string, state member.StandingState, since string, owed int) {
	s.t.Helper()
	got := s.stands(on)
	if got.State != state || got.Owed != owed || since != "" && got.Since.String() != since {
		s.t.Errorf("on %s: %s since %s, owes %d; want %s since %s, %d", on, got.State, got.Since, got.Owed, state, since, owed)
	}
}

func TestWhoPaysIsCurrentAndWhoDoesNotHas28Days(t *testing.T) {
	s := joined(t, 1000)
	s.want("2026-01-14", "", "", 0)
	s.want("2026-01-15", member.Grace, "2026-01-15", 0)
	if until := s.stands("2026-01-15").Until.String(); until != "2026-02-12" {
		t.Errorf("grace until %s", until)
	}
	s.want("2026-02-12", member.Grace, "2026-01-15", 0)
	s.want("2026-02-13", member.Arrears, "2026-02-13", 1)
	s.then(factSettled, 1, "2026-02-14")
	s.want("2026-02-14", member.Current, "2026-02-14", 0)
	s.want("2026-02-15", member.Grace, "2026-02-15", 0)
}

func TestArrearsEndAtThreeAndOlderOnesAreForgone(t *testing.T) {
	s := joined(t, 1000)
	s.want("2026-12-31", member.Arrears, "2026-02-13", 3)
	s.then(factSettled, 9, "2026-12-31").then(factSettled, 10, "2026-12-31").then(factSettled, 11, "2026-12-31").then(factSettled, 12, "2026-12-31")
	s.want("2026-12-31", member.Current, "2026-12-31", 0)
	s.want("2027-01-14", member.Current, "", 0)
}

func TestAReversalGives28FreshDaysAndDoesNotChangeTheDaysBefore(t *testing.T) {
	s := joined(t, 1000).then(factSettled, 1, "2026-01-15").then(factReopened, 1, "2026-02-10")
	s.want("2026-02-09", member.Current, "2026-01-15", 0)
	s.want("2026-02-10", member.Grace, "2026-02-10", 0)
	s.then(factSettled, 2, "2026-02-15")
	s.want("2026-03-10", member.Grace, "2026-02-10", 0)
	s.want("2026-03-11", member.Arrears, "2026-03-11", 1)
	s.then(factWaived, 1, "2026-03-12")
	s.want("2026-03-12", member.Current, "2026-03-12", 0)
}

func TestALapseIsStewardsToDecideAndToUndo(t *testing.T) {
	s := joined(t, 1000)
	s.want("2030-01-01", member.Arrears, "2026-02-13", 3)
	s.then(factLapsed, 0, "2030-01-02")
	s.want("2030-01-02", member.Lapsed, "2030-01-02", 3)
	s.then(factRestored, 0, "2030-02-02")
	s.want("2030-02-02", member.Arrears, "2030-02-02", 3)
}

func TestHardshipIsCurrent(t *testing.T) {
	s := joined(t, 0)
	s.want("2027-06-01", member.Current, "2026-01-15", 0)
	s.h.choices = append(s.h.choices, choice{Terms{300, Monthly}, 19, noon(day(t, "2027-06-20"))})
	s.want("2027-07-14", member.Current, "2026-01-15", 0)
	s.want("2027-07-15", member.Grace, "2027-07-15", 0)
}

func TestNothingIsOwedForPeriodsAfterLeaving(t *testing.T) {
	s := joined(t, 1000).then(factSettled, 1, "2026-01-15").then(factLeft, 0, "2026-02-01")
	s.want("2027-01-01", member.Current, "2026-01-15", 0)
}

// facts draws any history at all.
func facts(t *rapid.T) history {
	joined := calendar.Date{Year: 2026, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 60).Draw(t, "joined"))
	h := history{
		facts:   []fact{{factJoined, 0, joined, noon(joined)}},
		choices: []choice{{Terms{money.Pence(rapid.SampledFrom([]int{0, 300, 1000}).Draw(t, "price")), Monthly}, 1, noon(joined)}},
	}
	known := joined
	for range rapid.IntRange(0, 30).Draw(t, "facts") {
		known = known.AddDays(rapid.IntRange(0, 40).Draw(t, "pause"))
		on := known.AddDays(-rapid.IntRange(0, 5).Draw(t, "late"))
		kind := rapid.SampledFrom([]factKind{factSettled, factSettled, factSettled, factReopened, factWaived, factLapsed, factRestored}).Draw(t, "kind")
		h.facts = append(h.facts, fact{kind, rapid.IntRange(1, 30).Draw(t, "period"), on, noon(known)})
	}
	return h
}

func TestWhatBecomesKnownLaterNeverChangesARoll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := facts(t)
		joined := h.facts[0].on
		on := joined.AddDays(rapid.IntRange(0, 1000).Draw(t, "on"))
		at := noon(joined.AddDays(rapid.IntRange(0, 1000).Draw(t, "at")))
		before := h.knownAt(at).standing(on, at)
		if after := h.standing(on, at); after != before {
			t.Fatalf("on %s: %+v, later %+v", on, before, after)
		}
		if before.Owed < 0 || before.Owed > member.MostArrears {
			t.Fatalf("owes %d", before.Owed)
		}
		if (before.State == member.Grace) == before.Until.IsZero() {
			t.Fatalf("%s until %s", before.State, before.Until)
		}
	})
}

func TestSinceIsWhenItBecameSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := facts(t)
		on := h.facts[0].on.AddDays(rapid.IntRange(0, 500).Draw(t, "on"))
		got := h.standing(on, noon(on.AddDays(10_000)))
		since := on
		for h.on(since.AddDays(-1)).state() == got.State {
			since = since.AddDays(-1)
		}
		if got.Since != since {
			t.Fatalf("%s since %s, counting days it is %s", got.State, got.Since, since)
		}
	})
}

func TestThreeNoticesAtMostAndNoneWhileMoneyIsOnItsWay(t *testing.T) {
	s := joined(t, 1000)
	sent, days := 0, []string{}
	for d := day(t, "2026-01-15"); d.Before(day(t, "2027-01-15")); d = d.AddDays(1) {
		since := s.h.unpaidSince(d)
		if s.h.on(d).noticeDue(since, sent, true) != 0 {
			t.Errorf("a notice on %s, with money on its way", d)
		}
		if n := s.h.on(d).noticeDue(since, sent, false); n != 0 {
			sent, days = n, append(days, d.String())
		}
	}
	if sent != 3 || days[0] != "2026-01-20" || days[1] != "2026-02-03" || days[2] != "2026-02-13" {
		t.Errorf("notices on %v", days)
	}
}

func (s *story) wantPays(on string, want bool) {
	s.t.Helper()
	if got := s.h.pays(day(s.t, on)); got != want {
		s.t.Errorf("on %s somebody pays: %v", on, got)
	}
}

func TestWhoPaysDuesIsWhoHasPaidThem(t *testing.T) {
	s := joined(t, 1000)
	s.wantPays("2026-01-14", false)
	s.wantPays("2026-01-20", false) // has joined, and not paid yet
	s.then(factSettled, 1, "2026-01-21")
	s.wantPays("2026-01-21", true)
	s.wantPays("2026-02-20", true)  // the second is asked for
	s.wantPays("2026-03-16", false) // in arrears
	s.then(factSettled, 2, "2026-03-17").then(factSettled, 3, "2026-03-17")
	s.wantPays("2026-03-17", true)
	s.then(factReopened, 3, "2026-03-18")
	s.wantPays("2026-03-18", true) // the second is paid, and the third asked for again
	s.then(factWaived, 3, "2026-03-19")
	s.wantPays("2026-03-19", false)
	s.then(factSettled, 3, "2026-03-20").then(factLapsed, 0, "2026-03-21")
	s.wantPays("2026-03-21", false)

	free := joined(t, 0)
	free.wantPays("2026-06-01", false) // in good standing, and pays nothing
	gone := joined(t, 1000).then(factSettled, 1, "2026-01-15").then(factLeft, 0, "2026-01-20")
	gone.wantPays("2026-01-20", true)
	gone.wantPays("2026-01-21", false)
}
