package election

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Elections knows all elections, their notices and their rolls.
type Elections struct {
	db       *database.DB
	queue    *jobs.Queue
	register *member.Register
	officers *member.Officers
	classes  *member.Classes
	board    *board.Board
	now      func() time.Time

	membersAtOnce int // that one job looks up for a roll
}

// New opens the elections.
func New(db *database.DB, queue *jobs.Queue, register *member.Register, officers *member.Officers, classes *member.Classes, seats *board.Board, now func() time.Time) *Elections {
	return &Elections{db, queue, register, officers, classes, seats, database.Clock(now), membersAtOnce}
}

// SeatsOn is how many seats each class has on a day, by the rule book in force then; none before there was one.
func SeatsOn(d calendar.Date) (map[member.Class]int, error) {
	book, err := RuleBookOn(d)
	if errors.Is(err, ErrNoRuleBook) {
		return map[member.Class]int{}, nil
	}
	return book.Seats, err
}

// vacant refuses a call for seats that are not vacant when the terms begin, or that another election fills.
func (e *Elections) vacant(ctx context.Context, id string, c Call) error {
	if c.Motion != nil {
		return nil
	}
	free, err := e.board.Vacant(ctx, c.Timetable.TermsBegin)
	if err != nil {
		return err
	}
	others, err := e.List(ctx)
	if err != nil {
		return err
	}
	for class, n := range c.Seats {
		for _, o := range others {
			if o.ID != id && o.Motion == nil && !o.ConfirmedAt.IsZero() && o.EndedAt.IsZero() && o.SeatedAt.IsZero() {
				n += o.Seats[class] // they are that one's to fill
			}
		}
		if n > len(free[class]) {
			return ErrSeatsTaken
		}
	}
	return nil
}

type electionRow struct {
	ID               string
	Title            string
	Rule             Rule
	Ballots          Ballots
	RuleBook         int
	Minute           string
	Notice           string
	NominationsOpen  time.Time
	NominationsClose time.Time
	Record           string
	ObjectionsClose  time.Time
	HustingsOpen     time.Time
	HustingsClose    time.Time
	PollOpens        time.Time
	PollCloses       time.Time
	CountOn          string
	TermsBegin       string
	ProposedBy       identity.AccountID
	ProposedAt       time.Time
	ConfirmedBy      identity.AccountID
	ConfirmedAt      *time.Time
	NoticedAt        *time.Time
	EndedBy          identity.AccountID
	EndedWhy         string
	EndedAt          *time.Time
	CertifiedAt      *time.Time
	SeatedAt         *time.Time
	Motion           string // "" for an election to the board
	Needs            Majority
	About            string
}

func (electionRow) TableName() string { return "elections" }

type seatsRow struct {
	Election string
	Class    member.Class
	Seats    int
}

func (seatsRow) TableName() string { return "election_seats" }

type dutyRow struct {
	Election string
	Account  identity.AccountID
	Duty     string
}

func (dutyRow) TableName() string { return "election_duties" }

const (
	returning  = "returning officer"
	scrutineer = "scrutineer"
)

func rowOf(c Call, book RuleBook) electionRow {
	t, q := c.Timetable, Motion{}
	if c.Motion != nil {
		q = *c.Motion
	}
	return electionRow{
		Motion: q.Words, Needs: q.Needs, About: q.About,
		Title: c.Title, Rule: c.Rule, Ballots: c.Ballots, RuleBook: book.Version, Minute: c.Minute, Notice: t.Notice.String(),
		NominationsOpen: t.NominationsOpen.UTC(), NominationsClose: t.NominationsClose.UTC(), Record: t.Record.String(),
		ObjectionsClose: t.ObjectionsClose.UTC(), HustingsOpen: t.HustingsOpen.UTC(), HustingsClose: t.HustingsClose.UTC(),
		PollOpens: t.PollOpens.UTC(), PollCloses: t.PollCloses.UTC(), CountOn: t.Count.String(), TermsBegin: t.TermsBegin.String(),
	}
}

