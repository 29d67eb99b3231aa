package embedded

import (
	"errors"
	"fmt"
)

var errNearlyFull = errors.New("the disk is nearly full")

const mebi = 1 << 20

// room refuses while there is still space to shut down cleanly in. kfake does not look at what a sync answers,
// so a disk must never fill up under it. What is on its way counts twice, for Kafka's framing and the index.
func (b *Brokers) room(pending int64) error {
	free, total, err := space(b.opts.Dir)
	if err != nil {
		return fmt.Errorf("measure the disk: %w", err)
	}
	floor := max(2*mebi, min(64*mebi, total/20))
	if left := free - 2*pending; left < floor {
		return fmt.Errorf("%w: %d KiB are free and %d KiB are kept in reserve", errNearlyFull, free>>10, floor>>10)
	}
	return nil
}
