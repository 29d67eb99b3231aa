package election

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type entryOnPaperRow struct {
	Election  string
	Class     member.Class
	Paper     int
	EnteredBy identity.AccountID
	Marks     string
	Rejected  Rejection
	EnteredAt time.Time
}

func (entryOnPaperRow) TableName() string { return "paper_entries" }

func (r entryOnPaperRow) reading() Reading { return Reading{marksIn(r.Marks), r.Rejected} }

type rulingRow struct {
	Election string
	Class    member.Class
	Paper    int
	Marks    string
	Rejected Rejection
	Why      string
	RuledBy  identity.AccountID
	RuledAt  time.Time
}

func (rulingRow) TableName() string { return "paper_rulings" }

func (r rulingRow) ruling() Ruling {
	return Ruling{Reading{marksIn(r.Marks), r.Rejected}, r.Why, r.RuledBy, r.RuledAt.UTC()}
}

// check refuses a reading of a paper that is not the contest's.
func (r Reading) check(c Contest, paper int) error {
	switch {
	case c.EmptiedAt.IsZero():
		return ErrNotEmptied
	case paper < 1 || paper > c.Papers:
		return ErrNoSuchPaper
	case len(r.Marks) != len(c.Candidates):
		return ErrNoFigure
	}
	for _, m := range r.Marks {
		if m < 0 || m > LargestMark {
			return ErrNoFigure
		}
	}
	switch r.Rejected {
	case NotRejected, NoMark, Identified, Uncertain:
		return nil
	case NotOpened: // no paper that anybody holds in their hands
	}
	return ErrNoFigure
}

// Enter is what one person reads on a paper. They may mend it until another has read the paper, too; neither sees the other's.
// Whoever decides where two differ reads none. ErrNotReader, ErrReturningReads, ErrNotEmptied, ErrNoSuchPaper, ErrNoFigure, ErrEntered.
func (p *Polls) Enter(ctx context.Context, by identity.AccountID, id string, class member.Class, paper int, r Reading) error {
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		switch {
		case el.Online():
			return audit.Act{}, ErrNotPaper
		case by == el.Returning:
			return audit.Act{}, ErrReturningReads
		}
		if err := r.check(c, paper); err != nil {
			return audit.Act{}, err
		}
		var rows []entryOnPaperRow
		if err := tx.Where("election = ? AND class = ? AND paper = ?", id, class, paper).Find(&rows).Error; err != nil {
			return audit.Act{}, err
		}
		switch {
		case len(rows) > 1:
			return audit.Act{}, ErrEntered
		case len(rows) == 1 && rows[0].EnteredBy == by:
			return audit.Act{}, tx.Model(&entryOnPaperRow{}).Where("election = ? AND class = ? AND paper = ?", id, class, paper).
				Updates(map[string]any{"marks": r.Marks.written(), "rejected": r.Rejected, "entered_at": p.now()}).Error
		}
		return audit.Act{}, tx.Create(&entryOnPaperRow{id, class, paper, by, r.Marks.written(), r.Rejected, p.now()}).Error
	})
}

// Next is the lowest paper of a class that somebody has still to read; 0 when there is none.
func (p *Polls) Next(ctx context.Context, by identity.AccountID, c Contest) (int, error) {
	var done []int
	err := p.db.Read(ctx).Raw(`SELECT paper FROM paper_entries WHERE election = ? AND class = ? GROUP BY paper
		HAVING count(*) > 1 OR sum(CASE WHEN entered_by = ? THEN 1 ELSE 0 END) > 0 ORDER BY paper`, c.Election, c.Class, by).Scan(&done).Error
	if err != nil {
		return 0, fmt.Errorf("look for the next paper: %w", err)
	}
	for i, paper := range done {
		if paper != i+1 {
			return i + 1, nil
		}
	}
	if len(done) < c.Papers {
		return len(done) + 1, nil
	}
	return 0, nil
}

// MostShown is how many of the papers that somebody has read they are shown: the last ones.
const MostShown = 50

// Own is what somebody read on the last papers of a class, in the order of their numbers.
func (p *Polls) Own(ctx context.Context, by identity.AccountID, c Contest) ([]Entry, error) {
	var rows []entryOnPaperRow
	err := p.db.Read(ctx).Where("election = ? AND class = ? AND entered_by = ?", c.Election, c.Class, by).Order("paper DESC").Limit(MostShown).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list what somebody read on papers: %w", err)
	}
	own := make([]Entry, len(rows))
	for i, r := range rows {
		own[len(rows)-1-i] = Entry{r.reading(), r.Paper, r.EnteredBy, r.EnteredAt.UTC()}
	}
	return own, nil
}

// Entered is what somebody read on one paper.
func (p *Polls) Entered(ctx context.Context, by identity.AccountID, c Contest, paper int) (r Reading, has bool, err error) {
	var rows []entryOnPaperRow
	err = p.db.Read(ctx).Where("election = ? AND class = ? AND entered_by = ? AND paper = ?", c.Election, c.Class, by, paper).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return r, false, err
	}
	return rows[0].reading(), true, nil
}

func entries(tx *gorm.DB, c Contest) ([]entryOnPaperRow, error) {
	var rows []entryOnPaperRow
	if err := tx.Where("election = ? AND class = ?", c.Election, c.Class).Order("paper, entered_at, entered_by").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list what is read on papers: %w", err)
	}
	return rows, nil
}

// Read is how far the papers of a class are read, and on which of them two people read different things.
func (p *Polls) Read(ctx context.Context, c Contest) (Progress, []Difference, error) {
	return progressOf(p.db.Read(ctx), c)
}

