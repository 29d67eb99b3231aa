package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/identity"
)

func TestTokenSaysWhoIsThere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry := w.admit(t, "ann@example.org", "")
		got, err := w.Session(t.Context(), entry.Token)
		if err != nil || got != entry.Session {
			t.Errorf("got %+v %v, want %+v", got, err, entry.Session)
		}
		for _, token := range []string{"", "x", entry.DeviceSecret, entry.Token + "A", strings.ToLower(entry.Token)} {
			if _, err := w.Session(t.Context(), token); !errors.Is(err, identity.ErrNoSession) {
				t.Errorf("token %q: %v", token, err)
			}
		}
	})
}

func TestSessionLastsThirtyDaysFromItsLastUse(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		token := w.admit(t, "ann@example.org", "").Token
		for range 3 {
			w.later(30*24*time.Hour - time.Microsecond)
			if _, err := w.Session(t.Context(), token); err != nil {
				t.Fatalf("in the last moment: %v", err)
			}
		}
		w.later(30 * 24 * time.Hour)
		if _, err := w.Session(t.Context(), token); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("a moment too late: %v", err)
		}
	})
}

func TestSessionIsRenewedOnceAnHour(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry := w.admit(t, "ann@example.org", "")
		w.later(time.Hour - time.Microsecond)
		if got, err := w.Session(t.Context(), entry.Token); err != nil || got.Expires != entry.Session.Expires {
			t.Errorf("within the hour: %+v %v", got, err)
		}
		w.later(time.Microsecond)
		got, err := w.Session(t.Context(), entry.Token)
		if want := entry.Session.Expires.Add(time.Hour); err != nil || got.Expires != want {
			t.Errorf("after an hour: %v %v, want %v", got.Expires, err, want)
		}
		if seen := w.devices(t, entry.Session.Account)[0].LastSeen; !seen.Equal(w.clock.Truncate(time.Microsecond)) {
			t.Errorf("device was seen %v, want %v", seen, w.clock)
		}
	})
}

func TestWhatAPageAsksByItselfProlongsNoSession(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry := w.admit(t, "ann@example.org", "")
		w.later(30*24*time.Hour - time.Microsecond)
		got, err := w.Glimpse(t.Context(), entry.Token)
		if err != nil || got != entry.Session {
			t.Errorf("got %+v, %v; want %+v", got, err, entry.Session)
		}
		w.later(time.Microsecond)
		if _, err := w.Glimpse(t.Context(), entry.Token); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("a moment too late: %v", err)
		}
	})
}

func TestSameBrowserIsTheSameDevice(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		first := w.admit(t, "ann@example.org", "")
		second := w.admit(t, "ann@example.org", first.DeviceSecret)
		if second.Session.Device != first.Session.Device || second.DeviceSecret != first.DeviceSecret {
			t.Errorf("got device %+v, want %+v", second, first)
		}
		if second.Token == first.Token || second.NewAccount {
			t.Errorf("entered again as %+v", second)
		}
		if _, err := w.Session(t.Context(), first.Token); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("the session that was replaced: %v", err)
		}
		if n := len(w.devices(t, first.Session.Account)); n != 1 {
			t.Errorf("%d devices, want 1", n)
		}
	})
}

func TestAnotherBrowserIsAnotherDevice(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		first, second := w.admit(t, "ann@example.org", ""), w.admit(t, "ann@example.org", "what is this")
		if second.Session.Device == first.Session.Device || second.Session.Account != first.Session.Account {
			t.Errorf("%+v\n%+v", first, second)
		}
		if _, err := w.Session(t.Context(), first.Token); err != nil {
			t.Errorf("the first device's session: %v", err)
		}
	})
}

func TestTwoPeopleAtOneBrowserAreTwoDevices(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ann := w.admit(t, "ann@example.org", "")
		bob := w.admit(t, "bob@example.org", ann.DeviceSecret)
		if ann.Session.Account == bob.Session.Account || ann.Session.Device == bob.Session.Device {
			t.Errorf("%+v\n%+v", ann, bob)
		}
		if again := w.admit(t, "ann@example.org", bob.DeviceSecret); again.Session.Device != ann.Session.Device {
			t.Errorf("Ann came back as %s, want %s", again.Session.Device, ann.Session.Device)
		}
	})
}

