package member_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

func TestPeopleMendTheirOwnEntry(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		moved := member.Particulars{Name: "Nia Hill", Address: "2 Low Street\nCardiff", Postcode: "CF10 1AA", Email: nia.Email}
		for range 2 {
			s.must(s.register.Correct(s.Context(), id, "", moved))
		}
		if m := s.entry(id); m.Name != moved.Name || m.Address != moved.Address || m.Postcode != moved.Postcode || m.Age != nia.Age {
			s.Errorf("%+v", m)
		}
		acts := s.acts(string(id))
		if len(acts) != 2 || acts[1] != " as member: entry corrected (name, address, postcode)" {
			s.Error(acts)
		}
		if err := s.register.Correct(s.Context(), id, "", member.Particulars{Name: "Nia", Address: "?", Email: nia.Email}); !errors.Is(err, member.ErrAddress) {
			s.Error(err)
		}
		found, _, err := s.register.List(s.Context(), "sec", member.Wanted{Name: "HÍLL"})
		s.must(err)
		if len(found) != 1 {
			s.Error("the new name is not found")
		}
	})
}

func TestTheListIsReadByThePageAndNoted(t *testing.T) {
	each(t, func(s *society) {
		for n := range member.PageSize + 3 {
			a := person(n % 26)
			a.Name = fmt.Sprintf("%s 100%%_%c", a.Name, 'a'+n/26)
			s.applies(idOf(n), a)
			s.now = s.now.Add(1000)
		}
		first, more, err := s.register.List(s.Context(), "sec", member.Wanted{States: []member.State{member.Applied}})
		s.must(err)
		rest, end, err := s.register.List(s.Context(), "sec", member.Wanted{After: first[len(first)-1].ID})
		s.must(err)
		if len(first) != member.PageSize || !more || len(rest) != 3 || end {
			s.Errorf("%d, %v; %d, %v", len(first), more, len(rest), end)
		}
		for wanted, n := range map[string]int{"100%_b": 26, "100%": member.PageSize, "%%": 0, "100__": 0} {
			if found, _, err := s.register.List(s.Context(), "sec", member.Wanted{Name: wanted}); err != nil || len(found) != n {
				s.Errorf("%s: %d, %v", wanted, len(found), err)
			}
		}
		counts, err := s.register.Count(s.Context())
		s.must(err)
		if diff := cmp.Diff(map[member.State]int{member.Applied: member.PageSize + 3}, counts); diff != "" {
			s.Error(diff)
		}
		looks, err := s.register.Looks(s.Context(), "")
		s.must(err)
		if len(looks) != 1 || looks[0].By != "sec" || looks[0].Purpose != member.ForOffice {
			s.Errorf("%+v", looks)
		}
	})
}

func TestAnOfficersLookIsToldToThePerson(t *testing.T) {
	each(t, func(s *society) {
		id := s.joins("nia", nia)
		if _, err := s.register.Look(s.Context(), "sec", id); err != nil {
			s.Fatal(err)
		}
		e, err := s.register.Export(s.Context(), id)
		s.must(err)
		if len(e.Looks) != 1 || e.Looks[0].Purpose != member.ForOffice || e.Member.Name != nia.Name || len(e.Acts) != 1 {
			s.Errorf("%+v", e)
		}
		if strings.Contains(fmt.Sprintf("%+v", e), "By:sec") {
			s.Error("the export names officers")
		}
		if _, err := s.register.Look(s.Context(), "sec", "nobody"); !errors.Is(err, member.ErrNoMember) {
			s.Error(err)
		}
	})
}

func TestInspectionsAreLoggedFromTheAskingToTheAnswer(t *testing.T) {
	each(t, func(s *society) {
		if _, err := s.register.AskInspection(s.Context(), "", "to write to members", "sec"); !errors.Is(err, member.ErrNoWho) {
			s.Error(err)
		}
		if _, err := s.register.AskInspection(s.Context(), "Ben Hill", "", "sec"); !errors.Is(err, member.ErrNoWhy) {
			s.Error(err)
		}
		id, err := s.register.AskInspection(s.Context(), "Ben Hill, member", "to call a meeting", "sec")
		s.must(err)
		if err := s.register.AnswerInspection(s.Context(), id, "sec", "maybe", "all"); !errors.Is(err, member.ErrAnswer) {
			s.Error(err)
		}
		s.must(s.register.AnswerInspection(s.Context(), id, "sec", member.Shown, "names and addresses, at the office"))
		if err := s.register.AnswerInspection(s.Context(), id, "sec", member.NotShown, "no"); !errors.Is(err, member.ErrNoInspection) {
			s.Error(err)
		}
		all, err := s.register.Inspections(s.Context())
		s.must(err)
		want := []member.Inspection{{
			ID: id, Who: "Ben Hill, member", Why: "to call a meeting", Asked: calendar.On(s.now), Answer: member.Shown,
			Shown: "names and addresses, at the office", NotedBy: "sec", AnsweredBy: "sec", AnsweredAt: s.now,
		}}
		if diff := cmp.Diff(want, all); diff != "" {
			s.Error(diff)
		}
	})
}

