package board

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/audit"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

type decisionRow struct {
	ID         string
	Decided    string
	Minute     string
	Words      string
	Reasons    string
	Corrects   string
	RecordedBy identity.AccountID
	RecordedAt time.Time
}

func (decisionRow) TableName() string { return "board_decisions" }

type voteRow struct {
	Decision string
	Seat     string
	Vote     Vote
}

func (voteRow) TableName() string { return "board_votes" }

// Decide records a decision, or corrects the entry of one. Votes that attendance contradicts are refused: whichever of the two is wrong is corrected
// first. ErrNotRecorder, or all that is amiss: ErrNoEntry, ErrNobodySat, ErrVotes, NotThereError, and an error for each field.
func (b *Board) Decide(ctx context.Context, by identity.AccountID, d Decision) (string, error) {
	return b.DecideWith(ctx, by, d, Meeting{})
}

// DecideWith is Decide where the attendance of a meeting may be wrong, too: who was there takes the place of the entry that met corrects, unless that
// says the same. Each alone would contradict the other. The errors of Decide, those about who was there among them.
func (b *Board) DecideWith(ctx context.Context, by identity.AccountID, d Decision, met Meeting) (string, error) {
	as, _, err := b.recorder(ctx, by)
	if err != nil {
		return "", err
	}
	d, amiss := b.checkDecision(d)
	row := decisionRow{
		ID: identity.NewID(), Decided: d.Day.String(), Minute: d.Minute, Words: d.Words, Reasons: d.Reasons, Corrects: d.Corrects,
		RecordedBy: by, RecordedAt: b.now(),
	}
	return row.ID, b.write(ctx, func(tx *gorm.DB, all []Seat) error {
		if err := errors.Join(amiss, everybody(all, d.Day, d.Votes, Votes), free(tx, row.TableName(), d.Corrects)); err != nil {
			return errors.Join(err, b.notThere(tx, d, met))
		}
		votes := make([]voteRow, 0, len(d.Votes))
		for _, s := range Sitting(all, d.Day) {
			votes = append(votes, voteRow{row.ID, s.ID, d.Votes[s.ID]})
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := tx.Create(&votes).Error; err != nil {
			return err
		}
		if err := b.correctMet(tx, all, by, as, met); err != nil {
			return err
		}
		if err := b.notThere(tx, d, Meeting{}); err != nil {
			return err
		}
		return audit.Record(tx, audit.Act{By: by, As: as, What: recorded("board's decision", d.Corrects), About: row.ID, Why: d.Minute, At: row.RecordedAt})
	})
}

// notThere refuses votes of people whom the meetings of that day do not have there; where one of those is corrected, that is told later. NotThereError.
func (b *Board) notThere(tx *gorm.DB, d Decision, corrected Meeting) error {
	if corrected.Corrects != "" {
		return nil
	}
	met, err := metOn(tx, d.Day)
	return errors.Join(err, there(d.Votes, met))
}

// correctMet corrects who was at a meeting, if something is different.
func (b *Board) correctMet(tx *gorm.DB, all []Seat, by identity.AccountID, as string, m Meeting) error {
	if m.Corrects == "" {
		return nil
	}
	var rows []meetingRow
	if err := tx.Where("id = ?", m.Corrects).Find(&rows).Error; err != nil {
		return err
	}
	old, err := meetings(tx, rows)
	if err != nil || len(old) == 0 {
		return errors.Join(err, ErrNoEntry)
	}
	if maps.Equal(old[0].Here, m.Here) {
		return nil
	}
	m.Day, m.Minute = old[0].Day, old[0].Minute
	return b.keepMeeting(tx, all, by, as, identity.NewID(), m)
}

func (b *Board) checkDecision(d Decision) (_ Decision, amiss error) {
	var err error
	d.Entry, amiss = b.checkEntry(d.Entry)
	if d.Words, err = member.Reason(d.Words); err != nil {
		amiss = errors.Join(amiss, member.Amiss(ErrNoDecision, err))
	}
	if d.Reasons, err = member.Reason(d.Reasons); err != nil {
		amiss = errors.Join(amiss, member.Amiss(ErrNoReasons, err))
	}
	return d, amiss
}

// Decisions are the latest, by their days, so many at most, entries that were corrected among them.
func (b *Board) Decisions(ctx context.Context, most int) ([]Decision, error) {
	tx := b.db.Read(ctx)
	var rows []decisionRow
	if err := tx.Order("decided DESC, recorded_at DESC, id").Limit(most).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the board's decisions: %w", err)
	}
	return decisions(tx, rows)
}

// decidedOn are the decisions of a day, as they stand.
func decidedOn(tx *gorm.DB, on calendar.Date) ([]Decision, error) {
	var rows []decisionRow
	if err := tx.Where("decided = ?", on.String()).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("look up what the board decided on a day: %w", err)
	}
	all, err := decisions(tx, rows)
	return slices.DeleteFunc(all, func(d Decision) bool { return !d.Stands() }), err
}

// Decision is one entry. ErrNoEntry.
func (b *Board) Decision(ctx context.Context, id string) (Decision, error) {
	tx := b.db.Read(ctx)
	var rows []decisionRow
	if err := tx.Where("id = ?", id).Find(&rows).Error; err != nil {
		return Decision{}, fmt.Errorf("look up a decision of the board: %w", err)
	}
	all, err := decisions(tx, rows)
	if err != nil {
		return Decision{}, err
	}
	if len(all) == 0 {
		return Decision{}, ErrNoEntry
	}
	return all[0], nil
}

func decisions(tx *gorm.DB, rows []decisionRow) ([]Decision, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var votes []voteRow
	if err := tx.Where("decision IN ?", ids).Find(&votes).Error; err != nil {
		return nil, fmt.Errorf("list votes of the board: %w", err)
	}
	var later []decisionRow
	if err := tx.Where("corrects IN ?", ids).Find(&later).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	var said []voucherRow
	if err := tx.Where("decision IN ?", ids).Find(&said).Error; err != nil {
		return nil, fmt.Errorf("list what is said of votes of the board: %w", err)
	}
	all := make([]Decision, len(rows))
	for i, r := range rows {
		all[i] = Decision{Entry: Entry{
			ID: r.ID, Day: dayIn(r.Decided), Minute: r.Minute, Corrects: r.Corrects, RecordedBy: r.RecordedBy, RecordedAt: r.RecordedAt.UTC(),
		}, Words: r.Words, Reasons: r.Reasons, Votes: map[string]Vote{}, Said: map[string]Voucher{}}
		for _, o := range said {
			if o.Decision == r.ID {
				all[i].Said[o.Seat] = Voucher{o.Holds, o.Words, o.SaidAt.UTC()}
			}
		}
		for _, v := range votes {
			if v.Decision == r.ID {
				all[i].Votes[v.Seat] = v.Vote
			}
		}
		for _, l := range later {
			if l.Corrects == r.ID {
				all[i].CorrectedBy = l.ID
			}
		}
	}
	return all, nil
}
