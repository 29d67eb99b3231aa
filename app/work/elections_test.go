package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
)

// refusing is a mail server that knows nobody of one name.
type refusing struct {
	mail.Sender
	name string
}

func (r refusing) Send(ctx context.Context, l mail.Letter) error {
	if strings.HasPrefix(l.To, r.name+"@") {
		return fmt.Errorf("send a letter: %w", mail.ErrNobody)
	}
	return r.Sender.Send(ctx, l)
}

// governed gives the office a queue, a secretary and a treasurer, classes in which everybody has paid, and a board.
func (o *office) governed(now func() time.Time) (*jobs.Queue, *member.Officers, *member.Classes) {
	o.Helper()
	ctx := o.Context()
	queue, err := jobs.New(o.db, slog.New(slog.DiscardHandler))
	o.must(err)
	officers := member.NewOfficers(o.db, now)
	o.must(officers.Appoint(ctx, "sec", member.Secretary, "the first meeting"))
	o.must(officers.Appoint(ctx, "tre", member.Treasurer, "the first meeting"))
	classes := member.NewClasses(o.Members, member.NewOperators(o.db, now),
		func(context.Context, member.ID, calendar.Date, time.Time) (member.Standing, error) {
			return member.Standing{State: member.Current}, nil
		}, func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return false, nil })
	o.Board = board.New(o.db, o.Members, officers, classes, election.SeatsOn, now)
	return queue, officers, classes
}

// calls has two officers call an election whose notice goes out today.
func (o *office) calls(at *time.Time) election.Election {
	o.Helper()
	ctx, now := o.Context(), func() time.Time { return *at }
	queue, officers, classes := o.governed(now)
	o.Elections = election.New(o.db, queue, o.Members, officers, classes, o.Board, now)
	key, err := election.NewKeys([]byte("a server's key"))
	o.must(err)
	o.Polls = election.NewPolls(o.Elections, election.Quicknet, key)
	book, err := election.RuleBookOn(calendar.On(*at))
	o.must(err)
	id, err := o.Elections.Call(ctx, "sec", election.Call{
		Title: "Board election 2027", Minute: "item 4", Rule: election.Scottish, Seats: map[member.Class]int{member.ClassOrdinary: 5},
		Timetable: book.Propose(calendar.On(*at)), Returning: "ro", Scrutineers: []identity.AccountID{"sal", "sam"},
	})
	o.must(err)
	o.must(o.Elections.Confirm(ctx, "tre", id))
	e, err := o.Elections.Get(ctx, id)
	o.must(err)
	return e
}

// tells does the notices that are queued, each of them twice, and puts back what fails.
func (o *office) tells() {
	o.Helper()
	var rows []struct {
		ID   int64
		Args string
	}
	o.must(o.db.Read(o.Context()).Raw("SELECT id, CAST(args AS TEXT) AS args FROM river_job WHERE kind = 'election_notice' ORDER BY id").Scan(&rows).Error)
	for _, row := range rows {
		var job election.GiveNotice
		o.must(json.Unmarshal([]byte(row.Args), &job))
		if errors.Join(o.giveNotice(o.Context(), job), o.giveNotice(o.Context(), job)) == nil {
			o.must(o.db.Write(o.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM river_job WHERE id = ?", row.ID).Error }))
		}
	}
}

// TestAVoteIsKnownToWhatWaitsForItThoughTheCallerWasStopped: the program ended between the call of the vote and its being told to the privacy change.
func TestAVoteIsKnownToWhatWaitsForItThoughTheCallerWasStopped(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		now := func() time.Time { return at }
		o.calls(&at)
		queue, err := jobs.New(o.db, slog.New(slog.DiscardHandler))
		o.must(err)
		p := participation.NewPrivacyChanges(o.db, queue, o.Members, member.NewOfficers(o.db, now), nil, o.Board, now)
		o.PrivacyChanges = p
		id, err := p.Draft(ctx, "sec", participation.Notice{Title: "Less", Was: "All", Becomes: "Half", Why: "Less lies about", Risk: "None", Major: true})
		o.must(err)
		change := func() participation.PrivacyChange {
			c, err := p.Get(ctx, id)
			o.must(err)
			return c
		}
		o.must(p.Publish(ctx, "tre", id, change().Mark()))
		at = at.AddDate(0, 0, 30)
		o.must(p.Decide(ctx, "sec", id, participation.BoardDecision{Decision: participation.Adopted, Reasons: "Yes.", Minute: "item 1"}))
		call := func() string {
			book, err := election.RuleBookOn(calendar.On(at))
			o.must(err)
			vote, err := o.Elections.Call(ctx, "sec", election.Call{
				Title: "Less", Minute: "item 2", Ballots: election.BallotsOnline, Returning: "ro", Scrutineers: []identity.AccountID{"sal", "sam", "sue"},
				Motion:    &election.Motion{Words: "That less is kept.", Needs: election.Simple, About: participation.AboutChange + id},
				Timetable: book.ProposeMotion(calendar.On(at).AddDays(7)),
			})
			o.must(err)
			return vote
		}
		first := call()
		twice(o, o.motionMoved)
		if c := change(); c.Election != first || c.PrivacyState(calendar.On(at)) != participation.Voting {
			t.Fatalf("the change does not know of its vote: %+v", c)
		}
		second := call() // and whoever called was quick twice: the first decides
		twice(o, o.motionMoved)
		if c := change(); c.Election != first {
			t.Errorf("another vote took the place of the first: %+v", c)
		}
		o.must(o.Elections.CallOff(ctx, "tre", first, "", "a mistake"))
		twice(o, o.motionMoved)
		if c := change(); c.Election != second {
			t.Errorf("the first has ended, and the second does not decide: %+v", c)
		}
	})
}

