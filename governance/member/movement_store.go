package member

import (
	"context"
	"fmt"

	"folkmoot/internal/calendar"
)

// Movement is how the register changed over some time.
type Movement struct {
	Start  int // members at its beginning
	Joined int
	Left   int // by any end of a membership
}

// Movement counts who was a member when a day began, and who came and went from then until the end of another.
func (r *Register) Movement(ctx context.Context, from, to calendar.Date) (m Movement, err error) {
	first, last := from.String(), to.String()
	err = r.db.Read(ctx).Raw(`SELECT count(CASE WHEN entered < ? AND (ceased = '' OR ceased >= ?) THEN 1 END) AS start,
		count(CASE WHEN entered BETWEEN ? AND ? THEN 1 END) AS joined, count(CASE WHEN ceased BETWEEN ? AND ? THEN 1 END) AS "left"
		FROM members WHERE entered <> ''`, first, first, first, last, first, last).Scan(&m).Error
	if err != nil {
		return m, fmt.Errorf("count who came and went: %w", err)
	}
	return m, nil
}
