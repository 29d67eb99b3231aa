package work

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// Fay waits for the secretary; Gus has left before anybody got round to telling him.
func TestWhoAppliedIsToldThatTheyAreAMember(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		o.must(o.Members.Admit(ctx, o.ids["fay"], "", "the first meeting"))
		o.must(o.Members.Resign(ctx, o.ids["gus"], member.ShareGiven))
		o.must(o.tellDecision(ctx, member.TellDecision{Member: o.ids["fay"]}))
		o.must(o.tellDecision(ctx, member.TellDecision{Member: o.ids["gus"]}))
		o.wants([]string{"fay"}, []string{"fay"})
		l := o.drop.Letters()[0]
		for _, part := range []string{"20 November 2026", "one vote", "https://folkmoot.example/society", "https://folkmoot.example/membership"} {
			if !strings.Contains(l.Text, part) {
				t.Errorf("%s lacks %q: %s", l.Subject, part, l.Text)
			}
		}
	})
}

// The job is done twice, and the mail server does not know her: then the chats tell her alone.
func TestWhoIsRefusedIsToldWhyAndWhatBecomesOfTheirMoney(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		o.must(o.Members.Refuse(ctx, o.ids["fay"], "sec", "Rule 4: under age."))
		o.Mail = refusing{o, "fay"}
		twice(o, o.tellDecision)
		var said []string
		o.must(db.Read(ctx).Raw("SELECT text FROM society_messages WHERE told = ?", o.is["fay"]).Scan(&said).Error)
		if len(said) != 1 || !strings.Contains(said[0], "Rule 4: under age.") || !strings.Contains(said[0], "14 days") || !strings.Contains(said[0], "/join") {
			t.Errorf("fay reads %q", said)
		}
		for _, l := range o.drop.Letters() {
			if strings.HasPrefix(l.To, "fay@") {
				t.Errorf("mailed: %s", l.Text)
			}
		}
	})
}

// Dan has paid nothing for half a year.
func TestWhoseStandingLapsedIsTold(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		queue, err := jobs.New(db, o.Log)
		o.must(err)
		o.Dues = billing.NewDues(db, queue, o.Ledger, nil, false, o.Now)
		dan, since := o.ids["dan"], o.Now().AddDate(0, -6, 0)
		o.must(db.Write(ctx, func(tx *gorm.DB) error {
			return errors.Join(
				tx.Exec("INSERT INTO dues_members (member, joined, gone, since) VALUES (?, ?, ?, ?)", dan, since.Format(time.DateOnly), false, since).Error,
				tx.Exec("INSERT INTO dues_facts (member, kind, period, day, provider, payment, account, why, recorded_at) VALUES (?, 'joined', 0, ?, '', '', '', '', ?)",
					dan, since.Format(time.DateOnly), since).Error,
				tx.Exec("INSERT INTO dues_terms (member, n, amount, paid, from_period, chosen_at) VALUES (?, 1, 1000, ?, 1, ?)", dan, billing.Monthly, since).Error,
			)
		}))
		o.must(o.Dues.Lapse(ctx, dan, "ste", "half a year"))
		o.must(o.tellStanding(ctx, billing.TellStanding{Member: dan, Lapsed: true, Day: "2026-11-20"}))
		o.wants([]string{"dan"}, []string{"dan"})
		if l := o.drop.Letters()[0]; !strings.Contains(l.Text, "your vote as an ordinary member rests") {
			t.Errorf("%s: %s", l.Subject, l.Text)
		}
	})
}

// Eve owes nothing: the lapse that she would hear of was undone before anybody got round to it.
func TestNobodyIsToldOfALapseThatWasUndone(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		queue, err := jobs.New(db, o.Log)
		o.must(err)
		o.Dues = billing.NewDues(db, queue, o.Ledger, nil, false, o.Now)
		o.must(o.tellStanding(ctx, billing.TellStanding{Member: o.ids["eve"], Lapsed: true, Day: "2026-11-20"}))
		o.wants(nil, nil)
		o.must(o.tellStanding(ctx, billing.TellStanding{Member: o.ids["eve"], Day: "2026-11-20"}))
		o.wants([]string{"eve"}, []string{"eve"})
		if l := o.drop.Letters()[0]; !strings.Contains(l.Text, "restored") || !strings.Contains(l.Text, "https://folkmoot.example/membership") {
			t.Errorf("%s: %s", l.Subject, l.Text)
		}
	})
}
