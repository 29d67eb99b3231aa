package main

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging/wire"
)

func watermarkBody(at *wire.Position) []byte {
	raw, err := proto.Marshal(&wire.Content{What: &wire.Content_Watermark{Watermark: &wire.Watermark{Delivered: at, Seen: at}}})
	if err != nil {
		panic(err)
	}
	return raw
}

const waitForMail = 20 * time.Second

// visit is a browser without JavaScript: it posts forms, follows no redirect and keeps cookies by hand.
type visit struct {
	t       testing.TB
	base    string
	cookies map[string]string
	source  string // X-Forwarded-For, when the server believes this machine as a proxy
}

func (v *visit) do(method, path string, form url.Values) *http.Response {
	v.t.Helper()
	var body *strings.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	} else {
		body = strings.NewReader("")
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.base)
	}
	if v.source != "" {
		r.Header.Set("X-Forwarded-For", v.source)
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value}) //nolint:gosec // a request's cookie has no attributes
	}
	res, err := stay.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return res
}

var stay = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 200},
}

// signIn signs in as a person does: address, code from the maildrop, and a name if it is the first time.
func (s *server) signIn(address string) seeded {
	s.t.Helper()
	return s.signInFrom(&visit{t: s.t, base: s.base, cookies: map[string]string{}}, address)
}

func (s *server) signInFrom(v *visit, address string) seeded {
	s.t.Helper()
	before := len(s.log.String())
	v.post("/sign-in", url.Values{"address": {address}})
	var code string
	s.await(waitForMail, "the code in the maildrop", func() bool {
		code = codeFor(address, s.log.String()[before:])
		return code != ""
	})
	v.post("/sign-in/code", url.Values{"code": {code}})
	token := v.cookies["__Host-session"]
	if s.must(token, http.MethodGet, "/api/me", nil)["name"] == "" {
		v.post("/welcome", url.Values{"name": {"Newcomer"}})
	}
	me := s.must(token, http.MethodGet, "/api/me", nil)
	return seeded{
		Account: identity.AccountID(me["account"].(string)), Device: identity.DeviceID(me["device"].(string)), //nolint:forcetypeassert // our own answer
		Token: token, Address: address, WSURL: wsURL(s.base),
	}
}

// post sends a form and expects what answers with a redirect.
func (v *visit) post(path string, form url.Values) {
	v.t.Helper()
	res := v.do(http.MethodPost, path, form)
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("%s: %d, not a redirect", path, res.StatusCode)
	}
}

var codeInLog = regexp.MustCompile(`(\d{3}) (\d{3})`)

// codeFor finds the newest code for an address on a log, where a server without SMTP writes its mails.
func codeFor(address, log string) string {
	lines := strings.Split(log, "\n")
	for _, line := range slices.Backward(lines) {
		if strings.Contains(line, "maildrop") && strings.Contains(line, "to="+address+" ") {
			if m := codeInLog.FindStringSubmatch(line); m != nil {
				return m[1] + m[2]
			}
		}
	}
	return ""
}

func (s *server) post(token, link string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, link, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := stay.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode
}
