package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"folkmoot/internal/identity"
)

func TestSomebodyNewSignsUp(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/"), 200, "The messenger that belongs", "Not yet end-to-end encrypted")
		b.goes(b.get("/chat"), "/sign-in?next=%2Fchat")
		b.goes(b.post("/sign-in", "address", " Nia@Example.org ", "next", "/devices"), "/sign-in/code?next=%2Fdevices")
		b.says(b.get("/sign-in/code?next=%2Fdevices"), 200, "Nia@Example.org", "10 more minutes", `autocomplete="one-time-code"`, `inputmode="numeric"`, `value="/devices"`)
		code := b.code()
		b.goes(b.post("/sign-in/code", "code", code[:3]+" "+code[3:], "next", "/devices"), "/welcome?next=%2Fdevices")
		b.goes(b.get("/chat"), "/welcome?next=%2Fchat")
		b.goes(b.post("/welcome", "name", " Nia ", "next", "/devices"), "/devices")
		b.says(b.get("/devices"), 200, "Firefox on Linux", "This device", "Last used today")
		b.says(b.get("/chat"), 200, `"name":"Nia"`, `"encrypted":false`, `integrity="sha384-x"`, "Not yet end-to-end encrypted")
		b.goes(b.post("/sign-out"), "/?said=signed_out")
		b.goes(b.get("/devices"), "/sign-in?next=%2Fdevices")
	})
}

func TestSigningInAgainIsTheSameDevice(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		b.goes(b.post("/sign-out"), "/?said=signed_out")
		b.signIn("nia@example.org", "")
		if ids := b.deviceIDs(); len(ids) != 1 {
			t.Errorf("devices: %v, want one", ids)
		}
	})
}

// TestNobodyLearnsWhoHasAnAccount compares all that a stranger sees, but what differs between any two requests.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	each(t, func(h *house) {
		h.browser().signIn("known@example.org", "Known")
		random := regexp.MustCompile(`__Host-challenge=[a-z2-7]{26}`)
		seen := func(address string) []string {
			b := h.browser()
			var all []string
			for _, a := range []answer{b.post("/sign-in", "address", address), b.get("/sign-in/code"), b.post("/sign-in/code", "code", wrongCode(b.code()))} {
				a.Header.Del("X-Request-Id")
				a.Header.Del("Date")
				for i, c := range a.Header["Set-Cookie"] {
					a.Header["Set-Cookie"][i] = random.ReplaceAllString(c, "")
				}
				var headers strings.Builder
				if err := a.Header.Write(&headers); err != nil {
					h.t.Fatal(err)
				}
				all = append(all, a.Status, headers.String(), strings.ReplaceAll(a.page, address, "ADDRESS"))
			}
			return all
		}
		if diff := cmp.Diff(seen("known@example.org"), seen("quite@example.org")); diff != "" {
			h.t.Errorf("known and unknown differ:\n%s", diff)
		}
	})
}

func TestEveryWrongCodeSaysWhatToDo(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.post("/sign-in", "address", ""), 422, "Error: ", "Enter your email address", `aria-invalid="true"`)
		b.says(b.post("/sign-in", "address", "nia@"), 422, `value="nia@"`, "like nia@example.org", `href="#address"`)
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		code := b.code()
		b.says(b.post("/sign-in/code", "code", ""), 422, "Error: ", "Enter the six digits", `href="#code"`)
		b.says(b.post("/sign-in/code", "code", "12345"), 422, "A code is six digits")
		for _, words := range []string{"4 tries left", "3 tries left", "2 tries left", "1 try left", "Send another"} {
			b.says(b.post("/sign-in/code", "code", wrongCode(code)), 422, words)
		}
		b.says(b.post("/sign-in/code", "code", code), 422, "Send another") // right, but too late
	})
}

func TestACodeWorksOnceAndForTenMinutes(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		h.later(10 * time.Minute)
		b.says(b.get("/sign-in/code"), 422, "That code has run out")
		b.says(b.post("/sign-in/code", "code", b.code()), 422, "That code has run out")
		b.goes(b.post("/sign-in/another"), "/sign-in/code?another")
		b.says(b.get("/sign-in/code?another"), 200, "We sent a new code")
		id, code := b.cookie(challengeCookie), b.code()
		b.goes(b.post("/sign-in/code", "code", code), "/welcome")

		thief := h.browser()
		home, err := url.Parse(h.url)
		if err != nil {
			h.t.Fatal(err)
		}
		thief.client.Jar.SetCookies(home, []*http.Cookie{{Name: challengeCookie, Value: id, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}})
		thief.says(thief.post("/sign-in/code", "code", code), 422, "used up")
	})
}

func TestAnotherCodeWaitsForTheFirst(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.post("/sign-in/another"), 422, "Enter your address again")
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		h.later(29 * time.Second)
		a := b.post("/sign-in/another")
		b.says(a, 429, "1 second")
		if got := a.Header.Get("Retry-After"); got != "1" {
			h.t.Errorf("Retry-After %q, want 1", got)
		}
		h.later(time.Second)
		b.goes(b.post("/sign-in/another", "next", "/devices"), "/sign-in/code?next=%2Fdevices&another")
	})
}

