package practice

import (
	"encoding/json"
	"errors"

	"folkmoot/internal/calendar"
)

// How many working days things take, by GoCardless' page on timings: a new mandate is submitted on the second day and charged on the fourth.
const (
	mandateSubmitDays = 2
	mandateActiveDays = 4
	newLead           = 4 // from asking to charging, under a mandate that is not yet at the bank
	oldLead           = 3 // … and under one that is
	submitLead        = 2 // from the bank to charging
	confirmDays       = 1 // from charging to knowing
	refundDays        = 2 // from giving back to its arrival
	retryDays         = 1 // from failing to being sent again
)

func (m gcMandate) ended() bool {
	return m.Status == "cancelled" || m.Status == "failed" || m.Status == "expired"
}

// firstCharge is the first day on which a payment asked for now could be charged.
func (m gcMandate) firstCharge(today calendar.Date) calendar.Date {
	if m.Status == "pending_submission" {
		return today.AddWorkingDays(newLead)
	}
	return today.AddWorkingDays(oldLead)
}

func (m *gcMandate) dates(today calendar.Date) {
	if m.NextPossibleChargeDate = nil; !m.ended() {
		m.NextPossibleChargeDate = new(m.firstCharge(today).String())
	}
}

// mandateIs changes a mandate's status and tells of it.
func (g gcHalf) mandateIs(b *book, m *gcMandate, status, action string, why gcDetails, links ...string) error {
	m.Status = status
	about := gcStill
	if status == "pending_submission" || status == "submitted" {
		about = gcMoving
	}
	if err := b.put(gcMandates, m.ID, about, m); err != nil {
		return err
	}
	return g.tell(b, gcMandates, action, m.ID, why, links...)
}

func (g gcHalf) cancelMandate(b *book, id string) (string, error) {
	var m gcMandate
	if err := b.get(gcMandates, id, &m); err != nil {
		return "", err
	}
	if m.ended() {
		return "", gcState("cancellation_failed")
	}
	why := gcDetails{Origin: "api", Cause: "mandate_cancelled", Description: "The mandate was cancelled at your request."}
	return gcMandates, g.endMandate(b, &m, "cancelled", why)
}

// endMandate ends it, and with it the payments that have not gone to the bank.
func (g gcHalf) endMandate(b *book, m *gcMandate, status string, why gcDetails) error {
	if err := g.mandateIs(b, m, status, status, why); err != nil {
		return err
	}
	return g.eachPending(b, m.ID, func(p gcPayment) error {
		p.RetryOn = ""
		if p.Status == "failed" {
			return b.put(gcPayments, p.ID, gcStill, p)
		}
		return g.paymentIs(b, &p, "cancelled", "cancelled", gcDetails{Origin: why.Origin, Cause: why.Cause, Description: "The mandate has ended."})
	})
}

// eachPending visits a mandate's payments that have not gone to the bank.
func (g gcHalf) eachPending(b *book, mandate string, f func(gcPayment) error) error {
	var all []gcPayment
	err := b.each(gcPayments, gcMoving, func(body json.RawMessage) error {
		var p gcPayment
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		if p.Links.Mandate == mandate && p.Status != "submitted" {
			all = append(all, p)
		}
		return nil
	})
	for _, p := range all {
		err = errors.Join(err, f(p))
	}
	return err
}

// replace puts another mandate in a mandate's place, as when the society's own name with the bank changes. GoCardless tells us of it; what
// we wrote on the old one is not on the new one.
func (g gcHalf) replace(b *book, m *gcMandate) error {
	next := *m
	next.ID, next.CreatedAt, next.Reference, next.Metadata = gcID("MD"), gcTime(b.now), gcID("PRACTICE-"), metadata{}
	if err := g.mandateIs(b, &next, "active", "created", gcDetails{Origin: "gocardless", Cause: "mandate_created", Description: "It replaces another."}); err != nil {
		return err
	}
	m.Links.NewMandate = next.ID
	why := gcDetails{Origin: "gocardless", Cause: "scheme_identifier_changed", Description: "The mandate was replaced by another."}
	if err := g.mandateIs(b, m, "cancelled", "replaced", why, "new_mandate", next.ID); err != nil {
		return err
	}
	return g.eachPending(b, m.ID, func(p gcPayment) error {
		p.Links.Mandate = next.ID
		return b.put(gcPayments, p.ID, gcMoving, p)
	})
}

// moveMandate does what the days bring.
func (g gcHalf) moveMandate(b *book, id string) error {
	var m gcMandate
	if err := b.get(gcMandates, id, &m); err != nil {
		return err
	}
	made, err := calendar.ParseDate(m.Made)
	if err != nil {
		return err
	}
	if m.Status == "pending_submission" && !b.today().Before(made.AddWorkingDays(mandateSubmitDays)) {
		if err := g.submitMandate(b, &m); err != nil {
			return err
		}
	}
	if m.Status == "submitted" && !b.today().Before(made.AddWorkingDays(mandateActiveDays)) {
		return g.activate(b, &m)
	}
	return nil
}

func (g gcHalf) submitMandate(b *book, m *gcMandate) error {
	return g.mandateIs(b, m, "submitted", "submitted",
		gcDetails{Origin: "gocardless", Cause: "mandate_submitted", Description: "The mandate has been submitted to the banks."})
}

// activate has the bank take the mandate, or not.
func (g gcHalf) activate(b *book, m *gcMandate) error {
	is, err := accountOf(b, *m)
	switch {
	case err != nil:
		return err
	case is == AccountClosed:
		return g.failMandate(b, m)
	}
	return g.mandateIs(b, m, "active", "active",
		gcDetails{Origin: "gocardless", Cause: "mandate_activated", Description: "The time window for failure has elapsed; the mandate is active."})
}

func (g gcHalf) failMandate(b *book, m *gcMandate) error {
	return g.endMandate(b, m, "failed",
		gcDetails{Origin: "bank", Cause: "bank_account_closed", Description: "The account is closed.", Scheme: "bacs", ReasonCode: "ADDACS-B"})
}

func accountOf(b *book, m gcMandate) (Account, error) {
	var a gcAccount
	err := b.get(gcAccounts, m.Links.CustomerBankAccount, &a)
	return a.Is, err
}
