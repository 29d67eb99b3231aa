package member_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func TestAnApplicationBecomesAnEntryWithAShare(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		s.must(s.register.Admit(s.Context(), id, "sec", "met her"))
		today := calendar.On(s.now)
		want := member.Member{
			ID: id, State: member.Admitted, Name: nia.Name, Address: nia.Address, Postcode: nia.Postcode, Email: nia.Email, Age: 34,
			AppliedAt: s.now, DecidedAt: s.now, DecidedBy: "sec", Entered: today, Share: member.Share{Issued: today},
		}
		if diff := cmp.Diff(want, s.entry(id)); diff != "" {
			s.Error(diff)
		}
		if diff := cmp.Diff([]string{"sec as secretary: member admitted (met her)"}, s.acts(string(id))); diff != "" {
			s.Error(diff)
		}
	})
}

func TestAdmittingTwiceIsAdmittingOnce(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		s.must(s.register.AdmitByPayment(s.Context(), id))
		first := s.entry(id)
		s.days(3)
		s.must(s.register.AdmitByPayment(s.Context(), id))
		s.must(s.register.Admit(s.Context(), id, "sec", ""))
		if diff := cmp.Diff(first, s.entry(id)); diff != "" || first.State != member.Admitted {
			s.Error(diff)
		}
		if acts := s.acts(string(id)); len(acts) != 1 {
			s.Error(acts)
		}
	})
}

func TestThePaymentAdmitsOnlyIfTheRuleBookSaysSo(t *testing.T) {
	each(t, func(s *society) {
		rules := member.FirstRules
		rules.AdmitOnPayment = false
		s.must(s.register.SetRules(s.Context(), rules, "sec", "board minute 4"))
		id := s.applies("nia", nia)
		s.must(s.register.AdmitByPayment(s.Context(), id))
		if state := s.entry(id).State; state != member.Applied {
			s.Errorf("is %s", state)
		}
		s.must(s.register.Admit(s.Context(), id, "sec", "paid"))
		if state := s.entry(id).State; state != member.Admitted {
			s.Errorf("is %s", state)
		}
	})
}

func TestAPaymentAdmitsNobodyWhoWasRefused(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		s.must(s.register.Refuse(s.Context(), id, "sec", "not a person"))
		s.must(s.register.AdmitByPayment(s.Context(), id))
		m := s.entry(id)
		if m.State != member.Refused || m.RefusedWhy != "not a person" || !m.Share.Issued.IsZero() {
			s.Errorf("%+v", m)
		}
		if err := s.register.Admit(s.Context(), id, "sec", ""); !errors.Is(err, member.ErrNotApplied) {
			s.Error(err)
		}
		if again := s.applies("nia", nia); again == id {
			s.Error("the refused application was opened again")
		}
	})
}

func TestWhoeverIsAdmittedOrRefusedIsToldOnce(t *testing.T) {
	each(t, func(s *society) {
		refused, withdrawn, paid := s.applies("a", person(1)), s.applies("b", person(2)), s.applies("c", person(3))
		admitted := s.joins("d", person(4))
		for range 2 {
			s.must(s.register.Admit(s.Context(), admitted, "sec", "welcome"))
			s.must(s.register.AdmitByPayment(s.Context(), paid))
		}
		s.must(s.register.Refuse(s.Context(), refused, "sec", "rule 4"))
		s.must(s.register.Withdraw(s.Context(), withdrawn)) // who knows
		var got []member.ID
		s.must(s.db.Read(s.Context()).Raw("SELECT args ->> 'member' FROM river_job WHERE kind = 'member_decision' ORDER BY id").Scan(&got).Error)
		if diff := cmp.Diff([]member.ID{admitted, paid, refused}, got); diff != "" {
			s.Error(diff)
		}
	})
}

func TestARefusalSaysWhy(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		for _, why := range []string{"", " ", "-"} {
			if err := s.register.Refuse(s.Context(), id, "sec", why); !errors.Is(err, member.ErrNoWhy) {
				s.Errorf("%q: %v", why, err)
			}
		}
	})
}

func TestWhoSeemsToBeAMemberAlreadyWaitsForTheSecretary(t *testing.T) {
	each(t, func(s *society) {
		old := s.joins("nia", nia)
		twin := nia
		twin.Name, twin.Address, twin.Postcode, twin.Email = "OWEN, Nía", "Flat 2, elsewhere", "sy231aa", "other@example.org"
		id := s.applies("sock puppet", twin)
		s.must(s.register.AdmitByPayment(s.Context(), id))
		if state := s.entry(id).State; state != member.Applied {
			s.Errorf("is %s", state)
		}
		same, err := s.register.Duplicates(s.Context(), id)
		s.must(err)
		if len(same) != 1 || same[0].ID != old || !same[0].SameName || same[0].SameAddress || same[0].SameEmail {
			s.Errorf("%+v", same)
		}
		s.must(s.register.Admit(s.Context(), id, "sec", "two people, I asked"))
		if state := s.entry(id).State; state != member.Admitted {
			s.Errorf("is %s", state)
		}
	})
}

