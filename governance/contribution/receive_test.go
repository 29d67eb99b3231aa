package contribution_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
)

func TestOnlyTheForgesOwnWordCounts(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		s.listed(contribution.Gitea, "77")
		for _, forge := range []contribution.ForgeName{contribution.GitHub, contribution.Gitea} {
			body := fixture(s.T, string(forge), "1-squashed")
			right := signed(forge, "d1", body, secret)
			for what, forge2 := range map[string]func() (http.Header, []byte){
				"another secret":  func() (http.Header, []byte) { return signed(forge, "d1", body, "guess"), body },
				"an empty secret": func() (http.Header, []byte) { return signed(forge, "d1", body, ""), body },
				"no signature": func() (http.Header, []byte) {
					h := right.Clone()
					h.Del("X-Hub-Signature-256")
					h.Del("X-Gitea-Signature")
					return h, body
				},
				"another body":     func() (http.Header, []byte) { return right, append(body, ' ') },
				"half a signature": func() (http.Header, []byte) { return signed(forge, "d1", body[:10], secret), body },
			} {
				header, sent := forge2()
				_, err := s.book.Receive(s.Context(), forge, header, sent)
				if s.refuses(err, contribution.ErrSignature); s.Failed() {
					s.Fatal(forge, what)
				}
			}
			other := contribution.Gitea
			if forge == contribution.Gitea {
				other = contribution.GitHub
			}
			_, err := s.book.Receive(s.Context(), other, right, body)
			s.refuses(err, contribution.ErrSignature)
		}
		big := []byte(strings.Repeat(" ", contribution.MostDelivery) + "{}")
		_, err := s.book.Receive(s.Context(), contribution.GitHub, signed(contribution.GitHub, "d", big, secret), big)
		s.refuses(err, contribution.ErrSignature)
		_, err = s.book.Receive(s.Context(), "sourceforge", nil, nil)
		s.refuses(err, contribution.ErrNoForge)
		for _, bad := range []string{"", "[", `{"action":1}`, `{"action":"closed","pull_request":{"merged":true}}`, `{"action":"closed","pull_request":{"merged":true,"number":1,"merged_at":"2026-11-01T00:00:00Z"}}`} {
			_, err = s.book.Receive(s.Context(), contribution.GitHub, signed(contribution.GitHub, "d", []byte(bad), secret), []byte(bad))
			s.refuses(err, contribution.ErrMalformed)
		}
	})
}

func TestAForgejoSignsInItsOwnName(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.Gitea, "77")
		body := fixture(s.T, "gitea", "1-squashed")
		h := http.Header{}
		h.Set("X-Forgejo-Event", "pull_request")
		h.Set("X-Forgejo-Delivery", "d1")
		h.Set("X-Forgejo-Signature", signature(body, secret))
		outcome, err := s.book.Receive(s.Context(), contribution.Gitea, h, body)
		if s.must(err); outcome != contribution.Kept {
			s.Error(outcome)
		}
	})
}

func TestHalfAForgeIsRefused(t *testing.T) {
	whole := contribution.Options{Name: contribution.Gitea, URL: "https://codeberg.example", Secret: "s", ClientID: "i", ClientSecret: "k"}
	if _, err := contribution.NewForge(whole); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*contribution.Options){
		"no webhook secret": func(o *contribution.Options) { o.Secret = "" }, "no client": func(o *contribution.Options) { o.ClientID = "" },
		"no client secret": func(o *contribution.Options) { o.ClientSecret = "" }, "no address": func(o *contribution.Options) { o.URL = "" },
		"a password in the address": func(o *contribution.Options) { o.URL = "https://a:b@codeberg.example" }, "a file": func(o *contribution.Options) { o.URL = "file:///etc" },
	} {
		o := whole
		if change(&o); true {
			if _, err := contribution.NewForge(o); err == nil {
				t.Errorf("%s is accepted", what)
			}
		}
	}
}

