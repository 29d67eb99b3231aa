package member

import (
	"context"
	"fmt"
	"strings"
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