func (r electionRow) election(seats []seatsRow, duties []dutyRow) Election {
	e := Election{
		ID: r.ID, RuleBook: r.RuleBook, ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), ConfirmedBy: r.ConfirmedBy,
		ConfirmedAt: database.Moment(r.ConfirmedAt), NoticedAt: database.Moment(r.NoticedAt), EndedBy: r.EndedBy, EndedWhy: r.EndedWhy, EndedAt: database.Moment(r.EndedAt),
		CertifiedAt: database.Moment(r.CertifiedAt), SeatedAt: database.Moment(r.SeatedAt),
		Call: Call{Title: r.Title, Minute: r.Minute, Rule: r.Rule, Ballots: r.Ballots, Seats: map[member.Class]int{}, Timetable: Timetable{
			Notice: dayIn(r.Notice), NominationsOpen: r.NominationsOpen.UTC(), NominationsClose: r.NominationsClose.UTC(), Record: dayIn(r.Record),
			ObjectionsClose: r.ObjectionsClose.UTC(), HustingsOpen: r.HustingsOpen.UTC(), HustingsClose: r.HustingsClose.UTC(),
			PollOpens: r.PollOpens.UTC(), PollCloses: r.PollCloses.UTC(), Count: dayIn(r.CountOn), TermsBegin: dayIn(r.TermsBegin),
		}},
	}
	if r.Motion != "" {
		e.Motion = &Motion{Words: r.Motion, Needs: r.Needs, About: r.About}
	}
	for _, s := range seats {
		if s.Election == r.ID {
			e.Seats[s.Class] = s.Seats
		}
	}
	for _, d := range duties {
		switch {
		case d.Election != r.ID:
		case d.Duty == returning:
			e.Returning = d.Account
		default:
			e.Scrutineers = append(e.Scrutineers, d.Account)
		}
	}
	return e
}

// dayIn reads what the tables say, which is a day.
func dayIn(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("election: the tables say %q where a day should be", s))
	}
	return d
}

// office is an office that an account holds. ErrNotOfficer.
func (e *Elections) office(ctx context.Context, by identity.AccountID) (as string, err error) {
	as, has, err := e.officers.As(ctx, by)
	if err == nil && !has {
		err = ErrNotOfficer
	}
	return as, err
}

// Amiss is what would keep a call from being made, all joined; nil for nothing. Whether its seats are vacant only Call tells.
func (e *Elections) Amiss(c Call) error {
	_, _, err := c.check(calendar.On(e.now()))
	return err
}

// Call proposes an election; another officer confirms it. TimetableError, and an error for each field, all joined.
func (e *Elections) Call(ctx context.Context, by identity.AccountID, c Call) (string, error) {
	as, err := e.office(ctx, by)
	if err != nil {
		return "", err
	}
	now := e.now()
	c, book, err := c.check(calendar.On(now))
	if err != nil {
		return "", err
	}
	if err := e.vacant(ctx, "", c); err != nil {
		return "", err
	}
	row := rowOf(c, book)
	row.ID, row.ProposedBy, row.ProposedAt = identity.NewID(), by, now
	return row.ID, e.db.Write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		for _, class := range member.AllClasses {
			if err := tx.Create(&seatsRow{row.ID, class, c.Seats[class]}).Error; err != nil {
				return err
			}
		}
		duties := []dutyRow{{row.ID, c.Returning, returning}}
		for _, account := range c.Scrutineers {
			duties = append(duties, dutyRow{row.ID, account, scrutineer})
		}
		if err := tx.Create(&duties).Error; err != nil {
			return err
		}
		if err := audit.Record(tx, audit.Act{By: by, As: as, What: "election proposed", About: row.ID, Why: c.Minute, At: now}); err != nil {
			return err
		}
		if row.About == "" {
			return nil
		}
		return e.queue.Add(ctx, tx, Moved{row.ID}) // whoever calls it may be stopped before they tell whatever waits for it
	})
}

