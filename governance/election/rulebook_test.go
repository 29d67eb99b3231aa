package election_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

func TestFirstRuleBook(t *testing.T) {
	want := election.RuleBook{
		Version: 1, Registered: date("2026-11-23"),
		Seats:      map[member.Class]int{member.ClassOrdinary: 5, member.ClassOperator: 2, member.ClassContributor: 2},
		NoticeDays: 28, Seconders: 2, StatementWords: 300, NominationDays: 14, CandidateDays: 10, RollDays: 14, ObjectionDays: 7, SettlingDays: 2,
		HustingsDays: 5, LeastPollDays: 14, MostPollDays: 42, MostCountDays: 7, ChallengeDays: 14, TermMonths: 36, MostTerms: 3,
		Uncontested: election.Unopposed, Reopening: election.Ranked, PublishFrom: 30,
	}
	if diff := cmp.Diff(want, election.RuleBooks()[0]); diff != "" {
		t.Error(diff)
	}
}

func TestRulesHoldFromTheDayOfRegistration(t *testing.T) {
	if _, err := election.RuleBookOn(date("2026-11-22")); !errors.Is(err, election.ErrNoRuleBook) {
		t.Errorf("the day before: got %v", err)
	}
	for _, on := range []string{"2026-11-23", "2026-11-24", "2027-10-31"} {
		if b, err := election.RuleBookOn(date(on)); err != nil || b.Version != 1 {
			t.Errorf("%s: got version %d, %v", on, b.Version, err)
		}
	}
}

func TestWhoReadsTheRulesCannotChangeThem(t *testing.T) {
	election.RuleBooks()[0].Seats[member.ClassOperator] = 9
	b := rules(t)
	b.Seats[member.ClassOperator] = 9
	if got := rules(t).Seats[member.ClassOperator]; got != 2 {
		t.Errorf("got %d seats", got)
	}
}

func TestEveryVersionOfTheFileIsSound(t *testing.T) {
	file, err := os.ReadFile("rulebook.json")
	if err != nil {
		t.Fatal(err)
	}
	books, err := election.ReadRuleBooks(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(books, election.RuleBooks()); diff != "" {
		t.Error(diff)
	}
	for _, b := range books {
		if fs := b.Check(b.Propose(b.Registered), b.Registered); len(fs) > 0 {
			t.Errorf("version %d: nobody can keep it: %+v", b.Version, fs)
		}
	}
}

func TestUnsoundRulesAreNotRead(t *testing.T) {
	file, err := os.ReadFile("rulebook.json")
	if err != nil {
		t.Fatal(err)
	}
	one := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(file)), "["), "]")
	next := strings.NewReplacer(`"version": 1`, `"version": 2`, "2026-11-23", "2027-06-01").Replace(one)
	if books, err := election.ReadRuleBooks([]byte("[" + one + "," + next + "]")); err != nil || len(books) != 2 {
		t.Fatalf("two versions: %v", err)
	}
	with := func(pairs ...string) string { return "[" + strings.NewReplacer(pairs...).Replace(one) + "]" }
	for _, c := range []struct{ name, file, want string }{
		{"nothing", ``, "EOF"},
		{"no version", `[]`, "no version"},
		{"no list", one, "cannot unmarshal object"},
		{"more behind", "[" + one + "][]", "more behind its end"},
		{"a name that is none", with(`"seconders"`, `"secconders"`), `unknown field "secconders"`},
		{"a limit left out", with(`"seconders": 2,`, ``), "seconders is 0"},
		{"a limit below one", with(`"hustingsDays": 5`, `"hustingsDays": -1`), "hustingsDays is -1"},
		{"a limit beyond sense", with(`"noticeDays": 28`, `"noticeDays": 2028`), "noticeDays is 2028, which is not from 1 to 366"},
		{"half a day", with(`"noticeDays": 28`, `"noticeDays": 27.5`), "number 27.5"},
		{"a poll that cannot be", with(`"mostPollDays": 42`, `"mostPollDays": 13`), "at least 14 days cannot be one of at most 13"},
		{"no day of registration", with(`2026-11-23`, ``), "when it was registered"},
		{"a day that is none", with(`2026-11-23`, `2026-02-30`), "2026-02-30"},
		{"a class that is none", with(`"operator"`, `"workers"`), `no class "workers"`},
		{"a class without a seat", with(`"operator": 2`, `"operator": 0`), "the operator class has 0 seats"},
		{"a class that is left out", with(`"operator": 2,`, ``), "the operator class has 0 seats"},
		{"a class with 7 of 11", with(`"ordinary": 5`, `"ordinary": 7`), "the ordinary class has 7 of 11 seats, and no class has more than 60 %"},
		{"it begins with the second", with(`"version": 1`, `"version": 2`), "version 2 stands where 1 belongs"},
		{"the second is again the first", "[" + one + "," + strings.Replace(next, `"version": 2`, `"version": 1`, 1) + "]", "version 1 stands where 2 belongs"},
		{"two on one day", "[" + one + "," + strings.Replace(next, "2027-06-01", "2026-11-23", 1) + "]", "not after the version before it"},
	} {
		if _, err := election.ReadRuleBooks([]byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := election.ReadRuleBooks([]byte(with(`"ordinary": 5`, `"ordinary": 6`))); err != nil {
		t.Errorf("6 of 10 seats are 60 %%: %v", err)
	}
}
