package meeting

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type voteRow struct {
	ID          string
	Meeting     string
	Motion      string
	Amendment   string
	Version     int
	OpenedAt    time.Time
	RoomYes     int
	RoomNo      int
	RoomAbstain int
	ClosedAt    *time.Time
	Yes         int
	No          int
	Abstain     int
	Carried     int
	OffWhy      string
}

func (voteRow) TableName() string { return "meeting_votes" }

func (r voteRow) vote() Vote {
	return Vote{
		ID: r.ID, Meeting: r.Meeting, Motion: r.Motion, Amendment: r.Amendment, Version: r.Version, OpenedAt: r.OpenedAt.UTC(),
		Hands: Count{r.RoomYes, r.RoomNo, r.RoomAbstain}, ClosedAt: database.Moment(r.ClosedAt), Count: Count{r.Yes, r.No, r.Abstain}, Carried: r.Carried == 1,
		OffWhy: r.OffWhy,
	}
}

type choiceRow struct {
	Vote   string
	Member member.ID
	Choice Choice
}

func (choiceRow) TableName() string { return "meeting_choices" }

// openVote is the vote that is open at a meeting; is is false when there is none.
func openVote(tx *gorm.DB, meeting string) (v Vote, is bool, err error) {
	var rows []voteRow
	if err := tx.Where("meeting = ? AND closed_at IS NULL", meeting).Limit(1).Find(&rows).Error; err != nil {
		return v, false, fmt.Errorf("look up a vote: %w", err)
	}
	if len(rows) == 0 {
		return v, false, nil
	}
	return rows[0].vote(), true, nil
}

// OpenVote is the vote that is open at a meeting, with how many voted so far and nothing else.
func (m *Meetings) OpenVote(ctx context.Context, meeting string) (v Vote, is bool, err error) {
	tx := m.db.Read(ctx)
	if v, is, err = openVote(tx, meeting); err != nil || !is {
		return v, is, err
	}
	var n int64
	gone, err := m.gonePresent(ctx, tx, meeting)
	if err != nil {
		return v, false, err
	}
	err = tx.Model(&choiceRow{}).Where("vote = ? AND member NOT IN ?", v.ID, gone).Count(&n).Error
	v.Voted = int(n) + v.Hands.all()
	return v, true, err
}

// Own is how a member votes in the vote that is open; "" when they have not.
func (m *Meetings) Own(ctx context.Context, vote string, who member.ID) (c Choice, err error) {
	var rows []choiceRow
	err = m.db.Read(ctx).Where("vote = ? AND member = ?", vote, who).Limit(1).Find(&rows).Error
	if err == nil && len(rows) > 0 {
		c = rows[0].Choice
	}
	return c, err
}

// chairing does what only the chair of the open meeting may do with a motion. ErrNotMember, ErrNotChair, ErrGone, ErrVoteOpen.
func (m *Meetings) chairing(ctx context.Context, by identity.AccountID, motion string, do func(tx *gorm.DB, of Meeting, old Motion) error) error {
	who, err := m.member(ctx, by)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		switch {
		case of.Chair.Member != who:
			return ErrNotChair
		case of.State(m.now()) != Sitting:
			return ErrGone
		}
		if _, is, err := openVote(tx, of.ID); err != nil || is {
			return orOpen(err)
		}
		return do(tx, of, old)
	})
}

