package gocardless

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"folkmoot/billing"
	"folkmoot/internal/money"
)

// pageOfItems is the most that GoCardless gives at once, and mostItems the most that one payout may have.
const (
	pageOfItems = 500
	mostItems   = 200_000
)

var payoutStates = map[string]billing.PayoutState{
	"pending": billing.PayoutPending,
	"paid":    billing.PayoutPaid,
	"bounced": billing.PayoutFailed,
}

var itemKinds = map[string]billing.ItemKind{
	"payment_paid_out":      billing.ItemPayment,
	"payment_failed":        billing.ItemReversal,
	"payment_charged_back":  billing.ItemReversal,
	"payment_refunded":      billing.ItemRefund,
	"refund":                billing.ItemRefund,
	"refund_funds_returned": billing.ItemRefund, // and its amount is positive
	"gocardless_fee":        billing.ItemFee,
	"app_fee":               billing.ItemFee,
	"surcharge_fee":         billing.ItemFee,
}

// Payout reads again a payout with all its items. Fees are told nowhere else.
func (p *Provider) Payout(ctx context.Context, ref string) (billing.Payout, error) {
	found, err := p.api.Payouts.Get(ctx, ref)
	if err != nil {
		return billing.Payout{}, fmt.Errorf("read payout %s: %w", ref, err)
	}
	state, ok := payoutStates[found.Status]
	if !ok || found.Currency != money.Currency {
		return billing.Payout{}, fmt.Errorf("payout %s is %q in %q, which we do not know", ref, found.Status, found.Currency)
	}
	var items []PayoutItem
	for after := ""; ; {
		page, err := p.api.PayoutItems.List(ctx, PayoutItemListParams{After: after, Limit: pageOfItems, Payout: ref})
		if err != nil {
			return billing.Payout{}, fmt.Errorf("read the items of payout %s: %w", ref, err)
		}
		items = append(items, page.PayoutItems...)
		if after = page.Meta.Cursors.After; after == "" {
			break
		}
		if len(items) > mostItems || len(page.PayoutItems) == 0 {
			return billing.Payout{}, fmt.Errorf("the items of payout %s do not end", ref)
		}
	}
	out := billing.Payout{
		Provider: billing.GoCardless, Ref: found.Id, Amount: pence(found.Amount), Arrives: day(found.ArrivalDate), State: state,
		Words: found.Reference,
	}
	if out.Items, err = wholePence(items, out.Amount); err != nil {
		return billing.Payout{}, fmt.Errorf("payout %s: %w", ref, err)
	}
	return out, nil
}

// wholePence turns items in tenths of a penny into whole pence that sum to the payout. Only fees have tenths: each of those takes the
// difference that it makes to their running total, rounded. What GoCardless' own rounding leaves over is a fee too; more than that is
// something that we do not understand, and is named as such.
func wholePence(items []PayoutItem, total money.Pence) ([]billing.PayoutItem, error) {
	all := make([]billing.PayoutItem, 0, len(items))
	var sum, given money.Pence
	var running int64
	for _, i := range items {
		tenths, err := inTenths(i.Amount)
		if err != nil {
			return nil, err
		}
		kind, ok := itemKinds[i.Type]
		if !ok {
			kind = billing.ItemOther
		}
		amount := money.Pence(tenths / 10)
		if tenths%10 != 0 {
			running += tenths
			amount = rounded(running) - given
			given += amount
		}
		if amount == 0 {
			continue // a tenth that the next one takes up
		}
		sum += amount
		all = append(all, billing.PayoutItem{Kind: kind, Payment: i.Links.Payment, Amount: amount})
	}
	switch over := total - sum; {
	case over == 0:
	case over >= -1 && over <= 1:
		all = append(all, billing.PayoutItem{Kind: billing.ItemFee, Amount: over})
	default:
		all = append(all, billing.PayoutItem{Kind: billing.ItemOther, Amount: over})
	}
	return all, nil
}

// inTenths reads "-20.5" as -205, without a float on the way.
func inTenths(s string) (int64, error) {
	units, tenth, _ := strings.Cut(s, ".")
	if tenth == "" {
		tenth = "0"
	}
	n, err := strconv.ParseInt(units+tenth, 10, 64)
	if err != nil || units == "" || len(tenth) != 1 || tenth[0] < '0' || tenth[0] > '9' {
		return 0, fmt.Errorf("%q is no amount of pence with one decimal place", s)
	}
	return n, nil
}

// rounded is the nearest whole number of pence; halves go up, which for a fee is the society's way.
func rounded(tenths int64) money.Pence {
	pence := (tenths + 5) / 10
	if (tenths+5)%10 < 0 {
		pence--
	}
	return money.Pence(pence)
}
