package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestNextLeadsNowhereElse(t *testing.T) {
	for path, want := range map[string]string{
		"/chat": "/chat", "/i/abc": "/i/abc", "/devices?removed=x&y=1": "/devices?y=1", "/devices?said=x#y": "/devices#y", "/chat?y=1#said": "/chat?y=1#said", "": "",
		`/%2Fevil.example/"?said=1`: `/%2Fevil.example/"`, "/%2Fevil.example/<?said=1&y=2": "/%2Fevil.example/<?y=2",
		"https://evil.example/": "", "//evil.example": "", `/\evil.example`: "", "/\t/evil.example": "", "/\n/evil": "",
		"chat": "", "javascript:alert(1)": "", `\\evil.example`: "", "/%zz": "", "/a\\b": "",
	} {
		if got := local(path); got != want {
			t.Errorf("local(%q) = %q, want %q", path, got, want)
		}
	}
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.post("/sign-in", "address", "nia@example.org", "next", "//evil.example"), "/sign-in/code")
		b.goes(b.post("/sign-in/code", "code", b.code(), "next", "https://evil.example"), "/welcome")
		b.goes(b.post("/welcome", "name", "Nia", "next", `/\evil.example`), "/chat")
		if strings.Contains(b.get("/sign-in?next=//evil.example").page, "evil") {
			h.t.Error("the form carries a foreign address along")
		}
	})
}

func TestAnotherSiteActsForNobody(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		for _, from := range []string{"cross-site", "same-site"} {
			b.from = from
			for _, path := range []string{"/sign-out", "/sign-in", "/welcome", "/devices/x/revoke", "/i/open"} {
				b.says(b.post(path, "name", "Mallory"), 403, "That came from another site")
			}
		}
		b.from = "same-origin"
		b.says(b.get("/devices"), 200)
	})
}

func TestAProgramSpeaksByItsTokenAlone(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		token := b.cookie(sessionCookie)
		b.from = "cross-site" // where a program runs is nobody's business: no cookie speaks for it
		b.bearer = token
		b.says(b.get("/api/me"), 200, `"name":"Nia"`)
		b.goes(b.post("/welcome", "name", "Nia O."), "/welcome?next=&said=renamed")
		b.bearer = "none"
		b.says(b.get("/api/me"), 401)
	})
}

func TestEveryAnswerCarriesItsHeaders(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		for _, path := range []string{"/", "/sign-in", "/nothing", "/assets/nothing.js", "/how-it-works"} {
			head := b.get(path).Header
			for name, want := range map[string]string{
				"Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if got := head.Get(name); got != want {
					h.t.Errorf("%s: %s is %q, want %q", path, name, got, want)
				}
			}
			if head.Get("X-Request-Id") == "" || head.Get("Permissions-Policy") == "" {
				h.t.Errorf("%s: headers missing: %v", path, head)
			}
		}
	})
}

func TestNoPageHasScriptOrStyleInIt(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		for _, path := range []string{"/", "/sign-in", "/how-it-works", "/devices", "/welcome", "/chat", "/nothing", "/i/open"} {
			page := b.get(path).page
			if strings.Contains(page, "style=") || strings.Contains(page, "<style") || strings.Contains(page, " onclick") {
				h.t.Errorf("%s has style or script inside", path)
			}
		}
	})
}

func TestCookiesStayHome(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.post("/sign-in", "address", "nia@example.org")
		set := b.post("/sign-in/code", "code", b.code()).Header["Set-Cookie"]
		if len(set) != 3 {
			h.t.Fatalf("cookies: %q, want three", set)
		}
		for _, c := range set {
			for _, want := range []string{"__Host-", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
				if !strings.Contains(c, want) || strings.Contains(c, "Domain") {
					h.t.Errorf("cookie %q lacks %q or has a domain", c, want)
				}
			}
		}
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/nothing"), 404, "There is nothing here", "Go to the front page")
		b.says(b.post("/how-it-works"), 405, "does not take that kind of request")
		b.says(b.post("/sign-in", "address", strings.Repeat("x", 70_000)), 413, "larger than this page takes")
		b.signIn("nia@example.org", "Nia")
		b.says(b.get("/nothing"), 404, "Chats")
		b.goes(b.post("/sign-out"), "/?said=signed_out")
		b.says(b.get("/api/me"), 401, `"error":"unauthorized"`)
		b.says(b.get("/api/nothing"), 404, `"error":"not_found"`)
	})
}

