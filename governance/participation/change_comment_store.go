package participation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// Remark is a comment on a privacy change: a member's, nobody is told whose.
type Remark struct {
	ID       string
	Number   int // in its change, from 1
	Words    string
	On       calendar.Date
	HiddenAs string // the office of whoever took it down
	Why      string // it was taken down; then there are no words
	HiddenOn calendar.Date

	Own    bool // the reader's
	Answer Stand
	Tally  Tally // once the days for comments are over
}

// Hides reports whether it was taken down.
func (r Remark) Hides() bool { return !r.HiddenOn.IsZero() }

type remarkRow struct {
	ID        string
	Change    string
	Nth       int
	Member    member.ID // "" when it is long over
	Words     string
	SaidOn    string
	HiddenBy  identity.AccountID
	HiddenAs  string
	HiddenWhy string
	HiddenAt  *time.Time
}

func (remarkRow) TableName() string { return "privacy_comments" }

func (r remarkRow) remark() Remark {
	c := Remark{ID: r.ID, Number: r.Nth, Words: r.Words, On: dayIn(r.SaidOn), HiddenAs: r.HiddenAs, Why: r.HiddenWhy, HiddenOn: dayOf(r.HiddenAt)}
	if c.Hides() {
		c.Words = ""
	}
	return c
}

type standRow struct {
	Comment string
	Member  member.ID
	Class   member.Class
	Answer  Stand
}

func (standRow) TableName() string { return "privacy_answers" }

// Remarked says something of a change, as a member and without a name. ErrNotMember, ErrCommentsOver, ErrNoRemark, ErrManyRemarks.
func (p *PrivacyChanges) Remarked(ctx context.Context, by identity.AccountID, id, words string) error {
	m, err := p.member(ctx, by)
	if err != nil {
		return err
	}
	if words, err = member.Prose(words, LongestRemark); err != nil || !says(words) {
		return member.Amiss(ErrNoRemark, err)
	}
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		if old.PrivacyState(p.today()) != Commenting {
			return ErrCommentsOver
		}
		var own, all int64
		err := errors.Join(
			tx.Model(&remarkRow{}).Where("change = ?", id).Count(&all).Error,
			tx.Model(&remarkRow{}).Where("change = ? AND member = ?", id, m).Count(&own).Error,
		)
		if err != nil {
			return err
		}
		if own >= MostRemarks || all >= MostOnChange {
			return ErrManyRemarks
		}
		return tx.Create(&remarkRow{ID: identity.NewID(), Change: id, Nth: int(all) + 1, Member: m, Words: words, SaidOn: p.today().String()}).Error
	})
}

// Stand says what a member thinks of somebody else's comment; they can think again while there are days. ErrNotMember, ErrNoComment, ErrCommentsOver,
// ErrNoStand, ErrOwnRemark.
func (p *PrivacyChanges) Stand(ctx context.Context, by identity.AccountID, id, comment string, is Stand) error {
	m, err := p.member(ctx, by)
	if err != nil {
		return err
	}
	if !slices.Contains(Stands, is) {
		return ErrNoStand
	}
	now := p.now()
	in, err := p.classes.Of(ctx, m, member.Asked{On: calendar.On(now), KnownAt: now})
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		if old.PrivacyState(p.today()) != Commenting {
			return ErrCommentsOver
		}
		var row remarkRow
		err := tx.Where("id = ? AND change = ? AND hidden_at IS NULL", comment, id).Take(&row).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			return ErrNoComment
		case err != nil:
			return err
		case row.Member == m:
			return ErrOwnRemark
		}
		same := clause.OnConflict{Columns: []clause.Column{{Name: "comment"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"class", "answer"})}
		return tx.Clauses(same).Create(&standRow{comment, m, in.Chosen, is}).Error
	})
}

// HideRemark takes a comment down, with a reason that everybody reads in its place. ErrNotOfficer, ErrNoComment, member.ErrNoWhy.
func (p *PrivacyChanges) HideRemark(ctx context.Context, by identity.AccountID, id, comment, why string) error {
	as, err := p.second(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, _ PrivacyChange) error {
		now := p.now()
		res := tx.Model(&remarkRow{}).Where("id = ? AND change = ? AND hidden_at IS NULL", comment, id).
			Updates(map[string]any{"hidden_by": by, "hidden_as": as, "hidden_why": why, "hidden_at": now})
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrNoComment
		}
		if res.Error != nil {
			return res.Error
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "comment on a privacy change taken down", About: id, Why: why, At: now})
	})
}

// Remarks are the comments on a change, as a reader sees them: with their own answers, and how members answered once there are no more days. Before,
// nobody is told: whoever looked twice would see who had answered in between. reader is "" for whoever is no member.
func (p *PrivacyChanges) Remarks(ctx context.Context, c PrivacyChange, reader member.ID) ([]Remark, error) {
	var rows []remarkRow
	if err := p.db.Read(ctx).Where("change = ?", c.ID).Order("nth").Limit(MostOnChange).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	own, err := p.stands(ctx, c.ID, reader)
	if err != nil {
		return nil, err
	}
	over := !c.On.IsZero() && p.today().After(c.CommentsUntil)
	var counted map[string]map[member.Class]map[Stand]int
	if over {
		if counted, err = p.counted(ctx, c.ID); err != nil {
			return nil, err
		}
	}
	all := make([]Remark, len(rows))
	for i, r := range rows {
		all[i] = r.remark()
		all[i].Own = reader != "" && r.Member == reader
		all[i].Answer = own[r.ID]
		if over && !all[i].Hides() {
			all[i].Tally = publishable(counted[r.ID])
		}
	}
	return all, nil
}

// stands are somebody's own answers, by comment.
func (p *PrivacyChanges) stands(ctx context.Context, id string, m member.ID) (map[string]Stand, error) {
	own := map[string]Stand{}
	if m == "" {
		return own, nil
	}
	var rows []standRow
	err := p.db.Read(ctx).Where("member = ? AND comment IN (SELECT id FROM privacy_comments WHERE change = ?)", m, id).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look up somebody's answers: %w", err)
	}
	for _, r := range rows {
		own[r.Comment] = r.Answer
	}
	return own, nil
}

// counted is how members answered each comment: as it is counted now, or was when the answers were forgotten.
func (p *PrivacyChanges) counted(ctx context.Context, id string) (map[string]map[member.Class]map[Stand]int, error) {
	var rows []countRow
	err := p.db.Read(ctx).Raw(`SELECT comment, class, answer, count(*) AS members FROM privacy_answers
			WHERE comment IN (SELECT id FROM privacy_comments WHERE change = ?) GROUP BY comment, class, answer
		UNION ALL SELECT comment, class, answer, members FROM privacy_counts WHERE comment IN (SELECT id FROM privacy_comments WHERE change = ?)`, id, id).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count answers: %w", err)
	}
	all := map[string]map[member.Class]map[Stand]int{}
	for _, r := range rows {
		if all[r.Comment] == nil {
			all[r.Comment] = map[member.Class]map[Stand]int{}
		}
		if all[r.Comment][r.Class] == nil {
			all[r.Comment][r.Class] = map[Stand]int{}
		}
		all[r.Comment][r.Class][r.Answer] += r.Members
	}
	return all, nil
}
