package email

import (
	"folkmoot/governance/participation"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Proposal writes to a member about a proposal. key names the words of what is told, page is where it is.
func Proposal(to, lang, key string, p participation.Proposal, page string) mail.Letter {
	words := text.In(lang)
	subject := words.T("proposal_letter.subject", "Title", p.Title)
	if !p.TakenDownAt.IsZero() {
		subject = words.T("proposal_letter.taken_down_subject")
	}
	return mail.Letter{To: to, Subject: subject, Text: ProposalMessage(lang, key, p, page) + "\n"}
}

// ProposalMessage is the same for their chats.
func ProposalMessage(lang, key string, p participation.Proposal, page string) string {
	words := text.In(lang)
	due := ""
	if !p.AnswerDue.IsZero() {
		due = day(words, p.AnswerDue)
	}
	return words.T(key, "Title", p.Title, "Day", due, "Why", p.TakenDownWhy) + "\n\n" + words.T("proposal_letter.page", "URL", page)
}