func TestWhomTheSocietyTurnedAwayDoesNotComeBackByPaying(t *testing.T) {
	each(t, func(s *society) {
		again := func(account identity.AccountID, a member.Application, want member.State) {
			s.Helper()
			id := s.applies(account, a)
			s.must(s.register.AdmitByPayment(s.Context(), id))
			if got := s.entry(id).State; got != want {
				s.Errorf("%s is %s, want %s", a.Name, got, want)
			}
		}
		s.must(s.register.Refuse(s.Context(), s.applies("a", person(1)), "sec", "rule 4"))
		again("a", person(2), member.Applied) // the same account by another name
		again("b", person(1), member.Applied) // the same person by another account

		expelled := s.joins("c", person(3))
		charge, err := s.register.Charge(s.Context(), expelled, "ste", member.Steward, "12.3", "sold addresses")
		s.must(err)
		s.must(s.register.Serve(s.Context(), charge, "sec", member.Secretary, calendar.On(s.now)))
		s.days(member.ReplyDays + 1)
		s.must(s.register.Decide(s.Context(), charge, "sec", member.Upheld, "5"))
		again("c", person(4), member.Applied)
		again("d", person(3), member.Applied)

		s.must(s.register.Resign(s.Context(), s.joins("e", person(5)), member.ShareGiven))
		again("e", person(5), member.Admitted)
		s.must(s.register.Withdraw(s.Context(), s.applies("f", person(6))))
		again("f", person(6), member.Admitted)
	})
}

func TestAHouseholdIsFlaggedAndNotHeldUp(t *testing.T) {
	each(t, func(s *society) {
		s.joins("nia", nia)
		ben := nia
		ben.Name, ben.Address, ben.Email = "Ben Hill", "1, HIGH STREET, Aberystwyth", "ben@example.org"
		id := s.applies("ben", ben)
		same, err := s.register.Duplicates(s.Context(), id)
		s.must(err)
		if len(same) != 1 || same[0].SameName || !same[0].SameAddress {
			s.Errorf("%+v", same)
		}
		s.must(s.register.AdmitByPayment(s.Context(), id))
		if state := s.entry(id).State; state != member.Admitted {
			s.Errorf("is %s", state)
		}
	})
}

func TestOneAddressForNoticesIsOnePerson(t *testing.T) {
	each(t, func(s *society) {
		s.joins("nia", nia)
		other := person(1)
		other.Email = "NIA@example.org"
		id := s.applies("other", other)
		s.must(s.register.AdmitByPayment(s.Context(), id))
		if state := s.entry(id).State; state != member.Applied {
			s.Errorf("is %s", state)
		}
	})
}

func TestStrangersAreNotFlagged(t *testing.T) {
	each(t, func(s *society) {
		s.joins("a", person(1))
		abroad, too := person(2), person(3)
		abroad.Postcode, too.Postcode, too.Name = "", "", abroad.Name
		s.joins("b", abroad)
		same, err := s.register.Duplicates(s.Context(), s.applies("c", too))
		s.must(err)
		if len(same) != 0 {
			s.Errorf("%+v", same)
		}
	})
}

func TestAnApplicationIsHeldAgainstTheRules(t *testing.T) {
	each(t, func(s *society) {
		with := func(f func(*member.Application)) member.Application { a := nia; f(&a); return a }
		for _, c := range []struct {
			what string
			a    member.Application
			want error
		}{
			{"no name", with(func(a *member.Application) { a.Name = " " }), member.ErrName},
			{"a name of two lines", with(func(a *member.Application) { a.Name = "Nia\nOwen" }), member.ErrName},
			{"a zero byte", with(func(a *member.Application) { a.Address += "\x00" }), member.ErrAddress},
			{"no address", with(func(a *member.Application) { a.Address = "1" }), member.ErrAddress},
			{"an endless postcode", with(func(a *member.Application) { a.Postcode = "1234567890123" }), member.ErrPostcode},
			{"no email", with(func(a *member.Application) { a.Email = "nia" }), member.ErrEmail},
			{"no age", with(func(a *member.Application) { a.Age = 0 }), member.ErrAge},
			{"an age that cannot be", with(func(a *member.Application) { a.Age = 200 }), member.ErrAge},
			{"not born yet", with(func(a *member.Application) { a.Born = calendar.Date{Year: 2027, Month: 1, Day: 1} }), member.ErrAge},
			{"15", with(func(a *member.Application) { a.Age = 15 }), member.ErrTooYoung},
			{"16", with(func(a *member.Application) { a.Age = 16 }), nil},
			{"16 today", with(func(a *member.Application) { a.Born = calendar.Date{Year: 2010, Month: 11, Day: 23} }), nil},
			{"16 tomorrow", with(func(a *member.Application) { a.Born = calendar.Date{Year: 2010, Month: 11, Day: 24} }), member.ErrTooYoung},
			{"abroad", with(func(a *member.Application) { a.Postcode = "" }), nil},
		} {
			if _, err := s.register.Apply(s.Context(), "nia", c.a); !errors.Is(err, c.want) {
				s.Errorf("%s: got %v, want %v", c.what, err, c.want)
			}
		}
	})
}

