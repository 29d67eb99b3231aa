package messaging

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type contactRow struct {
	Owner   string
	Account string
	Address string
	AddedAt time.Time
}

func (contactRow) TableName() string { return "contacts" }

type blockRow struct {
	Owner     string
	Account   string
	BlockedAt time.Time
}

func (blockRow) TableName() string { return "blocks" }

type additionRow struct {
	ID      int64 `gorm:"primaryKey;autoIncrement"`
	Owner   string
	AddedAt time.Time
}

func (additionRow) TableName() string { return "additions" }

const (
	pending  = "pending"
	accepted = "accepted"
	declined = "declined"
)

type requestRow struct {
	Recipient      string
	Sender         string
	Conversation   string
	PosIncarnation int32
	PosPartition   int32
	PosOffset      int64
	State          string
	Copy           []byte
	AskedAt        time.Time
}

func (requestRow) TableName() string { return "requests" }

// Contacts keeps the address books: who wants to hear from whom.
type Contacts struct {
	db         *database.DB
	accounts   *identity.Accounts
	mailboxes  *Mailboxes
	outbox     *Outbox
	partitions int32 // of `in`
	now        func() time.Time
}

// NewContacts keeps address books in db; new conversations are spread over that many partitions.
func NewContacts(db *database.DB, accounts *identity.Accounts, mailboxes *Mailboxes, outbox *Outbox, partitions int32, now func() time.Time) *Contacts {
	return &Contacts{db: db, accounts: accounts, mailboxes: mailboxes, outbox: outbox, partitions: partitions, now: now}
}

// Add puts the account behind an address into owner's address book, whether or not anybody uses that address:
// the answer tells nothing that they did not choose to show.
func (c *Contacts) Add(ctx context.Context, owner identity.AccountID, to identity.Address) (Person, error) {
	if err := c.mayAdd(ctx, owner); err != nil {
		return Person{}, err
	}
	if err := c.settled(ctx, owner); err != nil {
		return Person{}, err
	}
	account, err := c.accounts.Reserve(ctx, to)
	if err != nil {
		return Person{}, err
	}
	if account == owner {
		return Person{}, ErrYourself
	}
	err = c.db.Write(ctx, func(tx *gorm.DB) error { return c.admit(tx, owner, account, to.Typed) })
	return c.after(ctx, owner, account, err)
}

// mayAdd counts one more addition by owner, unless the book is full or the hour's are used up.
func (c *Contacts) mayAdd(ctx context.Context, owner identity.AccountID) error {
	now := c.now().UTC()
	return c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "additions:"+string(owner)); err != nil {
			return err
		}
		var all, lately int64
		if err := tx.Model(&contactRow{}).Where("owner = ?", owner).Count(&all).Error; err != nil {
			return err
		}
		if all >= MaxContacts {
			return ErrTooManyPeople
		}
		if err := tx.Where("owner = ? AND added_at <= ?", owner, now.Add(-time.Hour)).Delete(&additionRow{}).Error; err != nil {
			return err
		}
		if err := tx.Model(&additionRow{}).Where("owner = ?", owner).Count(&lately).Error; err != nil {
			return err
		}
		if lately >= MaxAddsPerHour {
			return ErrTooManyAdds
		}
		return tx.Create(&additionRow{Owner: string(owner), AddedAt: now}).Error
	})
}

// settled sees to it that whoever wants to hear from others has a mailbox to hear them in.
func (c *Contacts) settled(ctx context.Context, owner identity.AccountID) error {
	_, err := c.mailboxes.Take(ctx, owner)
	return err
}

// Accept takes somebody who asked into owner's address book.
func (c *Contacts) Accept(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	if err := c.settled(ctx, owner); err != nil {
		return Person{}, err
	}
	err := c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := mustHaveAsked(tx, owner, account); err != nil {
			return err
		}
		return c.admit(tx, owner, account, "")
	})
	return c.after(ctx, owner, account, err)
}

// Decline lets a request lapse. The sender is not told.
func (c *Contacts) Decline(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	err := c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := mustHaveAsked(tx, owner, account); err != nil {
			return err
		}
		if err := answer(tx, owner, account, declined); err != nil {
			return err
		}
		return c.outbox.person(tx, owner, account)
	})
	return c.after(ctx, owner, account, err)
}

// Block makes owner look offline to somebody, for good. The address book keeps its line, so that nothing else changes.
func (c *Contacts) Block(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	err := c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := mayBlock(tx, owner, account); err != nil {
			return err
		}
		row := blockRow{Owner: string(owner), Account: string(account), BlockedAt: c.now().UTC()}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		if err := answer(tx, owner, account, declined); err != nil {
			return err
		}
		return c.outbox.person(tx, owner, account)
	})
	return c.after(ctx, owner, account, err)
}

