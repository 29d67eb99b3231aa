package email

import (
	"context"
	"fmt"
	"strings"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Notice writes the notice of an election to a member. page is where the election is.
func Notice(ctx context.Context, to, lang string, e election.Election, page string) (mail.Letter, error) {
	words := text.In(lang)
	subject := words.T("notice.subject", "Title", e.Title)
	lines := NoticeLines(words, e)
	plain := strings.Join([]string{
		words.T("notice.intro", "Title", e.Title), "- " + strings.Join(lines, "\n- "), words.T("notice.where", "URL", page),
		words.T("notice.class"), words.T("notice.foot"),
	}, "\n\n") + "\n"
	var html strings.Builder
	component := noticeHTML(subject, words.T("notice.intro", "Title", e.Title), lines, page) //nolint:contextcheck // reason: a component gets its context when it renders
	if err := component.Render(text.With(ctx, words), &html); err != nil {
		return mail.Letter{}, fmt.Errorf("write the notice of an election: %w", err)
	}
	return mail.Letter{To: to, Subject: subject, Text: plain, HTML: html.String()}, nil
}

// NoticeMessage is the same for a member's chats, where the society says it.
func NoticeMessage(lang string, e election.Election, page string) string {
	words := text.In(lang)
	return strings.Join([]string{
		words.T("notice.intro", "Title", e.Title), strings.Join(NoticeLines(words, e), "\n"), words.T("notice.where", "URL", page), words.T("notice.class"),
	}, "\n\n")
}

// NoticeLines are what a notice tells, in the mail as on paper: the seats, then the dates.
func NoticeLines(words text.Words, e election.Election) (lines []string) {
	t := e.Timetable
	if e.Motion != nil {
		lines = append(lines, words.T("motion.moved", "Motion", e.Motion.Words), words.T("motion_needs."+string(e.Motion.Needs)))
	} else {
		for _, c := range member.AllClasses {
			if n := e.Seats[c]; n > 0 {
				lines = append(lines, words.N("seats."+string(c), n))
			}
		}
		lines = append(lines, words.T("notice.nominations", "From", moment(words, t.NominationsOpen), "To", moment(words, t.NominationsClose)))
	}
	lines = append(lines,
		words.T("notice.record", "Day", day(words, t.Record)),
		words.T("notice.objections", "To", moment(words, t.ObjectionsClose)),
		words.T("notice.poll", "From", moment(words, t.PollOpens), "To", moment(words, t.PollCloses)),
	)
	if e.Online() {
		lines = append(lines, words.T("notice.online", "From", moment(words, e.Final())))
	}
	return append(lines, words.T("notice.count", "Day", day(words, t.Count)))
}

func day(words text.Words, d calendar.Date) string {
	return words.T("calendar.day", "Day", d.Day, "Month", monthName(words, d.Month), "Year", d.Year)
}

func moment(words text.Words, t time.Time) string {
	return words.T("elections.moment", "Day", day(words, calendar.On(t)), "Clock", t.In(calendar.London).Format("15:04"))
}

// NoticeRefused is why mail does not reach a member whom the mail server does not know.
func NoticeRefused(lang string) string { return text.In(lang).T("notice.refused") }

// Nominee writes to somebody who was nominated. page is where they answer.
func Nominee(to, lang string, e election.Election, page string) mail.Letter {
	words := text.In(lang)
	return mail.Letter{To: to, Subject: words.T("notice.nominee_subject", "Title", e.Title), Text: NomineeMessage(lang, e, page) + "\n"}
}

// NomineeMessage is the same for their chats.
func NomineeMessage(lang string, e election.Election, page string) string {
	words := text.In(lang)
	return strings.Join([]string{
		words.T("notice.nominee", "Title", e.Title, "To", moment(words, e.Timetable.NominationsClose)), words.T("notice.nominee_page", "URL", page),
	}, "\n\n")
}

// Result writes to somebody who stood how it went. page is where the count is.
func Result(to, lang string, e election.Election, seated bool, page string) mail.Letter {
	words := text.In(lang)
	return mail.Letter{To: to, Subject: words.T("notice.result_subject", "Title", e.Title), Text: ResultMessage(lang, e, seated, page) + "\n"}
}

// ResultMessage is the same for their chats.
func ResultMessage(lang string, e election.Election, seated bool, page string) string {
	words := text.In(lang)
	said := words.T("notice.not_elected", "Title", e.Title)
	if seated {
		said = words.T("notice.elected", "Title", e.Title)
	}
	return said + "\n\n" + words.T("notice.result_page", "URL", page)
}
