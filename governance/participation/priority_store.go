package participation

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/board"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

// Priorities are the quarterly ballots on what the board should take up first.
type Priorities struct {
	people

	db      *database.DB
	classes *member.Classes
}

// NewPriorities opens them.
func NewPriorities(db *database.DB, register *member.Register, officers *member.Officers, sits *board.Board, classes *member.Classes, now func() time.Time) *Priorities {
	return &Priorities{people{register, officers, sits, database.Clock(now)}, db, classes}
}

type ballotRow struct {
	ID        string
	Quarter   string
	Take      int
	Members   int
	OpenedBy  identity.AccountID
	OpenedAt  time.Time
	ClosesAt  time.Time
	CountedAt *time.Time
	Seed      string
}

func (ballotRow) TableName() string { return "priority_ballots" }

func (r ballotRow) ballot() Ballot {
	return Ballot{
		ID: r.ID, Quarter: r.Quarter, Take: r.Take, Members: r.Members, OpenedAt: r.OpenedAt.UTC(), ClosesAt: r.ClosesAt.UTC(),
		CountedAt: database.Moment(r.CountedAt), Seed: r.Seed,
	}
}

type choiceRow struct {
	Ballot string
	Number int
	Item   string
	Title  string
}

func (choiceRow) TableName() string { return "priority_choices" }

type voteRow struct {
	Ballot  string
	Member  member.ID
	Class   member.Class
	Ranking string
}

func (voteRow) TableName() string { return "priority_votes" }

type rankingRow struct {
	Ballot  string
	Number  int
	Class   member.Class
	Ranking string
}

func (rankingRow) TableName() string { return "priority_rankings" }

type resultRow struct {
	Ballot  string
	Class   member.Class
	Ballots int
	Places  string
}

func (resultRow) TableName() string { return "priority_results" }

// Open begins the ballot of a quarter, with items that are planned or considered. ErrNotSecretary, ErrBallotHeld, ErrNoChoices, ErrBadTake,
// ErrBadClose.
func (p *Priorities) Open(ctx context.Context, by identity.AccountID, c Call) (string, error) {
	is, err := p.officers.Holds(ctx, by, member.Secretary)
	if err != nil {
		return "", err
	}
	if !is {
		return "", ErrNotSecretary
	}
	if err := c.check(p.today()); err != nil {
		return "", err
	}
	members, err := p.register.Count(ctx)
	if err != nil {
		return "", err
	}
	row := ballotRow{
		ID: identity.NewID(), Quarter: Quarter(p.today()), Take: c.Take, Members: members[member.Admitted], OpenedBy: by, OpenedAt: p.now(),
		ClosesAt: c.Closes.AddDays(1).Start().UTC(),
	}
	return row.ID, p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "priorities"); err != nil {
			return err
		}
		var held int64
		if err := tx.Model(&ballotRow{}).Where("quarter = ? OR counted_at IS NULL", row.Quarter).Count(&held).Error; err != nil {
			return err
		}
		if held > 0 {
			return ErrBallotHeld
		}
		paper, err := choose(tx, row.ID, c.Items)
		if err != nil {
			return err
		}
		if err := errors.Join(tx.Create(&row).Error, tx.Create(&paper).Error); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: string(member.Secretary), What: "priority ballot opened", About: row.ID, Why: row.Quarter, At: row.OpenedAt})
	})
}

// choose makes the paper.
func choose(tx *gorm.DB, ballot string, ids []string) ([]choiceRow, error) {
	var paper []choiceRow
	for i, id := range ids {
		item, err := itemIn(tx, id)
		if errors.Is(err, ErrNoItem) || err == nil && (item.Status != Considered && item.Status != Planned || slices.Contains(ids[:i], id)) {
			return nil, ErrNoChoices
		}
		if err != nil {
			return nil, err
		}
		paper = append(paper, choiceRow{ballot, i + 1, id, item.Title})
	}
	return paper, nil
}

