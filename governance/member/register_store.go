package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Register is the statutory register of members, with the applications for it. It is kept apart from the accounts of the
// messenger: only Of and AccountOf join the two, and each look is noted.
type Register struct {
	db    *database.DB
	queue *jobs.Queue
	now   func() time.Time
}

// NewRegister opens the register.
func NewRegister(db *database.DB, queue *jobs.Queue, now func() time.Time) *Register {
	return &Register{db, queue, database.Clock(now)}
}

func (r *Register) today() calendar.Date { return calendar.On(r.now()) }

// memberRow keeps days as text; "" is no day.
type memberRow struct {
	ID                             ID
	State                          State
	Name, Address, Postcode, Email string
	Age                            int
	Sought                         string
	NameKey, AddressKey            string
	PlaceKey, EmailKey             string
	AppliedAt                      time.Time
	DecidedAt                      *time.Time
	DecidedBy                      identity.AccountID
	RefusedWhy                     string
	Entered, Ceased                string
	Ending                         Ending
	EndedWhy                       string
}

func (memberRow) TableName() string { return "members" }

type shareRow struct {
	Member       ID `gorm:"primaryKey"`
	Issued, Paid string
	Wish         ShareWish
	Settled      string
}

func (shareRow) TableName() string { return "shares" }

type memberAccountRow struct {
	Member  ID `gorm:"primaryKey"`
	Account identity.AccountID
	Latest  bool
}

func (memberAccountRow) TableName() string { return "member_accounts" }

func (r memberRow) member(share shareRow) Member {
	return Member{
		ID: r.ID, State: r.State, Name: r.Name, Address: r.Address, Postcode: r.Postcode, Email: r.Email, Age: r.Age,
		AppliedAt: r.AppliedAt.UTC(), DecidedAt: database.Moment(r.DecidedAt), DecidedBy: r.DecidedBy, RefusedWhy: r.RefusedWhy,
		Entered: day(r.Entered), Ceased: day(r.Ceased), Ending: r.Ending, EndedWhy: r.EndedWhy,
		Share: Share{Issued: day(share.Issued), Paid: day(share.Paid), Wish: share.Wish, Settled: day(share.Settled)},
	}
}

// day reads what text wrote. Nothing else is in these columns.
func day(s string) calendar.Date {
	if s == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("member: the register says %q where a day should be", s))
	}
	return d
}

// Get tells of an entry or an application by its ID. ErrNoMember.
func (r *Register) Get(ctx context.Context, id ID) (Member, error) { return get(r.db.Read(ctx), id) }

func get(tx *gorm.DB, id ID) (Member, error) {
	var row memberRow
	err := tx.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Member{}, ErrNoMember
	}
	if err != nil {
		return Member{}, fmt.Errorf("look up member %s: %w", id, err)
	}
	var share shareRow
	if err := tx.Where("member = ?", id).Take(&share).Error; err != nil {
		return Member{}, fmt.Errorf("look up the share of member %s: %w", id, err)
	}
	return row.member(share), nil
}

// locked is get for whoever changes the entry: on PostgreSQL others wait until this transaction ends.
func locked(tx *gorm.DB, id ID) (Member, error) {
	if err := database.Lock(tx, "member:"+string(id)); err != nil {
		return Member{}, err
	}
	return get(tx, id)
}

func change(tx *gorm.DB, id ID, to map[string]any) error {
	return tx.Model(&memberRow{}).Where("id = ?", id).Updates(to).Error
}

// Purpose says what somebody looked at the register for.
type Purpose string

const (
	OwnEntry  Purpose = "own entry"        // the person
	ForDues   Purpose = "dues"             // the program, to charge and to thank
	ForNotice Purpose = "notice"           // the program, to send a notice of the society
	ForRoll   Purpose = "electoral roll"   // the roll builder
	ForOffice Purpose = "work of officers" // an officer, on the pages of the register
	ForOthers Purpose = "inspection"       // somebody who has the right to see the register
)

// Of is the latest entry or application of an account, for the person whose account it is. It is one of the two ways from accounts
// to the register and back, and notes the look.
func (r *Register) Of(ctx context.Context, account identity.AccountID) (m Member, is bool, err error) {
	return r.Behind(ctx, account, OwnEntry)
}

// Behind is Of for the program, when it writes to somebody what is for them alone.
func (r *Register) Behind(ctx context.Context, account identity.AccountID, purpose Purpose) (m Member, is bool, err error) {
	var at memberAccountRow
	err = r.db.Read(ctx).Where("account = ? AND latest", account).Take(&at).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Member{}, false, nil
	}
	if err != nil {
		return Member{}, false, fmt.Errorf("look up the member behind an account: %w", err)
	}
	if err := r.note(ctx, "", purpose, at.Member); err != nil {
		return Member{}, false, err
	}
	m, err = r.Get(ctx, at.Member)
	return m, err == nil, err
}