// Confirm is the second officer's word: the election is called. What has become too late since it was proposed is refused.
// ErrTakesTwo for one's own, ErrNotOpen, TimetableError.
func (e *Elections) Confirm(ctx context.Context, by identity.AccountID, id string) error {
	return e.change(ctx, by, id, func(el Election, now time.Time) (map[string]any, audit.Act, error) {
		switch {
		case el.State(now) != Proposed:
			return nil, audit.Act{}, ErrNotOpen
		case by == el.ProposedBy:
			return nil, audit.Act{}, ErrTakesTwo
		}
		if still, err := e.officers.Offices(ctx, el.ProposedBy); err != nil || len(still) == 0 { // a proposal falls with the office of whoever made it
			return nil, audit.Act{}, errors.Join(ErrNotOfficer, err)
		}
		if _, _, err := el.check(calendar.On(now)); err != nil {
			return nil, audit.Act{}, err
		}
		if err := e.vacant(ctx, id, el.Call); err != nil {
			return nil, audit.Act{}, err
		}
		return map[string]any{"confirmed_by": by, "confirmed_at": now}, audit.Act{What: "election called"}, nil
	})
}

// CallOff ends an election whose poll has not opened: whoever is an officer drops what is only proposed; what was called takes the board's minute.
func (e *Elections) CallOff(ctx context.Context, by identity.AccountID, id, minute, why string) error {
	why, noWhy := member.Reason(why)
	minute, err := member.Line(minute, member.LongestName)
	if err != nil {
		return member.Amiss(ErrNoMinute, err)
	}
	opened, err := contestsOf(e.db.Read(ctx), id)
	if err != nil {
		return err
	}
	return e.change(ctx, by, id, func(el Election, now time.Time) (map[string]any, audit.Act, error) {
		said := why
		switch state := el.State(now); {
		case !el.EndedAt.IsZero() || len(opened) > 0 && !now.Before(el.Timetable.PollOpens):
			return nil, audit.Act{}, ErrNotOpen
		case state != Proposed && minute == "":
			return nil, audit.Act{}, errors.Join(ErrNoMinute, noWhy)
		case noWhy != nil:
			return nil, audit.Act{}, noWhy
		case minute != "":
			said = minute + ": " + why
		}
		return map[string]any{"ended_by": by, "ended_why": said, "ended_at": now}, audit.Act{What: "election called off", Why: said}, nil
	})
}

// change does what an officer decides about an election, and records it. On PostgreSQL others wait for each other.
func (e *Elections) change(ctx context.Context, by identity.AccountID, id string, decide func(Election, time.Time) (map[string]any, audit.Act, error)) error {
	as, err := e.office(ctx, by)
	if err != nil {
		return err
	}
	return e.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		now := e.now()
		to, act, err := decide(el, now)
		if err != nil {
			return err
		}
		if err := tx.Model(&electionRow{}).Where("id = ?", id).Updates(to).Error; err != nil {
			return err
		}
		act.By, act.As, act.About, act.At = by, as, id, now
		if err := audit.Record(tx, act); err != nil {
			return err
		}
		return e.queue.Add(ctx, tx, Due{}) // what is called on the day of its notice goes out at once
	})
}

// locked is get for whoever changes something of an election.
func locked(tx *gorm.DB, id string) (Election, error) {
	if err := database.Lock(tx, "election:"+id); err != nil {
		return Election{}, err
	}
	return get(tx, id)
}

// Get is one election. ErrNoElection.
func (e *Elections) Get(ctx context.Context, id string) (Election, error) {
	return get(e.db.Read(ctx), id)
}

func get(tx *gorm.DB, id string) (Election, error) {
	found, err := find(tx, tx.Where("id = ?", id))
	if err == nil && len(found) == 0 {
		err = ErrNoElection
	}
	if err != nil {
		return Election{}, err
	}
	return found[0], nil
}

// mostListed is how many elections are listed.
const mostListed = 100

// List is all elections, the newest first.
func (e *Elections) List(ctx context.Context) ([]Election, error) {
	tx := e.db.Read(ctx)
	return find(tx, tx.Order("notice DESC, id").Limit(mostListed))
}

func find(tx, wanted *gorm.DB) ([]Election, error) {
	var rows []electionRow
	if err := wanted.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list elections: %w", err)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var seats []seatsRow
	var duties []dutyRow
	err := tx.Where("election IN ?", ids).Find(&seats).Error
	if err == nil {
		err = tx.Where("election IN ?", ids).Order("account").Find(&duties).Error
	}
	if err != nil {
		return nil, fmt.Errorf("list elections: %w", err)
	}
	all := make([]Election, len(rows))
	for i, r := range rows {
		all[i] = r.election(seats, duties)
	}
	return all, nil
}
