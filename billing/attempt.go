package billing

// attemptState is how far an attempt to collect has come.
type attemptState string

const (
	attemptPlanned   attemptState = "planned"   // nobody was asked
	attemptAsked     attemptState = "asked"     // the provider is being asked, or was and we did not hear
	attemptMade      attemptState = "made"      // there is a payment
	attemptPaid      attemptState = "paid"      //
	attemptFailed    attemptState = "failed"    // or refused
	attemptCancelled attemptState = "cancelled" //
)

// mostAttempts is how often a period is collected for: as often as fits the days of grace.
const mostAttempts = 2

// attemptAfter is what a payment's state makes of its attempt, and whether that is still live.
func attemptAfter(p Payment) (state attemptState, live bool) {
	switch p.State {
	case PaymentPaid, PaymentReversed:
		return attemptPaid, false
	case PaymentCancelled:
		return attemptCancelled, false
	case PaymentFailed:
		return attemptFailed, !p.NextTry.IsZero() // the provider tries again by itself
	default:
		return attemptMade, true
	}
}

// underWay reports whether a payment can still become paid by itself.
func (s PaymentState) underWay(tries bool) bool {
	switch s {
	case PaymentPending, PaymentSubmitted, PaymentAction:
		return true
	case PaymentFailed:
		return tries
	default:
		return false
	}
}
