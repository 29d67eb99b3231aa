package meeting

import (
	"context"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/identity"
)

// aboutMotion begins what a ballot of the elections is about that decides a motion.
const aboutMotion = "meeting:"

// About says of a ballot of the elections which motion it decides.
func About(m Motion) string { return aboutMotion + m.Meeting + "/" + m.ID }

// OfAbout reads what About wrote. is is false for a ballot about something else.
func OfAbout(about string) (meeting, motion string, is bool) {
	of, is := strings.CutPrefix(about, aboutMotion)
	if !is {
		return "", "", false
	}
	return strings.Cut(of, "/")
}

type askerRow struct {
	Motion string
	Member member.ID
}

func (askerRow) TableName() string { return "meeting_ballot_askers" }

func asking(tx *gorm.DB, motion string) (int, error) {
	var n int64
	err := tx.Model(&askerRow{}).Where("motion = ?", motion).Count(&n).Error
	return int(n), err
}

// Asking is how many of those present asked for a secret ballot on a motion, and whether a member is one of them.
func (m *Meetings) Asking(ctx context.Context, motion string, who member.ID) (n int, own bool, err error) {
	if n, err = asking(m.db.Read(ctx), motion); err != nil {
		return 0, false, err
	}
	var mine int64
	err = m.db.Read(ctx).Model(&askerRow{}).Where("motion = ? AND member = ?", motion, who).Count(&mine).Error
	return n, mine > 0, err
}

// AskBallot is a present member's wish that a motion be put to a secret ballot. With enough of them the chair can put it in no other way.
// ErrNotMember, ErrNotPresent, ErrGone, ErrNotStanding, ErrVoteOpen.
func (m *Meetings) AskBallot(ctx context.Context, account identity.AccountID, motion string) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		switch {
		case of.State(m.now()) != Sitting:
			return ErrGone
		case !old.Open() || old.Number == 0:
			return ErrNotStanding
		}
		if _, here, err := presence(tx, of.ID, who); err != nil || !here {
			return orNotHere(err)
		}
		if v, is, err := openVote(tx, of.ID); err != nil || is && v.Motion == motion && v.Amendment == "" {
			return orOpen(err)
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&askerRow{motion, who}).Error
	})
}

func orNotHere(err error) error {
	if err != nil {
		return err
	}
	return ErrNotPresent
}

// ToBallot is the chair's word that a motion, in the words of a version, is decided by a secret ballot of all members: the vote on it stands adjourned
// until officers have called one. ErrNotChair, ErrGone, ErrVoteOpen, ErrNotStanding, ErrChanged, ErrAmendmentFirst.
func (m *Meetings) ToBallot(ctx context.Context, by identity.AccountID, motion string, version int) error {
	return m.chairing(ctx, by, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		switch {
		case !old.Open() || old.Number == 0:
			return ErrNotStanding
		case old.Version != version:
			return ErrChanged
		case len(old.Next()) > 0:
			return ErrAmendmentFirst
		}
		now := m.now()
		if err := setMotion(tx, motion, map[string]any{"outcome": Ballot, "decided_at": now}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "chair", What: "motion adjourned to a secret ballot", About: motion, At: now})
	})
}

// BallotCalled notes the ballot by which a motion is decided; instead is the one whose place it takes, "" for none. ErrNotOfficer, ErrNoBallotDue.
func (m *Meetings) BallotCalled(ctx context.Context, by identity.AccountID, motion, ballot, instead string) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		if old.Outcome != Ballot || old.Election != instead {
			return ErrNoBallotDue
		}
		if err := setMotion(tx, motion, map[string]any{"election": ballot}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "secret ballot on a motion called", About: motion, Why: ballot, At: m.now()})
	})
}

// BallotDecided takes in what members voted. A ballot that another took the place of decides nothing. ErrNoBallotDue.
func (m *Meetings) BallotDecided(ctx context.Context, motion, ballot string, yes, no int) error {
	return m.onMotion(ctx, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		if old.Outcome != Ballot || old.Election != ballot {
			return ErrNoBallotDue
		}
		outcome := Lost
		if old.Needs.Carries(yes, no) {
			outcome = Carried
		}
		return setMotion(tx, motion, map[string]any{"outcome": outcome, "decided_at": m.now(), "ballot_yes": yes, "ballot_no": no})
	})
}
