package billing

import (
	"time"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/money"
)

type memberRow struct {
	Member member.ID `gorm:"primaryKey"`
	Joined string
	Gone   bool
	Since  time.Time
}

type termsRow struct {
	Member     member.ID `gorm:"primaryKey"`
	N          int       `gorm:"primaryKey"`
	Amount     money.Pence
	Paid       Interval
	FromPeriod int
	ChosenAt   time.Time
}

type factRow struct {
	ID         int64
	Member     member.ID
	Kind       factKind
	Period     int
	Day        string
	Provider   ProviderName
	Payment    string
	Account    string
	Why        string
	RecordedAt time.Time
}

type flowRow struct {
	Key      string `gorm:"primaryKey"`
	Provider ProviderName
	ID       string
	Member   member.ID
	Amount   money.Pence
	Paid     Interval
	Share    money.Pence
	Starts   string
	URL      string
	State    FlowState
	MadeAt   time.Time
}

type methodRow struct {
	Provider    ProviderName `gorm:"primaryKey"`
	Ref         string       `gorm:"primaryKey"`
	Member      member.ID
	State       MethodState
	Description string
	Customer    string
	PaidTo      string
	ReplacedBy  string
	Wanted      bool
	Version     int
	MadeAt      time.Time
}

type attemptRow struct {
	ID       string `gorm:"primaryKey"`
	Member   member.ID
	Period   int
	Periods  int
	Attempt  int
	Provider ProviderName
	Method   string
	Amount   money.Pence // the share included
	Share    money.Pence
	ChargeOn string
	State    attemptState
	Live     bool
	Payment  string
	Reason   string
	MadeAt   time.Time
}

type paymentRow struct {
	Provider       ProviderName `gorm:"primaryKey"`
	Ref            string       `gorm:"primaryKey"`
	Member         member.ID
	Attempt        string
	Method         string
	State          PaymentState
	Amount         money.Pence
	Share          money.Pence
	Periods        int
	Fee            *money.Pence
	Refunded       money.Pence
	Disputed       bool
	MadeAt         time.Time
	PaidAt         *time.Time
	ChargeOn       string
	NextTry        string
	Action         string
	Reason         string
	Payout         string
	Version        int
	Entries        int
	Booked         money.Pence
	BookedFee      money.Pence
	BookedDisputed money.Pence
	BookedLost     money.Pence
}

type partRow struct {
	ID       int64
	Provider ProviderName
	Payment  string
	Member   member.ID
	Kind     partKind
	Period   int
	Month    string
	Amount   money.Pence
	Whole    money.Pence
	Released bool
}

type receiptRow struct {
	Year     int `gorm:"primaryKey"`
	N        int `gorm:"primaryKey"`
	Member   member.ID
	Provider ProviderName
	Payment  string
	Amount   money.Pence
	Share    money.Pence
	IssuedOn string
}

type inboxRow struct {
	Provider   ProviderName `gorm:"primaryKey"`
	Event      string       `gorm:"primaryKey"`
	Kind       string
	AboutKind  RefKind
	About      string
	At         time.Time
	ReceivedAt time.Time
	State      inboxState
	Tries      int
	Reason     string
}

type refundRow struct {
	ID       string `gorm:"primaryKey"`
	Provider ProviderName
	Payment  string
	Member   member.ID
	Amount   money.Pence
	Total    money.Pence
	Account  string
	Role     string
	Why      string
	State    refundOrderState
	Ref      string
	Reason   string
	MadeAt   time.Time
}

type payoutRow struct {
	Provider ProviderName `gorm:"primaryKey"`
	Ref      string       `gorm:"primaryKey"`
	Amount   money.Pence
	Arrives  string
	State    PayoutState
	Words    string
	Trouble  string
	Version  int
	Entries  int
	Booked   money.Pence
}

type payoutItemRow struct {
	Provider ProviderName `gorm:"primaryKey"`
	Payout   string       `gorm:"primaryKey"`
	N        int          `gorm:"primaryKey"`
	Kind     ItemKind
	Payment  string
	Amount   money.Pence
}

type noticeRow struct {
	Member member.ID `gorm:"primaryKey"`
	Since  string    `gorm:"primaryKey"`
	N      int       `gorm:"primaryKey"`
	DueAt  time.Time
	SentAt *time.Time
}

type markRow struct {
	Provider ProviderName `gorm:"primaryKey"`
	Upto     time.Time
}

func (memberRow) TableName() string     { return "dues_members" }
func (termsRow) TableName() string      { return "dues_terms" }
func (factRow) TableName() string       { return "dues_facts" }
func (flowRow) TableName() string       { return "dues_flows" }
func (methodRow) TableName() string     { return "dues_methods" }
func (attemptRow) TableName() string    { return "dues_attempts" }
func (paymentRow) TableName() string    { return "dues_payments" }
func (partRow) TableName() string       { return "dues_parts" }
func (receiptRow) TableName() string    { return "dues_receipts" }
func (inboxRow) TableName() string      { return "dues_inbox" }
func (refundRow) TableName() string     { return "dues_refunds" }
func (payoutRow) TableName() string     { return "dues_payouts" }
func (payoutItemRow) TableName() string { return "dues_payout_items" }
func (noticeRow) TableName() string     { return "dues_notices" }
func (markRow) TableName() string       { return "dues_marks" }

// written is a day as it is kept; "" is none.
func written(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// dayOf reads what written wrote.
func dayOf(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		return calendar.Date{}
	}
	return d
}

func monthOf(s string) calendar.Month {
	m, err := calendar.ParseMonth(s)
	if err != nil {
		return calendar.Month{}
	}
	return m
}

func (r termsRow) terms() Terms { return Terms{r.Amount, r.Paid} }

func (r paymentRow) id() PaymentID { return paymentID(r.Provider, r.Ref) }

func (r partRow) part() part { return part{r.Kind, r.Period, monthOf(r.Month), r.Amount} }
