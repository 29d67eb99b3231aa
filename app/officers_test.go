package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

func TestTheFirstOfficersAreAppointedByCommand(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		now := func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
		queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		accounts, officers := identity.NewAccounts(db, queue, bytes.Repeat([]byte("k"), 32), now), member.NewOfficers(db, now)
		appoint := func(who, role string, want error) {
			t.Helper()
			a := Appoint{Address: who, Role: role, Why: "founding meeting"}
			if err := a.appoint(t.Context(), accounts, officers, &bytes.Buffer{}); !errors.Is(err, want) {
				t.Errorf("%s as %s: got %v, want %v", who, role, err, want)
			}
		}
		for _, who := range []string{"nia@example.org", "ben@example.org", "ann@example.org"} {
			address, err := identity.ParseAddress(who)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := accounts.Admit(t.Context(), address, "", "laptop"); err != nil {
				t.Fatal(err)
			}
		}
		appoint("nobody", "treasurer", identity.ErrBadAddress)
		appoint("nobody@example.org", "treasurer", errNeverSignedIn)
		appoint("nia@example.org", "treasurer", nil)
		appoint("NIA@example.org", "treasurer", member.ErrHeld)
		appoint("ben@example.org", "secretary", nil)
		appoint("ann@example.org", "steward", member.ErrEnoughToVote)

		var out bytes.Buffer
		if err := listOfficers(t.Context(), officers, &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"treasurer", "secretary", "held", "2026-11-23", "founding meeting"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("does not say %q:\n%s", want, out.String())
			}
		}
		if strings.Contains(out.String(), "steward") {
			t.Errorf("a third officer:\n%s", out.String())
		}
	})
}
