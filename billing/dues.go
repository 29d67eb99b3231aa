package billing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/money"
)

// Dues is what members chose to pay, owe and paid. Providers collect; what they have is read again and converged to, never believed from
// a message.
type Dues struct {
	db        *database.DB
	queue     *jobs.Queue
	ledger    *Ledger
	providers map[ProviderName]Provider
	live      bool // real money: objects of the other mode are refused
	now       func() time.Time
	pacers    map[ProviderName]*pacer
}

// NewDues opens the book of dues. No provider at all means that nothing is collected. live says that their keys move real money.
func NewDues(db *database.DB, queue *jobs.Queue, ledger *Ledger, providers map[ProviderName]Provider, live bool, now func() time.Time) *Dues {
	d := &Dues{
		db: db, queue: queue, ledger: ledger, providers: providers, live: live, pacers: map[ProviderName]*pacer{},
		now: database.Clock(now),
	}
	ledger.paidIn = d.paidIn
	for name := range providers {
		d.pacers[name] = &pacer{gap: paceGap}
	}
	return d
}

func (d *Dues) today() calendar.Date { return calendar.On(d.now()) }

// Providers are those that members can choose between.
func (d *Dues) Providers() []ProviderName {
	var names []ProviderName
	for _, name := range []ProviderName{Stripe, GoCardless} {
		if _, ok := d.providers[name]; ok {
			names = append(names, name)
		}
	}
	return names
}

func (d *Dues) provider(name ProviderName) (Provider, error) {
	if p, ok := d.providers[name]; ok {
		return p, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrNoProvider)
}

// Errors of dues.
var (
	ErrNoProvider = errors.New("that payment provider is not set up")
	ErrTerms      = errors.New("dues are nothing, or £3 a month and more, monthly or annual")
	ErrNoPayment  = errors.New("there is no such payment")
	ErrNoDues     = errors.New("their dues have not begun")
	ErrNoPeriod   = errors.New("there is no such period, or nothing is open in it")
	ErrAmount     = errors.New("that is more than there is to give back")
	ErrNoRight    = errors.New("the fourteen days are over: the treasurer decides")
	ErrUnderWay   = errors.New("a refund of that payment is under way")
	ErrLapse      = errors.New("only who owes dues for longer than the grace can be lapsed")
	ErrNotLapsed  = errors.New("they have not lapsed")
	errMoved      = errors.New("the payment changed while it was looked at")
)

// What dues can be.
const (
	StandardDues money.Pence = 1000  // a month
	LeastDues    money.Pence = 300   // below it, fees eat a payment; nothing at all is the alternative
	mostDues     money.Pence = 50000 // a month: more is a slip of the finger
)

// Check holds terms against what dues can be.
func (t Terms) Check() error {
	if t.Interval != Monthly && t.Interval != Annual || t.Amount != 0 && t.Amount < LeastDues || t.Amount > mostDues {
		return ErrTerms
	}
	return nil
}

func (t Terms) periods() int {
	if t.Interval == Annual {
		return 12
	}
	return 1
}

// Payer is what a provider's page is told, so that somebody need not type it again, and where it sends them.
type Payer struct {
	Email, Name string
	Done, Quit  string // addresses on this site
}

// By is who acts: the member for themself (As is ""), or an officer.
type By struct {
	Account identity.AccountID // not kept where the member acts
	As      member.Role
}

// attemptID names an attempt and is the provider's key for it: the same one asks once, whatever happens to the answer.
func attemptID(m member.ID, period, attempt int) string {
	return fmt.Sprintf("dues:%s:%d:%d", m, period, attempt)
}

// PaymentID names a payment here: "stripe:in_123".
type PaymentID string

func paymentID(p ProviderName, ref string) PaymentID { return PaymentID(string(p) + ":" + ref) }

func (id PaymentID) parts() (ProviderName, string) {
	p, ref, _ := strings.Cut(string(id), ":")
	return ProviderName(p), ref
}

// Jobs that dues queue. They are done in app/work.
type (
	// Reread wants the object that an event is about read again.
	Reread struct {
		Provider ProviderName `json:"provider"`
		Event    string       `json:"event"`
	}
	// ConvergeTo wants an object read again that no event told of.
	ConvergeTo struct {
		Provider ProviderName `json:"provider"`
		Of       RefKind      `json:"of"`
		Ref      string       `json:"ref"`
	}
	// CollectDue wants a payment asked for.
	CollectDue struct {
		Attempt string `json:"attempt"`
	}
	// PlanMember wants what one member owes planned, ahead of the daily run.
	PlanMember struct {
		Member member.ID `json:"member"`
	}
	// EndMethod wants an authority ended that another replaced, or whose owner left.
	EndMethod struct {
		Provider ProviderName `json:"provider"`
		Ref      string       `json:"ref"`
		Leaving  bool         `json:"leaving"` // do not wait for what is in flight
	}
	// ChangeMethod wants a subscription to take another amount.
	ChangeMethod struct {
		Provider ProviderName `json:"provider"`
		Ref      string       `json:"ref"`
		Member   member.ID    `json:"member"`
		Choice   int          `json:"choice"`
	}
	// GiveBack wants a refund that was ordered done.
	GiveBack struct {
		Refund string `json:"refund"`
	}
	// CallOff wants what is about to be collected for a period stopped: it was waived.
	CallOff struct {
		Member member.ID `json:"member"`
		Period int       `json:"period"`
	}
	// SharePaid follows when a member's share is paid, ShareUnpaid when that money was taken back.
	SharePaid struct {
		Member member.ID `json:"member"`
	}
	ShareUnpaid struct {
		Member member.ID `json:"member"`
	}
	// FirstSettled follows the first payment of dues that a member made.
	FirstSettled struct {
		Member member.ID `json:"member"`
	}
	// DuesNotice wants a member told that dues are open.
	DuesNotice struct {
		Member member.ID `json:"member"`
		Since  string    `json:"since"`
		N      int       `json:"n"`
	}
	// TellStanding wants a member told that a steward let their standing lapse, or restored it.
	TellStanding struct {
		Member member.ID `json:"member"`
		Lapsed bool      `json:"lapsed"`
		Day    string    `json:"day"`
	}
)

func (Reread) Kind() string       { return "reread" }        // Kind names the job.
func (ConvergeTo) Kind() string   { return "converge_to" }   // Kind names the job.
func (CollectDue) Kind() string   { return "collect_due" }   // Kind names the job.
func (PlanMember) Kind() string   { return "plan_member" }   // Kind names the job.
func (EndMethod) Kind() string    { return "end_method" }    // Kind names the job.
func (ChangeMethod) Kind() string { return "change_method" } // Kind names the job.
func (GiveBack) Kind() string     { return "give_back" }     // Kind names the job.
func (CallOff) Kind() string      { return "call_off" }      // Kind names the job.
func (SharePaid) Kind() string    { return "share_paid" }    // Kind names the job.
func (ShareUnpaid) Kind() string  { return "share_unpaid" }  // Kind names the job.
func (FirstSettled) Kind() string { return "first_settled" } // Kind names the job.
func (DuesNotice) Kind() string   { return "dues_notice" }   // Kind names the job.
func (TellStanding) Kind() string { return "tell_standing" } // Kind names the job.
