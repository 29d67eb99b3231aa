package meeting

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
)

// mostWaits is how many of each sort are listed for a member.
const mostWaits = 20

// Waiting is what waits for a member: meetings to come that they have notice of, what wants a seconder, and votes that are open where they are
// present and have not voted.
func (m *Meetings) Waiting(ctx context.Context, who member.ID) (w Waits, err error) {
	tx, now := m.db.Read(ctx), m.now()
	w.Coming, err = m.list(tx.Where("confirmed_at IS NOT NULL AND closed_at IS NULL AND ended_at IS NULL").
		Where("id IN (?)", tx.Session(&gorm.Session{NewDB: true}).Model(&noticeRow{}).Select("meeting").Where("what = ? AND member = ?", NoticeCalled, who)).Order("meets_at, id"))
	if err != nil {
		return w, err
	}
	if w.Seconding, err = seconding(m.db.Read(ctx), who, now); err != nil {
		return w, err
	}
	w.Voting, err = voting(m.db.Read(ctx), who)
	return w, err
}

// BallotsToCall are motions that wait for somebody to call the secret ballot that decides them, as none is called, or the one that was is among those
// that ended before they decided it.
func (m *Meetings) BallotsToCall(ctx context.Context, ended []string) (lines []Line, err error) {
	var rows []motionRow
	err = m.db.Read(ctx).Where("outcome = ? AND election IN ? AND gone_at IS NULL", Ballot, append([]string{""}, ended...)).Order("decided_at, id").Limit(mostWaits).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list ballots that are to be called: %w", err)
	}
	for _, r := range rows {
		lines = append(lines, Line{Meeting: r.Meeting, Motion: r.ID, Title: r.Title})
	}
	return lines, nil
}

// seconding are motions and amendments of others that want a seconder, those first whose time is up first.
func seconding(tx *gorm.DB, who member.ID, now time.Time) (lines []Line, err error) {
	var rows []struct {
		Meeting, Motion, Title string
		Until                  time.Time
	}
	err = tx.Raw(`SELECT m.meeting, m.id AS motion, m.title, g.motions_by AS until FROM meeting_motions m JOIN meetings g ON g.id = m.meeting
WHERE g.ended_at IS NULL AND g.motions_by > ? AND m.from_board = '' AND m.seconder = '' AND m.gone_at IS NULL AND m.proposer <> ?
ORDER BY g.motions_by, m.id LIMIT ?`, now, who, mostWaits).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list motions that want a seconder: %w", err)
	}
	for _, r := range rows {
		lines = append(lines, Line{Meeting: r.Meeting, Motion: r.Motion, Title: r.Title, Until: r.Until.UTC()})
	}
	rows = nil
	err = tx.Raw(`SELECT m.meeting, m.id AS motion, m.title, g.amendments_by AS until FROM meeting_amendments a JOIN meeting_motions m ON m.id = a.motion JOIN meetings g ON g.id = m.meeting
WHERE g.ended_at IS NULL AND g.amendments_by > ? AND a.floor = 0 AND a.seconder = '' AND a.gone_at IS NULL AND a.outcome = '' AND a.proposer <> ?
AND m.gone_at IS NULL AND m.outcome = '' ORDER BY g.amendments_by, a.id LIMIT ?`, now, who, mostWaits).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list amendments that want a seconder: %w", err)
	}
	for _, r := range rows {
		lines = append(lines, Line{Meeting: r.Meeting, Motion: r.Motion, Title: r.Title, Until: r.Until.UTC(), Amendment: true})
	}
	return lines, nil
}

// voting are the votes that are open where somebody is present and has not voted, by themselves or by hand.
func voting(tx *gorm.DB, who member.ID) (open []OpenVote, err error) {
	err = tx.Raw(`SELECT v.meeting, m.title FROM meeting_votes v JOIN meeting_motions m ON m.id = v.motion
JOIN meeting_attendance a ON a.meeting = v.meeting AND a.member = ? AND a.left_at IS NULL
LEFT JOIN meeting_choices c ON c.vote = v.id AND c.member = a.member
WHERE v.closed_at IS NULL AND c.member IS NULL AND (a.way <> ? OR v.room_yes + v.room_no + v.room_abstain = 0)
ORDER BY v.opened_at LIMIT ?`, who, InRoom, mostWaits).Scan(&open).Error
	if err != nil {
		err = fmt.Errorf("list votes that wait for a member: %w", err)
	}
	return open, err
}
