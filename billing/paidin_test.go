package billing

import (
	"errors"
	"slices"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

func TestAStandingOrderSettlesDuesAndTakingItBackReopensThem(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		s.join("bob", GoCardless, 1000, Monthly)
		s.must(s.dues.Leave(s.ctx, "bob"))
		s.work()
		before := s.balances()
		statement := "Date,Description,Amount\n" + british(s.today()) + ",BOB " + Reference("bob") + ",10.00\n"
		if _, err := s.ledger.ImportStatement(s.ctx, treasurer, []byte(statement)); err != nil {
			t.Fatal(err)
		}
		waiting, err := s.ledger.Statement(s.ctx, s.today().InMonth())
		if err != nil || len(waiting) != 1 {
			t.Fatal(waiting, err)
		}
		line := waiting[0].ID
		s.must(s.ledger.Explain(s.ctx, treasurer, line, MemberCredit, "bob"))
		s.paidIn("bank:" + line)
		s.paidIn("bank:" + line)
		after := s.balances()
		if after[Bank] != 1000 || after[ClearingBank] != 0 || after[IncomeDues] != before[IncomeDues]-1000 {
			t.Errorf("%v, before %v", after, before)
		}
		s.wantState("bob", member.Current)
		paid := s.statement("bob").Payments
		if !slices.ContainsFunc(paid, func(p StatementLine) bool {
			return p.Provider == ByBank && p.State == PaymentPaid && p.Receipt != nil && p.Refundable == 0
		}) {
			t.Errorf("%+v", paid)
		}

		s.must(s.ledger.Correct(s.ctx, treasurer, "bank:"+line))
		s.paidIn("bank:" + line)
		if got := s.balances(); got[Bank] != 0 || got[ClearingBank] != 0 || got[IncomeDues] != before[IncomeDues] {
			t.Errorf("taken back: %v, before %v", got, before)
		}
	})
}

func TestAShareThatIsPaidBackLeavesTheShares(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		statement := "Date,Description,Amount\n" + british(s.today()) + ",ANN,1.00\n" + british(s.today()) + ",SHARE OF BOB,-1.00\n"
		if _, err := s.ledger.ImportStatement(s.ctx, treasurer, []byte(statement)); err != nil {
			t.Fatal(err)
		}
		lines, err := s.ledger.Statement(s.ctx, s.today().InMonth())
		s.must(err)
		before := s.balances()[ShareCapital]
		for _, l := range lines {
			err := s.ledger.Explain(s.ctx, treasurer, l.ID, ShareCapital, "")
			if paidIn := l.Amount > 0; errors.Is(err, ErrNotForBank) != paidIn || !paidIn && err != nil {
				t.Errorf("%s: %v", l.Amount, err)
			}
		}
		if after := s.balances(); after[ShareCapital] != before+100 || after[Bank] != -100 {
			t.Errorf("%v", after)
		}
	})
}

// The share came a day before the first standing order, and the dues were taken for nothing a month: all that followed was credit.
func TestAShareThatComesAloneBeginsNoDues(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		for _, amount := range []string{"1.00", "10.00"} {
			statement := "Date,Description,Amount\n" + british(s.today()) + ",ANN " + Reference("ann") + "," + amount + "\n"
			if _, err := s.ledger.ImportStatement(s.ctx, treasurer, []byte(statement)); err != nil {
				t.Fatal(err)
			}
			lines, err := s.ledger.Statement(s.ctx, s.today().InMonth())
			s.must(err)
			line := lines[len(lines)-1].ID
			s.must(s.ledger.Explain(s.ctx, treasurer, line, MemberCredit, "ann"))
			s.paidIn("bank:" + line)
			s.later(1)
		}
		s.wantBooks(map[LedgerAccount]money.Pence{Bank: 1100, ShareCapital: -100, IncomeDues: -1000})
		if got := s.statement("ann"); got.Terms != (Terms{1000, Monthly}) || !got.SharePaid || got.PaidUntil.IsZero() || s.done[FirstSettled{}.Kind()] != 1 {
			t.Errorf("%+v, first settled %d times", got, s.done[FirstSettled{}.Kind()])
		}
	})
}

// The receipt of a share that came alone was an error page: it looked for dues that had not begun.
func TestAReceiptForAShareThatCameAloneCanBeRead(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		statement := "Date,Description,Amount\n" + british(s.today()) + ",ANN " + Reference("ann") + ",1.00\n"
		_, err := s.ledger.ImportStatement(s.ctx, treasurer, []byte(statement))
		s.must(err)
		lines, err := s.ledger.Statement(s.ctx, s.today().InMonth())
		s.must(err)
		s.must(s.ledger.Explain(s.ctx, treasurer, lines[0].ID, MemberCredit, "ann"))
		s.paidIn("bank:" + lines[0].ID)
		if r, err := s.dues.Receipt(s.ctx, "ann", s.today().Year, 1); err != nil || r.Share != 100 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestMoneyOutOfSuspenseSettlesDues(t *testing.T) {
	each(t, func(t *testing.T, s *society) {
		statement := "Date,Description,Amount\n" + british(s.today()) + ",CHEQUE 100200,10.00\n"
		if _, err := s.ledger.ImportStatement(s.ctx, treasurer, []byte(statement)); err != nil {
			t.Fatal(err)
		}
		lines, err := s.ledger.Statement(s.ctx, s.today().InMonth())
		s.must(err)
		s.must(s.ledger.Explain(s.ctx, treasurer, lines[0].ID, Suspense, ""))
		s.must(s.ledger.Sort(s.ctx, treasurer, lines[0].ID, MemberCredit, "ann"))
		s.paidIn("sorted:bank:" + lines[0].ID)
		got := s.balances()
		var sum money.Pence
		for _, a := range []LedgerAccount{IncomeDues, DuesInAdvance, MemberCredit} {
			sum += got[a]
		}
		if sum != -1000 || got[Bank] != 1000 || got[ClearingBank] != 0 || got[Suspense] != 0 {
			t.Errorf("%v", got)
		}
	})
}

// paidIn does the job that was queued.
func (s *society) paidIn(entry string) {
	s.Helper()
	s.must(s.dues.SettlePaidIn(s.ctx, PaidIn{entry}))
	s.work()
}
