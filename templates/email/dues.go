package email

import (
	"context"
	"fmt"
	"strings"

	"folkmoot/billing"
	"folkmoot/internal/calendar"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Dues writes the notice that dues are open: dated, plain, without a threat and without an appeal. page is where a member sees to it.
func Dues(ctx context.Context, to, lang string, n billing.Notice, page string) (mail.Letter, error) {
	words := text.In(lang)
	lines := duesLines(words, n)
	plain := strings.Join(append(lines, words.T("mail.dues_page", "Page", page), words.T("mail.dues_foot", "N", n.N, "Of", n.Of)), "\n\n") + "\n"
	var html strings.Builder
	component := duesHTML(lines, page, n.N, n.Of) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := component.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the notice of dues: %w", err)
	}
	return mail.Letter{To: to, Subject: words.T("mail.dues_subject", "Day", long(n.Open[0].Starts)), Text: plain, HTML: html.String()}, nil
}

func duesLines(words text.Words, n billing.Notice) []string {
	lines := []string{
		words.T("mail.dues_date", "Day", long(n.On)),
		words.N("mail.dues_open", len(n.Open), "Amount", n.Amount, "Day", long(n.Open[0].Starts)),
	}
	if n.On.After(n.Until) {
		lines = append(lines, words.T("mail.dues_over", "Day", long(n.Until)))
	} else {
		lines = append(lines, words.T("mail.dues_until", "Day", long(n.Until)))
	}
	if n.Way {
		lines = append(lines, words.T("mail.dues_again"))
	} else {
		lines = append(lines, words.T("mail.dues_way"))
	}
	return append(lines, words.T("mail.dues_less"), words.T("mail.dues_chat"))
}

// long is how people write a day: 15 January 2026.
func long(d calendar.Date) string { return d.Start().Format("2 January 2006") }
