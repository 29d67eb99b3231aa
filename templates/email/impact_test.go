package email

import (
	"strings"
	"testing"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
)

func TestAnImpactIsToldInOneSentence(t *testing.T) {
	october := calendar.Month{Year: 2026, Month: 10}
	for _, c := range []struct {
		impact billing.Impact
		want   string
	}{
		{billing.Impact{Paid: 1000, Tenths: 80, From: 7, To: 9}, "In October your £10 paid for about 8 people (between 7 and 9), you among them."},
		{billing.Impact{Paid: 1000, Tenths: 86, From: 8, To: 9}, "In October your £10 paid for about 8 people (between 8 and 9), you among them."},
		{billing.Impact{Paid: 1000, Tenths: 80, From: 8, To: 8}, "In October your £10 paid for about 8 people, you among them."},
		{billing.Impact{Paid: 300, Tenths: 12, From: 1, To: 2}, "In October your £3 paid for about 1.2 people (between 1 and 2), you among them."},
		{billing.Impact{Paid: 300, Tenths: 10, From: 0, To: 2}, "In October your £3 paid for about one person (between 0 and 2)."},
		{billing.Impact{Paid: 300, Tenths: 10, From: 1, To: 1}, "In October your £3 paid for about one person."},
		{billing.Impact{Paid: 300, Tenths: 9, From: 0, To: 1}, "In October your £3 paid for part of one person’s chats."},
		{billing.Impact{Paid: 1000, Tenths: 25, From: 2, To: 3, Reserve: 750}, "In October your £10 paid for about 2.5 people (between 2 and 3), you among them.\n\nDues were more than the costs: £7.50 of yours went into the reserves."},
	} {
		c.impact.Month, c.impact.Known = october, true
		if got, want := ImpactMessage("en", c.impact, "https://folkmoot.example/impact"), c.want+"\n\nHow this is worked out: https://folkmoot.example/impact"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		l, err := Impact(t.Context(), "nia@example.org", "en", c.impact, "https://folkmoot.example/impact")
		if err != nil {
			t.Fatal(err)
		}
		if l.To != "nia@example.org" || l.Subject != "What your dues did in October 2026" || !strings.HasPrefix(l.Text, c.want) {
			t.Errorf("%+v", l)
		}
		for _, body := range []string{l.Text, l.HTML} {
			for _, words := range []string{strings.Split(c.want, "\n")[0], "https://folkmoot.example/impact", "no more"} {
				if !strings.Contains(body, words) {
					t.Errorf("no %q in %s", words, body)
				}
			}
			for _, appeal := range []string{"please", "donat", "more dues", "thank", "help"} {
				if strings.Contains(strings.ToLower(body), appeal) {
					t.Errorf("%q in %s", appeal, body)
				}
			}
		}
	}
}
