package member_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestAReversalMarksTheShareUnpaid(t *testing.T) {
	each(t, func(s *society) {
		id, today := s.joins("nia", nia), calendar.On(s.now)
		for range 2 {
			s.must(s.register.SharePaid(s.Context(), id, today))
		}
		if got := s.entry(id).Share; got.Paid != today || got.Issued != today {
			s.Errorf("%+v", got)
		}
		for range 2 {
			s.must(s.register.ShareUnpaid(s.Context(), id))
		}
		m := s.entry(id)
		if !m.Share.Paid.IsZero() || m.Share.Issued != today || m.State != member.Admitted {
			s.Errorf("%+v", m)
		}
		if acts := s.acts(string(id)); len(acts) != 3 {
			s.Error(acts)
		}
	})
}

func TestWhoResignsStaysAmongTheFormerMembers(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		s.must(s.register.SharePaid(s.Context(), id, calendar.On(s.now)))
		s.days(30)
		for range 2 {
			s.must(s.register.Resign(s.Context(), id, member.ShareRepaid))
		}
		m := s.entry(id)
		if m.State != member.Ended || m.Ending != member.Resigned || m.Ceased != calendar.On(s.now) || m.Name != nia.Name || !m.Share.Due() {
			s.Errorf("%+v", m)
		}
		err := s.db.Write(s.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM members").Error })
		if err == nil {
			s.Error("a former member was struck from the register")
		}
		owed, _, err := s.register.List(s.Context(), "sec", member.Wanted{Owed: true})
		s.must(err)
		if len(owed) != 1 {
			s.Errorf("%d shares are owed", len(owed))
		}
		for range 2 {
			s.must(s.register.ShareSettled(s.Context(), id, "tre", member.Treasurer, "by bank"))
		}
		if s.entry(id).Share.Due() {
			s.Error("still due")
		}
		if strings.Contains(strings.Join(s.acts(string(id)), ";"), "nia") {
			s.Error("the audit log joins the account and the entry")
		}
		again := s.joins("nia", nia)
		if of, is, err := s.register.Of(s.Context(), "nia"); err != nil || !is || of.ID != again || again == id {
			s.Errorf("came back as %s: %v", of.ID, err)
		}
	})
}

func TestNothingIsCollectedFromWhoIsNoMemberAnyMore(t *testing.T) {
	each(t, func(s *society) {
		var want []string
		over := func(id member.ID) { want = append(want, string(id)) }
		resigned, died, refused, withdrawn := s.joins("a", person(1)), s.joins("b", person(2)), s.applies("c", person(3)), s.applies("d", person(4))
		s.joins("e", person(5))
		for range 2 {
			s.must(s.register.Resign(s.Context(), resigned, member.ShareGiven))
		}
		over(resigned)
		s.must(s.register.Died(s.Context(), died, calendar.On(s.now), "sec", "the family wrote"))
		over(died)
		s.must(s.register.Refuse(s.Context(), refused, "sec", "rule 4"))
		over(refused)
		s.must(s.register.Withdraw(s.Context(), withdrawn))
		over(withdrawn)
		var got []string
		err := s.db.Read(s.Context()).Raw("SELECT args ->> 'member' FROM river_job WHERE kind = 'member_over' ORDER BY id").Scan(&got).Error
		s.must(err)
		if diff := cmp.Diff(want, got); diff != "" {
			s.Error(diff)
		}
	})
}

func TestAnEndingNeedsADayThatCanBe(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		today := calendar.On(s.now)
		for _, on := range []calendar.Date{today.AddDays(1), today.AddDays(-1)} {
			if err := s.register.Died(s.Context(), id, on, "sec", "the family wrote"); !errors.Is(err, member.ErrFuture) {
				s.Errorf("%s: %v", on, err)
			}
		}
		if err := s.register.Resign(s.Context(), id, ""); !errors.Is(err, member.ErrWish) {
			s.Error(err)
		}
		if err := s.register.ResignedByLetter(s.Context(), id, member.ShareGiven, today, "sec", ""); !errors.Is(err, member.ErrNoWhy) {
			s.Error(err)
		}
		s.days(5)
		s.must(s.register.Died(s.Context(), id, today.AddDays(2), "sec", "the family wrote"))
		if m := s.entry(id); m.Ending != member.Died || m.Ceased != today.AddDays(2) || m.EndedWhy != "the family wrote" {
			s.Errorf("%+v", m)
		}
		if err := s.register.Resign(s.Context(), id, member.ShareGiven); !errors.Is(err, member.ErrNotMember) {
			s.Error(err)
		}
		if err := s.register.Resign(s.Context(), s.applies("ben", person(1)), member.ShareGiven); !errors.Is(err, member.ErrNotMember) {
			s.Error(err)
		}
	})
}

