package identity_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"folkmoot/internal/identity"
)

func TestFiveCodesAnHourForAnAddress(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for i := range 5 {
			w.wantCode(t, "ann@example.org", fmt.Sprintf("source %d", i))
		}
		w.later(59 * time.Minute)
		w.wantNone(t, "Ann@Example.org", "elsewhere", time.Minute)
		w.wantCode(t, "bob@example.org", "elsewhere")
		w.later(time.Minute)
		w.wantCode(t, "ann@example.org", "elsewhere")
	})
}

func TestTwentyCodesADayForAnAddress(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for i := range 20 {
			w.wantCode(t, "ann@example.org", fmt.Sprintf("source %d", i))
			w.later(time.Hour)
		}
		w.wantNone(t, "ann@example.org", "elsewhere", 4*time.Hour)
		w.later(4*time.Hour - time.Minute)
		if err := w.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantNone(t, "ann@example.org", "elsewhere", time.Minute)
		w.later(time.Minute)
		w.wantCode(t, "ann@example.org", "elsewhere")
	})
}

func TestThirtyCodesAnHourForASource(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for i := range 30 {
			w.wantCode(t, fmt.Sprintf("person%d@example.org", i), "192.0.2.7")
		}
		w.later(59 * time.Minute)
		w.wantNone(t, "ann@example.org", "192.0.2.7", time.Minute)
		w.wantCode(t, "ann@example.org", "192.0.2.8")
		w.later(time.Minute)
		w.wantCode(t, "ann@example.org", "192.0.2.7")
	})
}

func TestLimitsOutliveTheProcess(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		for range 5 {
			w.wantCode(t, "ann@example.org", "192.0.2.7")
		}
		again := found(t, w.db)
		again.wantNone(t, "ann@example.org", "192.0.2.8", time.Hour)
	})
}

func TestLimitsHoldForManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		to := address(t, "ann@example.org")
		var sent int
		for err := range together(16, func(i int) error {
			_, err := w.Challenge(t.Context(), to, fmt.Sprintf("source %d", i), "en")
			return err
		}) {
			var many *identity.TooManyError
			switch {
			case err == nil:
				sent++
			case !errors.As(err, &many):
				t.Error(err)
			}
		}
		if sent != 5 {
			t.Errorf("%d codes were sent, want 5", sent)
		}
	})
}

func (w *town) wantCode(t *testing.T, to, source string) {
	t.Helper()
	if _, err := w.Challenge(t.Context(), address(t, to), source, "en"); err != nil {
		t.Fatalf("to %s from %s: %v", to, source, err)
	}
}

func (w *town) wantNone(t *testing.T, to, source string, wait time.Duration) {
	t.Helper()
	_, err := w.Challenge(t.Context(), address(t, to), source, "en")
	var many *identity.TooManyError
	if !errors.As(err, &many) || many.RetryAfter != wait {
		t.Fatalf("to %s from %s: %v, want to be told to wait %s", to, source, err, wait)
	}
}
