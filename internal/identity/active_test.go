package identity_test

import (
	"testing"
	"time"
)

func TestActivePeopleAreCountedAndNotKept(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		count := func(month string, since time.Time, want int) {
			t.Helper()
			if err := w.CountActive(t.Context(), month, since); err != nil {
				t.Fatal(err)
			}
			if n, known, err := w.ActivePeople(t.Context(), month); n != want || !known || err != nil {
				t.Errorf("%s: %d %t %v, want %d", month, n, known, err, want)
			}
		}
		if _, known, err := w.ActivePeople(t.Context(), "2026-11"); known || err != nil {
			t.Errorf("%t %v", known, err)
		}
		begun := w.clock
		w.admit(t, "ann@example.org", "")
		w.admit(t, "ann@example.org", "") // her second device
		count("2026-11", begun.Add(-time.Hour), 1)
		w.later(24 * time.Hour)
		w.admit(t, "bob@example.org", "")
		count("2026-11", begun.Add(-time.Hour), 2)
		count("2026-12", begun.Add(time.Hour), 1)
		if n, _, _ := w.ActivePeople(t.Context(), "2026-11"); n != 2 {
			t.Errorf("November became %d", n)
		}
	})
}
