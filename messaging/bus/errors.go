package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

var (
	// ErrGone: there is no such log. It will not come back.
	ErrGone = errors.New("no such log")
	// ErrTooLarge: the record is larger than logs take. It never will fit.
	ErrTooLarge = errors.New("the record is too large")
	// ErrUnavailable: the cluster, or its disk, cannot take it now. It may have been taken all the same: try again, and expect it twice.
	ErrUnavailable = errors.New("the log is not available now")
)

// OutOfRangeError tells that a log no longer holds, or does not yet hold, the offset asked for. Always a pointer.
type OutOfRangeError struct {
	Start, End int64 // the first offset held, and the next to be written
}

func (e *OutOfRangeError) Error() string {
	return fmt.Sprintf("offset out of range: the log holds %d to %d", e.Start, e.End)
}

// Permanent says that trying again is of no use.
func Permanent(err error) bool {
	return errors.Is(err, ErrGone) || errors.Is(err, ErrTooLarge)
}

// patience bounds every request to a cluster that the caller has not bounded more tightly.
const patience = 10 * time.Second

func unavailable(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
}

// judge puts what Sarama or a broker says into our three kinds.
func judge(err error) error {
	switch {
	case err == nil, errors.Is(err, sarama.ErrNoError):
		return nil
	case Permanent(err), errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, sarama.ErrUnknownTopicOrPartition), errors.Is(err, sarama.ErrInvalidPartition), errors.Is(err, sarama.ErrInvalidTopic):
		return fmt.Errorf("%w: %w", ErrGone, err)
	case errors.Is(err, sarama.ErrMessageSizeTooLarge), errors.Is(err, sarama.ErrMessageSetSizeTooLarge):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	default:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
}

// pause waits, or says why not to.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