func TestTheRuleBookRemembersWhoChangedIt(t *testing.T) {
	each(t, func(s *society) {
		rules, err := s.register.Rules(s.Context())
		s.must(err)
		if rules != member.FirstRules {
			s.Errorf("%+v", rules)
		}
		strict := member.Rules{
			MinimumAge: 18, MinimumMembership: 90, Window: 180, SupportLeast: 9, SupportPermille: 20, AnswerDays: 14, CommentDays: 35, EmergencyDays: 10,
			MeetingDays: 21, QuorumLeast: 7, QuorumPercent: 20, BallotAskers: 2,
		}
		for _, spoil := range []func(*member.Rules){
			func(r *member.Rules) { r.MinimumAge = -1 }, func(r *member.Rules) { r.MinimumAge = 26 },
			func(r *member.Rules) { r.MinimumMembership = -1 }, func(r *member.Rules) { r.MinimumMembership = 731 },
			func(r *member.Rules) { r.Window = 29 }, func(r *member.Rules) { r.Window = 1462 },
			func(r *member.Rules) { r.SupportLeast = 0 }, func(r *member.Rules) { r.SupportLeast = 101 },
			func(r *member.Rules) { r.SupportPermille = -1 }, func(r *member.Rules) { r.SupportPermille = 101 },
			func(r *member.Rules) { r.AnswerDays = 6 }, func(r *member.Rules) { r.AnswerDays = 91 },
			func(r *member.Rules) { r.CommentDays = 27 }, func(r *member.Rules) { r.EmergencyDays = 91 },
			func(r *member.Rules) { r.MeetingDays = 6 }, func(r *member.Rules) { r.MeetingDays = 43 },
			func(r *member.Rules) { r.QuorumLeast = 1 }, func(r *member.Rules) { r.QuorumLeast = 1001 },
			func(r *member.Rules) { r.QuorumPercent = -1 }, func(r *member.Rules) { r.QuorumPercent = 51 },
			func(r *member.Rules) { r.BallotAskers = 0 }, func(r *member.Rules) { r.BallotAskers = 101 },
		} {
			bad := member.FirstRules
			spoil(&bad)
			if err := s.register.SetRules(s.Context(), bad, "sec", "board"); !errors.Is(err, member.ErrRules) {
				s.Errorf("%+v: %v", bad, err)
			}
		}
		if err := s.register.SetRules(s.Context(), strict, "sec", ""); !errors.Is(err, member.ErrNoWhy) {
			s.Error(err)
		}
		s.must(s.register.SetRules(s.Context(), strict, "sec", "board minute 4"))
		s.must(s.register.SetRules(s.Context(), member.FirstRules, "sec", "board minute 9"))
		changes, err := s.register.RuleChanges(s.Context(), 5)
		s.must(err)
		if len(changes) != 2 || changes[0].Rules != member.FirstRules || changes[1].Rules != strict || changes[1].Why != "board minute 4" || changes[0].Was != strict || changes[1].Was != member.FirstRules {
			s.Errorf("%+v", changes)
		}
		if last, err := s.register.RuleChanges(s.Context(), 1); err != nil || len(last) != 1 || last[0].Was != strict {
			s.Errorf("%+v: %v", last, err)
		}
		s.must(s.register.SetRules(s.Context(), rulesWith(func(r *member.Rules) { r.QuorumLeast = 5 }), "sec", "general meeting, item 4"))
		if err := s.register.SetRules(s.Context(), rulesWith(func(r *member.Rules) { r.QuorumLeast = 5 }), "sec", "item 5"); !errors.Is(err, member.ErrSameRules) {
			s.Errorf("settings as they were: %v", err)
		}
		var logged string
		s.must(s.db.Read(s.Context()).Raw("SELECT why FROM audit WHERE what = 'rules changed' ORDER BY id DESC LIMIT 1").Scan(&logged).Error)
		if logged != "quorum least from 3 to 5: general meeting, item 4" {
			s.Errorf("the audit log says %q", logged)
		}
		err = s.db.Write(s.Context(), func(tx *gorm.DB) error { return tx.Exec("UPDATE rule_book SET minimum_age = 0").Error })
		if err == nil {
			s.Error("the history of the rules was changed")
		}
	})
}

func rulesWith(change func(*member.Rules)) member.Rules {
	rules := member.FirstRules
	change(&rules)
	return rules
}

func TestAProposalNeedsOneInAHundredMembersAndFiveAtLeast(t *testing.T) {
	for members, want := range map[int]int{0: 5, 4: 5, 500: 5, 501: 6, 600: 6, 601: 7, 10_000: 100} {
		if got := member.FirstRules.Support(members); got != want {
			t.Errorf("of %d members: %d, want %d", members, got, want)
		}
	}
}

func TestAQuorumIsOneInTenMembersAndThreeAtLeast(t *testing.T) {
	for members, want := range map[int]int{0: 3, 5: 3, 30: 3, 31: 4, 40: 4, 41: 5, 1000: 100} {
		if got := member.FirstRules.Quorum(members); got != want {
			t.Errorf("of %d members: %d, want %d", members, got, want)
		}
	}
}

func TestMinimumMembershipCountsFromTheEntry(t *testing.T) {
	on := func(s string) calendar.Date {
		d, err := calendar.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	rules := member.Rules{MinimumMembership: 28}
	for _, c := range []struct {
		what   string
		m      member.Member
		record string
		want   bool
	}{
		{"one day short", member.Member{Entered: on("2026-11-02")}, "2026-11-29", false},
		{"on the day", member.Member{Entered: on("2026-11-02")}, "2026-11-30", true},
		{"never admitted", member.Member{}, "2026-11-30", false},
		{"left that day", member.Member{Entered: on("2026-01-01"), Ceased: on("2026-11-30")}, "2026-11-30", false},
		{"left the day after", member.Member{Entered: on("2026-01-01"), Ceased: on("2026-12-01")}, "2026-11-30", true},
	} {
		if got := rules.LongEnough(c.m, on(c.record)); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