func progressOf(tx *gorm.DB, c Contest) (Progress, []Difference, error) {
	var there struct{ Once, Twice int }
	err := tx.Raw(`SELECT coalesce(sum(CASE WHEN n = 1 THEN 1 ELSE 0 END), 0) AS once, coalesce(sum(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0) AS twice
		FROM (SELECT count(*) AS n FROM paper_entries WHERE election = ? AND class = ? GROUP BY paper) AS papers`, c.Election, c.Class).Scan(&there).Error
	if err != nil {
		return Progress{}, nil, fmt.Errorf("count what is read on papers: %w", err)
	}
	// Only papers on which the two differ, which are few; Same says when they do.
	rows, err := entries(tx.Where(`paper IN (SELECT a.paper FROM paper_entries a JOIN paper_entries b
		ON b.election = a.election AND b.class = a.class AND b.paper = a.paper AND b.entered_by > a.entered_by
		WHERE a.election = ? AND a.class = ? AND (a.rejected <> b.rejected OR a.rejected = '' AND a.marks <> b.marks)
		UNION SELECT paper FROM paper_rulings WHERE election = ? AND class = ?)`, c.Election, c.Class, c.Election, c.Class), c)
	if err != nil {
		return Progress{}, nil, err
	}
	told, differ, _, err := sorted(tx, c, rows)
	told.Once, told.Twice = there.Once, there.Twice
	return told, differ, err
}

// readings are what is on the papers that are decided.
func readings(tx *gorm.DB, c Contest) (p Progress, differ []Difference, decided []Reading, err error) {
	rows, err := entries(tx, c)
	if err != nil {
		return p, nil, nil, err
	}
	return sorted(tx, c, rows)
}

// sorted sorts out what was read, paper by paper.
func sorted(tx *gorm.DB, c Contest, rows []entryOnPaperRow) (p Progress, differ []Difference, decided []Reading, err error) {
	var rulings []rulingRow
	if err := tx.Where("election = ? AND class = ?", c.Election, c.Class).Find(&rulings).Error; err != nil {
		return p, nil, nil, fmt.Errorf("list rulings: %w", err)
	}
	ruled := map[int]Ruling{}
	for _, r := range rulings {
		ruled[r.Paper] = r.ruling()
	}
	for i := 0; i < len(rows); i++ {
		one := rows[i].reading()
		if i+1 == len(rows) || rows[i+1].Paper != rows[i].Paper {
			p.Once++
			continue
		}
		two := rows[i+1].reading()
		i++
		p.Twice++
		ruling, again := ruled[rows[i].Paper] // also where both read the same, when papers are counted again
		if one.Same(two) && !again {
			decided = append(decided, one)
			continue
		}
		p.Differ++
		d := Difference{Paper: rows[i].Paper, Readings: [2]Reading{one, two}, Ruling: ruling}
		if !d.Ruling.At.IsZero() {
			p.Ruled++
			decided = append(decided, d.Ruling.Reading)
		}
		differ = append(differ, d)
	}
	return p, differ, decided, nil
}

// Decide is the returning officer's word on a paper on which two people read different things. Everybody sees both readings, and why it counts
// as it does. When the board has decided on a challenge that papers are counted again, it may be about any paper, and take an earlier one's place.
// ErrNotReturning, ErrAgreed, ErrRuled, ErrNoFigure.
func (p *Polls) Decide(ctx context.Context, by identity.AccountID, id string, class member.Class, paper int, r Reading, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, el Election, c Contest) (audit.Act, error) {
		if by != el.Returning {
			return audit.Act{}, ErrNotReturning
		}
		if err := r.check(c, paper); err != nil {
			return audit.Act{}, err
		}
		again, err := recounting(tx, id)
		if err == nil && !again {
			err = undecided(tx, c, paper)
		}
		if err != nil {
			return audit.Act{}, err
		}
		row := rulingRow{id, class, paper, r.Marks.written(), r.Rejected, why, by, p.now()}
		act := audit.Act{What: "paper decided", Why: fmt.Sprintf("%s, paper %d: %s", class, paper, why)}
		return act, tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "election"}, {Name: "class"}, {Name: "paper"}},
			DoUpdates: clause.AssignmentColumns([]string{"marks", "rejected", "why", "ruled_by", "ruled_at"}),
		}).Create(&row).Error
	})
}

// undecided refuses a paper about which there is nothing to decide: ErrAgreed, ErrRuled.
func undecided(tx *gorm.DB, c Contest, paper int) error {
	_, differ, err := progressOf(tx, c)
	if err != nil {
		return err
	}
	for _, d := range differ {
		switch {
		case d.Paper == paper && d.Ruling.At.IsZero():
			return nil
		case d.Paper == paper:
			return ErrRuled
		}
	}
	return ErrAgreed
}

// Recounting reports whether papers are counted again, as the board decided on a challenge.
func (p *Polls) Recounting(ctx context.Context, id string) (bool, error) {
	return recounting(p.db.Read(ctx), id)
}

func recounting(tx *gorm.DB, id string) (bool, error) {
	all, err := issues(tx, id)
	if err != nil || len(all) == 0 {
		return false, err
	}
	return countAgainSince(tx, id, all[0].MadeAt)
}

// countAgainSince reports whether the board decided after a moment that papers are counted again.
func countAgainSince(tx *gorm.DB, id string, since time.Time) (bool, error) {
	var n int64
	err := tx.Model(&challengeRow{}).Where("election = ? AND outcome = ? AND decided_at > ?", id, CountAgain, since).Count(&n).Error
	return n > 0, err
}
