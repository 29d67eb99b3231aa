package meeting

import (
	"context"
	"maps"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type amendmentRow struct {
	ID         string
	Motion     string
	Version    int
	Proposer   member.ID
	ShownAs    string
	Words      string
	Reasons    string
	Floor      int
	MadeAt     time.Time
	Seconder   member.ID
	SecondedAt *time.Time
	GoneAt     *time.Time
	RuledBy    identity.AccountID
	RuledWhy   string
	Outcome    Outcome
	DecidedAt  *time.Time
}

func (amendmentRow) TableName() string { return "meeting_amendments" }

func (r amendmentRow) amendment() Amendment {
	return Amendment{
		ID: r.ID, Motion: r.Motion, Version: r.Version, Proposer: r.Proposer, ShownAs: r.ShownAs, Words: r.Words, Reasons: r.Reasons, Floor: r.Floor == 1, MadeAt: r.MadeAt.UTC(),
		Seconder: r.Seconder, SecondedAt: database.Moment(r.SecondedAt), GoneAt: database.Moment(r.GoneAt), RuledWhy: r.RuledWhy, Outcome: r.Outcome, DecidedAt: database.Moment(r.DecidedAt),
	}
}

// Amend proposes other words for a motion that stands, made from a version of it. It needs a seconder, too.
// ErrNotMember, ErrNotSeconded, ErrNotStanding, ErrTooLate, ErrChanged, ErrSameWords, ErrMany, ErrManyOwn, ErrBadName, and an error for each text.
func (m *Meetings) Amend(ctx context.Context, account identity.AccountID, motion string, version int, shownAs, words, reasons string) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	if shownAs, err = member.Line(shownAs, member.LongestName); err != nil {
		return ErrBadName
	}
	if words, reasons, err = argued(words, reasons); err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		now := m.now()
		if err := of.takes(Amending, now); err != nil {
			return err
		}
		own := 0
		for _, a := range old.Amendments {
			if a.Proposer == who {
				own++
			}
		}
		if own >= MostOwnChanges {
			return ErrManyOwn
		}
		return addAmendment(tx, old, version, amendmentRow{Proposer: who, ShownAs: shownAs, Words: words, Reasons: reasons, MadeAt: now})
	})
}

// TakeAmendment is the chair's: other words for a motion, moved and seconded from the floor of the open meeting.
// ErrNotChair, ErrGone, ErrVoteOpen, and the errors of Amend.
func (m *Meetings) TakeAmendment(ctx context.Context, by identity.AccountID, motion string, version int, words, reasons string) error {
	words, reasons, err := argued(words, reasons)
	if err != nil {
		return err
	}
	return m.chairing(ctx, by, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		return addAmendment(tx, old, version, amendmentRow{Words: words, Reasons: reasons, Floor: 1, MadeAt: m.now()})
	})
}

func addAmendment(tx *gorm.DB, old Motion, version int, row amendmentRow) error {
	switch {
	case old.WantsSeconder():
		return ErrNotSeconded
	case !old.Open():
		return ErrNotStanding
	case old.Version != version:
		return ErrChanged
	case old.Words == row.Words:
		return ErrSameWords
	case crowded(old, row.Floor == 1):
		return ErrMany
	}
	row.ID, row.Motion, row.Version = identity.NewID(), old.ID, version
	return tx.Create(&row).Error
}

// crowded reports whether a motion has as many amendments of members as it may, or as many that the chair took.
func crowded(old Motion, floor bool) bool {
	n, most := 0, MostAmendments
	if floor {
		most = MostFloorChanges
	}
	for _, a := range old.Amendments {
		if a.Floor == floor {
			n++
		}
	}
	return n >= most
}

// onAmendment is onMotion for one of its amendments. ErrNoMotion, ErrNoAmendment.
func (m *Meetings) onAmendment(ctx context.Context, motion, id string, do func(tx *gorm.DB, of Meeting, old Motion, a Amendment) error) error {
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		for _, a := range old.Amendments {
			if a.ID == id {
				return do(tx, of, old, a)
			}
		}
		return ErrNoAmendment
	})
}

func setAmendment(tx *gorm.DB, id string, to map[string]any) error {
	return tx.Model(&amendmentRow{}).Where("id = ?", id).Updates(to).Error
}

// SecondAmendment is another member's word for an amendment; version is that of the motion that they saw it beside.
// ErrOwn, ErrSeconded, ErrNotStanding, ErrTooLate, ErrChanged.
func (m *Meetings) SecondAmendment(ctx context.Context, account identity.AccountID, motion, id string, version int) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.onAmendment(ctx, motion, id, func(tx *gorm.DB, of Meeting, old Motion, a Amendment) error {
		now := m.now()
		switch err := of.takes(Amending, now); {
		case err != nil:
			return err
		case a.Proposer == who:
			return ErrOwn
		case a.Open():
			return ErrSeconded
		case !a.WantsSeconder() || !old.Open():
			return ErrNotStanding
		case old.Version != version:
			return ErrChanged
		}
		return setAmendment(tx, id, map[string]any{"seconder": who, "seconded_at": now})
	})
}

// WithdrawAmendment takes an amendment back, until it is decided. ErrNotYours, ErrNotStanding, ErrVoteOpen.
func (m *Meetings) WithdrawAmendment(ctx context.Context, account identity.AccountID, motion, id string) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.onAmendment(ctx, motion, id, func(tx *gorm.DB, of Meeting, _ Motion, a Amendment) error {
		if a.Proposer != who {
			return ErrNotYours
		}
		return m.goneAmendment(tx, of, a, nil)
	})
}

// RuleOutAmendment is RuleOut for an amendment.
func (m *Meetings) RuleOutAmendment(ctx context.Context, by identity.AccountID, motion, id, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	who, err := m.actor(ctx, by)
	if err != nil {
		return err
	}
	return m.onAmendment(ctx, motion, id, func(tx *gorm.DB, of Meeting, _ Motion, a Amendment) error {
		as, may := who.rules(of, m.now())
		if !may {
			return ErrNotOfficer
		}
		if err := m.goneAmendment(tx, of, a, map[string]any{"ruled_by": by, "ruled_why": why}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "amendment ruled out of order", About: motion, Why: why, At: m.now()})
	})
}

func (m *Meetings) goneAmendment(tx *gorm.DB, of Meeting, a Amendment, also map[string]any) error {
	if !a.GoneAt.IsZero() || a.Outcome != "" || !of.EndedAt.IsZero() || !of.ClosedAt.IsZero() {
		return ErrNotStanding
	}
	if open, is, err := openVote(tx, of.ID); err != nil || is && open.Amendment == a.ID {
		return orOpen(err)
	}
	to := map[string]any{"gone_at": m.now()}
	maps.Copy(to, also)
	return setAmendment(tx, a.ID, to)
}
