package participation

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
)

// TellPrivacyChange tells some members of a change, those after a member, and then queues the next: one after the other, so that a notice to
// everybody does not crowd out people's chats.
type TellPrivacyChange struct {
	Change string    `json:"change"`
	After  member.ID `json:"after"`
}

// TellOneOfChange tells one member of a change, who could not be told in their turn.
type TellOneOfChange struct {
	Change string    `json:"change"`
	Member member.ID `json:"member"`
}

// Kind names the job.
func (TellOneOfChange) Kind() string { return "privacy_change_again" }

// Kind names the job.
func (TellPrivacyChange) Kind() string { return "privacy_change" }

// toldAtOnce are told in one job.
const toldAtOnce = 50

// ToTell are the next members who are to be told of a change. None is left when there are none.
func (p *PrivacyChanges) ToTell(ctx context.Context, job TellPrivacyChange) ([]member.ID, error) {
	ids, err := p.register.Everybody(ctx, member.ForNotice)
	if err != nil {
		return nil, err
	}
	from, known := slices.BinarySearch(ids, job.After)
	if known {
		from++
	}
	return ids[from:min(from+toldAtOnce, len(ids))], nil
}

// Told goes on with those after the ones who were told. Each who could not be told is tried again by themself, and keeps nobody waiting.
func (p *PrivacyChanges) Told(ctx context.Context, job TellPrivacyChange, last member.ID, untold []member.ID) error {
	next := []jobs.Args{TellPrivacyChange{job.Change, last}}
	for _, m := range untold {
		next = append(next, TellOneOfChange{job.Change, m})
	}
	return p.db.Write(ctx, func(tx *gorm.DB) error { return p.jobs.AddAll(ctx, tx, next) })
}

type countRow struct {
	Comment string
	Class   member.Class
	Answer  Stand
	Members int
}

func (countRow) TableName() string { return "privacy_counts" }

// Forget counts the answers to comments on changes that are long over, and forgets whose they were and who commented. The clock asks for it.
func (p *PrivacyChanges) Forget(ctx context.Context) error {
	var ids []string
	if err := p.db.Read(ctx).Model(&remarkRow{}).Where("member <> ''").Distinct().Order("change").Pluck("change", &ids).Error; err != nil {
		return fmt.Errorf("list changes that people commented on: %w", err)
	}
	for _, id := range ids {
		c, err := p.Get(ctx, id)
		if err != nil {
			return err
		}
		over := c.ended(p.today())
		if over.IsZero() || !p.today().After(over.AddDays(forgetAfter)) {
			continue
		}
		if err := p.forget(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (p *PrivacyChanges) forget(ctx context.Context, id string) error {
	return p.on(ctx, id, func(tx *gorm.DB, _ PrivacyChange) error {
		const its = "comment IN (SELECT id FROM privacy_comments WHERE change = ?)"
		err := tx.Exec(`INSERT INTO privacy_counts (comment, class, answer, members)
			SELECT comment, class, answer, count(*) FROM privacy_answers WHERE `+its+` GROUP BY comment, class, answer`, id).Error
		if err != nil {
			return fmt.Errorf("count answers that are forgotten: %w", err)
		}
		if err := tx.Where(its, id).Delete(&standRow{}).Error; err != nil {
			return err
		}
		return tx.Model(&remarkRow{}).Where("change = ? AND member <> ''", id).Update("member", "").Error
	})
}

// PrivacyWaits is what waits for a member about privacy changes.
type PrivacyWaits struct {
	Open []Line // of which they have said nothing yet
	Owed []Line // decisions, for whoever speaks for the board
}

// Waiting tells what waits for a member, who has that account.
func (p *PrivacyChanges) Waiting(ctx context.Context, by identity.AccountID, m member.ID) (w PrivacyWaits, err error) {
	all, err := p.List(ctx)
	if err != nil {
		return w, err
	}
	speaks, err := p.Speaks(ctx, by)
	if err != nil {
		return w, err
	}
	said, err := p.spoke(ctx, m)
	if err != nil {
		return w, err
	}
	for _, c := range all {
		switch state := c.PrivacyState(p.today()); {
		case state == Commenting && !said[c.ID]:
			w.Open = append(w.Open, Line{c.ID, c.Title, c.CommentsUntil, false})
		case c.Owed(p.today()) && speaks:
			w.Owed = append(w.Owed, Line{c.ID, c.Title, c.decideBy(), state == Late})
		}
	}
	return w, nil
}

// VotesToCall are the changes that the board adopted and members are to vote on, while no vote is called, or the one that was is among those that
// ended before they decided it.
func (p *PrivacyChanges) VotesToCall(ctx context.Context, ended []string) (lines []Line, err error) {
	all, err := p.List(ctx)
	for _, c := range all {
		state := c.PrivacyState(p.today())
		if state == AwaitingVote || state == Voting && slices.Contains(ended, c.Election) {
			lines = append(lines, Line{ID: c.ID, Title: c.Title})
		}
	}
	return lines, err
}

// spoke are the changes on which somebody commented, or answered a comment.
func (p *PrivacyChanges) spoke(ctx context.Context, m member.ID) (map[string]bool, error) {
	var ids []string
	err := p.db.Read(ctx).Raw(`SELECT change FROM privacy_comments WHERE member = ? UNION
		SELECT c.change FROM privacy_comments c JOIN privacy_answers a ON a.comment = c.id WHERE a.member = ?`, m, m).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("look up what somebody spoke on: %w", err)
	}
	all := map[string]bool{}
	for _, id := range ids {
		all[id] = true
	}
	return all, nil
}