func TestWhatWasClosedWithoutBeingMergedGivesNothing(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		eve := s.joins("eve")
		s.knows(eve, contribution.GitHub, "105")
		body := fixture(s.T, "github", "7-unmerged")
		if !strings.Contains(string(body), `"merge_commit_sha": "000`) {
			s.Fatal("the fixture has no merge_commit_sha, so it shows nothing")
		}
		for i, sent := range [][]byte{body, edited(s.T, body, "merged", nil), edited(s.T, body, "merged_at", "2026-11-05T12:00:00Z")} {
			if outcome := s.delivers(contribution.GitHub, fmt.Sprint(i), sent); outcome != contribution.Nothing {
				s.Errorf("%d: %s", i, outcome)
			}
		}
		opened := []byte(strings.Replace(string(fixture(s.T, "github", "1-squashed")), `"action": "closed"`, `"action": "edited"`, 1))
		if outcome := s.delivers(contribution.GitHub, "edited", opened); outcome != contribution.Nothing {
			s.Error("an edit of a merged change: ", outcome)
		}
		s.isContributor(eve, false)
		merged := edited(s.T, edited(s.T, body, "merged", true), "merged_at", "2026-11-05T12:00:00Z")
		if outcome := s.delivers(contribution.GitHub, "m", merged); outcome != contribution.Kept {
			s.Error(outcome)
		}
		s.isContributor(eve, true)
	})
}

func TestBotsAndRevertsAreNoContributors(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		s.listed(contribution.Gitea, "77")
		eve, machine := s.joins("eve"), s.joins("machine")
		for forge, number := range map[contribution.ForgeName]string{contribution.GitHub: "49699333", contribution.Gitea: "900"} {
			s.knows(eve, forge, "105")
			s.knows(machine, forge, number)
			for _, name := range []string{"5-bot", "6-revert"} {
				if outcome := s.delivers(forge, name, fixture(s.T, string(forge), name)); outcome != contribution.Kept {
					s.Errorf("%s: %s", name, outcome) // kept, so that two officers could make it count
				}
			}
		}
		s.isContributor(eve, false)
		s.isContributor(machine, false)
		if c := s.standing(eve).Credits; len(c) != 2 || c[0].Ignored != contribution.Revert || c[0].Counts {
			s.Errorf("%+v", c)
		}
	})
}

func TestADeliveryIsDoneOnce(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		ann := s.joins("ann")
		s.knows(ann, contribution.GitHub, "101")
		body := fixture(s.T, "github", "1-squashed")
		var kept, told int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				outcome, err := s.book.Receive(s.Context(), contribution.GitHub, signed(contribution.GitHub, fmt.Sprint("d", i%3), body, secret), body)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					s.Error(err)
				case outcome == contribution.Kept:
					kept++
				case outcome == contribution.Told:
					told++
				}
			})
		}
		all.Wait()
		if st := s.standing(ann); kept != 1 || told != 11 || len(st.Credits) != 1 {
			s.Errorf("kept %d, told %d, %+v", kept, told, st.Credits)
		}
		// An edited title comes with another delivery: the evidence stays as it was first told.
		s.delivers(contribution.GitHub, "d9", edited(s.T, body, "title", "Something grander"))
		if c := s.standing(ann).Credits; c[0].Title != "Keep the cursor when a tab closes" {
			s.Errorf("%+v", c)
		}
	})
}

func TestARepositoryThatIsNotListedGivesNothing(t *testing.T) {
	each(t, func(s *society) {
		ann := s.joins("ann")
		s.knows(ann, contribution.GitHub, "101")
		body := fixture(s.T, "github", "1-squashed")
		foreign := func() {
			_, err := s.book.Receive(s.Context(), contribution.GitHub, signed(contribution.GitHub, "d1", body, secret), body)
			s.refuses(err, contribution.ErrForeign)
		}
		foreign()
		s.listed(contribution.Gitea, "5000") // the same number at another forge is another repository
		foreign()
		s.isContributor(ann, false)
		s.listed(contribution.GitHub, "5000")
		if outcome := s.delivers(contribution.GitHub, "d1", body); outcome != contribution.Kept { // sent again, once it is listed
			s.Error(outcome)
		}
		s.isContributor(ann, true)
		repositories, err := s.book.Repositories(s.Context())
		s.must(err)
		for _, r := range repositories {
			s.must(s.book.Delist(s.Context(), "sec", r.ID, "given up"))
			s.refuses(s.book.Delist(s.Context(), "sec", r.ID, "given up"), contribution.ErrNoRepository)
		}
		body = edited(s.T, body, "number", 99)
		foreign()
		s.isContributor(ann, true) // what was merged while it was listed still counts
	})
}

