package gocardless

import (
	"context"
	"fmt"
	"strings"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// flowLife is how long GoCardless keeps a hosted page open.
const flowLife = 7 * 24 * time.Hour

// Begin opens the page on which somebody signs a mandate. Nothing is paid there: the share and the first dues are collected as payments.
// The flow's id is the billing request's, which unlike the page itself can be read again.
func (p *Provider) Begin(ctx context.Context, s billing.Setup) (billing.Flow, error) {
	if s.Terms.Price() == 0 {
		return billing.Flow{}, fmt.Errorf("ask for a mandate with nothing to collect under it: %w", billing.ErrRefused)
	}
	asked, err := p.api.BillingRequests.Create(ctx, BillingRequestCreateParams{
		MandateRequest: BillingRequestCreateParamsMandateRequest{
			Currency: money.Currency, Description: "Membership dues", Scheme: "bacs",
			Metadata: metadata(map[string]string{memberKey: string(s.Member)}), // the mandate's
		},
		Metadata: metadata(map[string]string{memberKey: string(s.Member), keyKey: s.Key, shareKey: digits(s.Share)}),
	}, s.Key)
	if err != nil {
		return billing.Flow{}, fmt.Errorf("ask for a mandate: %w", err)
	}
	flow, err := p.flow(asked)
	if err != nil || flow.State != billing.FlowOpen {
		return flow, err
	}
	page, err := p.api.BillingRequestFlows.Create(ctx, BillingRequestFlowCreateParams{
		ExitUri: s.Quit, Links: BillingRequestFlowCreateParamsLinks{asked.Id}, PrefilledCustomer: prefilled(s), RedirectUri: s.Done,
	}, s.Key+":page")
	if err != nil {
		return billing.Flow{}, fmt.Errorf("open the page for a mandate: %w", err)
	}
	flow.URL = page.AuthorisationUrl
	return flow, nil
}

// prefilled is what they need not type again. GoCardless wants a given and a family name; they may mend the guess.
func prefilled(s billing.Setup) *BillingRequestFlowCreateParamsPrefilledCustomer {
	if s.Email == "" && s.Name == "" {
		return nil
	}
	names := strings.Fields(s.Name)
	who := &BillingRequestFlowCreateParamsPrefilledCustomer{Email: s.Email}
	if n := len(names); n > 0 {
		who.GivenName = strings.Join(names[:max(n-1, 1)], " ")
		if n > 1 {
			who.FamilyName = names[n-1]
		}
	}
	return who
}

// Flow reads again what became of a page. Its address is only in Begin's answer; Begin with the same Key gives it again.
func (p *Provider) Flow(ctx context.Context, id string) (billing.Flow, error) {
	asked, err := p.api.BillingRequests.Get(ctx, id)
	if err != nil {
		return billing.Flow{}, fmt.Errorf("read billing request %s: %w", id, err)
	}
	return p.flow(asked)
}

func (p *Provider) flow(r *BillingRequest) (billing.Flow, error) {
	f := billing.Flow{ID: r.Id, Member: member.ID(r.Metadata[memberKey]), Customer: r.Links.Customer}
	switch r.Status {
	case "fulfilled":
		f.State, f.Method = billing.FlowDone, r.Links.MandateRequestMandate
		if f.Method == "" {
			return f, fmt.Errorf("billing request %s is fulfilled without a mandate", r.Id)
		}
	case "cancelled":
		f.State = billing.FlowExpired
	case "pending":
		f.State = billing.FlowOpen
		if made := moment(r.CreatedAt); !made.IsZero() && p.now().After(made.Add(flowLife)) {
			f.State = billing.FlowExpired // GoCardless leaves such a request pending for ever
		}
	case "ready_to_fulfil", "fulfilling":
		f.State = billing.FlowOpen
	default:
		return f, fmt.Errorf("billing request %s is %q, which we do not know", r.Id, r.Status)
	}
	return f, nil
}
