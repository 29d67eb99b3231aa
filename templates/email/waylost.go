package email

import (
	"strings"

	"folkmoot/billing"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// WayLost writes that a member's way to pay has ended, and until when to choose another. page is where they do.
func WayLost(to, lang string, lost billing.Lost, page string) mail.Letter {
	words := text.In(lang)
	lines := []string{
		words.T("lost."+lost.Words(), "Day", long(lost.From)), words.T("lost.mail_way", "URL", page), words.T("mail.dues_less"), words.T("mail.dues_chat"),
	}
	return mail.Letter{To: to, Subject: words.T("lost." + string(lost.Provider) + "_subject"), Text: strings.Join(lines, "\n\n") + "\n"}
}