func TestTheWindowEndsAtItsLastDay(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		ann := s.joins("ann")
		s.knows(ann, contribution.GitHub, "101")
		// London is an hour ahead in October: this is the first minute of 6 October there.
		s.delivers(contribution.GitHub, "d1", edited(s.T, fixture(s.T, "github", "1-squashed"), "merged_at", "2026-10-05T23:00:00Z"))
		merged := day("2026-10-06")
		for on, want := range map[string]bool{
			merged.AddDays(-1).String(): false, merged.String(): true, merged.AddDays(364).String(): true, merged.AddDays(365).String(): false,
		} {
			st, err := s.book.Contributor(s.Context(), ann, day(on), s.now)
			if s.must(err); st.Contributor() != want || st.First.Days(st.Last) != 364 {
				s.Errorf("on %s: %v, want %v (%s to %s)", on, st.Contributor(), want, st.First, st.Last)
			}
		}
		before := s.now
		s.now = s.now.AddDate(0, 0, 7)
		rules := member.FirstRules
		rules.Window = 30
		s.must(s.register.SetRules(s.Context(), rules, "sec", "board minute 4"))
		st, err := s.book.Contributor(s.Context(), ann, day("2026-11-22"), s.now)
		if s.must(err); st.Contributor() {
			s.Error("a shorter window has no effect")
		}
		st, err = s.book.Contributor(s.Context(), ann, day("2026-11-22"), before)
		if s.must(err); !st.Contributor() {
			s.Error("a later rule changed what was known then")
		}
	})
}

func TestWhatIsToldLaterChangesNoRollThatIsMade(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		ann := s.joins("ann")
		s.knows(ann, contribution.GitHub, "101")
		frozen := s.now
		s.now = s.now.AddDate(0, 0, 1)
		s.delivers(contribution.GitHub, "d1", fixture(s.T, "github", "1-squashed"))
		s.isContributor(ann, true)
		st, err := s.book.Contributor(s.Context(), ann, day("2026-11-23"), frozen)
		if s.must(err); st.Contributor() {
			s.Error("a roll made yesterday has somebody whom nobody knew of then")
		}
	})
}

func FuzzDelivery(f *testing.F) {
	forge, err := contribution.NewForge(contribution.Options{Name: contribution.Gitea, URL: "https://codeberg.example", Secret: secret, ClientID: "i", ClientSecret: "k"})
	if err != nil {
		f.Fatal(err)
	}
	for _, kind := range []string{"github", "gitea"} {
		for _, name := range fixtures(f, kind) {
			f.Add(fixture(f, kind, name))
		}
	}
	f.Add([]byte(`{"action":"closed","pull_request":{"merged":true,"number":9223372036854775807,"merged_at":"9999-12-31T23:59:59Z","user":null},"repository":{"id":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, merged, err := contribution.OpenDelivery(forge, signed(contribution.Gitea, "d", body, secret), body)
		if err != nil || !merged {
			return
		}
		if m.Number == "" || m.Number == "0" || m.MergedAt.IsZero() || len(m.Evidence) == 0 || len([]rune(m.Title)) > 200 {
			t.Errorf("%+v", m)
		}
		for _, a := range m.By {
			if a.Subject == "" || a.Subject == "0" || strings.HasPrefix(a.Subject, "-") {
				t.Errorf("credited %+v", a)
			}
		}
		if _, _, err := contribution.OpenDelivery(forge, signed(contribution.Gitea, "d", body, secret+"!"), body); err == nil {
			t.Error("opened with another's signature")
		}
	})
}
