package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// visitor uses the site by its pages, as a browser without scripts does. Where nobody answers, it tries the same again.
type visitor struct {
	srv   *server
	token string
	rnd   *rand.Rand
	stop  chan struct{} // closed: the end
}

type answered struct {
	status int
	to     string // where it is sent
	page   string
}

// asFound does not follow where it is sent: that is a step of its own, which can be cut off like any other.
var asFound = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

var errStopped = errors.New("told to stop")

// ask repeats a request until the program has answered it. It may have been done before: the answer was lost.
func (v *visitor) ask(method, path string, said url.Values) (answered, error) {
	for {
		got, err := v.once(method, path, said)
		switch {
		case err == nil && got.status == http.StatusInternalServerError:
			return got, fmt.Errorf("%s %s: %d", method, path, got.status)
		case err == nil && got.status < http.StatusInternalServerError:
			return got, nil
		}
		select {
		case <-v.stop:
			return answered{}, errStopped
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (v *visitor) once(method, path string, said url.Values) (answered, error) {
	if !strings.HasPrefix(path, "http") {
		path = v.srv.base + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(said.Encode()))
	if err != nil {
		return answered{}, err
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := asFound.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	return answered{res.StatusCode, res.Header.Get("Location"), string(page)}, err
}

func (v *visitor) chance(percent int) bool { return v.rnd.IntN(100) < percent }

func (v *visitor) stopped() bool {
	select {
	case <-v.stop:
		return true
	default:
		return false
	}
}

// join applies, authorises dues at the provider's page, and comes back.
func (v *visitor) join(n int) error {
	way := []string{"stripe", "gocardless"}[v.rnd.IntN(2)]
	amount := []string{"standard", "more"}[v.rnd.IntN(2)]
	got, err := v.ask(http.MethodPost, "/join", url.Values{
		"legal_name": {fmt.Sprintf("Person Number %d", n)}, "postal": {fmt.Sprintf("%d High Street\nLeeds", n)}, "postcode": {"LS1 1AA"}, "age": {"40"},
		"email": {fmt.Sprintf("person-%d@example.org", n)}, "amount": {amount}, "more": {"25"}, "interval": {"monthly"}, "provider": {way},
	})
	if err != nil {
		return err
	}
	return v.authorise(got.to)
}

// authorise goes through a provider's page, if it is at one.
func (v *visitor) authorise(page string) error {
	if !strings.Contains(page, "/practice/") {
		return nil
	}
	do := "works"
	switch v.rnd.IntN(10) {
	case 0:
		do = "fails" // for a card: it is kept, and declined when it is charged; for an account: it is empty
	case 1:
		do = "quit"
	}
	got, err := v.ask(http.MethodPost, page, url.Values{"do": {do}})
	if err != nil || got.status != http.StatusSeeOther || v.chance(20) { // some close the window
		return err
	}
	_, err = v.ask(http.MethodGet, got.to, nil)
	return err
}

var refundLink = regexp.MustCompile(`/membership/refund\?payment=([^"&]+)`)

// wander does something that a member may do.
func (v *visitor) wander() error {
	post := func(path string, said url.Values) error {
		got, err := v.ask(http.MethodPost, path, said)
		if err != nil {
			return err
		}
		return v.authorise(got.to)
	}
	switch v.rnd.IntN(9) {
	case 0:
		return post("/membership/amount", url.Values{"amount": {"reduced"}, "reduced": {fmt.Sprint(3 + v.rnd.IntN(6))}, "interval": {"monthly"}})
	case 1:
		return post("/membership/dues", url.Values{"provider": {[]string{"stripe", "gocardless"}[v.rnd.IntN(2)]}})
	case 2:
		return post("/membership/leave", url.Values{"share": {"repaid"}})
	case 3:
		return post("/membership/share", nil)
	case 4, 5:
		got, err := v.ask(http.MethodGet, "/membership", nil)
		if err != nil {
			return err
		}
		if found := refundLink.FindStringSubmatch(got.page); found != nil {
			payment, err := url.QueryUnescape(html.UnescapeString(found[1]))
			if err != nil {
				return err
			}
			return post("/membership/refund", url.Values{"payment": {payment}})
		}
		return nil
	default:
		_, err := v.ask(http.MethodGet, "/membership", nil)
		return err
	}
}

var (
	thingForm = regexp.MustCompile(`(?s)<form class="acts".*?</form>`)
	thingOf   = regexp.MustCompile(`name="(provider|thing|act)" value="([^"]+)"`)
)

// playBank has something happen at a practice provider, as somebody does on its page.
func (v *visitor) playBank() error {
	got, err := v.ask(http.MethodGet, "/practice", nil)
	if err != nil {
		return err
	}
	forms := thingForm.FindAllString(got.page, -1)
	if len(forms) == 0 {
		return nil
	}
	said := url.Values{}
	var acts []string
	for _, found := range thingOf.FindAllStringSubmatch(forms[v.rnd.IntN(len(forms))], -1) {
		if found[1] == "act" {
			acts = append(acts, found[2])
		} else {
			said.Set(found[1], found[2])
		}
	}
	act := acts[v.rnd.IntN(len(acts))]
	if act == "try-again" && said.Get("provider") == "gocardless" {
		return nil // by hand, beside our own second attempt, it may truly collect twice: then it is credit, and no fault
	}
	said.Set("act", act)
	_, err = v.ask(http.MethodPost, "/practice", said)
	return err
}

// crowd are visitors at once.
type crowd struct {
	srv  *server
	stop chan struct{}
	all  sync.WaitGroup
	mu   sync.Mutex
	errs []error // guarded by mu
}

func newCrowd(srv *server) *crowd { return &crowd{srv: srv, stop: make(chan struct{})} }

// comes has a visitor live until the crowd is told to stop.
func (c *crowd) comes(token string, seed uint64, live func(v *visitor) error) {
	v := &visitor{srv: c.srv, token: token, rnd: rand.New(rand.NewPCG(seed, 2)), stop: c.stop} //nolint:gosec // a test's own dice
	c.all.Go(func() {
		if err := live(v); err != nil && !errors.Is(err, errStopped) {
			c.mu.Lock()
			c.errs = append(c.errs, err)
			c.mu.Unlock()
		}
	})
}

// goes ends the crowd and says what was wrong.
func (c *crowd) goes() error {
	close(c.stop)
	c.all.Wait()
	return errors.Join(c.errs...)
}
