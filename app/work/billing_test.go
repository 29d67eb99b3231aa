package work

import (
	"context"
	"errors"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/internal/jobs"
)

func TestAJobThatMeetsABusyProviderComesAgainWhenThatSays(t *testing.T) {
	refused := errors.New("refused")
	for what, c := range map[string]struct {
		err   error
		after time.Duration // 0: as any job that fails
	}{
		"a 429 with a time":    {&billing.BusyError{After: 7 * time.Second, Cause: errors.New("429")}, 7 * time.Second},
		"a 503 without one":    {&billing.BusyError{Cause: errors.New("503")}, 0},
		"a refusal":            {refused, 0},
		"none, and it is done": {nil, 0},
	} {
		got := waits(func(context.Context, billing.CollectDue) error { return c.err })(t.Context(), billing.CollectDue{})
		later, waits := errors.AsType[*jobs.LaterError](got)
		if waits != (c.after > 0) || waits && later.After != c.after || !waits && !errors.Is(got, c.err) {
			t.Errorf("%s: got %v", what, got)
		}
	}
}
