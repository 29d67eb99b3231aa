package participation

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

// PrivacyChanges are how what the service holds about people is changed: by notice, comments, and a decision.
type PrivacyChanges struct {
	people

	db      *database.DB
	jobs    *jobs.Queue
	classes *member.Classes
}

// NewPrivacyChanges opens them.
func NewPrivacyChanges(db *database.DB, queue *jobs.Queue, register *member.Register, officers *member.Officers, classes *member.Classes, sits *board.Board,
	now func() time.Time,
) *PrivacyChanges {
	return &PrivacyChanges{people{register, officers, sits, database.Clock(now)}, db, queue, classes}
}

type privacyRow struct {
	ID                               string
	Title, Was, Becomes, Why, Risk   string
	Major, Emergency                 bool
	Urgency                          string
	DraftedBy                        identity.AccountID
	DraftedAt                        time.Time
	PublishedBy                      identity.AccountID
	PublishedAt                      *time.Time
	Notice                           string
	CommentsUntil, DecideBy, Expires string
	WithdrawnBy                      identity.AccountID
	WithdrawnWhy                     string
	WithdrawnAt                      *time.Time
	Outcome                          Decision
	Changes, Reasons, Minute         string
	DecidedBy                        identity.AccountID
	DecidedAt                        *time.Time
	Election                         string
	CalledBy                         identity.AccountID
	CalledAt                         *time.Time
	Carried                          *bool
	VotedAt                          *time.Time
}

func (privacyRow) TableName() string { return "privacy_changes" }

func (r privacyRow) change() PrivacyChange {
	c := PrivacyChange{
		Notice: Notice{r.Title, r.Was, r.Becomes, r.Why, r.Risk, r.Major, r.Emergency, r.Urgency},
		ID:     r.ID, DraftedBy: r.DraftedBy, DraftedAt: r.DraftedAt.UTC(), PublishedBy: r.PublishedBy, On: dayIn(r.Notice),
		CommentsUntil: dayIn(r.CommentsUntil), DecideBy: dayIn(r.DecideBy), Expires: dayIn(r.Expires),
		WithdrawnWhy: r.WithdrawnWhy, WithdrawnAt: database.Moment(r.WithdrawnAt),
		Decision: r.Outcome, Changes: r.Changes, Reasons: r.Reasons, Minute: r.Minute, DecidedOn: dayOf(r.DecidedAt), Election: r.Election,
		Voted: r.Carried != nil, VotedOn: dayOf(r.VotedAt),
	}
	c.Carried = c.Voted && *r.Carried
	return c
}

func dayOf(at *time.Time) calendar.Date {
	if at == nil {
		return calendar.Date{}
	}
	return calendar.On(*at)
}

func (n Notice) columns() map[string]any {
	return map[string]any{
		"title": n.Title, "was": n.Was, "becomes": n.Becomes, "why": n.Why, "risk": n.Risk, "major": n.Major, "emergency": n.Emergency, "urgency": n.Urgency,
	}
}

// Draft writes a privacy change down, for somebody else to publish. ErrNotBoard, ErrManyDrafts, and an error for each field.
func (p *PrivacyChanges) Draft(ctx context.Context, by identity.AccountID, n Notice) (string, error) {
	as, _, err := p.speaker(ctx, by)
	if err != nil {
		return "", err
	}
	if n, err = n.check(); err != nil {
		return "", err
	}
	row := privacyRow{
		ID: identity.NewID(), Title: n.Title, Was: n.Was, Becomes: n.Becomes, Why: n.Why, Risk: n.Risk, Major: n.Major, Emergency: n.Emergency,
		Urgency: n.Urgency, DraftedBy: by, DraftedAt: p.now(),
	}
	return row.ID, p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "privacy drafts"); err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&privacyRow{}).Where("published_at IS NULL AND withdrawn_at IS NULL").Count(&open).Error; err != nil {
			return err
		}
		if open >= MostPrivacyDrafts {
			return ErrManyDrafts
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "privacy change drafted", About: row.ID, Why: n.Title, At: row.DraftedAt})
	})
}

// Redraft writes the words of a draft anew. Whoever did cannot publish it. read is the mark of the words that they have read.
// ErrNotBoard, ErrPublished, ErrRedrafted, and an error for each field.
func (p *PrivacyChanges) Redraft(ctx context.Context, by identity.AccountID, id, read string, n Notice) error {
	as, _, err := p.speaker(ctx, by)
	if err != nil {
		return err
	}
	if n, err = n.check(); err != nil {
		return err
	}
	change := n.columns()
	change["drafted_by"], change["drafted_at"] = by, p.now()
	return p.onDraft(ctx, id, read, change, audit.Act{By: by, As: as, What: "privacy change redrafted", Why: n.Title})
}

