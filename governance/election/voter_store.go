package election

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/ballot"
	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

type recoveryRow struct {
	Election   string
	Member     member.ID
	Ciphertext []byte
}

func (recoveryRow) TableName() string { return "voter_recoveries" }

type tenderedRow struct {
	Election   string
	Member     member.ID
	Class      member.Class
	Why        string
	IssuedBy   identity.AccountID
	IssuedAt   time.Time
	Commitment string
	Sealed     string
}

func (tenderedRow) TableName() string { return "tendered_ballots" }

// SignKey is the society's blind signature on a voter's key, for whoever is in the marked register: the same answer to the same question, and
// none to another. ErrNoPaper, ErrNotOnline, ErrPollShut, ErrOtherContest, ErrOtherVoter, ballot.ErrBadBlinded.
func (p *Polls) SignKey(ctx context.Context, m member.ID, id string, contest ballot.Contest, blinded []byte) ([]byte, error) {
	line, err := markedLine(p.db.Read(ctx), id, m)
	if err != nil {
		return nil, err
	}
	if len(line.Blinded) > 0 { // no work for whoever asks again and again
		if !bytes.Equal(line.Blinded, blinded) {
			return nil, ErrOtherVoter
		}
		return line.BlindSignature, nil
	}
	c, err := p.Contest(ctx, id, line.Class)
	if err != nil {
		return nil, err
	}
	switch of, _, err := c.online(); {
	case err != nil:
		return nil, err
	case of != contest:
		return nil, ErrOtherContest
	}
	var kept electionKeyRow
	if err := p.db.Read(ctx).Where("election = ? AND class = ?", id, line.Class).Take(&kept).Error; err != nil {
		return nil, fmt.Errorf("look up a signing key: %w", err)
	}
	signer, err := p.keys.vault.Open(kept.Society, place(id, line.Class))
	if err != nil {
		return nil, err
	}
	answer, err := signer.Sign(blinded)
	if err != nil {
		return nil, err
	}
	return answer, p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		if !el.EndedAt.IsZero() || !p.now().Before(el.Timetable.PollCloses) {
			return ErrPollShut
		}
		row, err := markedLine(tx, id, m)
		switch {
		case err != nil:
			return err
		case len(row.Blinded) > 0 && !bytes.Equal(row.Blinded, blinded):
			return ErrOtherVoter
		case len(row.Blinded) > 0:
			return nil
		}
		return tx.Model(&markedRow{}).Where("election = ? AND member = ?", id, m).Updates(map[string]any{"blinded": blinded, "blind_signature": answer}).Error
	})
}

// KeepRecovery keeps what a voter needs on another device, sealed with a code that never comes here. ErrNoPaper, ErrPollShut, ErrLongRecovery.
func (p *Polls) KeepRecovery(ctx context.Context, m member.ID, id string, ciphertext []byte) error {
	if len(ciphertext) == 0 || len(ciphertext) > longestRecovery {
		return ErrLongRecovery
	}
	return p.onVoter(ctx, m, id, func(tx *gorm.DB, _ markedRow) error {
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "election"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"ciphertext"}),
		}).Create(&recoveryRow{id, m, ciphertext}).Error
	})
}

// onVoter does something for a voter while their ballot can be cast.
func (p *Polls) onVoter(ctx context.Context, m member.ID, id string, do func(tx *gorm.DB, line markedRow) error) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		el, err := locked(tx, id)
		if err != nil {
			return err
		}
		line, err := markedLine(tx, id, m)
		switch {
		case err != nil:
			return err
		case !el.Online():
			return ErrNotOnline
		case !el.EndedAt.IsZero() || !p.now().Before(el.Timetable.PollCloses):
			return ErrPollShut
		}
		return do(tx, line)
	})
}

