package contribution

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/jobs"
)

// Jobs of the nightly look at what webhooks missed.
type (
	// LookAtPage wants one page of a repository's closed changes looked through, and then the next.
	LookAtPage struct {
		Repository string    `json:"repository"`
		Since      time.Time `json:"since"`
		Began      time.Time `json:"began"`
		Page       int       `json:"page"`
	}
	// Walk wants a repository fetched and its main line walked.
	Walk struct {
		Repository string    `json:"repository"`
		Since      time.Time `json:"since"`
		Began      time.Time `json:"began"`
	}
)

func (LookAtPage) Kind() string { return "forge_page" } // Kind names the job.
func (Walk) Kind() string       { return "git_walk" }   // Kind names the job.

type markRow struct {
	Repository string `gorm:"primaryKey"`
	Source     Source `gorm:"primaryKey"`
	Upto       time.Time
}

func (markRow) TableName() string { return "forge_marks" }

const (
	lookOver      = time.Hour           // looks overlap: clocks differ
	lookBefore    = 31 * 24 * time.Hour // the first look goes back to before the window: an election may be about a day that is over
	mostPages     = 2000                // 100,000 changes a look
	DeliveriesFor = 90 * 24 * time.Hour
	SignInFor     = 10 * time.Minute
)

// BeginLook queues the nightly look at every listed repository, and forgets old deliveries and sign-ins that came to nothing.
func (b *Book) BeginLook(ctx context.Context) error {
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		now := b.now()
		if err := tx.Where("received_at < ?", now.Add(-DeliveriesFor)).Delete(&deliveryRow{}).Error; err != nil {
			return err
		}
		if err := tx.Where("made_at < ?", now.Add(-SignInFor)).Delete(&signInRow{}).Error; err != nil {
			return err
		}
		var rows []repositoryRow
		if err := tx.Where("delisted_at IS NULL").Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, row := range rows {
			if err := b.look(ctx, tx, row.repository()); err != nil {
				return err
			}
		}
		return nil
	})
}

// look queues a look at a repository, from where the last one that came to its end began.
func (b *Book) look(ctx context.Context, tx *gorm.DB, r Repository) error {
	if _, has := b.forges[r.Forge]; has {
		since, err := b.since(tx, r.ID, ByAPI)
		if err != nil {
			return err
		}
		if err := b.queue.Add(ctx, tx, LookAtPage{r.ID, since, b.now(), 1}); err != nil {
			return err
		}
	}
	if r.Clone == "" {
		return nil
	}
	since, err := b.since(tx, r.ID, ByWalk)
	if err != nil {
		return err
	}
	return b.queue.Add(ctx, tx, Walk{r.ID, since, b.now()})
}

func (b *Book) since(tx *gorm.DB, repository string, by Source) (time.Time, error) {
	var marks []markRow
	if err := tx.Where("repository = ? AND source = ?", repository, by).Find(&marks).Error; err != nil || len(marks) > 0 {
		if err == nil {
			return marks[0].Upto.UTC().Add(-lookOver), nil
		}
		return time.Time{}, err
	}
	rules, err := b.register.Rules(tx.Statement.Context)
	return b.now().AddDate(0, 0, -rules.Window).Add(-lookBefore), err
}

// LookThrough does one page and queues the next, until a page ends before the look's beginning. It may be done twice, and goes on where it
// was when the program stopped, or when the forge asked for a pause: then it returns a BusyError, as a jobs.LaterError.
func (b *Book) LookThrough(ctx context.Context, job LookAtPage) error {
	r, open, err := b.open(ctx, job.Repository)
	if err != nil || !open {
		return err
	}
	f, has := b.forges[r.Forge]
	if !has {
		return nil // it is set up no longer
	}
	pulls, err := f.page(ctx, r.Path, job.Page)
	if busy := (*BusyError)(nil); errors.As(err, &busy) {
		return &jobs.LaterError{After: busy.After, Cause: err}
	}
	if err != nil {
		return fmt.Errorf("look through repository %s: %w", r.ID, err)
	}
	found, more := b.sort(f, r, job, pulls)
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		for _, m := range found {
			if _, err := b.keep(tx, r.ID, m); err != nil {
				return err
			}
		}
		if more && job.Page < mostPages {
			job.Page++
			return b.queue.Add(ctx, tx, job)
		}
		return mark(tx, r.ID, ByAPI, job.Began)
	})
}

// sort picks what was merged, and reports whether there may be more of what changed since the look's beginning.
func (b *Book) sort(f *Forge, r Repository, job LookAtPage, pulls []pull) (found []Merged, more bool) {
	more = len(pulls) > 0
	for _, p := range pulls {
		if p.Updated != nil && p.Updated.Before(job.Since) {
			more = false
		}
		// The path may lead to another repository by now: only the number is the repository.
		if p.Base.Repo == nil || strconv.FormatInt(p.Base.Repo.ID, 10) != r.Subject || !p.mergedTruly() {
			continue
		}
		if m, err := p.merged(f.Name, ByAPI); err == nil && !m.MergedAt.Before(job.Since) {
			found = append(found, m)
		}
	}
	return found, more
}

func mark(tx *gorm.DB, repository string, by Source, began time.Time) error {
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&markRow{repository, by, began.UTC()}).Error
}

func (b *Book) open(ctx context.Context, id string) (Repository, bool, error) {
	var row repositoryRow
	err := b.db.Read(ctx).Where("id = ? AND delisted_at IS NULL", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Repository{}, false, nil
	}
	return row.repository(), err == nil, err
}

// WalkThrough fetches a repository and keeps what its main line tells. For a forge's repository that is who took part in the changes that
// have numbers; where there is no forge, every commit of the main line is a change. It may be done twice.
func (b *Book) WalkThrough(ctx context.Context, job Walk) error {
	r, open, err := b.open(ctx, job.Repository)
	if err != nil || !open || r.Clone == "" {
		return err
	}
	commits, err := b.fetched(ctx, r)
	if err != nil {
		return fmt.Errorf("walk repository %s: %w", r.ID, err)
	}
	found, err := walk(commits, job.Since, b.now(), r.Forge == Git)
	if err != nil {
		return fmt.Errorf("walk repository %s: %w", r.ID, err)
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		for _, m := range found {
			if _, err := b.keep(tx, r.ID, m); err != nil {
				return err
			}
		}
		return mark(tx, r.ID, ByWalk, job.Began)
	})
}
