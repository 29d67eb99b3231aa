package practice

import (
	"context"
	"net/url"
	"time"

	"folkmoot/billing"
)

// gcFlowLasts is how long a hosted page stays open.
const gcFlowLasts = 7 * 24 * time.Hour

// Account is a bank account to sign a mandate for; it decides what becomes of the mandate and its payments.
type Account string

// The accounts.
const (
	AccountWorks  Account = "works"
	AccountEmpty  Account = "empty"  // the mandate works, payments fail
	AccountClosed Account = "closed" // the mandate fails when it comes to the bank
)

var endings = map[Account]string{AccountWorks: "11", AccountEmpty: "22", AccountClosed: "33"}

// MandatePage is what a hosted page of GoCardless' look-alike shows.
type MandatePage struct {
	ID    string
	Open  bool
	Words string // what the mandate is for
	Name  string // of the payer, as far as it is known
	Email string
	Done  string // where it sends the person afterwards
	Quit  string
}

// MandatePage reads a hosted page.
func (h *House) MandatePage(ctx context.Context, id string) (p MandatePage, err error) {
	err = h.books.read(ctx, billing.GoCardless, func(b *book) error {
		flow, asked, err := gcFlowAndRequest(b, id)
		if err != nil {
			return err
		}
		p = MandatePage{ID: id, Open: gcFlowOpen(b, flow, asked), Words: asked.MandateRequest.Description, Done: flow.RedirectURI, Quit: flow.ExitURI}
		if flow.Prefilled != nil {
			p.Name, p.Email = flow.Prefilled.GivenName+" "+flow.Prefilled.FamilyName, flow.Prefilled.Email
		}
		return nil
	})
	return p, err
}

func gcFlowAndRequest(b *book, id string) (flow gcFlow, asked gcRequest, err error) {
	if err = b.get(gcFlows, id, &flow); err == nil {
		err = b.get(gcRequests, flow.Links.BillingRequest, &asked)
	}
	return flow, asked, err
}

func gcFlowOpen(b *book, flow gcFlow, asked gcRequest) bool {
	until, err := time.Parse(time.RFC3339, flow.ExpiresAt)
	return err == nil && asked.Status == "pending" && b.now.Before(until)
}

// QuitFlow is the way back from the page. It stays open, as GoCardless' does.
func (h *House) QuitFlow(ctx context.Context, id string) (quit string, err error) {
	p, err := h.MandatePage(ctx, id)
	return p.Quit, err
}

// Authorise signs the mandate on the page, and returns where to go then. ErrNotNow: the page is over.
func (h *House) Authorise(ctx context.Context, id string, account Account) (done string, err error) {
	g := gcHalf{h}
	err = g.write(ctx, func(b *book) error {
		flow, asked, err := gcFlowAndRequest(b, id)
		if err != nil {
			return err
		}
		if endings[account] == "" || !gcFlowOpen(b, flow, asked) {
			return ErrNotNow
		}
		done = flow.RedirectURI
		return g.fulfil(b, flow, asked, account)
	})
	return done, err
}

