package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
)

func TestADryRunOfNoticesCountsAndNamesNobody(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		must(err)
		key := bytes.Repeat([]byte("k"), 32)
		accounts := identity.NewAccounts(db, queue, key, time.Now)
		notices := notice.New(db, queue, accounts, key, time.Now)
		notices.Mutual = messaging.NewContacts(db, accounts, nil, nil, 4, time.Now).Mutual
		var paying []identity.AccountID
		notices.Paying = func(context.Context, calendar.Date) ([]identity.AccountID, error) { return paying, nil }
		said := func() string {
			t.Helper()
			var out bytes.Buffer
			must(dryRun(t.Context(), notices, &out))
			return out.String()
		}
		if got := said(); got != "No campaign is prepared.\n" {
			t.Errorf("before the first: %q", got)
		}
		for _, who := range []string{"nia@example.org", "ben@example.org", "ann@example.org"} {
			address, err := identity.ParseAddress(who)
			must(err)
			entry, err := accounts.Admit(t.Context(), address, "", "laptop")
			must(err)
			paying = []identity.AccountID{entry.Session.Account} // Ann, in the end
			must(notices.Choose(t.Context(), entry.Session.Account, notice.Wish{Mail: true, Chat: who == "nia@example.org"}))
		}
		year := calendar.On(time.Now()).Year
		must(notices.Prepare(t.Context(), "secretary"))
		must(notices.WorkOut(t.Context(), notice.WorkOut{Year: year}))
		for _, state := range []string{"is not released yet", "is released"} {
			got := said()
			for _, want := range []string{state, "Nothing was sent now.", "3 or more         1        2", "0, with thanks         0        1", "in all         1        3"} {
				if !strings.Contains(got, want) {
					t.Errorf("does not say %q:\n%s", want, got)
				}
			}
			if strings.Contains(got, "example.org") || strings.Contains(got, string(paying[0])) {
				t.Errorf("names somebody:\n%s", got)
			}
			if state == "is not released yet" {
				must(notices.Release(t.Context(), "secretary", year))
			}
		}
	})
}

func TestNoticesGoOutWithLinksThatLeadSomewhere(t *testing.T) {
	for base, want := range map[string]bool{"": false, "folkmoot.example": false, "https://folkmoot.example/x": false, "https://folkmoot.example": true} {
		r := RunNotices{Base: base, PerMinute: 1, MailConfig: MailConfig{SMTP: "mail.example:587"}}
		if err := r.settleBase(); (err == nil) != want {
			t.Errorf("--base %q: %v", base, err)
		}
	}
	dry := RunNotices{DryRun: true}
	if err := dry.settleBase(); err != nil {
		t.Errorf("a dry run sends nothing, and is refused: %v", err)
	}
}