// Recovery is what was kept for a voter's other device. ErrNoRecovery.
func (p *Polls) Recovery(ctx context.Context, m member.ID, id string) ([]byte, error) {
	var row recoveryRow
	err := p.db.Read(ctx).Where("election = ? AND member = ?", id, m).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, ErrNoRecovery
	}
	return row.Ciphertext, err
}

// Tender is the returning officer's: a ballot for a member who lost their key and what would recover it. It is sealed, set aside and not counted:
// nobody knows whether the lost key voted. Once a member. ErrNotReturning, ErrNotLost, ErrPollShut, ErrTendered.
func (p *Polls) Tender(ctx context.Context, by identity.AccountID, id string, m member.ID, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	return p.onVoter(ctx, m, id, func(tx *gorm.DB, line markedRow) error {
		el, err := get(tx, id)
		switch {
		case err != nil:
			return err
		case by != el.Returning:
			return ErrNotReturning
		case p.now().Before(el.Timetable.PollOpens):
			return ErrPollShut
		case len(line.Blinded) == 0:
			return ErrNotLost
		}
		err = tx.Create(&tenderedRow{Election: id, Member: m, Class: line.Class, Why: why, IssuedBy: by, IssuedAt: p.now()}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return ErrTendered
		}
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: returning, What: "ballot tendered", About: id, Why: fmt.Sprintf("%s: %s", m, why), At: p.now()})
	})
}

// CastTendered keeps a tendered ballot as its voter sealed it. ErrNotTendered, ErrPollShut.
func (p *Polls) CastTendered(ctx context.Context, m member.ID, id string, commitment ballot.Digest, sealed ballot.Sealed) error {
	if err := sealed.Check(); err != nil {
		return err
	}
	raw, err := json.Marshal(sealed)
	if err != nil {
		return fmt.Errorf("keep a tendered ballot: %w", err)
	}
	return p.onVoter(ctx, m, id, func(tx *gorm.DB, _ markedRow) error {
		kept := tx.Model(&tenderedRow{}).Where("election = ? AND member = ?", id, m).Updates(map[string]any{"commitment": commitment.String(), "sealed": string(raw)})
		if kept.Error == nil && kept.RowsAffected == 0 {
			return ErrNotTendered
		}
		return kept.Error
	})
}

// VoterStanding is how a voter stands in an election with votes online.
type VoterStanding struct {
	Class    member.Class
	Signed   bool // the society signed a key in their name
	Tendered bool // a ballot was tendered to them, and they have not cast it
}

// Standing is how a member stands. ErrNoPaper.
func (p *Polls) Standing(ctx context.Context, id string, m member.ID) (VoterStanding, error) {
	tx := p.db.Read(ctx)
	line, err := markedLine(tx, id, m)
	if err != nil {
		return VoterStanding{}, err
	}
	var waiting int64
	if err := tx.Model(&tenderedRow{}).Where("election = ? AND member = ? AND sealed = ''", id, m).Count(&waiting).Error; err != nil {
		return VoterStanding{}, fmt.Errorf("look up a tendered ballot: %w", err)
	}
	return VoterStanding{line.Class, len(line.Blinded) > 0, waiting > 0}, nil
}

// Tendered are all that were issued in an election.
func (p *Polls) Tendered(ctx context.Context, id string) ([]Tendered, error) {
	var rows []tenderedRow
	if err := p.db.Read(ctx).Where("election = ?", id).Order("issued_at, member").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list tendered ballots: %w", err)
	}
	all := make([]Tendered, len(rows))
	for i, r := range rows {
		all[i] = Tendered{r.Member, r.Class, r.Why, r.IssuedBy, r.IssuedAt.UTC(), r.Sealed != ""}
	}
	return all, nil
}

// Tidy forgets, when a poll has closed, what voters kept for other devices. The clock asks for it.
func (p *Polls) Tidy(ctx context.Context) error {
	return p.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Where("election IN (SELECT id FROM elections WHERE poll_closes <= ? OR ended_at IS NOT NULL)", p.now()).Delete(&recoveryRow{}).Error
	})
}
