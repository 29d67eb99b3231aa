package meeting

import (
	"context"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
)

type motionRow struct {
	ID         string
	Meeting    string
	Proposer   member.ID
	ShownAs    string
	FromBoard  string
	Title      string
	Reasons    string
	Needs      Majority
	Version    int
	MadeAt     time.Time
	Seconder   member.ID
	SecondedAt *time.Time
	GoneAt     *time.Time
	RuledBy    identity.AccountID
	RuledWhy   string
	Number     int
	Outcome    Outcome
	DecidedAt  *time.Time
	Election   string
	BallotYes  int
	BallotNo   int
}

func (motionRow) TableName() string { return "meeting_motions" }

func (r motionRow) motion() Motion {
	return Motion{
		Draft: Draft{Title: r.Title, Reasons: r.Reasons, Needs: r.Needs}, ID: r.ID, Meeting: r.Meeting, Proposer: r.Proposer, ShownAs: r.ShownAs, FromBoard: r.FromBoard,
		Version: r.Version, MadeAt: r.MadeAt.UTC(), Seconder: r.Seconder, SecondedAt: database.Moment(r.SecondedAt), GoneAt: database.Moment(r.GoneAt),
		RuledWhy: r.RuledWhy, Number: r.Number, Outcome: r.Outcome, DecidedAt: database.Moment(r.DecidedAt), Election: r.Election, BallotYes: r.BallotYes, BallotNo: r.BallotNo,
	}
}

// Motions are those of a meeting: in the order of its order paper, then those that have no place on it, oldest first.
func (m *Meetings) Motions(ctx context.Context, meeting string) ([]Motion, error) {
	return motionsOf(m.db.Read(ctx), m.db.Read(ctx).Where("meeting = ?", meeting))
}

// Motion is one motion. ErrNoMotion.
func (m *Meetings) Motion(ctx context.Context, id string) (Motion, error) {
	return oneMotion(m.db.Read(ctx), id)
}

func oneMotion(tx *gorm.DB, id string) (Motion, error) {
	all, err := motionsOf(tx, tx.Where("id = ?", id))
	if err == nil && len(all) == 0 {
		err = ErrNoMotion
	}
	if err != nil {
		return Motion{}, err
	}
	return all[0], nil
}

func motionsOf(tx, wanted *gorm.DB) ([]Motion, error) {
	var rows []motionRow
	if err := wanted.Order("CASE WHEN number = 0 THEN 1 ELSE 0 END, number, made_at, id").Limit(mostItems).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list motions: %w", err)
	}
	all, at, ids := make([]Motion, len(rows)), map[string]*Motion{}, make([]string, len(rows))
	for i, r := range rows {
		all[i], ids[i] = r.motion(), r.ID
		at[r.ID] = &all[i]
	}
	var words []versionRow
	err := tx.Where("motion IN ? AND number = (SELECT version FROM meeting_motions WHERE id = motion)", ids).Find(&words).Error
	if err != nil {
		return nil, fmt.Errorf("look up the words of motions: %w", err)
	}
	for _, w := range words {
		at[w.Motion].Words = w.Words
	}
	var changes []amendmentRow
	if err := tx.Where("motion IN ?", ids).Order("made_at, id").Find(&changes).Error; err != nil {
		return nil, fmt.Errorf("list amendments: %w", err)
	}
	for _, a := range changes {
		at[a.Motion].Amendments = append(at[a.Motion].Amendments, a.amendment())
	}
	var votes []voteRow
	if err := tx.Where("motion IN ? AND closed_at IS NOT NULL", ids).Order("closed_at").Find(&votes).Error; err != nil {
		return nil, fmt.Errorf("list votes: %w", err)
	}
	for _, v := range votes {
		of := at[v.Motion]
		if v.OffWhy != "" {
			of.CalledOff = append(of.CalledOff, v.vote())
		} else {
			of.Votes = append(of.Votes, v.vote())
		}
	}
	return all, nil
}

// Move puts a motion to a meeting. A member's needs a seconder by the time that the meeting's notice tells; shownAs is the name to show with it, ""
// for none. ErrNotMember, ErrTooLate, ErrManyOwn, ErrMany, ErrBadName, and an error for each text.
func (m *Meetings) Move(ctx context.Context, account identity.AccountID, meeting, shownAs string, d Draft) (string, error) {
	who, err := m.member(ctx, account)
	if err != nil {
		return "", err
	}
	if shownAs, err = member.Line(shownAs, member.LongestName); err != nil {
		return "", ErrBadName
	}
	return m.move(ctx, meeting, motionRow{Proposer: who, ShownAs: shownAs}, d, func(tx *gorm.DB, _ time.Time) error {
		var own int64
		err := tx.Model(&motionRow{}).Where("meeting = ? AND proposer = ?", meeting, who).Count(&own).Error
		if err == nil && own >= MostOwnMotions {
			err = ErrManyOwn
		}
		return err
	})
}

// MoveForBoard is Move for the board, whose motions need no seconder. ErrNotBoard.
func (m *Meetings) MoveForBoard(ctx context.Context, by identity.AccountID, meeting string, d Draft) (id string, err error) {
	as, err := m.mover(ctx, by)
	if err != nil {
		return "", err
	}
	return m.move(ctx, meeting, motionRow{FromBoard: as}, d, func(tx *gorm.DB, now time.Time) error {
		return audit.Record(tx, audit.Act{By: by, As: as, What: "motion moved for the board", About: meeting, Why: d.Title, At: now})
	})
}