// fulfil makes what was asked for: a customer, their account, a mandate.
func (g gcHalf) fulfil(b *book, flow gcFlow, asked gcRequest, account Account) error {
	customer := gcCustomer{ID: gcID("CU"), CreatedAt: gcTime(b.now)}
	if flow.Prefilled != nil {
		customer.gcPerson = *flow.Prefilled
	}
	if err := b.put(gcCustomers, customer.ID, asked.ID, customer); err != nil {
		return err
	}
	bank := gcAccount{
		ID: gcID("BA"), CreatedAt: gcTime(b.now), AccountNumberEnding: endings[account], BankName: "PRACTICE BANK", CountryCode: "GB",
		Currency: "GBP", Enabled: true, Links: gcAccountLinks{customer.ID}, Is: account,
	}
	if err := b.put(gcAccounts, bank.ID, customer.ID, bank); err != nil {
		return err
	}
	mandate := gcMandate{
		ID: gcID("MD"), CreatedAt: gcTime(b.now), Reference: gcID("PRACTICE-"), Scheme: "bacs", Status: "pending_submission",
		Metadata: asked.MandateRequest.Metadata, Links: gcMandateLinks{Creditor: gcCreditor, Customer: customer.ID, CustomerBankAccount: bank.ID},
		Made: b.today().String(),
	}
	if mandate.Metadata == nil {
		mandate.Metadata = metadata{}
	}
	if err := b.put(gcMandates, mandate.ID, gcMoving, mandate); err != nil {
		return err
	}
	asked.Status = "fulfilled"
	asked.Links.Customer, asked.Links.CustomerBankAccount, asked.Links.MandateRequestMandate = customer.ID, bank.ID, mandate.ID
	if err := b.put(gcRequests, asked.ID, "", asked); err != nil {
		return err
	}
	why := gcDetails{Origin: "api", Cause: "billing_request_fulfilled", Description: "This billing request has been fulfilled."}
	err := g.tell(b, gcRequests, "fulfilled", asked.ID, why, "customer", customer.ID, "mandate_request_mandate", mandate.ID)
	if err != nil {
		return err
	}
	return g.tell(b, gcMandates, "created", mandate.ID, gcDetails{Origin: "api", Cause: "mandate_created", Description: "Mandate created via the API."})
}

type gcRequestParams struct {
	MandateRequest gcMandateRequest `json:"mandate_request"`
	Metadata       metadata         `json:"metadata"`
}

func (g gcHalf) openRequest(b *book, p gcRequestParams) (string, error) {
	switch {
	case p.MandateRequest.Currency != "GBP":
		return "", gcInvalid("currency")
	case p.MandateRequest.Scheme != "" && p.MandateRequest.Scheme != "bacs":
		return "", gcInvalid("scheme")
	case !gcMetadata(p.Metadata) || !gcMetadata(p.MandateRequest.Metadata):
		return "", gcInvalid("metadata")
	}
	asked := gcRequest{
		ID: gcID("BRQ"), CreatedAt: gcTime(b.now), Status: "pending", MandateRequest: p.MandateRequest, Metadata: p.Metadata,
		Links: gcRequestLinks{Creditor: gcCreditor},
	}
	if asked.Metadata == nil {
		asked.Metadata = metadata{}
	}
	if err := b.put(gcRequests, asked.ID, "", asked); err != nil {
		return "", err
	}
	why := gcDetails{Origin: "api", Cause: "billing_request_created", Description: "This billing request has been created."}
	return asked.ID, g.tell(b, gcRequests, "created", asked.ID, why)
}

// gcMetadata holds metadata to GoCardless' limits.
func gcMetadata(m metadata) bool {
	for name, value := range m {
		if name == "" || len(name) > 50 || value == "" || len(value) > 500 {
			return false
		}
	}
	return len(m) <= 3
}

type gcFlowParams struct {
	ExitURI           string      `json:"exit_uri"`
	Links             gcFlowLinks `json:"links"`
	PrefilledCustomer *gcPerson   `json:"prefilled_customer"`
	RedirectURI       string      `json:"redirect_uri"`
}

func (g gcHalf) openFlow(b *book, p gcFlowParams) (string, error) {
	var asked gcRequest
	if err := b.get(gcRequests, p.Links.BillingRequest, &asked); err != nil {
		return "", err
	}
	for field, address := range map[string]string{"redirect_uri": p.RedirectURI, "exit_uri": p.ExitURI} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return "", gcInvalid(field)
		}
	}
	if asked.Status != "pending" {
		return "", gcState("billing_request_not_pending")
	}
	id := gcID("BRF")
	flow := gcFlow{
		ID: id, AuthorisationURL: g.house.site + "/practice/gocardless/flow/" + id, AutoFulfil: true, CreatedAt: gcTime(b.now),
		ExpiresAt: gcTime(b.now.Add(gcFlowLasts)), ExitURI: p.ExitURI, RedirectURI: p.RedirectURI, Prefilled: p.PrefilledCustomer, Links: p.Links,
	}
	return id, b.put(gcFlows, id, asked.ID, flow)
}

// initialise only shows the flow: the pages here need no token.
func (g gcHalf) initialise(b *book, id string) (string, error) {
	return gcFlows, b.get(gcFlows, id, &gcFlow{})
}
