package work

import (
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
)

// meets has two officers call a general meeting.
func (o *office) meets(at *time.Time) string {
	o.Helper()
	ctx, now := o.Context(), func() time.Time { return *at }
	queue, officers, _ := o.governed(now)
	o.Meetings = meeting.New(o.db, queue, o.Members, officers, o.Board, now)
	c := meeting.Propose(calendar.On(*at), member.FirstRules)
	c.Title, c.Why, c.Place = "Spring meeting", "To hear the members.", "The hall, 4 Long Road"
	c.Chair, c.Minutes = meeting.Seat{Member: o.ids["ann"], Name: "Ann"}, meeting.Seat{Member: o.ids["dan"], Name: "Dan"}
	id, err := o.Meetings.Propose(ctx, "sec", c)
	o.must(err)
	o.must(o.Meetings.Confirm(ctx, "tre", id))
	return id
}

// Cat's account is erased, Fay is no member yet, Gus is none any more; the mail server does not know Ben. Each job is done twice.
func TestNoticeOfAMeetingIsGivenOnceToEveryMember(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		o.must(db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Exec("DELETE FROM member_accounts WHERE member = ?", o.ids["cat"]).Error
		}))
		o.must(o.Members.Resign(ctx, o.ids["gus"], member.ShareGiven))
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.meets(&at)
		o.Mail = refusing{o, "ben"}
		twice(o, o.giveMeetingNotice)
		o.wants([]string{"ann", "cat", "dan", "eve"}, []string{"ann", "ben", "dan", "eve"})
		told, err := o.Meetings.Told(ctx, id)
		o.must(err)
		if want := (meeting.Told{Members: 5, Mailed: 4, Bounced: 1}); told != want {
			t.Errorf("told %+v, want %+v", told, want)
		}
		letters, err := o.Meetings.Letters(ctx, id)
		o.must(err)
		if len(letters) != 1 || letters[0].Member != o.ids["ben"] || letters[0].BouncedWhy == "" {
			t.Errorf("letters are due: %+v", letters)
		}
		l := o.drop.Letters()[0]
		for _, part := range []string{"To hear the members.", "The hall, 4 Long Road", "https://folkmoot.example/meetings/" + id, "17:00"} {
			if !strings.Contains(l.Text, part) {
				t.Errorf("%s lacks %q: %s", l.Subject, part, l.Text)
			}
		}
	})
}

func TestNobodyIsToldThatAMeetingIsCalledOnceItWasCalledOff(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, at := newOffice(t, db), time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.meets(&at)
		o.must(o.Meetings.CallOff(t.Context(), "sec", id, "The hall burned down."))
		twice(o, o.giveMeetingNotice)
		for _, l := range o.drop.Letters() {
			if !strings.Contains(l.Text, "The hall burned down.") {
				t.Errorf("%s: %s", l.Subject, l.Text)
			}
		}
		if n := len(o.drop.Letters()); n != 6 { // Gus is a member here, too
			t.Errorf("%d mails", n)
		}
	})
}

func TestAMotionIsToldWhatMembersVotedInTheBallot(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx, at := newOffice(t, db), t.Context(), time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.meets(&at)
		motion, err := o.Meetings.MoveForBoard(ctx, "sec", id, meeting.Draft{Title: "Lamps", Words: "That lamps be hung.", Reasons: "It is dark.", Needs: meeting.TwoThirds})
		o.must(err)
		m, err := o.Meetings.Get(ctx, id)
		o.must(err)
		at = m.At
		for _, who := range []string{"ann", "ben", "cat"} {
			o.must(o.Meetings.CheckIn(ctx, o.is[who], id))
		}
		o.must(o.Meetings.Open(ctx, o.is["ann"], id))
		o.must(o.Meetings.ToBallot(ctx, o.is["ann"], motion, 1))
		o.must(o.Meetings.BallotCalled(ctx, "sec", motion, "e1", ""))
		o.must(o.ballotDecided(ctx, motion, "e0", 9, 0)) // another took its place
		o.must(o.ballotDecided(ctx, motion, "e1", 4, 2))
		o.must(o.ballotDecided(ctx, motion, "e1", 4, 2))
		if got, err := o.Meetings.Motion(ctx, motion); err != nil || got.Outcome != meeting.Carried || got.BallotYes != 4 || got.BallotNo != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
