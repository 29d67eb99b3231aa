package email

import (
	"context"
	"fmt"
	"strings"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Impact writes the monthly mail that tells a member what their dues did: neutral, without an appeal. page is where it is worked out.
func Impact(ctx context.Context, to, lang string, i billing.Impact, page string) (mail.Letter, error) {
	words := text.In(lang)
	lines := impactLines(words, i)
	subject := words.T("mail.impact_subject", "Month", words.T("calendar.month", "Month", monthName(words, i.Month.Month), "Year", i.Month.Year))
	plain := strings.Join(append(lines, words.T("mail.impact_page", "Page", page), words.T("mail.impact_foot")), "\n\n") + "\n"
	var html strings.Builder
	component := impactHTML(subject, lines, page) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := component.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the mail of an impact: %w", err)
	}
	return mail.Letter{To: to, Subject: subject, Text: plain, HTML: html.String()}, nil
}

// ImpactMessage is the same for a member's chats, where the society says it.
func ImpactMessage(lang string, i billing.Impact, page string) string {
	words := text.In(lang)
	return strings.Join(append(impactLines(words, i), words.T("mail.impact_page", "Page", page)), "\n\n")
}

func impactLines(words text.Words, i billing.Impact) []string {
	month := monthName(words, i.Month.Month)
	lines := []string{words.T("impact.told_part", "Month", month, "Paid", i.Paid)}
	if i.Tenths >= 10 {
		key := "impact.told"
		if i.From == i.To {
			key = "impact.told_plainly"
		}
		lines = []string{words.N(key, people(i.Tenths), "Month", month, "Paid", i.Paid, "People", billing.PeopleWords(i.Tenths), "From", i.From, "To", i.To)}
	}
	if i.Reserve > 0 {
		lines = append(lines, words.T("impact.told_reserve", "Reserve", i.Reserve))
	}
	return lines
}

// people is the number that chooses a sentence's form: one only if it is exactly one.
func people(tenths int) int { return (tenths + 9) / 10 }

func monthName(words text.Words, m time.Month) string {
	return words.T(fmt.Sprintf("calendar.month_%d", int(m)))
}