func TestSignOutKeepsTheDevice(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry := w.admit(t, "ann@example.org", "")
		if err := w.SignOut(t.Context(), entry.Token); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), entry.Token); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("still signed in: %v", err)
		}
		if d := w.devices(t, entry.Session.Account)[0]; d.SignedIn || d.Revoked {
			t.Errorf("device is %+v", d)
		}
		if again := w.admit(t, "ann@example.org", entry.DeviceSecret); again.Session.Device != entry.Session.Device {
			t.Error("came back as another device")
		}
		if d := w.devices(t, entry.Session.Account)[0]; !d.SignedIn {
			t.Errorf("device is %+v", d)
		}
	})
}

func TestRevokedDeviceIsOut(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		lost, kept := w.admit(t, "ann@example.org", ""), w.admit(t, "ann@example.org", "")
		account := kept.Session.Account
		for range 2 { // a form sent twice
			if err := w.Revoke(t.Context(), account, lost.Session.Device); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.queued(t, "device_revoked"); n != 1 {
			t.Errorf("told of it %d times, want once", n)
		}
		if _, err := w.Session(t.Context(), lost.Token); !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("the lost one: %v", err)
		}
		if _, err := w.Session(t.Context(), kept.Token); err != nil {
			t.Errorf("the kept one: %v", err)
		}
		back := w.admit(t, "ann@example.org", lost.DeviceSecret)
		if back.Session.Device == lost.Session.Device {
			t.Error("came back as the device that was revoked")
		}
		for _, d := range w.devices(t, account) {
			if d.Revoked != (d.ID == lost.Session.Device) || d.SignedIn == d.Revoked {
				t.Errorf("device is %+v", d)
			}
		}
	})
}

func TestNobodyRevokesAnothersDevice(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		ann, bob := w.admit(t, "ann@example.org", ""), w.admit(t, "bob@example.org", "")
		if err := w.Revoke(t.Context(), bob.Session.Account, ann.Session.Device); !errors.Is(err, identity.ErrNoDevice) {
			t.Errorf("got %v", err)
		}
		if _, err := w.Session(t.Context(), ann.Token); err != nil {
			t.Error(err)
		}
	})
}

func TestDeviceNameIsCutToFit(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		entry, err := w.Admit(t.Context(), address(t, "ann@example.org"), "", "  \x00Fire\u202efox\n"+strings.Repeat("ü", 200)+"\xff")
		if err != nil {
			t.Fatal(err)
		}
		got, want := w.devices(t, entry.Session.Account)[0].Name, "Firefox"+strings.Repeat("ü", 53)
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestDatabaseHoldsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id := w.ask(t)
		entry, err := w.Enter(t.Context(), id, w.Code(id), "", "")
		if err != nil {
			t.Fatal(err)
		}
		var held []string
		err = w.db.Read(t.Context()).Raw(`SELECT CAST(token AS TEXT) FROM sessions UNION ALL SELECT CAST(secret AS TEXT) FROM devices
			UNION ALL SELECT CAST(args AS TEXT) FROM river_job UNION ALL SELECT CAST(source AS TEXT) FROM challenges`).Scan(&held).Error
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range held {
			for _, secret := range []string{entry.Token, entry.DeviceSecret, w.Code(id), "192.0.2.7", "ann@example.org"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q holds %q", text, secret)
				}
			}
		}
	})
}

func TestSweepForgetsWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		id, entry := w.ask(t), w.admit(t, "ann@example.org", "")
		w.later(24*time.Hour - time.Microsecond)
		w.sweep(t)
		if _, err := w.Challenged(t.Context(), id); err != nil {
			t.Errorf("challenge that still counts: %v", err)
		}
		w.later(time.Microsecond)
		w.sweep(t)
		if _, err := w.Challenged(t.Context(), id); !errors.Is(err, identity.ErrCodeExpired) {
			t.Errorf("challenge of yesterday: %v", err)
		}
		if _, err := w.Session(t.Context(), entry.Token); err != nil {
			t.Errorf("session of yesterday: %v", err)
		}
		w.later(30 * 24 * time.Hour)
		w.sweep(t)
		var left int
		if err := w.db.Read(t.Context()).Raw("SELECT count(*) FROM sessions").Scan(&left).Error; err != nil || left != 0 {
			t.Errorf("%d sessions are left, %v", left, err)
		}
	})
}

func (w *town) sweep(t *testing.T) {
	t.Helper()
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (w *town) devices(t *testing.T, account identity.AccountID) []identity.Device {
	t.Helper()
	devices, err := w.Devices(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return devices
}