func TestOurFaultIsSaidAndLoggedOnce(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		a := b.get("/i/open")
		b.says(a, 500, "our fault", a.Header.Get("X-Request-Id"))
		log := h.closed()
		if n := strings.Count(log, "level=ERROR"); n != 1 {
			h.t.Errorf("logged %d times, want once:\n%s", n, log)
		}
	}, func(s *Site) { s.Invited = nil })
}

func TestTheLogNamesNobody(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia Okafor")
		b.get("/i/secret-token?who=nia")
		token, device := b.cookie(sessionCookie), b.cookie(deviceCookie)
		log := h.closed()
		for _, private := range []string{"nia", "Nia", "example.org", "secret-token", "127.0.0.1", token, device, "?"} {
			if strings.Contains(log, private) {
				h.t.Errorf("the log has %q in it:\n%s", private, log)
			}
		}
		if !strings.Contains(log, "route=/i/:token") || !strings.Contains(log, "status=404") {
			h.t.Errorf("the log lacks the route or its status:\n%s", log)
		}
	})
}

func TestTheMaildropIsForThisMachineAlone(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/maildrop"), 200, "No email yet")
	})
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/maildrop"), 404, "There is nothing here")
	}, func(s *Site) { s.Production = true })
	each(t, func(h *house) {
		b := h.browser()
		b.says(b.get("/maildrop"), 404)
	}, func(s *Site) { s.Drop = nil })
}

func TestHereMeansThisMachineByName(t *testing.T) {
	for _, c := range []struct {
		peer, host, forwarded string
		want                  bool
	}{
		{"127.0.0.1:5000", "localhost:8080", "", true},
		{"[::1]:5000", "[::1]:8080", "", true},
		{"127.0.0.1:5000", "127.0.0.1", "", true},
		{"203.0.113.9:5000", "localhost:8080", "", false},
		{"10.0.0.1:5000", "localhost", "", false},
		{"127.0.0.1:5000", "rebound.example:8080", "", false},
		{"127.0.0.1:5000", "localhost:8080", "203.0.113.9", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/maildrop", nil)
		r.RemoteAddr, r.Host = c.peer, c.host
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := here(echo.New().NewContext(r, nil)); got != c.want {
			t.Errorf("peer %s, host %s, forwarded %q: %t, want %t", c.peer, c.host, c.forwarded, got, c.want)
		}
	}
}

func TestOnlyNamedProxiesAreBelieved(t *testing.T) {
	for _, c := range []struct{ proxies, peer, forwarded, want string }{
		{"", "203.0.113.9:1", "198.51.100.7", "203.0.113.9"},
		{"", "127.0.0.1:1", "198.51.100.7", "127.0.0.1"},
		{"10.1.0.0/16", "10.1.2.3:1", "198.51.100.7", "198.51.100.7"},
		{"10.1.0.0/16", "10.2.2.3:1", "198.51.100.7", "10.2.2.3"},
		{"10.1.0.0/16", "10.1.2.3:1", "1.1.1.1, 198.51.100.7", "198.51.100.7"},
		{"", "[2001:db8:1:2:3:4:5:6]:1", "", "2001:db8:1:2::/64"},
		{"", "[::ffff:203.0.113.9]:1", "", "203.0.113.9"},
	} {
		s := &Site{}
		if c.proxies != "" {
			s.Proxies = []netip.Prefix{netip.MustParsePrefix(c.proxies)}
		}
		e := echo.New()
		e.IPExtractor = s.sourceOf()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.forwarded)
		if got := source(e.NewContext(r, nil)); got != c.want {
			t.Errorf("proxies %q, peer %s, forwarded %q: %q, want %q", c.proxies, c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestAnUnbuiltClientSaysHowToBuildIt(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		b.says(b.get("/chat"), 503, "make build")
		b.says(b.get("/society"), 200, "The society")
	}, func(s *Site) { s.Asset = func(string) (string, string, bool) { return "/assets/", "", false } })
}
