package contribution

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Book keeps merged work and who is credited with it.
type Book struct {
	db       *database.DB
	queue    *jobs.Queue
	register *member.Register
	officers *member.Officers
	forges   map[ForgeName]*Forge
	clones   string // directory of what git fetched
	back     string // our own address, to which forges send people back
	now      func() time.Time
}

// BookOptions are what a book is set up with.
type BookOptions struct {
	Forges []*Forge
	Clones string // directory for repositories that are walked; made when one is
	Base   string // our own address
	Now    func() time.Time
}

// ErrPractised says that a database has links and changes of the practice forge, which must count for nobody beside real ones.
var ErrPractised = errors.New("this database has merged work of the practice forge, where anybody is whom they say: start with a new database")

// NewBook opens the book. ErrPractised.
func NewBook(ctx context.Context, db *database.DB, queue *jobs.Queue, register *member.Register, officers *member.Officers, o BookOptions) (*Book, error) {
	b := &Book{
		db: db, queue: queue, register: register, officers: officers, forges: map[ForgeName]*Forge{}, clones: o.Clones, back: o.Base,
		now: database.Clock(o.Now),
	}
	for _, f := range o.Forges {
		b.forges[f.Name] = f
		if err := b.same(ctx, f); err != nil {
			return nil, err
		}
	}
	if b.forges[Practice] != nil {
		return b, nil
	}
	var n int64
	err := db.Read(ctx).Raw("SELECT (SELECT count(*) FROM contributor_links WHERE forge = ?) + (SELECT count(*) FROM work_repositories WHERE forge = ?)", Practice, Practice).Scan(&n).Error
	if err == nil && n > 0 {
		err = ErrPractised
	}
	return b, err
}

type settingRow struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

func (settingRow) TableName() string { return "settings" }

// ErrAnotherForge says that a forge's name stood for another address before, where the same numbers are other people.
var ErrAnotherForge = errors.New("this database knows people by their numbers at another forge")

// same makes sure that a forge is where it was when the database first knew it.
func (b *Book) same(ctx context.Context, f *Forge) error {
	if f.Name == Practice {
		return nil // it is wherever we are
	}
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		row := settingRow{"forge_" + string(f.Name), f.web}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		var first settingRow
		if err := tx.Where("name = ?", row.Name).Take(&first).Error; err != nil {
			return err
		}
		if first.Value != f.web {
			return fmt.Errorf("%w, %s: use that address, or a new database", ErrAnotherForge, first.Value)
		}
		return nil
	})
}

// Forges are those at which people can prove who they are, in the order of their names.
func (b *Book) Forges() []ForgeName { return slices.Sorted(maps.Keys(b.forges)) }

// Forge is one of them. ErrNoForge.
func (b *Book) Forge(name ForgeName) (*Forge, error) {
	f, ok := b.forges[name]
	if !ok {
		return nil, ErrNoForge
	}
	return f, nil
}

func (b *Book) today() calendar.Date { return calendar.On(b.now()) }

type changeRow struct {
	ID         string
	Repository string
	Number     string
	MergedAt   time.Time
	Title      string
	SHA        string `gorm:"column:sha"`
	Source     Source
	Ignored    Ignored
	Evidence   string
	RecordedAt time.Time
}

func (changeRow) TableName() string { return "merged_changes" }

type creditRow struct {
	Change     string
	Forge      ForgeName
	Subject    string
	Login      string
	Part       Part
	RecordedAt time.Time
}

func (creditRow) TableName() string { return "change_credits" }

type deliveryRow struct {
	Forge      ForgeName
	ID         string
	Outcome    Outcome
	ReceivedAt time.Time
}

func (deliveryRow) TableName() string { return "forge_deliveries" }

// Outcome is what became of a delivery.
type Outcome string

const (
	Kept    Outcome = "kept"
	Told    Outcome = "told"    // that change, or this delivery, had been told before
	Nothing Outcome = "nothing" // it tells of nothing that was merged
)

// Receive does what a delivery of a forge asks, once. When it returns no error it is on disk. ErrNoForge, ErrSignature, ErrMalformed,
// ErrForeign: nothing was kept.
func (b *Book) Receive(ctx context.Context, name ForgeName, header http.Header, body []byte) (Outcome, error) {
	f, err := b.Forge(name)
	if err != nil {
		return "", err
	}
	d, err := f.open(header, body)
	if err != nil {
		return "", err
	}
	if d.change == nil {
		return Nothing, nil // not worth a line: forges tell of much
	}
	var outcome Outcome
	err = b.db.Write(ctx, func(tx *gorm.DB) error {
		r, err := listed(tx, name, d.change.repository)
		if err != nil {
			return err
		}
		row := deliveryRow{name, d.id, Kept, b.now()}
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if made.Error != nil {
			return made.Error
		}
		if outcome = Told; made.RowsAffected == 0 {
			return nil
		}
		fresh, err := b.keep(tx, r.ID, d.change.Merged)
		if fresh {
			outcome = Kept
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep a delivery: %w", err)
	}
	return outcome, nil
}

// keep records a change once, whoever tells of it, and reports whether it was new. The first telling stands, so that an answer from what was
// known at a moment stays the same; a later one adds who else took part.
func (b *Book) keep(tx *gorm.DB, repository string, m Merged) (fresh bool, err error) {
	row := changeRow{
		ID: identity.NewID(), Repository: repository, Number: m.Number, MergedAt: m.MergedAt.UTC().Truncate(time.Microsecond), Title: m.Title, SHA: m.SHA,
		Source: m.Source, Ignored: m.Ignored, Evidence: string(m.Evidence), RecordedAt: b.now(),
	}
	made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if made.Error != nil {
		return false, made.Error
	}
	if fresh = made.RowsAffected > 0; !fresh {
		var was changeRow
		if err := tx.Where("repository = ? AND number = ?", repository, m.Number).Take(&was).Error; err != nil {
			return false, err
		}
		row.ID = was.ID
	}
	for _, a := range m.By {
		credit := creditRow{row.ID, a.Forge, a.Subject, a.Login, a.Part, row.RecordedAt}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&credit).Error; err != nil {
			return false, err
		}
	}
	return fresh, nil
}

// acts names an office that the account holds, for the audit log. member.ErrNotOfficer.
func (b *Book) acts(ctx context.Context, by identity.AccountID) (as string, err error) {
	roles, err := b.officers.Offices(ctx, by)
	if err == nil && len(roles) == 0 {
		err = member.ErrNotOfficer
	}
	if err != nil {
		return "", err
	}
	return string(roles[0]), nil
}

func record(tx *gorm.DB, by identity.AccountID, as, what, about, why string, at time.Time) error {
	return audit.Record(tx, audit.Act{By: by, As: as, What: what, About: about, Why: why, At: at})
}

func stamp(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func dayOf(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("contribution: the table says %q where a day should be", s))
	}
	return d
}