func TestAnApplicationThatWaitsCanBeWrittenAnew(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		moved := nia
		moved.Address, moved.Postcode = "2 Low Street\nCardiff", "CF10 1AA"
		if again := s.applies("nia", moved); again != id || s.entry(id).Address != moved.Address {
			s.Errorf("%s, %+v", again, s.entry(id))
		}
		s.must(s.register.Admit(s.Context(), id, "sec", ""))
		if _, err := s.register.Apply(s.Context(), "nia", nia); !errors.Is(err, member.ErrMember) {
			s.Error(err)
		}
	})
}

func TestApplyingTwiceAtOnceIsOneApplication(t *testing.T) {
	each(t, func(s *society) {
		ids := make([]member.ID, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				var err error
				if ids[i], err = s.register.Apply(s.Context(), "nia", nia); err != nil {
					s.Error(err)
				}
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				s.Fatalf("%v", ids)
			}
		}
	})
}

func TestAnApplicationThatIsTakenBackLeavesNoName(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		s.must(s.register.Withdraw(s.Context(), id))
		m := s.entry(id)
		if m.State != member.Refused || m.Name+m.Address+m.Email+m.Postcode != "" || m.Age != 0 {
			s.Errorf("%+v", m)
		}
		if err := s.register.Withdraw(s.Context(), s.joins("ben", person(1))); !errors.Is(err, member.ErrNotApplied) {
			s.Error(err)
		}
	})
}

func TestTheRegisterJoinsAccountsOnlyByNamedLooks(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		for range 3 {
			m, is, err := s.register.Of(s.Context(), "nia")
			s.must(err)
			if !is || m.ID != id {
				s.Fatalf("%+v", m)
			}
		}
		account, has, err := s.register.AccountOf(s.Context(), id, member.ForNotice)
		s.must(err)
		if !has || account != "nia" {
			s.Errorf("%q", account)
		}
		if _, is, err := s.register.Of(s.Context(), "nobody"); is || err != nil {
			s.Error(is, err)
		}
		if _, has, err := s.register.AccountOf(s.Context(), "nobody", member.ForDues); has || err != nil {
			s.Error(has, err)
		}
		looks, err := s.register.Looks(s.Context(), id)
		s.must(err)
		purposes := map[member.Purpose]identity.AccountID{}
		for _, l := range looks {
			purposes[l.Purpose] = l.By
		}
		want := map[member.Purpose]identity.AccountID{member.OwnEntry: "", member.ForNotice: ""}
		if diff := cmp.Diff(want, purposes); diff != "" || len(looks) != 2 {
			s.Errorf("%d looks: %s", len(looks), diff)
		}
	})
}

func TestAnApplicationIsToldAllThatIsWrongWithIt(t *testing.T) {
	each(t, func(s *society) {
		err := s.register.Check(s.Context(), member.Application{Name: "Nia Owen", Address: "1 High Street", Email: "nia", Age: 12})
		if !errors.Is(err, member.ErrEmail) || !errors.Is(err, member.ErrTooYoung) || errors.Is(err, member.ErrName) {
			s.Error(err)
		}
		s.must(s.register.Check(s.Context(), nia))
	})
}

func TestWhoAppliesIsToldWhetherThePaymentAdmits(t *testing.T) {
	each(t, func(s *society) {
		id := s.applies("nia", nia)
		if by, err := s.register.AdmitsByPayment(s.Context(), id); err != nil || !by {
			s.Errorf("%t, %v", by, err)
		}
		s.must(s.register.AdmitByPayment(s.Context(), id))
		again := s.applies("nia2", nia) // seems to be here already
		if by, err := s.register.AdmitsByPayment(s.Context(), again); err != nil || by {
			s.Errorf("%t, %v", by, err)
		}
		rules := member.FirstRules
		rules.AdmitOnPayment = false
		s.must(s.register.SetRules(s.Context(), rules, "sec", "board minute 4"))
		if by, err := s.register.AdmitsByPayment(s.Context(), s.applies("ben", person(1))); err != nil || by {
			s.Errorf("%t, %v", by, err)
		}
	})
}
