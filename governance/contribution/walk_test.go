package contribution_test

import (
	"errors"
	"fmt"
	"net/http/cgi" //nolint:gosec // real git, served in a test; the hole was closed in Go 1.6.3
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/contribution"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// work is a real repository with a working copy, in which people commit and a maintainer merges.
type work struct {
	t   testing.TB
	dir string
	at  time.Time
}

func newWork(t testing.TB) *work {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing (Debian: apt-get install git)")
	}
	w := &work{t, filepath.Join(t.TempDir(), "folkmoot.git"), time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.git("max", "init", "-q", "-b", "trunk")
	w.git("max", "config", "http.receivepack", "false")
	w.commit("max", "Begin")
	w.at = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	return w
}

// addresses are what people have in their commits.
var addresses = map[string]string{
	"ann": "Ann@Example.org", "ben": "102+ben@users.noreply.github.com", "cai": "cai@example.org", "dee": "dee@example.org",
	"eve": "eve@example.org", "max": "max@example.org", "dependabot[bot]": "49699333+dependabot[bot]@users.noreply.github.com",
}

// git runs real git as somebody, an hour after the time before.
func (w *work) git(who string, args ...string) {
	w.t.Helper()
	w.at = w.at.Add(time.Hour)
	cmd := exec.CommandContext(w.t.Context(), "git", args...) //nolint:gosec // a test's own
	cmd.Dir = w.dir
	stamp := w.at.Format(time.RFC3339)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME="+who, "GIT_AUTHOR_EMAIL="+addresses[who], "GIT_AUTHOR_DATE="+stamp,
		"GIT_COMMITTER_NAME=max", "GIT_COMMITTER_EMAIL="+addresses["max"], "GIT_COMMITTER_DATE="+stamp)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (w *work) commit(who, message string) {
	w.t.Helper()
	name := fmt.Sprintf("file-%d", w.at.Unix())
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(message), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.git(who, "add", "-A")
	w.git(who, "commit", "-q", "-m", message)
}

// branch has somebody commit on a branch of their own.
func (w *work) branch(name, who string, messages ...string) {
	w.t.Helper()
	w.git("max", "checkout", "-q", "-b", name, "trunk")
	for _, m := range messages {
		w.commit(who, m)
	}
	w.git("max", "checkout", "-q", "trunk")
}

func (w *work) squash(branch, who, message string) {
	w.t.Helper()
	w.git("max", "merge", "-q", "--squash", branch)
	w.git(who, "commit", "-q", "-m", message)
}

// year is a year's work of the people in the deliveries: squashed, rebased and merged.
func year(t testing.TB) *work {
	w := newWork(t)
	w.branch("one", "ann", "wip", "more wip")
	w.squash("one", "ann", "Keep the cursor when a tab closes (#1)\n\nCo-authored-by: eve <eve@example.org> is how a co-author is named.\n\nIt was lost.\n\nCo-authored-by: Cai <CAI@example.org>")
	w.branch("two", "ben", "Say which node is slow", "Say how slow")
	w.commit("dependabot[bot]", "Bump golang.org/x/net to 0.62.0 (#5)")
	w.git("max", "rebase", "-q", "trunk", "two")
	w.git("max", "checkout", "-q", "trunk")
	w.git("max", "merge", "-q", "--ff-only", "two")
	w.branch("three", "dee", "Teach the doctor", "Teach it more")
	w.git("max", "merge", "-q", "--no-ff", "-m", "Merge pull request #3 from dee/three\n\nTeach the doctor about certificates", "three")
	w.git("eve", "revert", "--no-edit", "HEAD~1")
	w.branch("seven", "eve", "Sell the addresses")
	return w
}

// served lets the repository be fetched over HTTP, by real git.
func (w *work) served() string {
	w.t.Helper()
	path, err := exec.LookPath("git")
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(&cgi.Handler{Path: path, Args: []string{"http-backend"}, Dir: w.dir, Env: []string{
		"GIT_PROJECT_ROOT=" + filepath.Dir(w.dir), "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}})
	w.t.Cleanup(server.Close)
	return server.URL + "/" + filepath.Base(w.dir)
}

// walked lists a repository without a forge, and walks it.
func (s *society) walked(at string) string {
	s.Helper()
	id, err := s.book.List(s.Context(), "sec", contribution.Git, at, true, "ours")
	s.must(err)
	s.must(s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now}))
	return id
}

// TestEitherSourceCreditsTheSamePeople is the point of it all: squashed, rebased and merged work of a real repository, and the deliveries
// of both kinds of forge about it.
func TestEitherSourceCreditsTheSamePeople(t *testing.T) {
	want := []string{"ann", "ben", "cai", "dee"}
	numbers := map[string]string{"ann": "101", "ben": "102", "cai": "103", "dee": "104", "eve": "105", "max": "1", "machine": "49699333"}
	people := func(s *society) map[string]member.ID {
		all := map[string]member.ID{}
		for name, number := range numbers {
			all[name] = s.joins(name)
			s.knows(all[name], contribution.GitHub, number)
			s.knows(all[name], contribution.Gitea, number)
			if name != "ben" && name != "machine" {
				s.address(all[name], name+"@example.org")
			}
		}
		return all
	}
	for _, forge := range []contribution.ForgeName{contribution.GitHub, contribution.Gitea} {
		t.Run(string(forge), func(t *testing.T) {
			each(t, func(s *society) {
				all := people(s)
				s.listed(contribution.GitHub, "5000")
				s.listed(contribution.Gitea, "77")
				for _, name := range fixtures(s.T, string(forge)) {
					s.delivers(forge, name, fixture(s.T, string(forge), name))
				}
				if diff := cmp.Diff(want, s.credited(all)); diff != "" {
					s.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
	t.Run("git", func(t *testing.T) {
		at := year(t).served()
		each(t, func(s *society) {
			all := people(s)
			s.walked(at)
			if diff := cmp.Diff(want, s.credited(all)); diff != "" {
				s.Errorf("-want +got:\n%s", diff)
			}
			if ben := s.standing(all["ben"]); ben.Merged() != 2 { // a rebase has no number: each commit is a change
				s.Errorf("%+v", ben.Credits)
			}
			for _, c := range s.standing(all["ben"]).Credits { // pages show the beginning of a commit's hash
				id, err := s.book.ProposeOnChange(s.Context(), "sec", contribution.Struck, c.Repository+" #"+c.Number[:12], "a typing error")
				s.must(err)
				s.must(s.book.ConfirmException(s.Context(), "tre", id))
			}
			s.isContributor(all["ben"], false)
			dee := s.standing(all["dee"]).Credits
			if len(dee) != 1 || dee[0].Number != "3" || dee[0].Part != contribution.Author { // two commits, one change
				s.Errorf("%+v", dee)
			}
			if cai := s.standing(all["cai"]).Credits; len(cai) != 1 || cai[0].Number != "1" || cai[0].Part != contribution.CoAuthor {
				s.Errorf("%+v", cai)
			}
			if eve := s.standing(all["eve"]).Credits; len(eve) != 1 || eve[0].Ignored != contribution.Revert {
				s.Errorf("%+v", eve)
			}
		})
	})
}

func TestAWalkIsDoneOnceHoweverOften(t *testing.T) {
	w := year(t)
	at := w.served()
	each(t, func(s *society) {
		dee := s.joins("dee")
		s.address(dee, "dee@example.org")
		id := s.walked(at)
		for range 2 {
			s.must(s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now}))
		}
		if c := s.standing(dee).Credits; len(c) != 1 {
			s.Errorf("%+v", c)
		}
		all, err := s.book.Repositories(s.Context())
		if s.must(err); len(all) != 1 || !all[0].Looked.Equal(s.now) {
			s.Errorf("%+v", all)
		}
	})
	// What comes later is fetched into the same clone.
	s := newSociety(t, sqlite(t))
	dee := s.joins("dee")
	s.address(dee, "dee@example.org")
	id := s.walked(at)
	w.commit("dee", "Afterwards (#8)")
	s.must(s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now}))
	if c := s.standing(dee).Credits; len(c) != 2 || c[0].Number != "8" {
		s.Errorf("%+v", c)
	}
}

// Merge commits alone would credit the maintainer who pressed the button, and nobody whose work was squashed.
func TestTheMaintainerIsNotCreditedForMerging(t *testing.T) {
	at := year(t).served()
	each(t, func(s *society) {
		m := s.joins("max")
		s.address(m, "max@example.org")
		s.walked(at)
		if c := s.standing(m).Credits; len(c) != 0 {
			s.Errorf("%+v", c)
		}
	})
}

func TestAWalkOfAForgesRepositoryTellsOfCoAuthorsOnly(t *testing.T) {
	at := year(t).served()
	each(t, func(s *society) {
		s.forge.Repository("folkmoot/folkmoot", at)
		id, err := s.book.List(s.Context(), "sec", contribution.Gitea, "folkmoot/folkmoot", true, "ours")
		s.must(err)
		ann, ben, cai := s.joins("ann"), s.joins("ben"), s.joins("cai")
		s.address(ann, "ann@example.org")
		s.address(cai, "cai@example.org")
		s.knows(ben, contribution.GitHub, "102")
		s.knows(ann, contribution.Gitea, "101")
		s.must(s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now.AddDate(-1, 0, 0), Began: s.now}))
		s.isContributor(cai, true)
		s.isContributor(ben, false) // what has no number there was told by the forge
		repositories, err := s.book.Repositories(s.Context())
		s.must(err)
		body := strings.ReplaceAll(string(fixture(s.T, "gitea", "1-squashed")), `"id": 77`, `"id": `+repositories[0].Subject)
		if outcome := s.delivers(contribution.Gitea, "d1", []byte(body)); outcome != contribution.Told {
			s.Error(outcome)
		}
		// The same change by both her names is one, and the first telling stands.
		if c := s.standing(ann).Credits; len(c) != 1 || c[0].Merged != day("2026-10-01") {
			s.Errorf("%+v", c)
		}
	})
}

func TestWhatCannotBeFetchedByAnybodyIsNotListed(t *testing.T) {
	each(t, func(s *society) {
		for _, at := range []string{"", "x", "file:///etc", "/etc", "http://git.example/a", "https://a:b@git.example/a", "ssh://git.example/a", "https://git.example/", "https://git.example/a?b=c", "git@git.example:a"} {
			_, err := s.book.List(s.Context(), "sec", contribution.Git, at, true, "ours")
			s.refuses(err, contribution.ErrBadPath)
		}
		for _, at := range []string{"x", "a/b/c", "a/..", "../a", "a/b?c", ""} {
			_, err := s.book.List(s.Context(), "sec", contribution.GitHub, at, true, "ours")
			s.refuses(err, contribution.ErrBadPath)
		}
		_, err := s.book.List(s.Context(), "sec", contribution.GitHub, "no/such", true, "ours")
		s.refuses(err, contribution.ErrNoRepository)
		_, err = s.book.List(s.Context(), "ann", contribution.Git, "https://git.example/a", true, "mine")
		s.refuses(err, member.ErrNotOfficer)
		_, err = s.book.List(s.Context(), "sec", contribution.Git, "https://git.example/a", true, " ")
		s.refuses(err, contribution.ErrNoWhy)
		_, err = s.book.List(s.Context(), "sec", contribution.Git, "https://git.example/a", true, "ours")
		s.must(err)
		_, err = s.book.List(s.Context(), "sec", contribution.Git, "https://git.example/a/", true, "ours")
		s.refuses(err, contribution.ErrListed)
		s.forge.Repository("folkmoot/folkmoot", "")
		_, err = s.book.List(s.Context(), "sec", contribution.Gitea, "folkmoot/folkmoot", false, "ours")
		s.must(err)
		_, err = s.book.List(s.Context(), "sec", contribution.Gitea, "folkmoot/folkmoot", false, "ours")
		s.refuses(err, contribution.ErrListed)
	})
}

func TestAnAddressIsOnesOwnAndNobodyElses(t *testing.T) {
	at := year(t).served()
	each(t, func(s *society) {
		dee := s.joins("dee")
		s.walked(at)
		s.isContributor(dee, false) // the walk knows the address; nobody has proved it
		s.address(dee, "DEE@example.org")
		s.isContributor(dee, true)
		st, err := s.book.Contributor(s.Context(), dee, calendar.On(s.now), s.now.Add(-time.Second))
		if s.must(err); st.Contributor() {
			s.Error("known before it was proved")
		}
	})
}

// A committer's clock is only what somebody set.
func TestAClockThatIsAheadMergesNothingInTheFuture(t *testing.T) {
	w := newWork(t)
	w.at = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	w.commit("dee", "From the future (#9)")
	at := w.served()
	each(t, func(s *society) {
		dee := s.joins("dee")
		s.address(dee, "dee@example.org")
		s.walked(at)
		if c := s.standing(dee).Credits; len(c) != 1 || c[0].Merged != day("2026-11-23") {
			s.Errorf("%+v", c)
		}
	})
}

func TestARepositoryThatIsGoneIsAnErrorAndNothingMore(t *testing.T) {
	s := newSociety(t, sqlite(t))
	w := newWork(t)
	id := s.walked(w.served())
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	err := s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now, Began: s.now})
	if err == nil || errors.Is(err, contribution.ErrNoRepository) {
		t.Errorf("walked what is not there: %v", err)
	}
	s.must(s.book.Delist(s.Context(), "sec", id, "gone"))
	s.must(s.book.WalkThrough(s.Context(), contribution.Walk{Repository: id, Since: s.now, Began: s.now}))
}