func TestNobodyIsExpelledWithoutRuleNoticeAndReply(t *testing.T) {
	each(t, func(s *society) {
		id, today := s.joins("nia", nia), calendar.On(s.now)
		if _, err := s.register.Charge(s.Context(), id, "ste", member.Steward, " ", "sold addresses"); !errors.Is(err, member.ErrNoRule) {
			s.Error(err)
		}
		charge, err := s.register.Charge(s.Context(), id, "ste", member.Steward, "12.3", "sold addresses")
		s.must(err)
		if _, err := s.register.Charge(s.Context(), id, "ste", member.Steward, "12.4", "again"); !errors.Is(err, member.ErrCharged) {
			s.Error(err)
		}
		decide := func(by identity.AccountID, want error) {
			s.Helper()
			if err := s.register.Decide(s.Context(), charge, by, member.Upheld, "2026-12-14/5"); !errors.Is(err, want) {
				s.Errorf("got %v, want %v", err, want)
			}
		}
		decide("sec", member.ErrNotServed)
		if err := s.register.Reply(s.Context(), charge, "", "", "I did not"); !errors.Is(err, member.ErrNotServed) {
			s.Error(err)
		}
		if err := s.register.Serve(s.Context(), charge, "sec", member.Secretary, today.AddDays(1)); !errors.Is(err, member.ErrFuture) {
			s.Error(err)
		}
		s.must(s.register.Serve(s.Context(), charge, "sec", member.Secretary, today))
		if err := s.register.Serve(s.Context(), charge, "sec", member.Secretary, today); !errors.Is(err, member.ErrServed) {
			s.Error(err)
		}
		decide("sec", member.ErrReplying)
		s.days(member.ReplyDays)
		s.must(s.register.Reply(s.Context(), charge, "", "", "I did not"))
		decide("sec", member.ErrReplying) // the last day of the reply
		s.days(1)
		if err := s.register.Reply(s.Context(), charge, "", "", "and again"); !errors.Is(err, member.ErrReplyLate) {
			s.Error(err)
		}
		decide("ste", member.ErrAccuser)
		if err := s.register.Decide(s.Context(), charge, "sec", member.Upheld, ""); !errors.Is(err, member.ErrNoMinute) {
			s.Error(err)
		}
		decide("sec", nil)
		decide("sec", member.ErrNoCharge)
		m := s.entry(id)
		if m.State != member.Ended || m.Ending != member.Expelled || m.EndedWhy != "rule 12.3, minute 2026-12-14/5" {
			s.Errorf("%+v", m)
		}
		want := []string{
			"secretary as secretary: member admitted (welcome)", "ste as steward: charge brought (12.3)", "sec as secretary: charge served ()",
			" as member: charge replied to ()", "sec as secretary: member expelled (rule 12.3, minute 2026-12-14/5)",
		}
		if diff := cmp.Diff(want, s.acts(string(id))); diff != "" {
			s.Error(diff)
		}
	})
}

func TestADismissedChargeLeavesTheMember(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		charge, err := s.register.Charge(s.Context(), id, "ste", member.Steward, "12.3", "sold addresses")
		s.must(err)
		s.must(s.register.Decide(s.Context(), charge, "sec", member.Dismissed, "2026-11-24/1"))
		if m := s.entry(id); m.State != member.Admitted {
			s.Errorf("%+v", m)
		}
		if _, err := s.register.Charge(s.Context(), id, "ste", member.Steward, "12.4", "something new"); err != nil {
			s.Error(err)
		}
		s.must(s.register.Resign(s.Context(), id, member.ShareGiven))
		all, err := s.register.Charges(s.Context(), id)
		s.must(err)
		got := map[string]member.Decision{}
		for _, c := range all {
			got[c.Rule] = c.Decision
		}
		if diff := cmp.Diff(map[string]member.Decision{"12.3": member.Dismissed, "12.4": member.Moot}, got); diff != "" {
			s.Error(diff)
		}
	})
}
