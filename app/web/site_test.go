package web

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/internal/audit"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
	"folkmoot/templates/email"
)

// house is a site on a database of its own, with a clock that stands still until it is put forward.
type house struct {
	t    *testing.T
	site *Site
	db   *database.DB
	jobs *jobs.Queue
	url  string
	log  *strings.Builder // one line a request; read by closed
	shut func()

	inviter identity.AccountID // who made the invitation that is open

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func (h *house) time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// each runs a story on every database. settle changes the site before its doors open.
func each(t *testing.T, story func(h *house), settle ...func(*Site)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		h := &house{t: t, db: db, log: &strings.Builder{}, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
		quiet := slog.New(slog.DiscardHandler)
		queue, err := jobs.New(db, quiet)
		if err != nil {
			t.Fatal(err)
		}
		h.jobs = queue
		accounts := identity.NewAccounts(db, queue, []byte(strings.Repeat("k", 32)), h.time)
		drop := mail.NewMaildrop(quiet, h.time)
		jobs.Handle(queue, func(ctx context.Context, job identity.SendCode) error {
			asked, err := accounts.Challenged(ctx, job.Challenge)
			if err != nil {
				return err
			}
			l, err := email.Code(ctx, asked.Address.Value, asked.Language, accounts.Code(asked.ID), asked.Expires.Sub(asked.Since))
			if err != nil {
				return err
			}
			return drop.Send(ctx, l)
		})
		h.site = &Site{
			Accounts: accounts, Drop: drop, HangUp: func(identity.DeviceID) {},
			Notices:  notice.New(db, queue, accounts, []byte(strings.Repeat("k", 32)), h.time),
			Register: member.NewRegister(db, queue, h.time), Officers: member.NewOfficers(db, h.time), Audit: audit.NewLog(db),
			Invited: func(_ context.Context, token string) (identity.Account, error) {
				if token != "open" {
					return identity.Account{}, ErrNoInvitation
				}
				return identity.Account{ID: h.inviter, Name: "Nia"}, nil
			},
			AcceptInvitation: func(context.Context, string, identity.AccountID) (string, error) { return "talk", nil },
			Asset:            func(name string) (string, string, bool) { return "/assets/" + name, "sha384-x", true },
			Assets:           http.NotFoundHandler(),
			Now:              h.time,
			Log:              slog.New(slog.NewTextHandler(h.log, nil)),
		}
		h.works(db, queue)
		for _, f := range settle {
			f(h.site)
		}
		server := httptest.NewTLSServer(h.site.Handler())
		h.shut = server.Close // waits for what is under way; twice is fine
		t.Cleanup(h.shut)
		h.url = server.URL
		h.t = t
		story(h)
	})
}

// closed shuts the site and returns its log: a request's line comes after its answer.
func (h *house) closed() string {
	h.shut()
	return h.log.String()
}

// browser keeps cookies, says where its forms come from, and follows nothing by itself.
type browser struct {
	h      *house
	client *http.Client
	from   string // Sec-Fetch-Site
	bearer string // token of a program that uses this browser's cookies, too
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h, &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // reason: the test server's own certificate
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, "same-origin", ""}
}

// answer is what came back, read whole.
type answer struct {
	*http.Response
	page string
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), method, b.h.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", b.from)
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (b *browser) get(path string) answer { b.h.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, pairs ...string) answer {
	b.h.t.Helper()
	form := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		form.Set(pair[0], pair[1])
	}
	return b.do(http.MethodPost, path, form)
}

// code is what the mail to this browser said.
func (b *browser) code() string {
	b.h.t.Helper()
	return b.h.site.Accounts.Code(identity.ChallengeID(b.cookie(challengeCookie)))
}

func (b *browser) cookie(name string) string {
	home, err := url.Parse(b.h.url)
	if err != nil {
		b.h.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(home) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// signIn goes through the door by its forms, and takes a name when asked for one.
func (b *browser) signIn(address, name string) {
	b.h.t.Helper()
	b.goes(b.post("/sign-in", "address", address), "/sign-in/code")
	to := b.post("/sign-in/code", "code", b.code())
	if to.StatusCode != http.StatusSeeOther {
		b.h.t.Fatalf("entering: %d\n%s", to.StatusCode, to.page)
	}
	if to.Header.Get("Location") == "/welcome" {
		b.goes(b.post("/welcome", "name", name), "/chat")
	}
}

func (b *browser) goes(a answer, to string) {
	b.h.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != to {
		b.h.t.Fatalf("%s: got %d to %q, want 303 to %q\n%s", a.Request.URL.Path, a.StatusCode, got, to, a.page)
	}
}

// says checks a page's status and a few of its words.
func (b *browser) says(a answer, status int, words ...string) {
	b.h.t.Helper()
	if a.StatusCode != status {
		b.h.t.Errorf("%s: status %d, want %d", a.Request.URL.Path, a.StatusCode, status)
	}
	for _, w := range words {
		if !strings.Contains(a.page, w) {
			b.h.t.Errorf("%s: does not say %q:\n%s", a.Request.URL.Path, w, a.page)
		}
	}
}

var deviceLink = regexp.MustCompile(`/devices/([a-z2-7]{26})/revoke`)

func (b *browser) deviceIDs() []string {
	b.h.t.Helper()
	var ids []string
	for _, m := range deviceLink.FindAllStringSubmatch(b.get("/devices").page, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

func wrongCode(right string) string { return fmt.Sprintf("%c%s", '0'+(right[0]-'0'+1)%10, right[1:]) }
