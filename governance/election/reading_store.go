package election

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

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
	}
	return ErrNoFigure
}

// Enter is what one person reads on a paper. They may mend it until another has read the paper, too; neither sees the other's.
// ErrNotReader, ErrNotEmptied, ErrNoSuchPaper, ErrNoFigure, ErrEntered.
func (p *Polls) Enter(ctx context.Context, by identity.AccountID, id string, class member.Class, paper int, r Reading) error {
	return p.onContest(ctx, by, id, class, func(tx *gorm.DB, _ Election, c Contest) (audit.Act, error) {
		if err := r.check(c, paper); err != nil {
			return audit.Act{}, err
		}
		there := tx.Where("election = ? AND class = ? AND paper = ?", id, class, paper)
		var rows []entryOnPaperRow
		if err := there.Session(&gorm.Session{}).Find(&rows).Error; err != nil {
			return audit.Act{}, err
		}
		own := false
		for _, row := range rows {
			own = own || row.EnteredBy == by
		}
		switch {
		case len(rows) > 1 || own && len(rows) != 1:
			return audit.Act{}, ErrEntered
		case own:
			return audit.Act{}, there.Session(&gorm.Session{}).Model(&entryOnPaperRow{}).
				Updates(map[string]any{"marks": r.Marks.written(), "rejected": r.Rejected, "entered_at": p.now()}).Error
		}
		return audit.Act{}, tx.Create(&entryOnPaperRow{id, class, paper, by, r.Marks.written(), r.Rejected, p.now()}).Error
	})
}

// Next is the lowest paper of a class that somebody has still to read; 0 when there is none.
func (p *Polls) Next(ctx context.Context, by identity.AccountID, c Contest) (int, error) {
	rows, err := entries(p.db.Read(ctx), c)
	if err != nil {
		return 0, err
	}
	times, own := make([]int, c.Papers+1), make([]bool, c.Papers+1)
	for _, r := range rows {
		times[r.Paper]++
		own[r.Paper] = own[r.Paper] || r.EnteredBy == by
	}
	for n := 1; n <= c.Papers; n++ {
		if times[n] < 2 && !own[n] {
			return n, nil
		}
	}
	return 0, nil
}

// Own is what somebody read on the papers of a class, in the order of their numbers.
func (p *Polls) Own(ctx context.Context, by identity.AccountID, c Contest) ([]Entry, error) {
	rows, err := entries(p.db.Read(ctx), c)
	var own []Entry
	for _, r := range rows {
		if r.EnteredBy == by {
			own = append(own, Entry{r.reading(), r.Paper, r.EnteredBy, r.EnteredAt.UTC()})
		}
	}
	return own, err
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
	progress, differ, _, err := readings(p.db.Read(ctx), c)
	return progress, differ, err
}

// readings are what is on the papers that are decided.
func readings(tx *gorm.DB, c Contest) (p Progress, differ []Difference, decided []Reading, err error) {
	rows, err := entries(tx, c)
	if err != nil {
		return p, nil, nil, err
	}
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
		if one.Same(two) {
			decided = append(decided, one)
			continue
		}
		p.Differ++
		d := Difference{Paper: rows[i].Paper, Readings: [2]Reading{one, two}, Ruling: ruled[rows[i].Paper]}
		if !d.Ruling.At.IsZero() {
			p.Ruled++
			decided = append(decided, d.Ruling.Reading)
		}
		differ = append(differ, d)
	}
	return p, differ, decided, nil
}

// Decide is the returning officer's word on a paper on which two people read different things. Everybody sees both readings, and why it counts
// as it does. ErrNotReturning, ErrAgreed, ErrRuled, ErrNoFigure.
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
		_, differ, _, err := readings(tx, c)
		if err != nil {
			return audit.Act{}, err
		}
		for _, d := range differ {
			switch {
			case d.Paper != paper:
			case !d.Ruling.At.IsZero():
				return audit.Act{}, ErrRuled
			default:
				row := rulingRow{id, class, paper, r.Marks.written(), r.Rejected, why, by, p.now()}
				return audit.Act{What: "paper decided", Why: fmt.Sprintf("%s, paper %d: %s", class, paper, why)}, tx.Create(&row).Error
			}
		}
		return audit.Act{}, ErrAgreed
	})
}
