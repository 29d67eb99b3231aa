package contribution_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"folkmoot/governance/contribution"
	"folkmoot/internal/jobs"
)

// looks does what is queued of a look, page by page, and returns how many pages it was.
func (s *society) looks(job contribution.LookAtPage) (pages int) {
	s.Helper()
	for ; ; pages++ {
		s.must(s.book.LookThrough(s.Context(), job))
		next, ok := s.queued("forge_page", job.Page+1)
		if !ok {
			return pages + 1
		}
		job = next
	}
}

// queued is a page that waits in the queue.
func (s *society) queued(kind string, page int) (contribution.LookAtPage, bool) {
	s.Helper()
	var waiting []string
	s.must(s.db.Read(s.Context()).Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = ? ORDER BY id DESC", kind).Scan(&waiting).Error)
	for _, args := range waiting {
		var job contribution.LookAtPage
		s.must(json.Unmarshal([]byte(args), &job))
		if job.Page == page {
			return job, true
		}
	}
	return contribution.LookAtPage{}, false
}

func TestTheNightlyLookFindsWhatWebhooksMissed(t *testing.T) {
	for _, forge := range []contribution.ForgeName{contribution.GitHub, contribution.Gitea} {
		t.Run(string(forge), func(t *testing.T) {
			each(t, func(s *society) {
				s.forge.Repository("folkmoot/folkmoot", "")
				id, err := s.book.List(s.Context(), "sec", forge, "folkmoot/folkmoot", false, "ours")
				s.must(err)
				ann, eve, ben := s.joins("ann"), s.joins("eve"), s.joins("ben")
				s.links(ann, forge, "ann")
				s.links(eve, forge, "eve")
				s.links(ben, forge, "ben")
				now := s.now
				s.now = now.AddDate(-2, 0, 0)
				s.forge.Close("folkmoot/folkmoot", "ben", "Long ago", true)
				s.now = now.AddDate(0, 0, -20)
				for range 119 {
					s.forge.Close("folkmoot/folkmoot", "ann", "Work", true)
				}
				s.forge.Close("folkmoot/folkmoot", "eve", "Refused", false)
				s.now = now
				first := contribution.LookAtPage{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now, Page: 1}
				if pages := s.looks(first); pages != 3 { // 121 by fifty
					s.Errorf("%d pages", pages)
				}
				s.isContributor(eve, false)
				s.isContributor(ben, false)
				if n := s.standing(ann).Merged(); n != 119 {
					s.Errorf("%d changes", n)
				}
				s.must(s.book.LookThrough(s.Context(), first)) // stopped by a crash, and done again
				if n := s.standing(ann).Merged(); n != 119 {
					s.Errorf("%d changes after the same page again", n)
				}
				all, err := s.book.Repositories(s.Context())
				if s.must(err); !all[0].Looked.Equal(s.now) {
					s.Errorf("%+v", all[0])
				}
			})
		})
	}
}

func TestALookStopsWhereTheLastOneBegan(t *testing.T) {
	each(t, func(s *society) {
		id := s.lists()
		now := s.now
		for i := range 60 {
			s.now = now.AddDate(0, 0, i-60)
			s.forge.Close("folkmoot/folkmoot", "ann", "Work", true)
		}
		s.now = now
		if pages := s.looks(contribution.LookAtPage{Repository: id, Since: now.AddDate(0, 0, -10), Began: now, Page: 1}); pages != 1 {
			s.Errorf("%d pages", pages)
		}
		asked := len(s.slow.asked)
		s.must(s.book.BeginLook(s.Context()))
		job, ok := s.queued("forge_page", 1)
		if !ok {
			s.Fatal("nothing is queued")
		}
		if len(s.slow.asked) != asked {
			s.Error("the night's beginning asks the forge itself")
		}
		s.must(s.book.LookThrough(s.Context(), job))
	})
}

func TestAForgeThatIsBusyIsAskedAgainWhenItSays(t *testing.T) {
	each(t, func(s *society) {
		id := s.lists()
		ann := s.joins("ann")
		s.links(ann, contribution.Gitea, "ann")
		s.forge.Close("folkmoot/folkmoot", "ann", "Work", true)
		job := contribution.LookAtPage{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now, Page: 1}
		for header, want := range map[string]time.Duration{"90": 90 * time.Second, "1": 30 * time.Second, "999999": time.Hour, "soon": time.Minute} {
			s.slow.refuse = http.Header{"Retry-After": {header}}
			err := s.book.LookThrough(s.Context(), job)
			later, ok := errors.AsType[*jobs.LaterError](err)
			if !ok || later.After != want {
				s.Errorf("Retry-After %s: %v", header, err)
			}
		}
		s.isContributor(ann, false)
		s.must(s.book.LookThrough(s.Context(), job))
		s.isContributor(ann, true)
	})
}

func TestANewRepositoryUnderAnOldNameIsAnother(t *testing.T) {
	each(t, func(s *society) {
		s.listed(contribution.Gitea, "77") // the practice forge has another number under that path
		ann := s.joins("ann")
		s.links(ann, contribution.Gitea, "ann")
		s.forge.Close("folkmoot/folkmoot", "ann", "Work", true)
		all, err := s.book.Repositories(s.Context())
		s.must(err)
		s.must(s.book.LookThrough(s.Context(), contribution.LookAtPage{Repository: all[0].ID, Since: s.now.AddDate(-1, 0, 0), Began: s.now, Page: 1}))
		s.isContributor(ann, false)
	})
}

func TestRevertsAreKnownByTheirTitles(t *testing.T) {
	for title, want := range map[string]bool{
		`Revert "Fix it"`: true, "revert: fix it": true, "revert(web)!: fix it": true, "Revert 1a2b3c4": true, "Revert #12": true, `Reapply "Fix it"`: true,
		"Fix the revert button": false, "Reverting a setting asks first": false, "revertible migrations": false, "Revert button asks first": false,
	} {
		if got := contribution.TakesBack(title); got != want {
			t.Errorf("%q: %v", title, got)
		}
	}
}
