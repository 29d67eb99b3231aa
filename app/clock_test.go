package main

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/wire"
)

var hereIs = regexp.MustCompile(`<time datetime="([^"]+)">`)

// here is what time it is for the society.
func (v *visit) here() time.Time {
	v.t.Helper()
	res := v.do(http.MethodGet, "/practice/clock", nil)
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	found := hereIs.FindStringSubmatch(string(page))
	if found == nil {
		v.t.Fatalf("%d: it does not say what time it is:\n%s", res.StatusCode, page)
	}
	at, err := time.Parse(time.RFC3339, found[1])
	if err != nil {
		v.t.Fatal(err)
	}
	return at
}

// moveTo moves the clock of the program.
func (v *visit) moveTo(at time.Time) {
	v.t.Helper()
	for {
		res := v.do(http.MethodPost, "/practice/clock", url.Values{"to": {at.In(calendar.London).Format("2006-01-02T15:04")}})
		_ = res.Body.Close()
		if res.StatusCode != http.StatusSeeOther {
			v.t.Fatalf("moved to %s: %d", at, res.StatusCode)
		}
		if !strings.Contains(res.Header.Get("Location"), "left=") { // a busy machine comes a part of the way
			return
		}
	}
}

// rests waits until all jobs are done that were queued by now.
func (s *server) rests() {
	s.t.Helper()
	db, _ := s.opened()
	s.await(time.Minute, "all jobs to be done", func() bool {
		var left int
		err := db.Read(s.t.Context()).Raw("SELECT count(*) FROM river_job WHERE finalized_at IS NULL").Scan(&left).Error
		return err == nil && left == 0
	})
}

// Sessions, codes, invitations and messages live by the clock that was moved, or do not mind it.
func TestASocietyLivesOnAtTheTimeItWasMovedTo(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s)
		srv.migrate()
		srv.start()
		v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
		ann := srv.signInFrom(v, "ann@example.org")
		asked := &visit{t: t, base: srv.base, cookies: map[string]string{}}
		before := len(srv.log.String())
		asked.post("/sign-in", url.Values{"address": {"late@example.org"}})
		srv.await(waitForMail, "the code in the maildrop", func() bool { return codeFor("late@example.org", srv.log.String()[before:]) != "" })
		late := codeFor("late@example.org", srv.log.String()[before:])
		link, _ := srv.must(ann.Token, http.MethodPost, "/api/invitations", nil)["link"].(string)

		now := time.Now()
		to := now.Add(29 * 24 * time.Hour).Truncate(time.Minute)
		v.moveTo(to)
		if at := v.here(); at.Before(to) || at.After(to.Add(time.Minute)) {
			t.Errorf("moved to %s, and it is %s", to, at)
		}
		if me := srv.must(ann.Token, http.MethodGet, "/api/me", nil); me["name"] != "Newcomer" {
			t.Errorf("after 29 days a session is %v", me)
		}
		res := asked.do(http.MethodPost, "/sign-in/code", url.Values{"code": {late}})
		_ = res.Body.Close()
		if res.StatusCode == http.StatusSeeOther {
			t.Error("a code works 29 days later")
		}
		ben := srv.signIn("ben@example.org")
		if status := srv.post(ben.Token, link); status != http.StatusSeeOther {
			t.Errorf("an invitation of 29 days ago answers %d", status)
		}
		v.moveTo(to.Add(28 * 24 * time.Hour)) // more than a mailbox keeps
		a := newDevice(t, ann).connect().caughtUp()
		a.person(string(ben.Account), wire.Standing_STANDING_CONTACT)
		said := a.say(messaging.DirectID(ann.Account, ben.Account), "it is summer here")
		a.say(messaging.DirectID(ann.Account, ben.Account), "or so they say")
		v.moveTo(to.Add(29 * 24 * time.Hour)) // what is too old is trimmed
		srv.rests()
		newDevice(t, ben).connect().caughtUp().receives(said)

		srv.stop()
		srv.start()
		if at := v.here(); at.Before(to.Add(29 * 24 * time.Hour)) {
			t.Errorf("after a restart it is %s again", at)
		}
		v.moveTo(to.Add(60 * 24 * time.Hour))
		res = v.do(http.MethodGet, "/devices", nil)
		_ = res.Body.Close()
		if to := res.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in") {
			t.Errorf("31 days later a session still leads to %d %q", res.StatusCode, to)
		}
	})
}

