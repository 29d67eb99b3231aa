package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/identity"
)

func TestFirstEntryOpensTheAccount(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		entry, err := w.Enter(t.Context(), id, w.Code(id), "", "")
		if err != nil || !entry.NewAccount {
			t.Fatalf("%+v %v", entry, err)
		}
		got, err := w.Account(t.Context(), entry.Session.Account)
		want := identity.Account{ID: entry.Session.Account, Language: "en", Since: w.clock.Truncate(time.Microsecond)}
		if err != nil || got != want {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
		if again := w.admit(t, "ANN@example.org", ""); again.NewAccount || again.Session.Account != got.ID {
			t.Errorf("the second entry: %+v", again)
		}
		if n := w.queued(t, "account_opened"); n != 1 {
			t.Errorf("told of it %d times, want once", n)
		}
	})
}

func TestReservedAccountWaitsForItsOwner(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ann := address(t, "ann@example.org")
		reserved, err := w.Reserve(t.Context(), ann)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.Reserve(t.Context(), address(t, "Ann@Example.ORG")); err != nil || again != reserved {
			t.Errorf("reserved again as %s %v, want %s", again, err, reserved)
		}
		if open, err := w.Open(t.Context(), reserved); open || err != nil {
			t.Errorf("open before anybody came: %v %v", open, err)
		}
		entry := w.admit(t, "ann@example.org", "")
		if entry.Session.Account != reserved || !entry.NewAccount {
			t.Errorf("entered %+v, want account %s and new", entry, reserved)
		}
		if open, err := w.Open(t.Context(), reserved); !open || err != nil {
			t.Errorf("closed after Ann came: %v %v", open, err)
		}
		if after, err := w.Reserve(t.Context(), ann); err != nil || after != reserved {
			t.Errorf("reserved after that as %s %v", after, err)
		}
	})
}

func TestManyWhoComeAtOnceShareOneAccount(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		to := address(t, "ann@example.org")
		accounts := make([]identity.AccountID, 12)
		opened := make([]bool, len(accounts))
		for err := range together(len(accounts), func(i int) (err error) {
			if i%2 == 0 {
				accounts[i], err = w.Reserve(t.Context(), to)
				return err
			}
			entry, err := w.Admit(t.Context(), to, "", "")
			accounts[i], opened[i] = entry.Session.Account, entry.NewAccount
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		times := 0
		for i, account := range accounts {
			if account != accounts[0] {
				t.Errorf("account %s, want %s", account, accounts[0])
			}
			if opened[i] {
				times++
			}
		}
		var rows int
		err := w.db.Read(t.Context()).Raw("SELECT count(*) FROM accounts").Scan(&rows).Error
		if err != nil || rows != 1 || times != 1 {
			t.Errorf("%d accounts %v, opened %d times; want one, once", rows, err, times)
		}
	})
}

func TestNamesArePutInOrder(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry := w.admit(t, "ann@example.org", "")
		for typed, want := range map[string]string{
			"  Ann  ":               "Ann",
			"Zoe\u0308":             "Zoë",
			strings.Repeat("ß", 60): strings.Repeat("ß", 60),
			"李 小龍":                  "李 小龍",
			"👩\u200d🚀 Ann":          "👩\u200d🚀 Ann",
		} {
			if err := w.Rename(t.Context(), entry.Session.Account, typed); err != nil {
				t.Errorf("%q: %v", typed, err)
				continue
			}
			session, err := w.Session(t.Context(), entry.Token)
			if err != nil || session.Name != want {
				t.Errorf("%q became %q %v, want %q", typed, session.Name, err, want)
			}
		}
	})
}

func TestBadNamesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		account := w.admit(t, "ann@example.org", "").Session.Account
		for _, typed := range []string{
			"", "   ", "Ann\nBob", "Ann\x00", "nnA\u202e", "\u2066Ann", "Ann\u200f", "\u200b", "\u3164", "Ann\u2028",
			strings.Repeat("a", 61), "Ann\xff",
		} {
			if err := w.Rename(t.Context(), account, typed); !errors.Is(err, identity.ErrBadName) {
				t.Errorf("%q: %v", typed, err)
			}
		}
		if err := w.Rename(t.Context(), "nobody", "Ann"); !errors.Is(err, identity.ErrNoAccount) {
			t.Errorf("nobody's name: %v", err)
		}
	})
}

func TestNamesOfMany(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ann := w.admit(t, "ann@example.org", "").Session.Account
		bob := w.admit(t, "bob@example.org", "").Session.Account
		if err := w.Rename(t.Context(), ann, "Ann"); err != nil {
			t.Fatal(err)
		}
		asked := []identity.AccountID{ann, bob}
		for range 1200 {
			asked = append(asked, "nobody")
		}
		names, err := w.Names(t.Context(), asked)
		if err != nil || len(names) != 2 || names[ann] != "Ann" || names[bob] != "" {
			t.Errorf("got %v %v", names, err)
		}
	})
}
