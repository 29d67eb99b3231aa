// Package email writes the mails that people get, and what the society says of the same in their chats.
package email

import (
	"context"
	"fmt"
	"strings"
	"time"

	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Code writes the mail that brings a code. The code is the first thing in the subject, where a phone shows it without opening the mail.
func Code(ctx context.Context, to, lang, code string, lasts time.Duration) (mail.Letter, error) {
	words := text.In(lang)
	minutes := int(lasts.Round(time.Minute) / time.Minute)
	said := spaced(code)
	plain := strings.Join([]string{
		words.T("mail.code_lead"), said,
		words.N("mail.code_lasts", minutes) + " " + words.T("mail.code_once"),
		words.T("mail.code_stranger"), words.T("mail.code_foot"),
	}, "\n\n") + "\n"
	var html strings.Builder
	page := codeHTML(said, minutes) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := page.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the mail that brings a code: %w", err)
	}
	return mail.Letter{To: to, Subject: words.T("mail.code_subject", "Code", said), Text: plain, HTML: html.String()}, nil
}

// spaced is how people read six digits out: three and three.
func spaced(code string) string {
	if len(code) != 6 {
		return code
	}
	return code[:3] + " " + code[3:]
}
