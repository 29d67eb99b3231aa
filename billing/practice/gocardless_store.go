package practice

import "time"

// eventsAbout lists what happened to one thing, or to all if it is not named, newest first.
func (b *book) eventsAbout(about string, since time.Time, after string, most int) ([]event, error) {
	if about == "" {
		return b.events(since, after, most)
	}
	q := b.tx.Where("provider = ? AND about = ? AND made_at >= ?", b.provider, about, since.UTC())
	if after != "" {
		q = q.Where("number < (SELECT number FROM practice_events WHERE provider = ? AND id = ?)", b.provider, after)
	}
	var rows []eventRow
	err := q.Order("number DESC").Limit(most).Find(&rows).Error
	events := make([]event, len(rows))
	for i, r := range rows {
		events[i] = fromEventRow(r)
	}
	return events, err
}