// Unblock ends a block. What was sent meanwhile stays unheard.
func (c *Contacts) Unblock(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	err := c.db.Write(ctx, func(tx *gorm.DB) error {
		res := tx.Where("owner = ? AND account = ?", owner, account).Delete(&blockRow{})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return ErrNobody
		}
		return c.outbox.person(tx, owner, account)
	})
	return c.after(ctx, owner, account, err)
}

// Remove takes somebody out of owner's address book; they may ask once more.
func (c *Contacts) Remove(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	err := c.db.Write(ctx, func(tx *gorm.DB) error {
		if err := mustKnow(tx, owner, account); err != nil {
			return err
		}
		if err := tx.Where("owner = ? AND account = ?", owner, account).Delete(&contactRow{}).Error; err != nil {
			return err
		}
		if err := tx.Where("recipient = ? AND sender = ?", owner, account).Delete(&requestRow{}).Error; err != nil {
			return err
		}
		return c.tellBoth(tx, owner, account)
	})
	return c.after(ctx, owner, account, err)
}

// Befriend makes everybody a contact of everybody, at once, without asking or telling: for test accounts that no device has used yet.
func (c *Contacts) Befriend(ctx context.Context, accounts []identity.AccountID) error {
	return c.db.Write(ctx, func(tx *gorm.DB) error {
		for _, owner := range accounts {
			for _, account := range accounts {
				if owner == account {
					continue
				}
				if err := c.keep(tx, owner, account, ""); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Mutual has use see the pairs of people of whom each has the other in their book and neither blocks the other, each pair once, as they
// were at one moment however often it asks. They are streamed; a yield that returns false ends that.
func (c *Contacts) Mutual(ctx context.Context, use func(pairs func(yield func(a, b identity.AccountID) bool) error) error) error {
	return c.db.Snapshot(ctx, func(tx *gorm.DB) error {
		return use(func(yield func(a, b identity.AccountID) bool) error { return eachMutual(tx, yield) })
	})
}

func eachMutual(tx *gorm.DB, yield func(a, b identity.AccountID) bool) error {
	rows, err := tx.Raw(`SELECT c.owner, c.account FROM contacts c JOIN contacts back ON back.owner = c.account AND back.account = c.owner
		WHERE c.owner < c.account
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.owner = c.owner AND b.account = c.account)
			AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.owner = c.account AND b.account = c.owner)`).Rows()
	if err != nil {
		return fmt.Errorf("read who knows whom: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a, b identity.AccountID
		if err := rows.Scan(&a, &b); err != nil {
			return fmt.Errorf("read who knows whom: %w", err)
		}
		if !yield(a, b) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read who knows whom: %w", err)
	}
	return nil
}

// admit is what adding, accepting and an accepted invitation have in common.
func (c *Contacts) admit(tx *gorm.DB, owner, account identity.AccountID, address string) error {
	if err := c.keep(tx, owner, account, address); err != nil {
		return err
	}
	return c.tellBoth(tx, owner, account)
}

// keep writes account into owner's book, answers what they asked, and sees that the two have a conversation.
func (c *Contacts) keep(tx *gorm.DB, owner, account identity.AccountID, address string) error {
	row := contactRow{Owner: string(owner), Account: string(account), Address: address, AddedAt: c.now().UTC()}
	conflict := clause.OnConflict{DoNothing: true}
	if address != "" {
		conflict = clause.OnConflict{
			Columns:   []clause.Column{{Name: "owner"}, {Name: "account"}},
			DoUpdates: clause.AssignmentColumns([]string{"address"}),
		}
	}
	if err := tx.Clauses(conflict).Create(&row).Error; err != nil {
		return err
	}
	if err := openDirect(tx, owner, account, c.partitions, row.AddedAt); err != nil {
		return err
	}
	return answer(tx, owner, account, accepted)
}

// tellBoth has the devices of both see how the pair stands now; of somebody without this person in their book, nothing.
func (c *Contacts) tellBoth(tx *gorm.DB, owner, account identity.AccountID) error {
	if err := c.outbox.person(tx, owner, account); err != nil {
		return err
	}
	has, err := found(tx.Where("owner = ? AND account = ?", account, owner).Take(&contactRow{}).Error)
	if err != nil || !has {
		return err
	}
	return c.outbox.person(tx, account, owner)
}

func (c *Contacts) after(ctx context.Context, owner, account identity.AccountID, err error) (Person, error) {
	if err != nil {
		return Person{}, err
	}
	return c.Person(ctx, owner, account)
}

func answer(tx *gorm.DB, owner, account identity.AccountID, state string) error {
	return tx.Model(&requestRow{}).Where("recipient = ? AND sender = ? AND state = ?", owner, account, pending).
		Update("state", state).Error
}

func mustHaveAsked(tx *gorm.DB, owner, account identity.AccountID) error {
	asked, err := found(tx.Where("recipient = ? AND sender = ?", owner, account).Take(&requestRow{}).Error)
	if err == nil && !asked {
		err = ErrNobody
	}
	return err
}

func mustKnow(tx *gorm.DB, owner, account identity.AccountID) error {
	known, err := found(tx.Where("owner = ? AND account = ?", owner, account).Take(&contactRow{}).Error)
	if err != nil || known {
		return err
	}
	return mustHaveAsked(tx, owner, account)
}

// mayBlock: people whom one knows, and the society, also before it has said a word.
func mayBlock(tx *gorm.DB, owner, account identity.AccountID) error {
	if account == SocietyAccount {
		return nil
	}
	return mustKnow(tx, owner, account)
}

// Person is how somebody stands in owner's eyes now.
func (c *Contacts) Person(ctx context.Context, owner, account identity.AccountID) (Person, error) {
	people, err := c.people(ctx, owner, account)
	if err != nil {
		return Person{}, err
	}
	if len(people) == 0 {
		return Person{Account: account, Conversation: DirectID(owner, account), Standing: acquaintance{}.standing(), Since: c.now()}, nil
	}
	return people[0], nil
}

// People is owner's whole address book: contacts, requests and blocks, and the society once it has spoken to them; not those who were
// declined or removed.
func (c *Contacts) People(ctx context.Context, owner identity.AccountID) ([]Person, error) {
	return c.people(ctx, owner, "")
}

func (c *Contacts) people(ctx context.Context, owner, only identity.AccountID) ([]Person, error) {
	var rows []struct {
		Account                       string
		Address                       *string
		Has, HasBack, Blocked, Asking bool
		AddedAt, BlockedAt, AskedAt   *time.Time
		ToldAt                        *time.Time // by the society
	}
	err := c.db.Read(ctx).Raw(`
		WITH met(account) AS (
			SELECT account FROM contacts WHERE owner = @owner
			UNION SELECT account FROM blocks WHERE owner = @owner
			UNION SELECT sender FROM requests WHERE recipient = @owner AND state = 'pending'
			UNION SELECT account FROM participants WHERE conversation = @told AND account = @society)
		SELECT met.account, c.address, c.added_at, b.blocked_at, r.asked_at, t.made_at AS told_at,
			c.owner IS NOT NULL AS has, back.owner IS NOT NULL AS has_back,
			b.owner IS NOT NULL AS blocked, r.sender IS NOT NULL AS asking
		FROM met
		LEFT JOIN contacts c ON c.owner = @owner AND c.account = met.account
		LEFT JOIN contacts back ON back.owner = met.account AND back.account = @owner
		LEFT JOIN blocks b ON b.owner = @owner AND b.account = met.account
		LEFT JOIN requests r ON r.recipient = @owner AND r.sender = met.account AND r.state = 'pending'
		LEFT JOIN conversations t ON t.id = @told AND met.account = @society
		WHERE @only = '' OR met.account = @only
		ORDER BY met.account`, map[string]any{
		"owner": string(owner), "only": string(only), "society": string(SocietyAccount), "told": DirectID(owner, SocietyAccount),
	}).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	people := make([]Person, 0, len(rows))
	var named []identity.AccountID
	for _, r := range rows {
		pair := acquaintance{has: r.Has, hasBack: r.HasBack, blocked: r.Blocked, pending: r.Asking}
		if r.Account == string(SocietyAccount) {
			pair.has, pair.hasBack = true, true
		}
		p := Person{
			Account: identity.AccountID(r.Account), Standing: pair.standing(),
			Conversation: DirectID(owner, identity.AccountID(r.Account)), Since: latest(r.AddedAt, r.BlockedAt, r.AskedAt, r.ToldAt),
		}
		if r.Address != nil {
			p.Address = *r.Address
		}
		if pair.nameShown() {
			named = append(named, p.Account)
		}
		people = append(people, p)
	}
	return c.withNames(ctx, people, named)
}

func (c *Contacts) withNames(ctx context.Context, people []Person, named []identity.AccountID) ([]Person, error) {
	names, err := c.accounts.Names(ctx, named)
	if err != nil {
		return nil, err
	}
	for i := range people {
		people[i].Name = names[people[i].Account]
		if people[i].Account == SocietyAccount {
			people[i].Name = SocietyName
		}
	}
	return people, nil
}

func latest(times ...*time.Time) (last time.Time) {
	for _, t := range times {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	return last
}