// class is the one in which a member votes in a ballot: as it was on the day on which it opened, and known then. ErrNoVote.
func (p *Priorities) class(ctx context.Context, b Ballot, m member.ID) (member.Class, error) {
	in, err := p.classes.Of(ctx, m, member.Asked{On: b.Opens(), KnownAt: b.OpenedAt})
	if err == nil && in.Chosen == "" {
		err = ErrNoVote
	}
	return in.Chosen, err
}

// Rank casts a member's ballot, or another in its place: numbers of the paper, the first first. ErrNotMember, ErrNoBallot, ErrNoVote, ErrBallotClosed,
// ErrBadRanking.
func (p *Priorities) Rank(ctx context.Context, account identity.AccountID, ballot string, ranking []int) error {
	m, err := p.member(ctx, account)
	if err != nil {
		return err
	}
	b, err := p.Get(ctx, ballot)
	if err != nil {
		return err
	}
	if err := checkRanking(ranking, len(b.Choices)); err != nil {
		return err
	}
	class, err := p.class(ctx, b, m)
	if err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "priorities "+ballot); err != nil {
			return err
		}
		var row ballotRow
		if err := tx.Where("id = ?", ballot).Take(&row).Error; err != nil {
			return err
		}
		if !row.ballot().Open(p.now()) {
			return ErrBallotClosed
		}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "ballot"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"ranking"}),
		}).Create(&voteRow{ballot, m, class, rankingText(ranking)}).Error
	})
}

// Ranked is how a member has ranked so far, while the ballot is open; nothing when they have not.
func (p *Priorities) Ranked(ctx context.Context, m member.ID, ballot string) ([]int, error) {
	var row voteRow
	err := p.db.Read(ctx).Where("ballot = ? AND member = ?", ballot, m).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	return rankingIn(row.Ranking), err
}

// Votes reports whether a member has a vote in a ballot.
func (p *Priorities) Votes(ctx context.Context, m member.ID, b Ballot) (bool, error) {
	_, err := p.class(ctx, b, m)
	if errors.Is(err, ErrNoVote) {
		return false, nil
	}
	return err == nil, err
}

// Waiting is the open ballot in which a member can vote and has not. waits is false when there is none.
func (p *Priorities) Waiting(ctx context.Context, m member.ID) (b Ballot, waits bool, err error) {
	all, err := p.List(ctx)
	if err != nil || len(all) == 0 || !all[0].Open(p.now()) {
		return b, false, err
	}
	ranking, err := p.Ranked(ctx, m, all[0].ID)
	if err != nil || ranking != nil {
		return b, false, err
	}
	votes, err := p.Votes(ctx, m, all[0])
	return all[0], votes, err
}

// Get is one ballot. ErrNoBallot.
func (p *Priorities) Get(ctx context.Context, id string) (Ballot, error) {
	all, err := ballots(p.db.Read(ctx).Where("id = ?", id), p.db.Read(ctx))
	if err != nil {
		return Ballot{}, err
	}
	if len(all) == 0 {
		return Ballot{}, ErrNoBallot
	}
	return all[0], nil
}

// mostBallots is ten years of them.
const mostBallots = 40

// List are all ballots, the newest first.
func (p *Priorities) List(ctx context.Context) ([]Ballot, error) {
	return ballots(p.db.Read(ctx).Order("opened_at DESC").Limit(mostBallots), p.db.Read(ctx))
}

