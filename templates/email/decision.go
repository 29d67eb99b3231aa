package email

import (
	"strings"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Decision writes to somebody who applied how it was decided: that they are a member, or why they are not. base is where the site is.
func Decision(to, lang string, m member.Member, base string) mail.Letter {
	return mail.Letter{To: to, Subject: text.In(lang).T("decision." + string(m.State) + "_subject"), Text: DecisionMessage(lang, m, base) + "\n"}
}

// DecisionMessage is the same for their chats.
func DecisionMessage(lang string, m member.Member, base string) string {
	words := text.In(lang)
	if m.State == member.Refused {
		return strings.Join([]string{
			words.T("decision.refused", "Applied", day(words, calendar.On(m.AppliedAt)), "Day", day(words, calendar.On(m.DecidedAt))),
			words.T("decision.refused_why", "Why", m.RefusedWhy),
			words.T("decision.refused_money", "Days", billing.RightDays, "URL", base+"/membership"),
			words.T("decision.refused_again", "URL", base+"/join"),
		}, "\n\n")
	}
	return strings.Join([]string{
		words.T("decision.admitted", "Day", day(words, m.Entered)),
		words.T("decision.admitted_may"),
		words.T("decision.admitted_society", "URL", base+"/society"),
		words.T("decision.admitted_membership", "URL", base+"/membership"),
	}, "\n\n")
}

// Standing writes to a member whose standing a steward let lapse, or restored. page is their membership.
func Standing(to, lang string, lapsed bool, page string) mail.Letter {
	return mail.Letter{To: to, Subject: text.In(lang).T("decision." + standingKey(lapsed) + "_subject"), Text: StandingMessage(lang, lapsed, page) + "\n"}
}

// StandingMessage is the same for their chats.
func StandingMessage(lang string, lapsed bool, page string) string {
	words := text.In(lang)
	return words.T("decision."+standingKey(lapsed)) + "\n\n" + words.T("decision.admitted_membership", "URL", page)
}

func standingKey(lapsed bool) string {
	if lapsed {
		return "lapsed"
	}
	return "restored"
}
