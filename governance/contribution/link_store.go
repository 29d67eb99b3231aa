package contribution

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type linkRow struct {
	ID         string
	Forge      ForgeName
	Subject    string
	Member     member.ID
	Login      string
	LinkedAt   time.Time
	UnlinkedAt *time.Time
}

func (linkRow) TableName() string { return "contributor_links" }

func (r linkRow) link() Link {
	return Link{ID: r.ID, Identity: Identity{r.Forge, r.Subject, r.Login}, Member: r.Member, Linked: r.LinkedAt.UTC(), Unlinked: stamp(r.UnlinkedAt)}
}

type signInRow struct {
	State    string `gorm:"primaryKey"`
	Forge    ForgeName
	Member   member.ID
	Verifier string
	MadeAt   time.Time
}

func (signInRow) TableName() string { return "forge_sign_ins" }

// secret is 256 random bits that fit in an address.
func secret() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// stateKey is how a state is kept: who reads the table must not be able to come back in another's name.
func stateKey(state string) string {
	sum := sha256.Sum256([]byte("forge sign-in " + state))
	return hex.EncodeToString(sum[:])
}

// BeginLink sends a member to a forge, to sign in there: it returns the address. ErrNoForge.
func (b *Book) BeginLink(ctx context.Context, m member.ID, name ForgeName) (string, error) {
	f, err := b.Forge(name)
	if err != nil {
		return "", err
	}
	state, verifier := secret(), secret()
	row := signInRow{stateKey(state), name, m, verifier, b.now()}
	err = b.db.Write(ctx, func(tx *gorm.DB) error { return tx.Create(&row).Error })
	if err != nil {
		return "", fmt.Errorf("begin a link: %w", err)
	}
	challenge := sha256.Sum256([]byte(verifier))
	return f.askAt(state, base64.RawURLEncoding.EncodeToString(challenge[:]), b.comesBackTo(name)), nil
}

func (b *Book) comesBackTo(name ForgeName) string {
	return b.back + "/contribute/linked/" + string(name)
}

// FinishLink takes a member back from a forge, and links whoever signed in there to them. Another member's browser cannot bring the answer:
// the member is the one who was sent. ErrNoSignIn, ErrForgeRefused, ErrTaken.
func (b *Book) FinishLink(ctx context.Context, m member.ID, name ForgeName, state, code string) (Link, error) {
	f, err := b.Forge(name)
	if err != nil {
		return Link{}, err
	}
	var asked signInRow
	err = b.db.Write(ctx, func(tx *gorm.DB) error {
		err := tx.Where("state = ? AND forge = ? AND member = ?", stateKey(state), name, m).Take(&asked).Error
		if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && asked.MadeAt.Before(b.now().Add(-SignInFor)) {
			return ErrNoSignIn
		}
		if err != nil {
			return err
		}
		spent := tx.Where("state = ?", asked.State).Delete(&signInRow{})
		if spent.Error == nil && spent.RowsAffected == 0 {
			return ErrNoSignIn // somebody was quicker with the same answer
		}
		return spent.Error
	})
	if err != nil {
		return Link{}, err
	}
	if code == "" {
		return Link{}, ErrForgeRefused
	}
	who, err := f.whoIs(ctx, code, asked.Verifier, b.comesBackTo(name))
	if err != nil {
		return Link{}, err
	}
	return b.link(ctx, m, who)
}

// LinkAddress has commits that name an address count for a member. Whoever calls it has seen that the member proved the address.
func (b *Book) LinkAddress(ctx context.Context, m member.ID, address identity.Address) (Link, error) {
	return b.link(ctx, m, Identity{Git, address.Value, address.Typed})
}

// link makes an identity a member's. It was somebody else's if they proved it, even if they have unlinked it since: their credits stay
// theirs, and a forge's account is not passed on. Only whose membership is over no longer stands in the way. ErrTaken.
func (b *Book) link(ctx context.Context, m member.ID, who Identity) (Link, error) {
	before, err := b.linksOf(ctx, who)
	if err != nil {
		return Link{}, err
	}
	for _, l := range before {
		if l.Member == m {
			continue
		}
		holder, err := b.register.Get(ctx, l.Member)
		if err != nil {
			return Link{}, err
		}
		if holder.State == member.Applied || holder.State == member.Admitted {
			return Link{}, ErrTaken
		}
	}
	row := linkRow{ID: identity.NewID(), Forge: who.Forge, Subject: who.Subject, Member: m, Login: who.Login, LinkedAt: b.now()}
	err = b.db.Write(ctx, func(tx *gorm.DB) error {
		if err := database.Lock(tx, "forge identity "+string(who.Forge)+" "+who.Subject); err != nil {
			return err
		}
		var open []linkRow
		if err := tx.Where("forge = ? AND subject = ? AND unlinked_at IS NULL", who.Forge, who.Subject).Find(&open).Error; err != nil {
			return err
		}
		for _, o := range open {
			if o.Member == m { // again: its login may be another by now
				row.ID, row.LinkedAt = o.ID, o.LinkedAt
				return tx.Model(&linkRow{}).Where("id = ?", o.ID).Update("login", who.Login).Error
			}
			if !known(before, o.ID) {
				return ErrTaken // somebody was quicker
			}
			if err := tx.Model(&linkRow{}).Where("id = ?", o.ID).Update("unlinked_at", row.LinkedAt).Error; err != nil {
				return err
			}
		}
		return tx.Create(&row).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = ErrTaken
	}
	return row.link(), err
}

func known(links []Link, id string) bool {
	for _, l := range links {
		if l.ID == id {
			return true
		}
	}
	return false
}

func (b *Book) linksOf(ctx context.Context, who Identity) ([]Link, error) {
	return b.links(b.db.Read(ctx).Where("forge = ? AND subject = ?", who.Forge, who.Subject))
}

// Links are a member's, those that are over, too.
func (b *Book) Links(ctx context.Context, m member.ID) ([]Link, error) {
	return b.links(b.db.Read(ctx).Where("member = ?", m))
}

func (b *Book) links(tx *gorm.DB) ([]Link, error) {
	var rows []linkRow
	if err := tx.Order("linked_at, id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up links: %w", err)
	}
	all := make([]Link, len(rows))
	for i, row := range rows {
		all[i] = row.link()
	}
	return all, nil
}

// Unlink ends a link of a member's. What was merged until then stays theirs; what comes after is nobody's. ErrNoLink.
func (b *Book) Unlink(ctx context.Context, m member.ID, id string) error {
	return b.db.Write(ctx, func(tx *gorm.DB) error {
		over := tx.Model(&linkRow{}).Where("id = ? AND member = ? AND unlinked_at IS NULL", id, m).Update("unlinked_at", b.now())
		if over.Error == nil && over.RowsAffected == 0 {
			return ErrNoLink
		}
		return over.Error
	})
}
