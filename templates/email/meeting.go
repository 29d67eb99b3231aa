package email

import (
	"strings"

	"folkmoot/governance/meeting"
	"folkmoot/internal/mail"
	"folkmoot/templates/text"
)

// Meeting writes to a member about a general meeting: that it is called, called off or put off. page is where it is.
func Meeting(to, lang string, m meeting.Meeting, what, page string) mail.Letter {
	words := text.In(lang)
	return mail.Letter{To: to, Subject: words.T("meeting_subject."+meetingNotice(what), "Title", m.Title), Text: MeetingMessage(lang, m, what, page) + "\n"}
}

// MeetingMessage is the same for a member's chats.
func MeetingMessage(lang string, m meeting.Meeting, what, page string) string {
	words := text.In(lang)
	return strings.Join(append(MeetingLines(words, m, what), words.T("meeting_letter.page", "URL", page)), "\n\n")
}

// MeetingLines are what a notice of a meeting tells, in the mail as on paper.
func MeetingLines(words text.Words, m meeting.Meeting, what string) []string {
	at, what := moment(words, m.At), meetingNotice(what)
	if what == meeting.NoticeOff {
		return []string{words.T("meeting_letter.off", "Title", m.Title, "At", at, "Why", m.EndedWhy)}
	}
	lines := []string{words.T("meeting_letter."+what+"_"+string(m.Kind), "Title", m.Title, "At", at)}
	if what == meeting.NoticeCalled {
		lines = append(lines, m.Why)
	}
	if m.Place != "" {
		lines = append(lines, words.T("meeting_letter.place", "Place", m.Place))
	}
	if m.Link != "" {
		lines = append(lines, words.T("meeting_letter.link", "Link", m.Link))
	}
	if what == meeting.NoticeCalled {
		lines = append(lines, words.T("meeting_letter.motions", "By", moment(words, m.MotionsBy)), words.T("meeting_letter.amendments", "By", moment(words, m.AmendmentsBy)))
	}
	return lines
}

// meetingNotice is the sort of a notice: one that puts a meeting off has a number.
func meetingNotice(what string) string {
	if strings.HasPrefix(what, meeting.NoticePutOff) {
		return meeting.NoticePutOff
	}
	return what
}
