package web

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/identity"
)

// odd are ids that no program of ours would send. What a stranger types is not a fault of ours.
var odd = []string{"%00", "%FF", "x", url.PathEscape(strings.Repeat("x", 3000)), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

func TestAnOddAccountIsNobody(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		for _, verb := range []string{"accept", "decline", "block", "unblock", "remove"} {
			for _, id := range odd {
				b.says(b.post("/api/people/"+id+"/"+verb), 404, `"error":"nobody"`)
			}
		}
	})
}

func TestAnOddDeviceIsNotThere(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		for _, id := range odd {
			b.says(b.get("/devices/"+id+"/revoke"), 404)
			b.says(b.post("/devices/"+id+"/revoke"), 404)
		}
	})
}

// The devices of an account share its pace, and nobody else does. Adding has a limit of its own.
func TestWhoAsksTheAPITooFastIsToldToWait(t *testing.T) {
	each(t, func(h *house) {
		b, phone, other := h.browser(), h.browser(), h.browser()
		b.signIn("nia@example.org", "Nia")
		phone.signIn("nia@example.org", "")
		other.signIn("ben@example.org", "Ben")
		verbs := []string{"accept", "decline", "block", "unblock", "remove"}
		for i := range askBurst {
			b.says(b.post("/api/people/x/"+verbs[i%len(verbs)]), 404, `"error":"nobody"`)
		}
		wait := func(a answer) {
			t.Helper()
			b.says(a, 429, `"error":"too_many"`, "Wait a moment and try again.")
			if after := a.Header.Get("Retry-After"); after != "1" {
				h.t.Errorf("come back after %q", after)
			}
		}
		for _, verb := range verbs {
			wait(b.post("/api/people/x/" + verb))
		}
		wait(b.get("/api/people"))
		wait(b.post("/api/invitations"))
		wait(phone.get("/api/me"))
		b.says(b.post("/api/people"), 400, `"error":"bad_request"`)
		other.says(other.get("/api/me"), 200, "Ben")

		h.later(time.Second)
		for range asksPerSecond {
			phone.says(phone.get("/api/me"), 200, "Nia")
		}
		wait(b.get("/api/me"))
	})
}

func TestPacesAreForgottenOnceTheyHaveRested(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	p := newPaces(func() time.Time { return now })
	next := 0
	others := func(n int) {
		for range n {
			next++
			if wait := p.wait(identity.AccountID(strconv.Itoa(next))); wait > 0 {
				t.Fatalf("account %d waits %s for its first", next, wait)
			}
		}
	}
	for range askBurst {
		if p.wait("greedy") > 0 {
			t.Fatal("waits too early")
		}
	}
	others(5 * fewPaces)
	if p.wait("greedy") == 0 {
		t.Error("forgotten, and so given a new burst")
	}
	for range 10 {
		now = now.Add(time.Minute)
		others(3 * fewPaces)
		if n := len(p.accounts); n > 6*fewPaces {
			t.Errorf("%d are known, of whom %d have not rested", n, 3*fewPaces)
		}
	}
}