func ballots(q, tx *gorm.DB) ([]Ballot, error) {
	var rows []ballotRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list ballots of priorities: %w", err)
	}
	all := make([]Ballot, len(rows))
	for i, r := range rows {
		all[i] = r.ballot()
		if err := fill(tx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fill puts the paper to a ballot, and what came of it.
func fill(tx *gorm.DB, b *Ballot) error {
	var paper []choiceRow
	var results []resultRow
	var cast int64
	err := errors.Join(
		tx.Where("ballot = ?", b.ID).Order("number").Find(&paper).Error,
		tx.Where("ballot = ?", b.ID).Order("class").Find(&results).Error,
		tx.Model(&voteRow{}).Where("ballot = ?", b.ID).Count(&cast).Error,
	)
	if err != nil {
		return fmt.Errorf("look up ballot %s of priorities: %w", b.ID, err)
	}
	for _, c := range paper {
		b.Choices = append(b.Choices, Choice{c.Number, c.Item, c.Title})
	}
	b.Cast = int(cast)
	for _, r := range results {
		b.Results = append(b.Results, Result{r.Class, r.Ballots, rankingIn(r.Places)})
		if r.Class == "" {
			b.Cast = r.Ballots
		}
	}
	slices.SortStableFunc(b.Results, func(x, y Result) int {
		return slices.Index(member.AllClasses, x.Class) - slices.Index(member.AllClasses, y.Class)
	})
	return nil
}

// Mind counts the ballots whose time is over, each once. The clock asks for it.
func (p *Priorities) Mind(ctx context.Context) error {
	var ids []string
	err := p.db.Read(ctx).Model(&ballotRow{}).Where("counted_at IS NULL AND closes_at <= ?", p.now()).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("look for ballots that are over: %w", err)
	}
	for _, id := range ids {
		if err := p.countOne(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// countOne counts a ballot, keeps what was counted without whose it was, and deletes who voted how: all in one transaction.
func (p *Priorities) countOne(ctx context.Context, id string) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "priorities "+id); err != nil {
			return err
		}
		all, err := ballots(tx.Where("id = ?", id), tx.Session(&gorm.Session{NewDB: true}))
		if err != nil {
			return err
		}
		if !all[0].CountedAt.IsZero() {
			return nil // another process was quicker
		}
		var cast []voteRow
		if err := tx.Where("ballot = ?", id).Order("member").Find(&cast).Error; err != nil {
			return err
		}
		shuffle(cast)
		var seed [32]byte
		_, _ = crand.Read(seed[:]) // never fails: it would end the program
		rankings, results, err := outcome(all[0], cast, seed[:])
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Where("ballot = ?", id).Delete(&voteRow{}).Error,
			createAll(tx, rankings), createAll(tx, results),
			tx.Model(&ballotRow{}).Where("id = ?", id).Updates(map[string]any{"counted_at": p.now(), "seed": hex.EncodeToString(seed[:])}).Error,
		)
	})
}

const rowsAtOnce = 500

func createAll[T any](tx *gorm.DB, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(&rows, rowsAtOnce).Error
}

// shuffle puts ballots into an order that nobody can know: the order of the table says whose they were.
func shuffle(cast []voteRow) {
	for i := len(cast) - 1; i > 0; i-- {
		j, _ := crand.Int(crand.Reader, big.NewInt(int64(i+1))) // never fails, as above
		cast[i], cast[j.Int64()] = cast[j.Int64()], cast[i]
	}
}

// outcome counts all together, and each class that is large enough to be told apart.
func outcome(b Ballot, cast []voteRow, seed []byte) (kept []rankingRow, results []resultRow, err error) {
	by := map[member.Class][][]int{}
	size := map[member.Class]int{}
	for _, v := range cast {
		by[""] = append(by[""], rankingIn(v.Ranking))
		by[v.Class] = append(by[v.Class], rankingIn(v.Ranking))
		size[v.Class]++
	}
	shown := apart(size)
	for _, class := range append([]member.Class{""}, shown...) {
		places, err := count(by[class], b.Choices, b.Take, seed)
		if err != nil {
			return nil, nil, fmt.Errorf("count the priorities of %s: %w", b.Quarter, err)
		}
		results = append(results, resultRow{b.ID, class, len(by[class]), rankingText(places)})
	}
	for i, v := range cast {
		if !slices.Contains(shown, v.Class) {
			v.Class = ""
		}
		kept = append(kept, rankingRow{b.ID, i + 1, v.Class, v.Ranking})
	}
	return kept, results, nil
}

// FirstClose is the earliest last day of a ballot that opens today.
func (p *Priorities) FirstClose() calendar.Date { return p.today().AddDays(LeastDays) }
