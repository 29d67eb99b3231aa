package gocardless

import (
	"context"
	"fmt"
	"time"

	"folkmoot/billing"
)

// pageOfEvents is the most that GoCardless gives at once.
const pageOfEvents = 500

// Changed lists what has changed since a moment, each thing once a page. GoCardless tells the newest first, so pages go back in time;
// within a page the oldest comes first.
func (p *Provider) Changed(ctx context.Context, since time.Time, page string) (refs []billing.Ref, next string, err error) {
	found, err := p.api.Events.List(ctx, EventListParams{
		After: page, CreatedAt: EventListParamsCreatedAt{Gte: since.UTC().Format("2006-01-02T15:04:05.000Z")}, Limit: pageOfEvents,
	})
	if err != nil {
		return nil, "", fmt.Errorf("list what changed: %w", err)
	}
	seen := map[billing.Ref]bool{}
	for i := len(found.Events) - 1; i >= 0; i-- {
		ref := about(&found.Events[i])
		if ref.Kind != billing.RefNothing && !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
	}
	return refs, found.Meta.Cursors.After, nil
}
