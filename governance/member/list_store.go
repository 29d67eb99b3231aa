package member

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// Wanted says which entries of the register. The zero Wanted is the first page of everybody.
type Wanted struct {
	States []State // none: all
	Owed   bool    // only former members whose share is still to be repaid
	Name   string  // part of it, however it is written; or their email address
	After  ID      // those after this one in the list
}

// PageSize is how many entries List returns at most.
const PageSize = 50

// List shows entries to an officer, applications in the order they came, members by their entry; and whether there are more.
// That the list was looked at is noted.
func (r *Register) List(ctx context.Context, by identity.AccountID, w Wanted) (found []Member, more bool, err error) {
	if err := r.note(ctx, by, ForOffice, ""); err != nil {
		return nil, false, err
	}
	rows, err := r.wanted(ctx, w)
	if err != nil {
		return nil, false, fmt.Errorf("list the register: %w", err)
	}
	if more = len(rows) > PageSize; more {
		rows = rows[:PageSize]
	}
	found, err = withShares(r.db.Read(ctx), rows)
	return found, more, err
}

func (r *Register) wanted(ctx context.Context, w Wanted) ([]memberRow, error) {
	tx := r.db.Read(ctx)
	ask := tx.Order("applied_at, id").Limit(PageSize + 1)
	if len(w.States) > 0 {
		ask = ask.Where("state IN ?", w.States)
	}
	if w.Owed {
		ask = ask.Where("id IN (?)", owed(tx).Select("member"))
	}
	if w.After != "" {
		ask = ask.Where("(applied_at, id) > (SELECT applied_at, id FROM members WHERE id = ?)", w.After)
	}
	if name := strings.TrimSpace(fold(w.Name)); name != "" {
		address := ""
		if to, err := identity.ParseAddress(w.Name); err == nil {
			address = to.Value
		}
		ask = ask.Where(`(sought LIKE ? ESCAPE '\' OR email_key = ? AND email_key <> '')`, "%"+likened.Replace(name)+"%", address)
	}
	var rows []memberRow
	return rows, ask.Find(&rows).Error
}

var likened = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

func withShares(tx *gorm.DB, rows []memberRow) ([]Member, error) {
	ids := make([]ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	var shares []shareRow
	if err := tx.Where("member IN ?", ids).Find(&shares).Error; err != nil {
		return nil, fmt.Errorf("list shares: %w", err)
	}
	found := make([]Member, len(rows))
	for i, row := range rows {
		at := slices.IndexFunc(shares, func(s shareRow) bool { return s.Member == row.ID })
		found[i] = row.member(shares[at])
	}
	return found, nil
}

// Look shows an entry to an officer, and notes that. ErrNoMember.
func (r *Register) Look(ctx context.Context, by identity.AccountID, id ID) (Member, error) {
	m, err := r.Get(ctx, id)
	if err != nil {
		return Member{}, err
	}
	return m, r.note(ctx, by, ForOffice, id)
}

// Names are the legal names of members, for an officer whose work is about them. Each of them can see that an officer looked.
func (r *Register) Names(ctx context.Context, by identity.AccountID, ids []ID) (map[ID]string, error) {
	var rows []memberRow
	if err := r.db.Read(ctx).Select("id, name").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up names of members: %w", err)
	}
	names := make(map[ID]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, r.noteAll(ctx, by, ForOffice, slices.Collect(maps.Keys(names)))
}

// Count tells how many entries are in each state.
func (r *Register) Count(ctx context.Context) (map[State]int, error) {
	var counts []struct {
		State State
		N     int
	}
	if err := r.db.Read(ctx).Model(&memberRow{}).Select("state, count(*) AS n").Group("state").Scan(&counts).Error; err != nil {
		return nil, fmt.Errorf("count the register: %w", err)
	}
	n := map[State]int{}
	for _, c := range counts {
		n[c.State] = c.N
	}
	return n, nil
}

// SharesOwed is how many people who have left want the money of their share, and have not had it.
func (r *Register) SharesOwed(ctx context.Context) (int, error) {
	var n int64
	if err := owed(r.db.Read(ctx)).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count shares to repay: %w", err)
	}
	return int(n), nil
}

func owed(tx *gorm.DB) *gorm.DB {
	return tx.Model(&shareRow{}).Where("wish = ? AND paid <> '' AND settled = ''", ShareRepaid)
}

// Correct changes what an entry says of a person: their name, where they live, where notices go. by is "" when they do it themself.
func (r *Register) Correct(ctx context.Context, id ID, by identity.AccountID, to Particulars) error {
	row, err := particulars(to.Name, to.Address, to.Postcode, to.Email)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil {
			return err
		}
		if m.State != Applied && m.State != Admitted {
			return ErrNotMember
		}
		row.Age = m.Age
		changed := m.differences(row)
		if len(changed) == 0 {
			return nil
		}
		if err := change(tx, id, row.written()); err != nil {
			return err
		}
		act := audit.Act{By: by, As: string(Secretary), What: "entry corrected", About: string(id), Why: strings.Join(changed, ", "), At: r.now()}
		if by == "" {
			act.As = "member"
		}
		return audit.Record(tx, act)
	})
}

// Particulars are what an entry says of a person.
type Particulars struct{ Name, Address, Postcode, Email string }

// differences names the fields that a correction changes. The audit log tells them, never what they said.
func (m Member) differences(to memberRow) (names []string) {
	for _, f := range []struct{ name, was, is string }{
		{"name", m.Name, to.Name}, {"address", m.Address, to.Address}, {"postcode", m.Postcode, to.Postcode}, {"email", m.Email, to.Email},
	} {
		if f.was != f.is {
			names = append(names, f.name)
		}
	}
	return names
}

// Export is all that the register keeps of one person.
type Export struct {
	Member  Member
	Charges []Charge
	Looks   []Access
	Acts    []audit.Act // what was done to the entry
}

// Export gathers a person's entry for them. Who among the officers acted or looked is left out: that is about the officers.
func (r *Register) Export(ctx context.Context, id ID) (Export, error) {
	var e Export
	var err error
	if e.Member, err = r.Get(ctx, id); err != nil {
		return Export{}, err
	}
	if e.Charges, err = r.Charges(ctx, id); err != nil {
		return Export{}, err
	}
	if e.Looks, err = r.Looks(ctx, id); err != nil {
		return Export{}, err
	}
	if e.Acts, _, err = audit.NewLog(r.db).List(ctx, audit.Wanted{About: string(id)}); err != nil {
		return Export{}, err
	}
	e.Member.DecidedBy = ""
	for i := range e.Charges {
		e.Charges[i].BroughtBy, e.Charges[i].DecidedBy = "", ""
	}
	for i := range e.Looks {
		e.Looks[i].By = ""
	}
	for i := range e.Acts {
		e.Acts[i].By = ""
	}
	return e, nil
}
