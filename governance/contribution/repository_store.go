package contribution

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/identity"
)

type repositoryRow struct {
	ID          string
	Forge       ForgeName
	Subject     string
	Path, Clone string
	ListedBy    identity.AccountID
	ListedWhy   string
	ListedAt    time.Time
	DelistedBy  identity.AccountID
	DelistedAt  *time.Time
}

func (repositoryRow) TableName() string { return "work_repositories" }

func (r repositoryRow) repository() Repository {
	return Repository{
		ID: r.ID, Forge: r.Forge, Subject: r.Subject, Path: r.Path, Clone: r.Clone, Why: r.ListedWhy, ListedBy: r.ListedBy, ListedAt: r.ListedAt.UTC(),
		Delisted: stamp(r.DelistedAt), Delisting: r.DelistedBy,
	}
}

// listed is the repository on the list that a forge knows by a number. ErrForeign.
func listed(tx *gorm.DB, forge ForgeName, subject string) (Repository, error) {
	var row repositoryRow
	err := tx.Where("forge = ? AND subject = ? AND delisted_at IS NULL", forge, subject).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrForeign
	}
	return row.repository(), err
}

// List puts a repository on the governance list: for a forge by "owner/name", for Git by the address to fetch from. walk has git read a
// forge's repository, too, which tells of co-authors. ErrNoForge, ErrBadPath and what is wrong with why, all at once; ErrNoRepository, ErrListed.
func (b *Book) List(ctx context.Context, by identity.AccountID, forge ForgeName, path string, walk bool, why string) (string, error) {
	path = strings.TrimSpace(path)
	why, noWhy := reason(why)
	if err := errors.Join(b.named(forge, path), noWhy); err != nil {
		return "", err
	}
	as, err := b.acts(ctx, by)
	if err != nil {
		return "", err
	}
	r, err := b.find(ctx, forge, path)
	if err != nil {
		return "", err
	}
	if !walk && forge != Git {
		r.Clone = ""
	}
	row := repositoryRow{
		ID: identity.NewID(), Forge: r.Forge, Subject: r.Subject, Path: r.Path, Clone: r.Clone, ListedBy: by, ListedWhy: why, ListedAt: b.now(),
	}
	err = b.db.Write(ctx, func(tx *gorm.DB) error {
		was, err := before(tx, row)
		switch {
		case err != nil:
			return err
		case was.ID == "":
			err = tx.Create(&row).Error
		case was.DelistedAt == nil:
			return ErrListed
		default: // the same line again, so that none of its changes counts twice
			row.ID, row.ListedAt = was.ID, was.ListedAt
			err = tx.Select("*").Where("id = ?", was.ID).Updates(&row).Error
		}
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrListed
		}
		if err != nil {
			return err
		}
		if err := b.look(ctx, tx, row.repository()); err != nil {
			return err
		}
		return record(tx, by, as, "repository listed", row.ID, why, b.now())
	})
	return row.ID, err
}

// before is the line of a repository that is on the list or was; its ID is "" when there is none. A renamed repository is the same one, and
// a new one under an old name is another.
func before(tx *gorm.DB, r repositoryRow) (was repositoryRow, err error) {
	ask := tx.Where("forge = ? AND subject = ?", r.Forge, r.Subject)
	if r.Subject == "" {
		ask = ask.Where("path = ?", r.Path)
	}
	err = ask.Order("listed_at DESC").Take(&was).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return was, err
}

// named says what is missing before anybody is asked.
func (b *Book) named(forge ForgeName, path string) (missing error) {
	if forge != Git {
		_, missing = b.Forge(forge)
	}
	if path == "" {
		missing = errors.Join(missing, ErrBadPath)
	}
	return missing
}

func (b *Book) find(ctx context.Context, forge ForgeName, path string) (Repository, error) {
	if forge == Git {
		at, err := fetchable(path)
		return Repository{Forge: Git, Path: at, Clone: at}, err
	}
	f, err := b.Forge(forge)
	if err != nil {
		return Repository{}, err
	}
	r, err := f.find(ctx, path)
	if err == nil && r.Clone != "" {
		_, err = fetchable(r.Clone)
	}
	return r, err
}

// fetchable takes an address from which anybody could fetch: over TLS, without a password in it. On this machine it need not be TLS.
func fetchable(at string) (string, error) {
	u, err := url.Parse(at)
	if err != nil || len(at) > longestPath || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") == "" {
		return "", ErrBadPath
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return "", ErrBadPath
	}
	return strings.TrimSuffix(at, "/"), nil
}

// Delist takes a repository off the list. What was merged until then still counts.
func (b *Book) Delist(ctx context.Context, by identity.AccountID, id, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	as, err := b.acts(ctx, by)
	if err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		now := b.now()
		over := tx.Model(&repositoryRow{}).Where("id = ? AND delisted_at IS NULL", id).Updates(map[string]any{"delisted_by": by, "delisted_at": now})
		if over.Error != nil {
			return over.Error
		}
		if over.RowsAffected == 0 {
			return ErrNoRepository
		}
		return record(tx, by, as, "repository delisted", id, why, now)
	})
}

// Repositories are those on the list, and those that were, in the order of their paths.
func (b *Book) Repositories(ctx context.Context) ([]Repository, error) {
	var rows []repositoryRow
	if err := b.db.Read(ctx).Order("CASE WHEN delisted_at IS NULL THEN 0 ELSE 1 END, path, listed_at").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	var marks []markRow
	if err := b.db.Read(ctx).Find(&marks).Error; err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	looked := map[string]time.Time{}
	for _, m := range marks {
		if was, ok := looked[m.Repository]; !ok || m.Upto.Before(was) {
			looked[m.Repository] = m.Upto.UTC() // the source that is behind
		}
	}
	all := make([]Repository, len(rows))
	for i, row := range rows {
		all[i] = row.repository()
		all[i].Looked = looked[row.ID]
	}
	return all, nil
}
