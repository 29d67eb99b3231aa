package router

import (
	"context"
	"errors"

	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// mailbox is where a copy goes; nil where none does.
type mailbox = *bus.Log

// copyOut brings one wave to the mailboxes: first the recipients', then, when their outcome is known, the senders' own with the verdicts.
func (r *Router) copyOut(ctx context.Context, wave []*item) error {
	if err := r.bringRequests(ctx, wave); err != nil {
		return err
	}
	if err := r.copyToRecipients(ctx, wave); err != nil {
		return err
	}
	return r.copyToSenders(ctx, wave)
}

// bringRequests brings requests that waited for their recipient's mailbox where what now follows them will lie. The relay brings them
// as well: the same record, so an exact repeat.
func (r *Router) bringRequests(ctx context.Context, wave []*item) error {
	var letters []bus.Letter
	for _, it := range wave {
		if it.first == nil || len(it.to) == 0 || it.to[0] == nil {
			continue
		}
		record, err := r.verdicts.Waiting(ctx, *it.first)
		if err != nil {
			return err
		}
		if record.Value != nil {
			letters = append(letters, bus.Letter{To: []bus.Log{*it.to[0]}, Record: record})
		}
	}
	return clusterFailure(r.bus.AppendInOrder(ctx, letters))
}

// clusterFailure is the first error that trying again may cure.
func clusterFailure(results [][]error) error {
	for _, errs := range results {
		for _, err := range errs {
			if _, permanent := permanent(err); err != nil && !permanent {
				return err
			}
		}
	}
	return nil
}

func (r *Router) copyToRecipients(ctx context.Context, wave []*item) error {
	var letters []bus.Letter
	var whose []*item
	for _, it := range wave {
		record, err := it.recordFor(nil)
		if err != nil {
			return err
		}
		letter := bus.Letter{Record: record}
		for _, to := range it.to {
			if to != nil {
				letter.To = append(letter.To, *to)
			}
		}
		if len(letter.To) > 0 {
			letters, whose = append(letters, letter), append(whose, it)
		}
	}
	blanks, err := r.blanks(wave)
	if err != nil {
		return err
	}
	results := r.bus.AppendInOrder(ctx, append(letters, blanks...))
	if err := clusterFailure(results[len(letters):]); err != nil {
		return err
	}
	for i, errs := range results[:len(letters)] {
		if err := r.settle(ctx, whose[i], letters[i], errs); err != nil {
			return err
		}
	}
	return nil
}

// blanks take as long as the copies whose place they take.
func (r *Router) blanks(wave []*item) ([]bus.Letter, error) {
	var letters []bus.Letter
	for _, it := range wave {
		if !it.blank {
			continue
		}
		record, err := it.blankRecord()
		if err != nil {
			return nil, err
		}
		letters = append(letters, bus.Letter{To: []bus.Log{r.nobody}, Record: record})
	}
	return letters, nil
}

// settle turns a permanent failure into that recipient's verdict; any other failure holds the claim.
func (r *Router) settle(ctx context.Context, it *item, letter bus.Letter, errs []error) error {
	for j, err := range errs {
		reason, permanent := permanent(err)
		switch {
		case err == nil:
		case !permanent:
			return err
		case it.isMessage():
			if err := r.refuse(ctx, it, letter.To[j], reason, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func permanent(err error) (wire.Reason, bool) {
	switch {
	case errors.Is(err, bus.ErrGone):
		return wire.Reason_REASON_GONE, true
	case errors.Is(err, bus.ErrTooLarge):
		return wire.Reason_REASON_TOO_LARGE, true
	}
	return 0, false
}

func (r *Router) refuse(ctx context.Context, it *item, to bus.Log, reason wire.Reason, cause error) error {
	for i, box := range it.to {
		if box == nil || *box != to {
			continue
		}
		v := &it.verdicts[i]
		v.Outcome, v.Reason = messaging.Refused, reason
		r.outcomes.WithLabelValues("parked").Inc()
		r.log.WarnContext(ctx, "envelope parked for one recipient", "position", it.at.String(), "error", cause)
		parked := messaging.Parked{Position: it.at, Recipient: v.Recipient, Reason: cause.Error(), Record: it.record.Value}
		if err := r.verdicts.Refuse(ctx, *v, parked); err != nil {
			return err
		}
	}
	return nil
}

func (r *Router) copyToSenders(ctx context.Context, wave []*item) error {
	var letters []bus.Letter
	for _, it := range wave {
		if it.own == nil {
			continue
		}
		verdicts := []*wire.Verdict{}
		for _, v := range it.verdicts {
			verdicts = append(verdicts, v.Wire())
		}
		record, err := it.recordFor(verdicts)
		if err != nil {
			return err
		}
		letters = append(letters, bus.Letter{To: []bus.Log{*it.own}, Record: record})
	}
	return clusterFailure(r.bus.AppendInOrder(ctx, letters))
}