func (m *Meetings) move(ctx context.Context, meeting string, row motionRow, d Draft, also func(tx *gorm.DB, now time.Time) error) (string, error) {
	d, err := d.check()
	if err != nil {
		return "", err
	}
	row.ID, row.Meeting, row.Title, row.Reasons, row.Needs, row.Version = identity.NewID(), meeting, d.Title, d.Reasons, d.Needs, 1
	return row.ID, m.on(ctx, meeting, func(tx *gorm.DB, of Meeting) error {
		row.MadeAt = m.now() // once it is this one's turn: the order paper goes by it
		if err := of.takes(Called, row.MadeAt); err != nil {
			return err
		}
		if err := room(tx, row); err != nil {
			return err
		}
		if err := also(tx, row.MadeAt); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Create(&versionRow{row.ID, 1, d.Words, "", row.MadeAt}).Error
	})
}

// room refuses one motion more than there may be, of members or of the board: neither takes what the other has. ErrMany.
func room(tx *gorm.DB, row motionRow) error {
	most, whose := int64(MostMotions), "meeting = ? AND from_board = ''"
	if row.FromBoard != "" {
		most, whose = MostBoardMotions, "meeting = ? AND from_board <> ''"
	}
	var all int64
	err := tx.Model(&motionRow{}).Where(whose, row.Meeting).Count(&all).Error
	if err == nil && all >= most {
		err = ErrMany
	}
	return err
}

// takes refuses what is too early or too late for a meeting that is not called, or has gone further than a state.
func (m Meeting) takes(state State, at time.Time) error {
	if state == Called && !m.OrderedAt.IsZero() { // whatever a clock says
		return ErrTooLate
	}
	switch now := m.State(at); now {
	case Proposed:
		return ErrNoMeeting
	case state, Called: // what can be done later can be done at once
		return nil
	case Amending, Due, Sitting, Closed, Signed, CalledOff:
	}
	return ErrTooLate
}

// onMotion does something to a motion and its meeting; what others do to them meanwhile waits. ErrNoMotion.
func (m *Meetings) onMotion(ctx context.Context, id string, do func(tx *gorm.DB, of Meeting, old Motion) error) error {
	at, err := m.Motion(ctx, id)
	if err != nil {
		return err
	}
	return m.on(ctx, at.Meeting, func(tx *gorm.DB, of Meeting) error {
		old, err := oneMotion(tx, id)
		if err != nil {
			return err
		}
		return do(tx, of, old)
	})
}

func setMotion(tx *gorm.DB, id string, to map[string]any) error {
	return tx.Model(&motionRow{}).Where("id = ?", id).Updates(to).Error
}

// Second is another member's word for a motion in the words that they saw. ErrOwn, ErrSeconded, ErrNotStanding, ErrTooLate, ErrChanged.
func (m *Meetings) Second(ctx context.Context, account identity.AccountID, motion string, version int) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		now := m.now()
		switch err := of.takes(Called, now); {
		case err != nil:
			return err
		case !old.GoneAt.IsZero():
			return ErrNotStanding
		case old.Proposer == who:
			return ErrOwn
		case old.Standing():
			return ErrSeconded
		case old.Version != version:
			return ErrChanged
		}
		return setMotion(tx, motion, map[string]any{"seconder": who, "seconded_at": now})
	})
}

// Withdraw takes a motion back, until it is decided. ErrNotYours, ErrNotStanding, ErrVoteOpen.
func (m *Meetings) Withdraw(ctx context.Context, account identity.AccountID, motion string) error {
	who, err := m.member(ctx, account)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		if old.Proposer != who {
			return ErrNotYours
		}
		return m.gone(tx, of, old, nil)
	})
}

// RuleOut is an officer's word, or the chair's while the meeting sits, that a motion is out of order. Everybody reads why.
// ErrNotOfficer, ErrNotStanding, ErrVoteOpen, member.ErrNoWhy.
func (m *Meetings) RuleOut(ctx context.Context, by identity.AccountID, motion, why string) error {
	why, err := member.Reason(why)
	if err != nil {
		return err
	}
	who, err := m.actor(ctx, by)
	if err != nil {
		return err
	}
	return m.onMotion(ctx, motion, func(tx *gorm.DB, of Meeting, old Motion) error {
		as, may := who.rules(of, m.now())
		if !may {
			return ErrNotOfficer
		}
		if err := m.gone(tx, of, old, map[string]any{"ruled_by": by, "ruled_why": why}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: "motion ruled out of order", About: motion, Why: why, At: m.now()})
	})
}

func (m *Meetings) gone(tx *gorm.DB, of Meeting, old Motion, also map[string]any) error {
	if !old.GoneAt.IsZero() || old.Outcome != "" || !of.EndedAt.IsZero() || !of.ClosedAt.IsZero() {
		return ErrNotStanding
	}
	if open, is, err := openVote(tx, of.ID); err != nil || is && open.Motion == old.ID {
		return orOpen(err)
	}
	to := map[string]any{"gone_at": m.now()}
	maps.Copy(to, also)
	return setMotion(tx, old.ID, to)
}

func orOpen(err error) error {
	if err != nil {
		return err
	}
	return ErrVoteOpen
}
