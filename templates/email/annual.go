package email

import (
	"context"
	"fmt"
	"strings"

	"folkmoot/billing"
	"folkmoot/governance/notice"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Annual is what one person is told once a year.
type Annual struct {
	Told   notice.Told
	Did    billing.Impact // what the standard dues did in the last closed month; to who pays, what theirs did
	Join   string         // address of the page on which one joins
	Impact string         // address of the page on which who pays sees what their dues do
	Off    string         // address of the page on which one switches this off
	Sample bool           // it is only tried out
}

// AnnualLetter is the annual notice as a mail, which mail programs can switch off for their reader.
func AnnualLetter(ctx context.Context, to, lang string, a Annual) (mail.Letter, error) {
	words := text.In(lang)
	subject := words.T("annual.subject")
	if a.Told == notice.Pays {
		subject = words.T("annual.thanks_subject")
	}
	lines := AnnualLines(words, a)
	plain := strings.Join(append(lines, a.links(words, "annual.off_mail")...), "\n\n") + "\n"
	var html strings.Builder
	component := annualHTML(subject, lines, a) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := component.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the annual notice: %w", err)
	}
	return mail.Letter{To: to, Subject: subject, Text: plain, HTML: html.String(), Unsubscribe: a.Off}, nil
}

// AnnualMessage is the same for somebody's chats, where the society says it.
func AnnualMessage(lang string, a Annual) string {
	words := text.In(lang)
	return strings.Join(append(AnnualLines(words, a), a.links(words, "annual.off_at")...), "\n\n")
}

// AnnualLines are what it says, without the links: an officer sees them before they go out.
func AnnualLines(words text.Words, a Annual) (lines []string) {
	if a.Sample {
		lines = append(lines, words.T("annual.sample"))
	}
	if a.Told == notice.Pays {
		return append(append(lines, words.T("annual.thanks")), a.thanks(words)...)
	}
	return append(lines, a.distance(words), words.T("annual.who", "Standard", billing.StandardDues), AnnualDid(words, a.Did), words.T("annual.join"))
}

func (a Annual) thanks(words text.Words) []string {
	if !a.Did.Known || a.Did.Net <= 0 {
		return []string{words.T("annual.thanks_unknown")}
	}
	return impactLines(words, a.Did)
}

func (a Annual) distance(words text.Words) string {
	switch a.Told {
	case notice.ThreeOrMore:
		return words.T("annual.far")
	case 1:
		return words.T("annual.next_door")
	default:
		return words.N("annual.steps", int(a.Told))
	}
}

// AnnualDid says what the standard dues did in the last closed month, or that it is not known.
func AnnualDid(words text.Words, i billing.Impact) string {
	if !i.Known || i.Net <= 0 {
		return words.T("annual.did_unknown", "Paid", i.Paid)
	}
	month := words.T("calendar.month", "Month", monthName(words, i.Month.Month), "Year", i.Month.Year)
	if i.Tenths < 10 {
		return words.T("annual.did_part", "Month", month, "Paid", i.Paid, "Cost", i.Workings.PerPerson)
	}
	return words.N("annual.did", people(i.Tenths), "Month", month, "Paid", i.Paid, "People", billing.PeopleWords(i.Tenths))
}

// links are where it leads. From the chats one tap switches it off; a mail program's own button does so, too, but the link in a mail leads to a
// page that asks, because mail programs look at links by themselves.
func (a Annual) links(words text.Words, off string) []string {
	further := words.T("annual.join_at", "URL", a.Join)
	if a.Told == notice.Pays {
		further = words.T("annual.impact_at", "URL", a.Impact)
	}
	return []string{further, words.T(off, "URL", a.Off)}
}
