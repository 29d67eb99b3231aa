package meeting

import (
	"context"
	"fmt"
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

// Asked is how many of those who are present ask for a secret ballot on a motion, and whether somebody is one of them.
type Asked struct {
	Count int
	Own   bool
}

const askedNow = `SELECT k.motion, count(*) AS n, count(CASE WHEN k.member = ? THEN 1 END) AS own FROM meeting_ballot_askers k
JOIN meeting_motions q ON q.id = k.motion JOIN meeting_attendance a ON a.meeting = q.meeting AND a.member = k.member AND a.left_at IS NULL
WHERE `

func asked(tx *gorm.DB, who member.ID, where, id string) (map[string]Asked, error) {
	var rows []struct {
		Motion string
		N, Own int
	}
	if err := tx.Raw(askedNow+where+" GROUP BY k.motion", who, id).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count who asks for a ballot: %w", err)
	}
	all := map[string]Asked{}
	for _, r := range rows {
		all[r.Motion] = Asked{r.N, r.Own > 0}
	}
	return all, nil
}

func asking(tx *gorm.DB, motion string) (int, error) {
	all, err := asked(tx, "", "k.motion = ?", motion)
	return all[motion].Count, err
}

// Asking is who asks for a secret ballot, by the motions of a meeting.
func (m *Meetings) Asking(ctx context.Context, meeting string, who member.ID) (map[string]Asked, error) {
	return asked(m.db.Read(ctx), who, "q.meeting = ?", meeting)
}

// AskBallot is a present member's wish that a motion be put to a secret ballot, before the vote on it or while that is open. With enough of them the
// chair can have it decided in no other way, and counts no vote on it. ErrNotMember, ErrNotPresent, ErrGone, ErrNotStanding.
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

// BallotCalled notes the ballot by which a motion is decided; instead is the one whose place it takes, "" for none. To tell it twice does nothing. ErrNotOfficer, ErrNoBallotDue.
func (m *Meetings) BallotCalled(ctx context.Context, by identity.AccountID, motion, ballot, instead string) error {
	as, err := m.officer(ctx, by)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		switch {
		case old.Election == ballot: // told twice: by whoever called it, and by the job that makes sure
			return nil
		case old.Outcome != Ballot || old.Election != instead:
			return ErrNoBallotDue
		}
		if err := setMotion(tx, motion, map[string]any{"election": ballot}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "secret ballot on a motion called", About: motion, Why: ballot, At: m.now()})
	})
}

// BallotDecided takes in what members voted; when the meeting adjourned the motion to it stays on record. A ballot that another took the place of decides nothing. ErrNoBallotDue.
func (m *Meetings) BallotDecided(ctx context.Context, motion, ballot string, yes, no int) error {
	return m.onMotion(ctx, motion, func(tx *gorm.DB, _ Meeting, old Motion) error {
		if old.Outcome != Ballot || old.Election != ballot {
			return ErrNoBallotDue
		}
		outcome := Lost
		if old.Needs.Carries(yes, no) {
			outcome = Carried
		}
		return setMotion(tx, motion, map[string]any{"outcome": outcome, "ballot_yes": yes, "ballot_no": no})
	})
}
