package work

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// proposes has Ann propose something that has its support, and seats Ben on the board.
func (o *office) proposes(at *time.Time) string {
	o.Helper()
	ctx, now := o.Context(), func() time.Time { return *at }
	queue, err := jobs.New(o.db, slog.New(slog.DiscardHandler))
	o.must(err)
	officers := member.NewOfficers(o.db, now)
	o.must(officers.Appoint(ctx, "sec", member.Secretary, "the first meeting"))
	classes := member.NewClasses(o.Members, member.NewOperators(o.db, now),
		func(context.Context, member.ID, calendar.Date, time.Time) (member.Standing, error) {
			return member.Standing{State: member.Current}, nil
		}, func(context.Context, member.ID, calendar.Date, time.Time) (bool, error) { return false, nil })
	o.Board = board.New(o.db, o.Members, officers, classes, election.SeatsOn, now)
	_, err = o.Board.CoOpt(ctx, "sec", board.CoOption{
		Person: board.Person{Member: o.ids["ben"], Name: "Ben", Interests: "None."}, Class: member.ClassOrdinary, Since: calendar.On(*at), Minute: "item 1",
	})
	o.must(err)
	o.Proposals = participation.NewProposals(o.db, queue, o.Members, officers, o.Board, now)
	o.Priorities = participation.NewPriorities(o.db, o.Members, officers, o.Board, classes, now)
	id, err := o.Proposals.Propose(ctx, o.is["ann"], "", participation.Draft{Title: "Lamps", Problem: "Dark", Change: "Hang them", Affected: "Us"})
	o.must(err)
	o.must(o.Proposals.Support(ctx, o.is["cat"], id, 1))
	return id
}

// twice does the queued jobs of a kind, each of them twice.
func twice[T jobs.Args](o *office, do func(context.Context, T) error) {
	o.Helper()
	var job T
	var rows []string
	o.must(o.db.Read(o.Context()).Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = ? ORDER BY id", job.Kind()).Scan(&rows).Error)
	for _, row := range rows {
		o.must(json.Unmarshal([]byte(row), &job))
		o.must(do(o.Context(), job))
		o.must(do(o.Context(), job))
	}
}

// said are the subjects and first lines of the mails to somebody.
func (o *office) said(name string) (lines []string) {
	for _, l := range o.drop.Letters() {
		if strings.HasPrefix(l.To, name+"@") {
			first, _, _ := strings.Cut(l.Text, "\n")
			lines = append(lines, first)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func TestAnAuthorHearsThatTheirProposalWasTakenDown(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o := newOffice(t, db)
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.proposes(&at)
		o.must(o.Proposals.TakeDown(o.Context(), "sec", id, 1, "a neighbour's address"))
		twice(o, o.tellTakenDown)
		o.wants([]string{"ann", "ann"}, []string{"ann"})
		if said := o.said("ann"); !slices.Equal(said, []string{"An officer took your proposal down. The reason: a neighbour's address"}) {
			t.Error(said)
		}
	})
}

func TestSupportersHearOfWhatTheBoardNeededMoreFor(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.proposes(&at)
		for _, name := range []string{"ben", "dan", "eve"} {
			o.must(o.Proposals.Support(ctx, o.is[name], id, 1))
		}
		o.must(o.Proposals.Answer(ctx, "sec", id, 1, participation.Reply{Outcome: participation.NeedsMore, Reasons: "Which?", Minute: "item 2"}))
		led := participation.Draft{Title: "Lamps", Problem: "Dark", Change: "Hang LEDs", Affected: "Us"}
		o.must(o.Proposals.Amend(ctx, o.is["ann"], id, 1, led, "these", true))
		twice(o, o.tellAmended)
		for _, name := range []string{"ben", "cat", "dan", "eve"} {
			if said := o.said(name); len(said) != 1 || !strings.Contains(said[0], "because the board needed more from its author") {
				t.Errorf("%s heard %q", name, said)
			}
		}
		if said := o.said("ann"); len(said) != 0 {
			t.Errorf("the author heard %q", said)
		}
	})
}

func TestASlipAfterASubstantialChangeKeepsNobodyFromHearingOfIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.proposes(&at)
		wall := participation.Draft{Title: "Lamps", Problem: "Dark", Change: "Wall it up", Affected: "Us"}
		o.must(o.Proposals.Amend(ctx, o.is["ann"], id, 1, wall, "cheaper", true))
		wall.Problem = "It is dark"
		o.must(o.Proposals.Amend(ctx, o.is["ann"], id, 2, wall, "a slip", false))
		twice(o, o.tellAmended)
		if said := o.said("cat"); len(said) != 1 || !strings.Contains(said[0], "now asks for something else") {
			t.Errorf("cat heard %q", said)
		}
	})
}

func TestAProposalTellsWhoseTurnItIs(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		id := o.proposes(&at)
		changed := participation.Draft{Title: "Lamps", Problem: "Dark", Change: "Wall it up", Affected: "Us"}
		o.must(o.Proposals.Amend(ctx, o.is["ann"], id, 1, changed, "cheaper", true))
		twice(o, o.tellAmended)
		o.wants([]string{"cat", "cat"}, []string{"cat"}) // a mail may go out twice, a message may not
		for _, name := range []string{"ben", "dan", "eve"} {
			o.must(o.Proposals.Support(ctx, o.is[name], id, 2))
		}
		o.must(o.participationDue(ctx, participation.Due{}))
		twice(o, o.tellAnswerDue)
		if said := o.said("ben"); len(said) != 1 || !strings.Contains(said[0], "must answer it in public by 29 December 2026") {
			t.Errorf("ben heard %q", said)
		}
		at = at.AddDate(0, 0, 29)
		o.must(o.participationDue(ctx, participation.Due{}))
		o.must(o.participationDue(ctx, participation.Due{}))
		twice(o, o.tellAnswerDue)
		if said := o.said("ben"); len(said) != 2 || !strings.Contains(said[1], "had to answer the proposal “Lamps” by 29 December 2026") {
			t.Errorf("ben heard %q", said)
		}
		o.must(o.Proposals.Answer(ctx, "sec", id, 2, participation.Reply{Outcome: participation.Declined, Reasons: "No.", Minute: "item 2"}))
		twice(o, o.tellAnswered)
		if said := o.said("ann"); len(said) != 1 || !strings.Contains(said[0], "declined your proposal “Lamps”") {
			t.Errorf("ann heard %q", said)
		}
		before := len(o.drop.Letters())
		twice(o, o.tellAnswerDue) // too late: it was answered
		twice(o, o.tellAmended)
		if len(o.drop.Letters()) != before {
			t.Error("somebody was told of what is over")
		}
		for _, l := range o.drop.Letters() {
			if l.Subject != "Proposal: Lamps" || !strings.Contains(l.Text, "https://folkmoot.example/proposals/"+id) {
				t.Errorf("%s: %s", l.Subject, l.Text)
			}
		}
	})
}
