package contribution_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"gorm.io/gorm"

	"folkmoot/governance/contribution"
	"folkmoot/governance/contribution/practice"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// society has a book of merged work on a database of its own, three forges that are one practice forge, and a clock that stands still.
type society struct {
	*testing.T
	db       *database.DB
	queue    *jobs.Queue
	register *member.Register
	officers *member.Officers
	book     *contribution.Book
	forge    *practice.Forge
	slow     *slowly
	now      time.Time
	people   int
}

const secret = "a secret that only the forge and we know"

func each(t *testing.T, story func(s *society)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) { story(newSociety(t, db)) })
}

func newSociety(t *testing.T, db *database.DB) *society {
	t.Helper()
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s := &society{T: t, db: db, queue: queue, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return s.now }
	s.register, s.officers = member.NewRegister(db, queue, clock), member.NewOfficers(db, clock)
	s.must(s.officers.Appoint(t.Context(), "sec", member.Secretary, "first board"))
	s.must(s.officers.Appoint(t.Context(), "tre", member.Treasurer, "first board"))
	s.forge = practice.Open(clock)
	s.slow = &slowly{to: s.forge.Handler()}
	server := httptest.NewServer(s.slow)
	t.Cleanup(server.Close)
	var forges []*contribution.Forge
	for _, o := range []contribution.Options{
		{Name: contribution.GitHub, API: server.URL + "/github"}, {Name: contribution.Gitea}, {Name: contribution.Practice},
	} {
		o.URL, o.Secret, o.ClientID, o.ClientSecret, o.Pace = server.URL, secret, s.forge.ID, s.forge.Key, rate.Inf
		f, err := contribution.NewForge(o)
		s.must(err)
		forges = append(forges, f)
	}
	s.book, err = contribution.NewBook(t.Context(), db, queue, s.register, s.officers, contribution.BookOptions{
		Forges: forges, Clones: t.TempDir(), Base: "https://folkmoot.example", Now: clock,
	})
	s.must(err)
	return s
}

// slowly answers as the forge does, unless it was told to refuse once.
type slowly struct {
	to     http.Handler
	refuse http.Header // the next answer is 429 with these
	asked  []string
}

func (w *slowly) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	w.asked = append(w.asked, r.URL.RequestURI())
	if w.refuse != nil {
		maps.Copy(to.Header(), w.refuse)
		w.refuse = nil
		to.WriteHeader(http.StatusTooManyRequests)
		return
	}
	w.to.ServeHTTP(to, r)
}

func (s *society) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *society) refuses(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

// joins makes a member.
func (s *society) joins(name string) member.ID {
	s.Helper()
	s.people++
	id, err := s.register.Apply(s.Context(), identity.AccountID(name), member.Application{
		Name: name + " of Leeds", Address: strings.Repeat("1", s.people) + " Long Road, Leeds", Postcode: "LS1 4AP", Email: name + "@example.org", Age: 40,
	})
	s.must(err)
	s.must(s.register.Admit(s.Context(), id, "sec", "welcome"))
	return id
}

// listed puts the repository of the fixtures on the list, under the numbers that it has in them.
func (s *society) listed(forge contribution.ForgeName, subject string) {
	s.Helper()
	s.must(s.db.Write(s.Context(), func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO work_repositories (id, forge, subject, path, clone, listed_by, listed_why, listed_at, delisted_by)
			VALUES (?, ?, ?, 'folkmoot/folkmoot', '', 'sec', 'ours', ?, '')`, identity.NewID(), forge, subject, s.now.AddDate(-1, 0, 0)).Error
	}))
}

// links proves who somebody is by signing in at the practice forge.
func (s *society) links(m member.ID, forge contribution.ForgeName, login string) contribution.Link {
	s.Helper()
	link, err := s.signsIn(m, m, forge, login)
	s.must(err)
	return link
}

// signsIn has one member sent to the forge, and another come back with the answer.
func (s *society) signsIn(sent, back member.ID, forge contribution.ForgeName, login string) (contribution.Link, error) {
	s.Helper()
	to, err := s.book.BeginLink(s.Context(), sent, forge)
	s.must(err)
	asked, err := url.Parse(to)
	s.must(err)
	answer, err := s.forge.Grant(asked.Query(), login)
	s.must(err)
	said, err := url.Parse(answer)
	s.must(err)
	if got, want := said.Path, "/contribute/linked/"+string(forge); got != want {
		s.Errorf("comes back to %s, want %s", got, want)
	}
	return s.book.FinishLink(s.Context(), back, forge, said.Query().Get("state"), said.Query().Get("code"))
}

// knows links a member to a number at a forge, as if they had signed in there: the fixtures have numbers of their own.
func (s *society) knows(m member.ID, forge contribution.ForgeName, subject string) {
	s.Helper()
	s.must(s.db.Write(s.Context(), func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO contributor_links (id, forge, subject, member, login, linked_at) VALUES (?, ?, ?, ?, '', ?)",
			identity.NewID(), forge, subject, m, s.now).Error
	}))
}

func (s *society) address(m member.ID, typed string) {
	s.Helper()
	a, err := identity.ParseAddress(typed)
	s.must(err)
	_, err = s.book.LinkAddress(s.Context(), m, a)
	s.must(err)
}

func (s *society) standing(m member.ID) contribution.Standing {
	s.Helper()
	st, err := s.book.Contributor(s.Context(), m, calendar.On(s.now), s.now)
	s.must(err)
	return st
}

func (s *society) isContributor(m member.ID, want bool) {
	s.Helper()
	if st := s.standing(m); st.Contributor() != want {
		s.Errorf("a contributor: %v, want %v: %+v", st.Contributor(), want, st)
	}
}

// fixture is a delivery as it was recorded.
func fixture(t testing.TB, forge, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "deliveries", forge, name+".json")) //nolint:gosec // our own
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func fixtures(t testing.TB, forge string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "deliveries", forge, "*.json"))
	if err != nil || len(files) != 7 {
		t.Fatalf("%d deliveries, %v", len(files), err)
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}

func signature(body []byte, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// signed are the headers of a delivery.
func signed(forge contribution.ForgeName, id string, body []byte, key string) http.Header {
	h := http.Header{}
	if forge == contribution.GitHub {
		h.Set("X-GitHub-Event", "pull_request")
		h.Set("X-GitHub-Delivery", id)
		h.Set("X-Hub-Signature-256", "sha256="+signature(body, key))
		return h
	}
	h.Set("X-Gitea-Event", "pull_request")
	h.Set("X-Gitea-Delivery", id)
	h.Set("X-Gitea-Signature", signature(body, key))
	return h
}

func (s *society) delivers(forge contribution.ForgeName, id string, body []byte) contribution.Outcome {
	s.Helper()
	outcome, err := s.book.Receive(s.Context(), forge, signed(forge, id, body, secret), body)
	s.must(err)
	return outcome
}

// edited is a fixture with one thing of its pull request changed.
func edited(t testing.TB, body []byte, field string, to any) []byte {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatal(err)
	}
	pull, ok := said["pull_request"].(map[string]any)
	if !ok {
		t.Fatal("no pull request")
	}
	if pull[field] = to; field == "number" {
		said[field] = to
	}
	out, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// credited are the names of those whom the book credits with something that counts.
func (s *society) credited(all map[string]member.ID) (names []string) {
	s.Helper()
	for name, m := range all {
		if s.standing(m).Merged() > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func day(s string) calendar.Date {
	d, err := calendar.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func sqlite(t *testing.T) *database.DB {
	t.Helper()
	return testdb.Open(t, testdb.SQLiteURL(t))
}
