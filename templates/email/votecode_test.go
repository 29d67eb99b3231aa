package email_test

import (
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/templates/email"
	"folkmoot/templates/text"
)

// TestAVotersCodeComesWithItsLink: whoever reads the mail as text or as a page can vote by it, and a title is only words in it.
func TestAVotersCodeComesWithItsLink(t *testing.T) {
	const page = "https://folkmoot.example/elections/x/vote#code=ABCDEFGHJKMNPQRS"
	l, err := email.VoteCode(t.Context(), "ann@example.org", "", "Board <2027>", "ABCD-EFGH-JKMN-PQRS", page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{l.Text, l.HTML} {
		if !strings.Contains(part, page) || !strings.Contains(part, "ABCD-EFGH-JKMN-PQRS") {
			t.Errorf("it lacks the link or the code:\n%s", part)
		}
	}
	if strings.Contains(l.HTML, "<2027>") || strings.Contains(l.Subject, "ABCD") {
		t.Errorf("a title that is markup, or the code in the subject, where a locked phone shows it: %s", l.Subject)
	}
}

// TestANoticeTellsHowVotesAreCast, so that whoever expects paper looks for the mail with the code instead.
func TestANoticeTellsHowVotesAreCast(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2027, 3, day, 9, 0, 0, 0, time.UTC) }
	e := election.Election{Call: election.Call{Seats: map[member.Class]int{member.ClassOrdinary: 1}, Ballots: election.BallotsPaper, Timetable: election.Timetable{PollOpens: at(12), PollCloses: at(26)}}}
	if said := strings.Join(email.NoticeLines(text.In("en"), e), "\n"); strings.Contains(said, "online") {
		t.Errorf("on paper: %s", said)
	}
	e.Ballots = election.BallotsOnline
	if said := strings.Join(email.NoticeLines(text.In("en"), e), "\n"); !strings.Contains(said, "online") || !strings.Contains(said, "10 March 2027") {
		t.Errorf("online: %s", said)
	}
}