// Withdraw takes a draft back, likewise. ErrNotBoard, ErrPublished, ErrRedrafted, member.ErrNoWhy.
func (p *PrivacyChanges) Withdraw(ctx context.Context, by identity.AccountID, id, read, why string) error {
	as, _, err := p.speaker(ctx, by)
	if err != nil {
		return err
	}
	if why, err = member.Reason(why); err != nil {
		return err
	}
	change := map[string]any{"withdrawn_by": by, "withdrawn_why": why, "withdrawn_at": p.now()}
	return p.onDraft(ctx, id, read, change, audit.Act{By: by, As: as, What: "privacy change withdrawn", Why: why})
}

func (p *PrivacyChanges) onDraft(ctx context.Context, id, read string, change map[string]any, act audit.Act) error {
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		if old.PrivacyState(p.today()) != Drafted {
			return ErrPublished
		}
		if old.Mark() != read {
			return ErrRedrafted
		}
		return p.amend(tx, id, change, act)
	})
}

// Publish gives the notice: from now on nobody changes its words, members are told, and comment. Whoever wrote the words cannot, nor
// who has read others. ErrNotOfficer, ErrOwnWords, ErrPublished, ErrRedrafted.
func (p *PrivacyChanges) Publish(ctx context.Context, by identity.AccountID, id, read string) error {
	as, err := p.second(ctx, by)
	if err != nil {
		return err
	}
	rules, err := p.register.Rules(ctx)
	if err != nil {
		return err
	}
	return p.on(ctx, id, func(tx *gorm.DB, old PrivacyChange) error {
		switch {
		case old.PrivacyState(p.today()) != Drafted:
			return ErrPublished
		case old.DraftedBy == by:
			return ErrOwnWords
		case old.Mark() != read:
			return ErrRedrafted
		}
		until := p.today().AddDays(max(rules.CommentDays, member.LeastCommentDays)) // a rule of before may say less
		change := map[string]any{
			"published_by": by, "published_at": p.now(), "notice": p.today().String(), "comments_until": until.String(),
			"decide_by": until.AddDays(rules.AnswerDays).String(),
		}
		if old.Emergency {
			change["expires"] = until.AddDays(rules.EmergencyDays).String()
		}
		if err := p.amend(tx, id, change, audit.Act{By: by, As: as, What: "privacy change published", Why: old.Title}); err != nil {
			return err
		}
		return p.jobs.Add(ctx, tx, TellPrivacyChange{Change: id})
	})
}

// second is in which office somebody confirms what another wrote: any, or a seat on the board. ErrNotOfficer.
func (p *PrivacyChanges) second(ctx context.Context, by identity.AccountID) (as string, err error) {
	if as, _, err = p.speaker(ctx, by); errors.Is(err, ErrNotBoard) {
		return p.officer(ctx, by)
	}
	return as, err
}

func (p *PrivacyChanges) amend(tx *gorm.DB, id string, change map[string]any, act audit.Act) error {
	if err := tx.Model(&privacyRow{}).Where("id = ?", id).Updates(change).Error; err != nil {
		return err
	}
	act.About, act.At = id, p.now()
	return audit.Record(tx, act)
}

// on changes a privacy change, one after the other.
func (p *PrivacyChanges) on(ctx context.Context, id string, do func(tx *gorm.DB, old PrivacyChange) error) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "privacy "+id); err != nil {
			return err
		}
		old, err := privacyChangeIn(tx, id)
		if err != nil {
			return err
		}
		return do(tx, old)
	})
}

func privacyChangeIn(tx *gorm.DB, id string) (PrivacyChange, error) {
	var row privacyRow
	err := tx.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PrivacyChange{}, ErrNoPrivacyChange
	}
	if err != nil {
		return PrivacyChange{}, fmt.Errorf("look up a privacy change: %w", err)
	}
	return row.change(), nil
}

// Get is a privacy change as it stands. ErrNoPrivacyChange.
func (p *PrivacyChanges) Get(ctx context.Context, id string) (PrivacyChange, error) {
	return privacyChangeIn(p.db.Read(ctx), id)
}

// Decided are those that the board decided last, so many at most, the newest decision first.
func (p *PrivacyChanges) Decided(ctx context.Context, most int) ([]PrivacyChange, error) {
	return p.list(p.db.Read(ctx).Where("decided_at IS NOT NULL").Order("decided_at DESC, id").Limit(most))
}

// mostChanges are listed at most.
const mostChanges = 200

// List are the newest: those that were published, and drafts, which have no day, first.
func (p *PrivacyChanges) List(ctx context.Context) ([]PrivacyChange, error) {
	return p.list(p.db.Read(ctx).Order("published_at IS NOT NULL, published_at DESC, drafted_at DESC, id").Limit(mostChanges))
}

func (p *PrivacyChanges) list(q *gorm.DB) ([]PrivacyChange, error) {
	var rows []privacyRow
	if err := q.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list privacy changes: %w", err)
	}
	all := make([]PrivacyChange, len(rows))
	for i, r := range rows {
		all[i] = r.change()
	}
	return all, nil
}
