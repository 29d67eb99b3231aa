package member

import (
	"context"
	"fmt"
	"strings"

	"folkmoot/internal/calendar"
)

// Beginning is the one member whose ID begins with these letters, as on a standing order; "" for none, or for more than one.
func (r *Register) Beginning(ctx context.Context, letters string) (ID, error) {
	if letters == "" {
		return "", nil
	}
	var ids []ID
	err := r.db.Read(ctx).Model(&memberRow{}).Where(`id LIKE ? ESCAPE '\'`, likened.Replace(strings.ToLower(letters))+"%").Limit(2).Pluck("id", &ids).Error
	if err != nil {
		return "", fmt.Errorf("look up a member by reference: %w", err)
	}
	if len(ids) != 1 {
		return "", nil
	}
	return ids[0], nil
}

// Everybody is who is a member now or was one, for whoever needs them all: the roll builder, and notices, which go to those who are.
// The look is noted once, as one at the whole list.
func (r *Register) Everybody(ctx context.Context, purpose Purpose) ([]ID, error) {
	if err := r.note(ctx, "", purpose, ""); err != nil {
		return nil, err
	}
	states := []State{Admitted}
	if purpose == ForRoll {
		states = append(states, Ended) // who left since the record date was a member on it
	}
	var ids []ID
	if err := r.db.Read(ctx).Model(&memberRow{}).Where("state IN ?", states).Order("id").Pluck("id", &ids).Error; err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return ids, nil
}

// Ceased are all who were members and had ceased to be by the end of a day.
func (r *Register) Ceased(ctx context.Context, by calendar.Date) (map[ID]bool, error) {
	var ids []ID
	err := r.db.Read(ctx).Model(&memberRow{}).Where("ceased <> '' AND ceased <= ?", by.String()).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list former members: %w", err)
	}
	gone := make(map[ID]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	return gone, nil
}