// Earlier are the entries of an account before the latest, the newest first, for the person whose account it is.
func (r *Register) Earlier(ctx context.Context, account identity.AccountID) (all []Member, err error) {
	var ids []ID
	err = r.db.Read(ctx).Raw(`SELECT a.member FROM member_accounts a JOIN members m ON m.id = a.member
		WHERE a.account = ? AND NOT a.latest ORDER BY m.applied_at DESC`, account).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("look up the earlier entries of an account: %w", err)
	}
	for _, id := range ids {
		m, err := r.Get(ctx, id)
		if err = errors.Join(err, r.note(ctx, "", OwnEntry, id)); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// AccountOf is the account of a member, if they still have one. It is the other of the two ways, and notes the look.
func (r *Register) AccountOf(ctx context.Context, id ID, purpose Purpose) (account identity.AccountID, has bool, err error) {
	var at memberAccountRow
	err = r.db.Read(ctx).Where("member = ?", id).Take(&at).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up the account of member %s: %w", id, err)
	}
	if err := r.note(ctx, "", purpose, id); err != nil {
		return "", false, err
	}
	return at.Account, true, nil
}

// lookedAtOnce keeps a question short of the databases' limits on its length.
const lookedAtOnce = 500

// AccountsOf is AccountOf for many members: the accounts of those who still have one, in the order of the members.
func (r *Register) AccountsOf(ctx context.Context, ids []ID, purpose Purpose) (accounts []identity.AccountID, err error) {
	for some := range slices.Chunk(ids, lookedAtOnce) {
		var rows []memberAccountRow
		if err := r.db.Read(ctx).Where("member IN ?", some).Order("member").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("look up accounts of members: %w", err)
		}
		if len(rows) == 0 {
			continue
		}
		found := make([]ID, len(rows))
		for i, row := range rows {
			found[i], accounts = row.Member, append(accounts, row.Account)
		}
		if err := r.noteAll(ctx, "", purpose, found); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

// Access is a look at the register: the first of its day for this purpose.
type Access struct {
	By      identity.AccountID // "" for the person and the program
	Purpose Purpose
	Member  ID // "" for a whole list
	At      time.Time
}

type accessRow struct {
	Day     string
	Account identity.AccountID
	Purpose Purpose
	Member  ID
	At      time.Time
}

func (accessRow) TableName() string { return "register_access" }

// note keeps a look before anything is shown. One line a day is enough, so that the log does not grow with every page.
func (r *Register) note(ctx context.Context, by identity.AccountID, purpose Purpose, id ID) error {
	row := accessRow{r.today().String(), by, purpose, id, r.now()}
	var known int64
	err := r.db.Read(ctx).Model(&accessRow{}).Where("day = ? AND account = ? AND purpose = ? AND member = ?", row.Day, by, purpose, id).Count(&known).Error
	if err == nil && known == 0 {
		err = r.db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
		})
	}
	if err != nil {
		return fmt.Errorf("note a look at the register: %w", err)
	}
	return nil
}

// noteAll is note for many at once.
func (r *Register) noteAll(ctx context.Context, by identity.AccountID, purpose Purpose, ids []ID) error {
	today := r.today().String()
	var known []ID
	err := r.db.Read(ctx).Model(&accessRow{}).Where("day = ? AND account = ? AND purpose = ? AND member IN ?", today, by, purpose, ids).Pluck("member", &known).Error
	var rows []accessRow
	for _, id := range ids {
		if !slices.Contains(known, id) {
			rows = append(rows, accessRow{today, by, purpose, id, r.now()})
		}
	}
	if err == nil && len(rows) > 0 {
		err = r.db.Write(ctx, func(tx *gorm.DB) error {
			return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
		})
	}
	if err != nil {
		return fmt.Errorf("note looks at the register: %w", err)
	}
	return nil
}

// mostLooks is how many looks are listed, newest first.
const mostLooks = 200

// Looks lists who looked at an entry; the person may know.
func (r *Register) Looks(ctx context.Context, id ID) ([]Access, error) {
	var rows []accessRow
	err := r.db.Read(ctx).Where("member = ?", id).Order("day DESC, at DESC").Limit(mostLooks).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list looks at member %s: %w", id, err)
	}
	looks := make([]Access, len(rows))
	for i, row := range rows {
		looks[i] = Access{row.Account, row.Purpose, row.Member, row.At.UTC()}
	}
	return looks, nil
}
