package member

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// Check holds an application against the rules without taking it. The error says all that is wrong with it: ErrName and its fellows.
func (r *Register) Check(ctx context.Context, a Application) error {
	rules, err := r.Rules(ctx)
	if err != nil {
		return err
	}
	_, err = a.entry(rules, r.today())
	return err
}

// Apply takes an application. One that waits can be written anew by the same person until it is decided, and keeps its ID.
// ErrMember; ErrName and its fellows say which field is wrong.
func (r *Register) Apply(ctx context.Context, account identity.AccountID, a Application) (id ID, err error) {
	err = r.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "applies:"+string(account)); err != nil {
			return err
		}
		rules, err := rulesIn(tx)
		if err != nil {
			return err
		}
		row, err := a.entry(rules, r.today())
		if err != nil {
			return err
		}
		last, err := latest(tx, account)
		if err != nil {
			return err
		}
		switch last.State {
		case Admitted:
			return ErrMember
		case Applied:
			id = last.ID
			return change(tx, id, row.written())
		case Refused, Ended: // they come anew
		}
		row.ID, row.State, row.AppliedAt = ID(identity.NewID()), Applied, r.now()
		id = row.ID
		return enter(tx, row, account)
	})
	return id, err
}

// written are the columns that a person writes.
func (r memberRow) written() map[string]any {
	return map[string]any{
		"name": r.Name, "address": r.Address, "postcode": r.Postcode, "email": r.Email, "age": r.Age,
		"sought": r.Sought, "name_key": r.NameKey, "address_key": r.AddressKey, "email_key": r.EmailKey, "place_key": r.PlaceKey,
	}
}

func latest(tx *gorm.DB, account identity.AccountID) (memberRow, error) {
	var row memberRow
	err := tx.Where("id = (SELECT member FROM member_accounts WHERE account = ? AND latest)", account).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return row, err
}

func enter(tx *gorm.DB, row memberRow, account identity.AccountID) error {
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	if err := tx.Create(&shareRow{Member: row.ID}).Error; err != nil {
		return err
	}
	err := tx.Model(&memberAccountRow{}).Where("account = ? AND latest", account).Update("latest", false).Error
	if err != nil {
		return err
	}
	return tx.Create(&memberAccountRow{Member: row.ID, Account: account, Latest: true}).Error
}

// Admit enters an applicant in the register. Doing it twice is doing it once. ErrNotApplied.
func (r *Register) Admit(ctx context.Context, id ID, by identity.AccountID, why string) error {
	why, err := prose(why, LongestWords)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil || m.State == Admitted {
			return err
		}
		if m.State != Applied {
			return ErrNotApplied
		}
		return r.admit(ctx, tx, m, audit.Act{By: by, As: string(Secretary), What: "member admitted", Why: why})
	})
}

// AdmitByPayment admits whoever has paid for the first time, if the rule book lets a payment admit. Who seems to be in the register
// already, or was refused or expelled before, waits for the secretary. It is told of the same payment as often as may be, and changes nothing once there is a decision.
func (r *Register) AdmitByPayment(ctx context.Context, id ID) error {
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil || m.State != Applied {
			return err
		}
		rules, err := rulesIn(tx)
		if err != nil || !rules.AdmitOnPayment {
			return err
		}
		if flag, err := flags(tx, []ID{id}); err != nil || flag[id].Held {
			return err
		}
		return r.admit(ctx, tx, m, audit.Act{As: "clock", What: "member admitted", Why: "first payment"})
	})
}

// AdmitsByPayment reports whether the first payment of somebody who applied admits them by itself, or the secretary looks first.
func (r *Register) AdmitsByPayment(ctx context.Context, id ID) (bool, error) {
	db := r.db.Read(ctx)
	rules, err := rulesIn(db)
	if err != nil || !rules.AdmitOnPayment {
		return false, err
	}
	flag, err := flags(db, []ID{id})
	return err == nil && !flag[id].Held, err
}

func (r *Register) admit(ctx context.Context, tx *gorm.DB, m Member, act audit.Act) error {
	act.About, act.At = string(m.ID), r.now()
	entered := calendar.On(act.At).String()
	err := change(tx, m.ID, map[string]any{"state": Admitted, "decided_at": act.At, "decided_by": act.By, "entered": entered})
	if err != nil {
		return err
	}
	if err := tx.Model(&shareRow{}).Where("member = ?", m.ID).Update("issued", entered).Error; err != nil {
		return err
	}
	if err := r.queue.Add(ctx, tx, TellDecision{m.ID}); err != nil {
		return err
	}
	return audit.Record(tx, act)
}

// Refuse turns an application down. The person is told why. ErrNotApplied.
func (r *Register) Refuse(ctx context.Context, id ID, by identity.AccountID, why string) error {
	why, err := reason(why)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil {
			return err
		}
		if m.State != Applied {
			return ErrNotApplied
		}
		now := r.now()
		err = change(tx, id, map[string]any{"state": Refused, "decided_at": now, "decided_by": by, "refused_why": why})
		if err != nil {
			return err
		}
		if err := r.queue.AddAll(ctx, tx, []jobs.Args{Over{id}, TellDecision{id}}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: string(Secretary), What: "application refused", About: string(id), Why: why, At: now})
	})
}