func TestNumbersAndTrailersAsForgesWriteThem(t *testing.T) {
	for message, want := range map[string]string{
		"Fix it (#12)":                        "12",
		"Fix it (#12)\n\nSee (#9).":           "12",
		"Fix it\n\nSee (#9)":                  "",
		"See (#9) again":                      "",
		"Revert \"Fix it (#12)\" (#13)":       "13",
		"Merge pull request #14 from ann/fix": "14",
		"Merge pull request 'Fix: it''s' (#15) from ann/fix into trunk":            "15",
		"Merge branch 'fix' into 'trunk'\n\nFix\n\nSee merge request folk/moot!16": "16",
		"Fix it (#0)": "", "Fix it (#1234567890123)": "",
	} {
		if got := contribution.NumberIn(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
	message := "Fix it\n\nCo-authored-by: Eve <eve@example.org>\n\nWords.\n\nco-authored-by: Ann B. <ann@example.org>\r\nSigned-off-by: Max <max@example.org>\nCo-Authored-By:<ben@example.org>\nCo-authored-by: nobody"
	if got := contribution.Trailers(message); !slices.Equal(got, []string{"ann@example.org", "ben@example.org"}) {
		t.Error(got)
	}
	if got := contribution.Trailers("Co-authored-by: Eve <eve@example.org>"); len(got) != 0 {
		t.Error("a subject is no trailer: ", got)
	}
}
