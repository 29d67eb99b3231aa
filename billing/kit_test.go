package billing

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/money"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// society is the whole of billing on one database, with two tills and a clock that a test sets.
type society struct {
	failer
	ctx    context.Context
	db     *database.DB
	dues   *Dues
	inbox  *Inbox
	ledger *Ledger
	card   *till
	bank   *till
	clock  time.Time
	done   map[string]int // jobs for others, by kind
}

func found(t *testing.T, db *database.DB, on string) *society {
	t.Helper()
	return foundIn(t.Context(), t, t, db, noon(day(t, on)))
}

func foundIn(ctx context.Context, t testing.TB, f failer, db *database.DB, at time.Time) *society {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &society{failer: f, ctx: ctx, db: db, clock: at, done: map[string]int{}}
	now := func() time.Time { return s.clock }
	s.ledger = NewLedger(db, now)
	s.card, s.bank = newTill(Stripe, true, now), newTill(GoCardless, false, now)
	s.dues = NewDues(db, queue, s.ledger, map[ProviderName]Provider{Stripe: s.card, GoCardless: s.bank}, false, now)
	s.dues.pacers[GoCardless].gap, s.dues.pacers[Stripe].gap = 0, 0
	s.inbox = NewInbox(s.dues)
	return s
}

func (s *society) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *society) later(days int) { s.clock = s.clock.AddDate(0, 0, days) }

func (s *society) today() calendar.Date { return calendar.On(s.clock) }

// join has somebody authorise dues and come back, or not.
func (s *society) join(m member.ID, name ProviderName, pence money.Pence, every Interval) {
	s.Helper()
	s.open(m, name, pence, every)
	s.work()
}

func (s *society) open(m member.ID, name ProviderName, pence money.Pence, every Interval) {
	s.Helper()
	url, err := s.dues.Begin(s.ctx, m, name, Terms{pence, every}, Payer{Done: "https://folkmoot.invalid/done"})
	s.must(err)
	id := url[len("https://till.invalid/"):]
	s.till(name).authorise(id)
	s.must(s.dues.Returned(s.ctx, name, id))
}

func (s *society) till(name ProviderName) *till {
	if name == Stripe {
		return s.card
	}
	return s.bank
}

type queued struct {
	ID   int64
	Kind string
	Args string
}

// work does all jobs that are queued, in order, until none is left. One that fails because the provider is busy stays.
func (s *society) work() {
	s.Helper()
	for range 1000 {
		var all []queued
		s.must(s.db.Read(s.ctx).Raw("SELECT id, kind, CAST(args AS TEXT) AS args FROM river_job ORDER BY id").Scan(&all).Error)
		busy := 0
		for _, job := range all {
			err := s.do(job)
			if errors.Is(err, ErrBusy) || errors.Is(err, errMoved) {
				busy++
				continue
			}
			if err != nil {
				s.Fatalf("%s %s: %v", job.Kind, job.Args, err)
			}
			s.must(s.db.Write(s.ctx, func(tx *gorm.DB) error { return tx.Exec("DELETE FROM river_job WHERE id = ?", job.ID).Error }))
		}
		if len(all) == busy {
			return
		}
	}
	s.Fatal("the jobs never end")
}

func (s *society) do(job queued) error {
	read := func(into any) { s.must(json.Unmarshal([]byte(job.Args), into)) }
	switch job.Kind {
	case Reread{}.Kind():
		var a Reread
		read(&a)
		return s.inbox.Reread(s.ctx, a)
	case ConvergeTo{}.Kind():
		var a ConvergeTo
		read(&a)
		return s.dues.ConvergeOnce(s.ctx, a)
	case CollectDue{}.Kind():
		var a CollectDue
		read(&a)
		return s.dues.Collect(s.ctx, a.Attempt)
	case PlanMember{}.Kind():
		var a PlanMember
		read(&a)
		return s.dues.PlanOne(s.ctx, a.Member)
	case EndMethod{}.Kind():
		var a EndMethod
		read(&a)
		return s.dues.End(s.ctx, a)
	case ChangeMethod{}.Kind():
		var a ChangeMethod
		read(&a)
		return s.dues.ChangeCollected(s.ctx, a)
	case GiveBack{}.Kind():
		var a GiveBack
		read(&a)
		return s.dues.GiveBack(s.ctx, a.Refund)
	case CallOff{}.Kind():
		var a CallOff
		read(&a)
		return s.dues.CallOffWaived(s.ctx, a)
	case ReconcileRun{}.Kind():
		var a ReconcileRun
		read(&a)
		return s.dues.ReconcilePage(s.ctx, a)
	default:
		s.done[job.Kind]++
		return nil
	}
}

// deliver sends events as a webhook does.
func (s *society) deliver(name ProviderName, events ...Event) (int, error) {
	body, err := json.Marshal(events)
	s.must(err)
	return s.inbox.Receive(s.ctx, name, http.Header{"Signature": {"good"}}, body)
}

// tell delivers all that a till has to tell.
func (s *society) tell(t *till) {
	s.Helper()
	t.mu.Lock()
	events := t.events
	t.events = nil
	t.mu.Unlock()
	if len(events) > 0 {
		_, err := s.deliver(t.name, events...)
		s.must(err)
	}
	s.work()
}

func (s *society) balances() map[LedgerAccount]money.Pence {
	s.Helper()
	all, err := s.ledger.Balances(s.ctx, s.today().AddDays(4000))
	s.must(err)
	return all
}

func (s *society) standing(m member.ID) member.Standing {
	s.Helper()
	st, err := s.dues.Standing(s.ctx, m, s.today(), s.clock)
	s.must(err)
	return st
}

func (s *society) statement(m member.ID) Statement {
	s.Helper()
	st, err := s.dues.Statement(s.ctx, m)
	s.must(err)
	return st
}

func (s *society) wantState(m member.ID, want member.StandingState) {
	s.Helper()
	if got := s.standing(m); got.State != want {
		s.Errorf("on %s %s is %s since %s, want %s", s.today(), m, got.State, got.Since, want)
	}
}

func (s *society) wantBooks(want map[LedgerAccount]money.Pence) {
	s.Helper()
	got := s.balances()
	for account, amount := range want {
		if got[account] != amount {
			s.Errorf("%s holds %s, want %s", account, got[account], amount)
		}
	}
	for account, amount := range got {
		if _, named := want[account]; !named && amount != 0 {
			s.Errorf("%s holds %s, want nothing", account, amount)
		}
	}
}

// confirmed has a member's payment under way at the bank come in.
func (s *society) confirmed(m member.ID) {
	s.Helper()
	s.bank.mu.Lock()
	for _, p := range s.bank.inOrder() {
		if p.Member == m && p.State.underWay(!p.NextTry.IsZero()) {
			s.bank.paid(p)
		}
	}
	s.bank.mu.Unlock()
	s.tell(s.bank)
}
