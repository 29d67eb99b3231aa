package router

import (
	"context"
	"errors"
	"maps"
	"slices"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// decide gives every item its verdicts from what recipients wish at this moment, and writes them down. Where that shows that some were
// given before (a replay after a crash, a client's retry), it decides again with those in hand: what was decided stays.
func (r *Router) decide(ctx context.Context, items []*item) error {
	if err := r.findRosters(ctx, items); err != nil {
		return err
	}
	wishes, err := r.verdicts.Wishes(ctx, asks(items))
	if err != nil {
		return err
	}
	boxes, err := r.verdicts.Boxes(ctx, accounts(items))
	if err != nil {
		return err
	}
	d, err := r.settleOn(ctx, items, decisions{wishes: maps.Clone(wishes), boxes: boxes, kept: map[messaging.MessageKey][]messaging.Verdict{}})
	if errors.Is(err, messaging.ErrDecidedBefore) {
		kept, failed := r.verdicts.Kept(ctx, keys(items))
		if failed != nil {
			return failed
		}
		d, err = r.settleOn(ctx, items, decisions{wishes: wishes, boxes: boxes, kept: kept})
	}
	if err != nil {
		return err
	}
	for outcome, n := range d.outcomes {
		r.outcomes.WithLabelValues(outcome).Add(float64(n))
	}
	return nil
}

func (r *Router) settleOn(ctx context.Context, items []*item, d decisions) (*decisions, error) {
	d.outcomes = map[string]int{}
	for _, it := range items {
		it.undecide()
		if err := d.take(it); err != nil {
			return nil, err
		}
	}
	return &d, r.verdicts.Keep(ctx, d.verdicts, d.requests, d.parked)
}

func (r *Router) findRosters(ctx context.Context, items []*item) error {
	var ids []string
	for _, it := range items {
		if it.envelope != nil {
			ids = append(ids, it.envelope.Conversation)
		}
	}
	found, err := r.conversations.FindAll(ctx, ids)
	for _, it := range items {
		if it.envelope != nil {
			it.roster = found[it.envelope.Conversation]
		}
	}
	return err
}

// asks are the way to each recipient, and for watermarks the way back too.
func asks(items []*item) []messaging.Ask {
	wanted := map[messaging.Ask]bool{}
	for _, it := range items {
		if it.envelope == nil {
			continue
		}
		for _, other := range it.roster.Others(it.sender()) {
			wanted[messaging.Ask{Recipient: other, Sender: it.sender()}] = true
			if !it.isMessage() {
				wanted[messaging.Ask{Recipient: it.sender(), Sender: other}] = true
			}
		}
	}
	return slices.Collect(maps.Keys(wanted))
}

// accounts are all who may get something: the senders and the recipients.
func accounts(items []*item) []identity.AccountID {
	all := map[identity.AccountID]bool{}
	for _, it := range items {
		if it.envelope == nil {
			continue
		}
		all[it.sender()] = true
		for _, p := range it.roster.Participants {
			all[p] = true
		}
	}
	return slices.Collect(maps.Keys(all))
}

func keys(items []*item) []messaging.MessageKey {
	var keys []messaging.MessageKey
	for _, it := range items {
		if it.envelope != nil && it.isMessage() {
			keys = append(keys, it.key())
		}
	}
	return keys
}

// decisions is one batch's worth; later items see what earlier ones changed.
type decisions struct {
	wishes   map[messaging.Ask]messaging.Wish
	boxes    map[identity.AccountID]bus.Log
	kept     map[messaging.MessageKey][]messaging.Verdict
	verdicts []messaging.Verdict
	requests []messaging.Request
	parked   []messaging.Parked
	outcomes map[string]int // for the metrics
}

// box is an account's mailbox, nil when it has none.
func (d *decisions) box(account identity.AccountID) mailbox {
	if log, ok := d.boxes[account]; ok {
		return &log
	}
	return nil
}

func (d *decisions) take(it *item) error {
	if it.envelope == nil {
		d.parked = append(d.parked, messaging.Parked{Position: it.at, Reason: it.faulty, Record: it.record.Value})
		d.outcomes["parked"]++
		return nil
	}
	it.own = d.box(it.sender())
	if !it.isMessage() {
		d.watermark(it)
		return nil
	}
	if before, ok := d.kept[it.key()]; ok {
		d.again(it, before)
		return nil
	}
	return d.message(it)
}

// again repeats kept verdicts for the same position; another position of the same message is a client's retry, forwarded once already.
func (d *decisions) again(it *item, before []messaging.Verdict) {
	if len(before) == 0 || before[0].Position != it.at {
		d.outcomes["repeated"]++
		return
	}
	it.verdicts, it.forward = before, true
	for _, v := range before {
		it.request = it.request || v.Outcome == messaging.Held
	}
	d.address(it)
}

func (d *decisions) message(it *item) error {
	recipients := it.roster.Others(it.sender())
	refusal := wire.Reason_REASON_UNSPECIFIED
	switch {
	case it.roster.ID == "":
		refusal, recipients = wire.Reason_REASON_NO_CONVERSATION, []identity.AccountID{""}
	case !it.roster.Has(it.sender()):
		refusal, recipients = wire.Reason_REASON_NOT_A_PARTICIPANT, []identity.AccountID{""}
	case !it.claimTrue():
		refusal = wire.Reason_REASON_MALFORMED
	case slices.Contains(recipients, messaging.SocietyAccount):
		refusal = wire.Reason_REASON_NO_ANSWERS
	}
	for _, recipient := range recipients {
		v := messaging.Verdict{
			Device: it.key().Device, Message: it.envelope.Id, Recipient: recipient, Position: it.at,
			Outcome: messaging.Refused, Reason: refusal,
		}
		if refusal == wire.Reason_REASON_UNSPECIFIED {
			if err := d.judge(it, &v); err != nil {
				return err
			}
		}
		d.outcomes[string(v.Outcome)]++
		it.verdicts = append(it.verdicts, v)
	}
	it.forward = true
	d.kept[it.key()] = it.verdicts
	d.verdicts = append(d.verdicts, it.verdicts...)
	d.address(it)
	return nil
}

// judge asks the wish; a request is written down with the position that it may use.
func (d *decisions) judge(it *item, v *messaging.Verdict) error {
	ask := messaging.Ask{Recipient: v.Recipient, Sender: it.sender()}
	wish := d.wishes[ask]
	v.Outcome, v.Reason = messaging.Judge(wish, it.at)
	switch v.Outcome {
	case messaging.Delivered:
		if wish.Waiting {
			it.first = &ask
		}
		if d.box(v.Recipient) == nil {
			v.Outcome, v.Reason = messaging.Refused, wire.Reason_REASON_GONE
		}
	case messaging.Held, messaging.Unheard:
		it.request = v.Outcome == messaging.Held
		if wish.Request != nil {
			break
		}
		request := messaging.Request{
			Recipient: v.Recipient, Sender: it.sender(), Conversation: it.envelope.Conversation, Position: it.at,
			Unheard: v.Outcome == messaging.Unheard,
		}
		if it.request && d.box(v.Recipient) == nil { // they never signed in: keep it for the day they do
			record, err := it.recordFor(nil)
			if err != nil {
				return err
			}
			request.Copy = record.Value
		}
		d.requests = append(d.requests, request)
		wish.Request = &request.Position
		d.wishes[ask] = wish
	case messaging.Blocked, messaging.Refused:
	}
	return nil
}

// address looks up the mailboxes of those who get a copy.
func (d *decisions) address(it *item) {
	it.to = make([]mailbox, len(it.verdicts))
	for i, v := range it.verdicts {
		if v.Copied() {
			it.to[i] = d.box(v.Recipient)
		}
		if v.Outcome != messaging.Refused && it.to[i] == nil {
			it.blank = true
		}
	}
}

// watermark goes to the sender's own devices, and to the others only where each has the other and neither blocked:
// before a request is accepted nobody learns that somebody looked.
func (d *decisions) watermark(it *item) {
	if !it.roster.Has(it.sender()) {
		d.outcomes["watermark_refused"]++
		return
	}
	it.forward = true
	for _, other := range it.roster.Others(it.sender()) {
		if other == messaging.SocietyAccount {
			continue // it has no mailbox, and is not told who has read what
		}
		there := d.wishes[messaging.Ask{Recipient: other, Sender: it.sender()}]
		back := d.wishes[messaging.Ask{Recipient: it.sender(), Sender: other}]
		if there.Contact && back.Contact && !there.Blocked && !back.Blocked {
			it.to = append(it.to, d.box(other))
		} else {
			it.blank = true
		}
	}
	d.outcomes["watermark"]++
}