// Put opens the vote on a motion, or, before it, on its next amendment, in the words of a version. No vote is opened without a quorum.
// ErrNotChair, ErrGone, ErrVoteOpen, ErrTooLate, ErrNotStanding, ErrChanged, ErrAmendmentFirst, ErrAskedBallot, ErrInquorate.
func (m *Meetings) Put(ctx context.Context, by identity.AccountID, motion, amendment string, version int) error {
	rules, err := m.register.Rules(ctx)
	if err != nil {
		return err
	}
	return m.chairing(ctx, by, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		switch {
		case m.now().After(of.OpenedAt.Add(longest)):
			return ErrTooLate
		case !old.Open() || old.Number == 0:
			return ErrNotStanding
		case old.Version != version:
			return ErrChanged
		}
		next := old.Next()
		switch {
		case amendment == "" && len(next) > 0 || len(next) > 0 && next[0].ID != amendment:
			return ErrAmendmentFirst
		case amendment != "" && len(next) == 0:
			return ErrNoAmendment
		}
		if amendment == "" {
			if asked, err := asking(tx, motion); err != nil || asked >= rules.BallotAskers {
				return orAsked(err)
			}
		}
		hall, err := m.hall(ctx, tx, of)
		if err != nil {
			return err
		}
		if !hall.Quorate() {
			return ErrInquorate
		}
		return tx.Create(&voteRow{ID: identity.NewID(), Meeting: of.ID, Motion: motion, Amendment: amendment, Version: version, OpenedAt: m.now()}).Error
	})
}

func orAsked(err error) error {
	if err != nil {
		return err
	}
	return ErrAskedBallot
}

// onVote does something to the vote that is open, one after the other. ErrNoVote.
func (m *Meetings) onVote(ctx context.Context, meeting, vote string, do func(tx *gorm.DB, of Meeting, v Vote) error) error {
	return m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error {
		v, is, err := openVote(tx, meeting)
		if err != nil {
			return err
		}
		if !is || v.ID != vote {
			return ErrNoVote
		}
		return do(tx, of, v)
	})
}

// Cast is how a member who is present votes. They may change it until the chair closes the vote; then who voted how is forgotten.
// ErrNotMember, ErrNoVote, ErrNotPresent, ErrCountedInRoom, ErrNoChoice.
func (m *Meetings) Cast(ctx context.Context, account identity.AccountID, meeting, vote string, choice Choice) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	if choice != For && choice != Against && choice != Abstain {
		return ErrNoChoice
	}
	return m.onVote(ctx, meeting, vote, func(tx *gorm.DB, _ Meeting, v Vote) error {
		switch way, here, err := presence(tx, meeting, who); {
		case err != nil:
			return err
		case !here:
			return ErrNotPresent
		case way == InRoom && v.Hands.all() > 0:
			return ErrCountedInRoom
		}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "vote"}, {Name: "member"}}, DoUpdates: clause.AssignmentColumns([]string{"choice"}),
		}).Create(&choiceRow{vote, who, choice}).Error
	})
}

// CountHands is how those in the room without a device vote, as whoever writes the minutes counts. It takes the place of an earlier count.
// ErrNotMinutes, ErrNoVote, ErrTooManyHands.
func (m *Meetings) CountHands(ctx context.Context, by identity.AccountID, meeting, vote string, hands Count) error {
	who, err := m.member(ctx, by)
	if err != nil {
		return err
	}
	return m.onVote(ctx, meeting, vote, func(tx *gorm.DB, of Meeting, _ Vote) error {
		if of.Minutes.Member != who {
			return ErrNotMinutes
		}
		gone, err := m.gonePresent(ctx, tx, meeting)
		if err != nil {
			return err
		}
		var free int64
		err = tx.Model(&attendanceRow{}).Where("meeting = ? AND left_at IS NULL AND way = ? AND member NOT IN ?", meeting, InRoom, gone).
			Where("member NOT IN (?)", tx.Model(&choiceRow{}).Select("member").Where("vote = ?", vote)).Count(&free).Error
		if err != nil {
			return err
		}
		if err := hands.hands(int(free)); err != nil {
			return err
		}
		err = tx.Model(&voteRow{}).Where("id = ?", vote).Updates(map[string]any{"room_yes": hands.Yes, "room_no": hands.No, "room_abstain": hands.Abstain}).Error
		if err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: "minutes", What: "hands counted", About: meeting, Why: fmt.Sprintf("%d hands", hands.all()), At: m.now()})
	})
}