func TestTooManyCodesSayWhenToComeBack(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		for range 5 {
			b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		}
		a := b.post("/sign-in", "address", "nia@example.org")
		b.says(a, 429, "Try again in 60 minutes", `value="nia@example.org"`)
		if got := a.Header.Get("Retry-After"); got != "3600" {
			h.t.Errorf("Retry-After %q, want 3600", got)
		}
		h.later(time.Minute)
		b.says(b.post("/sign-in/another"), 429, "Wait 59 minutes")
	})
}

func TestABadNameIsKeptInTheForm(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		b.goes(b.post("/sign-in/code", "code", b.code()), "/welcome")
		b.says(b.post("/welcome", "name", " "), 422, "Enter a name")
		long := strings.Repeat("n", 61)
		b.says(b.post("/welcome", "name", long, "next", "/devices"), 422, "1 to 60 characters", long, `value="/devices"`)
	})
}

func TestADeviceIsRemovedWithoutAScript(t *testing.T) {
	each(t, func(h *house) {
		laptop, phone := h.browser(), h.browser()
		laptop.signIn("nia@example.org", "Nia")
		h.later(49 * time.Hour)
		phone.signIn("nia@example.org", "")
		ids := phone.deviceIDs()
		if len(ids) != 2 {
			h.t.Fatalf("devices: %v, want two", ids)
		}
		phone.says(phone.get("/devices"), 200, "Last used 2 days ago")
		phone.says(phone.get("/devices/"+ids[1]+"/revoke"), 200, "Remove Firefox on Linux?", "Keep it")
		phone.goes(phone.post("/devices/"+ids[1]+"/revoke"), "/devices?removed="+ids[1])
		phone.says(phone.get("/devices?removed="+ids[1]), 200, "Firefox on Linux was removed.")
		laptop.goes(laptop.get("/devices"), "/sign-in?next=%2Fdevices")

		stranger := h.browser()
		stranger.signIn("tom@example.org", "Tom")
		stranger.says(stranger.get("/devices/"+ids[0]+"/revoke"), 404, "There is nothing here")
		stranger.says(stranger.post("/devices/"+ids[0]+"/revoke"), 404)
		phone.says(phone.get("/devices/"+ids[0]+"/revoke"), 200, "the device you are using now")
		phone.goes(phone.post("/devices/"+ids[0]+"/revoke"), "/?said=signed_out")
		if phone.cookie(sessionCookie) != "" || phone.cookie(deviceCookie) != "" {
			h.t.Error("a removed device keeps its cookies")
		}
	})
}

func TestAnInvitationSendsStrangersToSignInAndBack(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/i/open"), 200, "Nia would like to chat with you", "/sign-in?next=%2Fi%2Fopen")
		b.says(b.get("/i/gone"), 404, "no longer works")
		b.goes(b.post("/i/open"), "/sign-in?next=%2Fi%2Fopen")
		b.goes(b.post("/sign-in", "address", "tom@example.org", "next", "/i/open"), "/sign-in/code?next=%2Fi%2Fopen")
		b.goes(b.post("/sign-in/code", "code", b.code(), "next", "/i/open"), "/welcome?next=%2Fi%2Fopen")
		b.goes(b.post("/i/open"), "/welcome?next=%2Fi%2Fopen")
		b.goes(b.post("/welcome", "name", "Tom", "next", "/i/open"), "/i/open")
		b.goes(b.post("/i/open"), "/chat#/with/talk")
	})
}

func TestWhoeverMadeAnInvitationReadsThatItIsTheirOwn(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		h.inviter = h.account(b)
		for _, page := range []answer{b.get("/i/open"), b.post("/i/open")} {
			b.says(page, 200, "This is your own invitation link", `value="/i/open"`)
			if strings.Contains(page.page, "would like to chat with you") {
				h.t.Error("somebody is invited by themself")
			}
		}
	}, func(s *Site) {
		s.AcceptInvitation = func(context.Context, string, identity.AccountID) (string, error) { return "", ErrOwnInvitation }
	})
}

func TestWhoeverWasLedToTheDoorReadsWhy(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.get("/devices"), "/sign-in?next=%2Fdevices")
		b.says(b.get("/sign-in?next=%2Fdevices"), 200, "Sign in to see that page")
		b.says(b.get("/sign-in?next=%2Fi%2Fopen"), 200, "Sign in to accept the invitation")
		if page := b.get("/sign-in"); strings.Contains(page.page, "to see that page") {
			h.t.Error("nobody was on their way anywhere")
		}
		b.says(b.post("/sign-in", "address", "", "next", "/devices"), 422, "Sign in to see that page")
		b.signIn("nia@example.org", "Nia")
		b.goes(b.get("/sign-in"), "/")
		b.goes(b.get("/sign-in?next=%2Fdevices"), "/devices")
		b.goes(b.get("/sign-in?next=https%3A%2F%2Felsewhere.example"), "/")
		b.goes(b.post("/sign-out"), "/?said=signed_out")
		b.says(b.get("/?said=signed_out"), 200, "You are signed out.")
		if page := b.get("/"); strings.Contains(page.page, "You are signed out.") {
			h.t.Error("a stranger was never signed in")
		}
	})
}
