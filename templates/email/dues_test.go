package email

import (
	"strings"
	"testing"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
)

func TestANoticeOfDuesIsPlainAndDated(t *testing.T) {
	jan := calendar.Date{Year: 2026, Month: 1, Day: 15}
	for _, way := range []bool{true, false} {
		for _, on := range []calendar.Date{jan.AddDays(5), jan.AddDays(29)} {
			n := billing.Notice{N: 1, Of: 3, On: on, Open: []billing.Period{{N: 1, Starts: jan, Ends: jan.AddDays(31)}}, Amount: 1000, Until: jan.AddDays(28), Way: way}
			l, err := Dues(t.Context(), "nia@example.org", "en", n, "https://folkmoot.example/membership")
			if err != nil {
				t.Fatal(err)
			}
			if l.To != "nia@example.org" || !strings.Contains(l.Subject, "15 January 2026") {
				t.Errorf("to %q, subject %q", l.To, l.Subject)
			}
			for _, body := range []string{l.Text, l.HTML} {
				for _, words := range []string{"£10", "15 January 2026", "12 February 2026", "https://folkmoot.example/membership", "1 of 3"} {
					if !strings.Contains(body, words) {
						t.Errorf("no %q in %s", words, body)
					}
				}
				for _, threat := range []string{"must", "debt", "immediately", "final", "suspend"} {
					if strings.Contains(strings.ToLower(body), threat) {
						t.Errorf("%q in %s", threat, body)
					}
				}
			}
		}
	}
}

func TestWhoLostTheirWayToPayReadsUntilWhenAndWhere(t *testing.T) {
	jan := calendar.Date{Year: 2026, Month: 1, Day: 15}
	for _, provider := range []billing.ProviderName{billing.GoCardless, billing.Stripe} {
		for _, begun := range []bool{false, true} {
			l := WayLost("nia@example.org", "en", billing.Lost{Provider: provider, From: jan, Begun: begun}, "https://folkmoot.example/membership/dues")
			for _, words := range []string{"15 January 2026", "https://folkmoot.example/membership/dues", "ended"} {
				if !strings.Contains(l.Text, words) {
					t.Errorf("no %q in %s", words, l.Text)
				}
			}
			if strings.Contains(l.Subject, "lost.") || strings.Contains(l.Text, "lost.") {
				t.Errorf("words are missing: %s\n%s", l.Subject, l.Text)
			}
		}
	}
}
