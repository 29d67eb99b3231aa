package gocardless

import (
	"context"
	"fmt"

	"folkmoot/billing"
	"folkmoot/governance/member"
)

// mandateStates are billing's words for a mandate's status.
var mandateStates = map[string]billing.MethodState{
	"pending_customer_approval": billing.MethodPending, // two must sign at their bank, and one has
	"pending_submission":        billing.MethodPending,
	"submitted":                 billing.MethodPending,
	"active":                    billing.MethodActive,
	"failed":                    billing.MethodEnded,
	"cancelled":                 billing.MethodEnded,
	"expired":                   billing.MethodEnded,
	"consumed":                  billing.MethodEnded,
	"blocked":                   billing.MethodEnded,
	"suspended_by_payer":        billing.MethodEnded,
}

// Method reads again a mandate, and the last digits of its account while it can be used.
func (p *Provider) Method(ctx context.Context, ref string) (billing.Method, error) {
	m, err := p.api.Mandates.Get(ctx, ref)
	if err != nil {
		return billing.Method{}, fmt.Errorf("read mandate %s: %w", ref, err)
	}
	state, ok := mandateStates[m.Status]
	if !ok {
		return billing.Method{}, fmt.Errorf("mandate %s is %q, which we do not know", ref, m.Status)
	}
	method := billing.Method{
		Ref: m.Id, Customer: m.Links.Customer, State: state, ReplacedBy: m.Links.NewMandate, Member: member.ID(m.Metadata[memberKey]),
	}
	if state == billing.MethodEnded || m.Links.CustomerBankAccount == "" {
		return method, nil
	}
	account, err := p.api.CustomerBankAccounts.Get(ctx, m.Links.CustomerBankAccount)
	if err != nil {
		return billing.Method{}, fmt.Errorf("read the account of mandate %s: %w", ref, err)
	}
	method.Description = "account ending " + account.AccountNumberEnding
	return method, nil
}

// End cancels a mandate, and with it the payments that have not gone to the bank.
func (p *Provider) End(ctx context.Context, ref string) error {
	_, err := p.api.Mandates.Cancel(ctx, ref, MandateCancelParams{})
	if err == nil {
		return nil
	}
	if refused(err, "cancellation_failed", "mandate_is_inactive") {
		m, again := p.api.Mandates.Get(ctx, ref)
		if again == nil && mandateStates[m.Status] == billing.MethodEnded {
			return nil
		}
	}
	return fmt.Errorf("cancel mandate %s: %w", ref, err)
}