// Cat's account is erased, Fay is no member yet, Gus is none any more; the mail server does not know Ben.
func TestNoticeIsGivenOnceToEveryMember(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		o.must(db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Exec("DELETE FROM member_accounts WHERE member = ?", o.ids["cat"]).Error
		}))
		o.must(o.Members.Resign(ctx, o.ids["gus"], member.ShareGiven))
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		e := o.calls(&at)
		o.Mail = refusing{o, "ben"}
		o.down = true
		o.must(o.electionsDue(ctx, election.Due{}))
		o.tells()
		o.wants(nil, []string{"ann", "ben", "dan", "eve"}) // messages do not wait for the mail server
		o.down = false
		o.must(o.electionsDue(ctx, election.Due{}))
		o.tells()
		o.wants([]string{"ann", "cat", "dan", "eve"}, []string{"ann", "ben", "dan", "eve"})
		told, err := o.Elections.Told(ctx, e.ID)
		o.must(err)
		if want := (election.Told{Members: 5, Mailed: 4, Bounced: 1}); told != want {
			t.Errorf("told %+v, want %+v", told, want)
		}
		letters, err := o.Elections.Letters(ctx, e.ID)
		o.must(err)
		if len(letters) != 1 || letters[0].Member != o.ids["ben"] || letters[0].BouncedWhy == "" {
			t.Errorf("letters are due: %+v", letters)
		}
		for _, l := range o.drop.Letters() {
			for _, part := range []string{l.Text, l.HTML} {
				if l.Subject != "Notice: Board election 2027" || !strings.Contains(part, "5 seats, elected by ordinary members") ||
					!strings.Contains(part, "https://folkmoot.example/elections/"+e.ID) {
					t.Errorf("%s: %s", l.Subject, part)
				}
			}
		}
		at = e.Timetable.Record.AddDays(1).Start().Add(time.Minute)
		o.must(o.electionsDue(ctx, election.Due{}))
		if roll, err := o.Elections.Roll(ctx, e.ID); err != nil || roll.Voters() != 5 {
			t.Errorf("the roll has %d voters, %v", roll.Voters(), err)
		}
	})
}

func TestNobodyIsToldOfAnElectionThatWasCalledOff(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		e := o.calls(&at)
		o.must(o.electionsDue(t.Context(), election.Due{}))
		o.must(o.Elections.CallOff(t.Context(), "sec", e.ID, "item 1", "too few candidates"))
		o.tells()
		o.wants(nil, nil)
	})
}

func TestSomebodyWhoIsNominatedIsAsked(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		e := o.calls(&at)
		o.must(o.electionsDue(ctx, election.Due{}))
		at = e.Timetable.NominationsOpen
		id, err := o.Elections.Nominate(ctx, o.is["ann"], e.ID, o.ids["ben"])
		o.must(err)
		job := election.TellNominee{Nomination: id}
		o.must(o.tellNominee(ctx, job))
		o.wants([]string{"ben"}, []string{"ben"})
		if l := o.drop.Letters()[0]; !strings.Contains(l.Text, "https://folkmoot.example/elections/"+e.ID+"/candidates") || l.Subject != "You are nominated: Board election 2027" {
			t.Errorf("%s: %s", l.Subject, l.Text)
		}
		o.must(o.Elections.Withdraw(ctx, o.is["ben"], id))
		o.must(o.tellNominee(ctx, job)) // answered already
		o.wants([]string{"ben"}, []string{"ben"})
	})
}

func TestWhoStoodIsToldTheResultOnceItIsCertified(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		e := o.calls(&at)
		o.must(o.electionsDue(ctx, election.Due{}))
		at = e.Timetable.NominationsOpen
		id, err := o.Elections.Stand(ctx, o.is["ann"], e.ID, election.Paper{Name: "Ann", Statement: "Me.", Interests: "None."})
		o.must(err)
		for _, by := range []string{"ben", "cat"} {
			o.must(o.Elections.Second(ctx, o.is[by], id))
		}
		at = e.Timetable.Published().Start().Add(time.Minute)
		o.must(o.electionsDue(ctx, election.Due{}))
		at = e.Timetable.PollOpens
		o.must(o.electionsDue(ctx, election.Due{}))
		at = e.Timetable.PollCloses.Add(time.Minute)
		version, err := o.Polls.Certify(ctx, "ro", e.ID, "Ro", "")
		o.must(err)
		job := election.TellResult{Election: e.ID, Version: version, Member: o.ids["ann"]}
		o.must(o.tellResult(ctx, job)) // too early
		o.wants(nil, nil)
		for _, by := range []identity.AccountID{"sal", "sam"} {
			o.must(o.Polls.Sign(ctx, by, e.ID, version, string(by)))
		}
		var queued []string
		o.must(db.Read(ctx).Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = ?", job.Kind()).Scan(&queued).Error)
		if len(queued) != 1 || !strings.Contains(queued[0], string(o.ids["ann"])) {
			t.Errorf("queued: %v", queued)
		}
		o.must(o.tellResult(ctx, job))
		o.wants([]string{"ann"}, []string{"ann"})
		if l := o.drop.Letters()[0]; !strings.Contains(l.Text, "You are elected: Board election 2027") || !strings.Contains(l.Text, "/elections/"+e.ID+"/result") {
			t.Errorf("%s: %s", l.Subject, l.Text)
		}
		at = e.Timetable.TermsBegin.Start().Add(time.Minute)
		o.must(o.electionsDue(ctx, election.Due{}))
		if seats, err := o.Board.Seats(ctx); err != nil || len(seats) != 1 || seats[0].Name != "Ann" {
			t.Errorf("seats: %+v, %v", seats, err)
		}
	})
}