// Withdraw takes one's own application back before it is decided. Nothing of it is kept but that there was one.
func (r *Register) Withdraw(ctx context.Context, id ID) error {
	return r.db.Write(ctx, func(tx *gorm.DB) error {
		m, err := locked(tx, id)
		if err != nil {
			return err
		}
		if m.State != Applied {
			return ErrNotApplied
		}
		now := r.now()
		err = change(tx, id, map[string]any{
			"state": Refused, "decided_at": now, "refused_why": "withdrawn", "name": "", "address": "", "postcode": "", "email": "",
			"sought": "", "name_key": "", "address_key": "", "place_key": "", "email_key": "", "age": 0,
		})
		if err != nil {
			return err
		}
		if err := r.queue.Add(ctx, tx, Over{id}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{As: "member", What: "application withdrawn", About: string(id), At: now})
	})
}

// Duplicate is another entry that may be the same person's.
type Duplicate struct {
	ID      ID
	State   State
	Ending  Ending
	Name    string
	Entered calendar.Date
	Applied time.Time

	SameName    bool // and in the same place
	SameAddress bool
	SameEmail   bool
}

// Flag is what stands beside an application for the secretary.
type Flag struct {
	Same int  // entries that may be of the same person: see Duplicates
	Held bool // no payment admits them, because the secretary has to look first: see AdmitByPayment
}

// Flags are those of many applications, looked up together. An entry that is not there has none.
func (r *Register) Flags(ctx context.Context, ids []ID) (map[ID]Flag, error) {
	return flags(r.db.Read(ctx), ids)
}

// flags holds an application of a person who seems to be here already, or whom the society turned away, under whatever name.
func flags(tx *gorm.DB, ids []ID) (map[ID]Flag, error) {
	same, err := duplicates(tx, ids)
	if err != nil {
		return nil, err
	}
	var turnedAway []ID
	err = tx.Raw(`SELECT DISTINCT own.member FROM member_accounts own JOIN member_accounts other ON other.account = own.account AND other.member <> own.member
		JOIN members m ON m.id = other.member AND (m.state = ? AND m.name <> '' OR m.ending = ?) WHERE own.member IN ?`, Refused, Expelled, ids).Scan(&turnedAway).Error
	all := make(map[ID]Flag, len(ids))
	for _, id := range ids {
		all[id] = Flag{Same: len(same[id]), Held: slices.ContainsFunc(same[id], Duplicate.likely) || slices.Contains(turnedAway, id)}
	}
	return all, err
}

// likely reports whether it is the same person rather than somebody of the same household. Who resigned may come back.
func (d Duplicate) likely() bool {
	return (d.SameName || d.SameEmail) && d.Ending != Resigned
}

// Duplicates flags entries that may be of the same person: of the same name at the same postcode, address or email address.
func (r *Register) Duplicates(ctx context.Context, id ID) ([]Duplicate, error) {
	all, err := duplicates(r.db.Read(ctx), []ID{id})
	return all[id], err
}

// mostDuplicates is how many are told. More would be a fault of the keys, or an attack that needs no list to be seen.
const mostDuplicates = 20

func duplicates(tx *gorm.DB, ids []ID) (map[ID][]Duplicate, error) {
	var own []memberRow
	var found []struct {
		Whose ID
		Other memberRow `gorm:"embedded"`
	}
	err := errors.Join(
		tx.Where("id IN ?", ids).Find(&own).Error,
		tx.Raw(`SELECT * FROM (
			SELECT own.id AS whose, o.*, row_number() OVER (PARTITION BY own.id ORDER BY o.applied_at DESC) AS nth FROM members own JOIN members o ON o.id <> own.id AND
			(o.address_key = own.address_key OR o.email_key = own.email_key OR o.name_key = own.name_key AND o.place_key = own.place_key AND o.place_key <> '')
			WHERE own.id IN ? AND own.email_key <> '') pairs WHERE nth <= ? ORDER BY whose, nth`, ids, mostDuplicates).Scan(&found).Error,
	)
	if err != nil {
		return nil, fmt.Errorf("look for duplicates: %w", err)
	}
	all := make(map[ID][]Duplicate, len(ids))
	for _, f := range found {
		at := slices.IndexFunc(own, func(r memberRow) bool { return r.ID == f.Whose })
		all[f.Whose] = append(all[f.Whose], own[at].sameAs(f.Other))
	}
	return all, nil
}

func (r memberRow) sameAs(o memberRow) Duplicate {
	address := r.AddressKey == o.AddressKey
	place := address || r.PlaceKey != "" && r.PlaceKey == o.PlaceKey
	return Duplicate{
		ID: o.ID, State: o.State, Ending: o.Ending, Name: o.Name, Entered: day(o.Entered), Applied: o.AppliedAt.UTC(),
		SameName: r.NameKey == o.NameKey && place, SameAddress: address, SameEmail: r.EmailKey == o.EmailKey,
	}
}
