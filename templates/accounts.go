package templates

import "folkmoot/billing"

// accountKeys are the words, under "account", for what stands in the books.
var accountKeys = map[billing.LedgerAccount]string{
	billing.Bank: "bank", billing.ClearingStripe: "clearing_stripe", billing.ClearingGoCardless: "clearing_gocardless", billing.DisputedStripe: "disputed",
	billing.ClearingBank:  "member_credit", // until it is settled as their dues
	billing.DuesInAdvance: "in_advance", billing.MemberCredit: "member_credit", billing.Suspense: "suspense",
	billing.ShareCapital: "share_capital", billing.OpeningBalances: "opening",
	billing.IncomeDues: "dues", billing.IncomeDonations: "donations", billing.IncomeGrants: "grants", billing.IncomeOther: "other_income",
	billing.PaymentFees: "fees", billing.CostServers: "servers", billing.CostRegistration: "registration", billing.CostBandwidth: "bandwidth",
	billing.CostPush: "push", billing.CostSupport: "support", billing.CostWages: "wages", billing.CostLegal: "legal",
	billing.CostInsurance: "insurance", billing.CostOther: "other_costs",
}

// AccountKey is the key of an account's words.
func AccountKey(a billing.LedgerAccount) string { return accountKeys[a] }
