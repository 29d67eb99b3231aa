package email

import (
	"context"
	"fmt"
	"strings"

	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// VoteCode writes the mail with which the scrutineers' signer lets a voter have their key signed. page is where they vote, with the code in its
// fragment, which browsers send to nobody.
func VoteCode(ctx context.Context, to, lang, title, code, page string) (mail.Letter, error) {
	words := text.In(lang)
	plain := strings.Join([]string{
		words.T("vote_code.lead", "Title", title), words.T("vote_code.open"), page, words.T("vote_code.or"), code,
		words.T("vote_code.why"), words.T("vote_code.stranger"), words.T("vote_code.foot"),
	}, "\n\n") + "\n"
	var html strings.Builder
	component := voteCodeHTML(title, code, page) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := component.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the mail that brings a voter's code: %w", err)
	}
	return mail.Letter{To: to, Subject: words.T("vote_code.subject", "Title", title), Text: plain, HTML: html.String()}, nil
}