// A member who practises jumped a week on, over the day on which an election's notice had to go out, and the election was void for good.
func TestAJumpOverTheDayOfNoticeLeavesTheElectionAlive(t *testing.T) {
	srv := newServer(t, embeddedStack())
	p := &pollKilled{T: t, srv: srv, data: srv.data, rehearsal: newRehearsal(1, fewestVoters, map[member.Class]int{member.ClassOrdinary: 1})}
	p.at.set(time.Now())
	var id string
	notice := calendar.On(p.at.now()).AddDays(7)
	p.beside(func() {
		p.must(p.officers.Appoint(t.Context(), "sec", member.Secretary, "the first meeting"))
		p.must(p.officers.Appoint(t.Context(), "tre", member.Treasurer, "the first meeting"))
		book, err := election.RuleBookOn(notice)
		p.must(err)
		id, err = p.elections.Call(t.Context(), "sec", election.Call{
			Title: "Board election", Minute: "item 4", Rule: election.Scottish, Seats: map[member.Class]int{member.ClassOrdinary: 5},
			Timetable: book.Propose(notice), Returning: "ro", Scrutineers: []identity.AccountID{"sal", "sam"},
		})
		p.must(err)
		p.must(p.elections.Confirm(t.Context(), "tre", id))
	})
	srv.start()
	v := &visit{t: t, base: srv.base, cookies: map[string]string{}}
	began := time.Now()
	v.moveTo(notice.AddDays(20).Start())
	t.Logf("27 days take %s", time.Since(began))
	srv.stop()
	p.at.set(notice.AddDays(20).Start())
	p.beside(func() {
		e, err := p.elections.Get(t.Context(), id)
		p.must(err)
		if got := calendar.On(e.NoticedAt); got != notice {
			t.Errorf("notice was given on %s, due on %s", got, notice)
		}
		if state := e.State(p.at.now()); state == election.Missed {
			t.Error("the election is void")
		}
		roll, err := p.elections.Roll(t.Context(), id)
		if made := calendar.On(roll.MadeAt); err != nil || made != e.Timetable.Published() {
			t.Errorf("the roll was made on %s, due on %s: %v", made, e.Timetable.Published(), err)
		}
	})
}

func TestAProgramWithASpoiledClockDoesNotStart(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "clock"), []byte("noon\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := folkmoot(t, "serve", "--listen", "localhost:0", "--metrics", "", "--data", data)
	if err == nil || !strings.Contains(said, "does not say how far the clock was moved") {
		t.Errorf("%v\n%s", err, said)
	}
}

func TestNothingRealGoesByAMovedClock(t *testing.T) {
	c := &Config{Data: t.TempDir()}
	wall, err := c.clock()
	if err != nil {
		t.Fatal(err)
	}
	real := &Serve{ServeConfig{PaymentConfig: PaymentConfig{StripeKey: "sk_test_x", StripeWebhookSecret: "s"}}}
	if wall, _, err := real.goesBy(c); err != nil || wall != nil {
		t.Errorf("with a provider's keys there is a clock to move: %v, %v", wall, err)
	}
	if err := wall.Move(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := real.goesBy(c); !errors.Is(err, errMoved) {
		t.Errorf("with a provider's keys and a moved clock: %v", err)
	}
	if _, now, err := new(Serve).goesBy(c); err != nil || now().Before(time.Now().Add(59*time.Minute)) {
		t.Errorf("a moved clock says %s, %v", now(), err)
	}
}
