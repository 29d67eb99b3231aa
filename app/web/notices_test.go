package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/governance/notice"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

func (h *house) account(b *browser) identity.AccountID {
	h.t.Helper()
	session, err := h.site.Accounts.Session(h.t.Context(), b.cookie(sessionCookie))
	h.must(err)
	return session.Account
}

func (h *house) wish(b *browser) notice.Wish {
	h.t.Helper()
	w, err := h.site.Notices.Wish(h.t.Context(), h.account(b))
	h.must(err)
	return w
}

func TestWhoSignsUpIsAskedOnceAndNothingIsTicked(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		b.goes(b.post("/sign-in/code", "code", b.code()), "/welcome")
		page := b.get("/welcome")
		b.says(page, http.StatusOK, `name="notice_chat"`, `name="notice_mail"`)
		if strings.Contains(page.page, " checked") {
			t.Error("something is ticked")
		}
		b.says(b.post("/welcome", "name", "", "notice_mail", "yes"), http.StatusUnprocessableEntity, `name="notice_mail" value="yes" aria-describedby="notice-hint" checked`)
		b.goes(b.post("/welcome", "name", "Nia", "notice_mail", "yes"), "/chat")
		if got, want := h.wish(b), (notice.Wish{Mail: true, Card: true}); got != want {
			t.Errorf("wishes %+v, want %+v", got, want)
		}
		b.goes(b.post("/welcome", "name", "Nia O.", "next", "/devices"), "/welcome?next=%2Fdevices&said=renamed")
		b.says(b.get("/welcome?next=%2Fdevices&said=renamed"), http.StatusOK, "From now on people see you as “Nia O.”", `href="/devices"`)
		if got := h.wish(b); !got.Mail {
			t.Error("who changes their name loses their wish")
		}
	})
}

func TestTheLinkOfANoticeNeedsNoSession(t *testing.T) {
	each(t, func(h *house) {
		b, stranger := h.browser(), h.browser()
		b.signIn("nia@example.org", "Nia")
		b.goes(b.post("/notices", "chat", "yes", "mail", "yes", "counted", "yes"), "/notices?said=saved")
		if h.wish(b).Counted {
			t.Error("somebody who pays nothing has agreed that contacts may be told that they do")
		}
		h.must(h.site.Notices.Choose(t.Context(), h.account(b), notice.Wish{Chat: true, Mail: true, Counted: true}))
		link := "/notices/off/" + h.site.Notices.OffToken(h.account(b))
		stranger.says(stranger.get(link), http.StatusOK, `action="`+link+`"`)
		if got := h.wish(b); !got.Consents() {
			t.Error("looking at the page has switched notices off: mail programs look at links, too")
		}
		for _, forged := range []string{link + "A", link[:len(link)-1], "/notices/off/x", "/notices/off/x.y"} {
			stranger.says(stranger.get(forged), http.StatusNotFound)
			stranger.says(stranger.post(forged), http.StatusNotFound)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+link, strings.NewReader(url.Values{"List-Unsubscribe": {"One-Click"}}.Encode()))
		h.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // as mail programs do it: no cookie, no origin
		res, err := stranger.client.Do(r)
		h.must(err)
		h.must(res.Body.Close())
		if res.StatusCode != http.StatusOK {
			t.Errorf("one click: %d", res.StatusCode)
		}
		if got, want := h.wish(b), (notice.Wish{Counted: true}); got != want {
			t.Errorf("wishes %+v, want %+v", got, want)
		}
		nobody := "/notices/off/" + h.site.Notices.OffToken("somebodywhohasclosedtheirs")
		if gone, there := stranger.post(nobody), stranger.post(link); gone.StatusCode != there.StatusCode || gone.page != there.page {
			t.Error("the answer tells whether an account is there")
		}
	})
}

func TestWhoSwitchesNoticesOffByMistakeUndoesIt(t *testing.T) {
	each(t, func(h *house) {
		b, stranger := h.browser(), h.browser()
		b.signIn("nia@example.org", "Nia")
		wish := notice.Wish{Mail: true, Card: true}
		h.must(h.site.Notices.Choose(t.Context(), h.account(b), wish))
		link := "/notices/off/" + h.site.Notices.OffToken(h.account(b))
		page := stranger.post(link)
		stranger.says(page, http.StatusOK, "Done")
		if strings.Contains(page.page, "Undo") {
			t.Error("whoever has the link reads what its reader wished")
		}
		h.must(h.site.Notices.Choose(t.Context(), h.account(b), wish))
		b.says(b.post(link), http.StatusOK, "Undo", `name="mail" value="yes"`)
		b.goes(b.post("/notices", "mail", "yes", "card", "yes"), "/notices?said=saved")
		b.says(b.get("/notices?said=saved"), http.StatusOK, "once a year you are told by email")
		if got := h.wish(b); got != wish {
			t.Errorf("wishes %+v, want %+v", got, wish)
		}
	})
}

func TestWhoPaysNoDuesReadsWhatImpactIsAndIsNotSentAway(t *testing.T) {
	each(t, func(h *house) {
		h.site.Ledger = billing.NewLedger(h.db, h.time)
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		b.says(b.get("/impact"), http.StatusOK, "You are not a member", `href="/join"`)
	})
}

func TestOnlyTheSecretaryHasACampaign(t *testing.T) {
	each(t, func(h *house) {
		h.site.Notices.Mutual = func(_ context.Context, use func(pairs func(yield func(a, b identity.AccountID) bool) error) error) error {
			return use(func(func(a, b identity.AccountID) bool) error { return nil })
		}
		h.site.Notices.Paying = func(context.Context, calendar.Date) ([]identity.AccountID, error) { return nil, nil }
		h.site.Ledger = billing.NewLedger(h.db, h.time)
		nia, sue, tom := h.browser(), h.browser(), h.browser()
		nia.signIn("nia@example.org", "Nia")
		sue.signIn("sue@example.org", "Sue")
		tom.signIn("tom@example.org", "Tom")
		h.must(h.site.Officers.Appoint(t.Context(), h.account(sue), member.Secretary, "first meeting"))
		h.must(h.site.Officers.Appoint(t.Context(), h.account(tom), member.Treasurer, "first meeting"))
		for _, b := range []*browser{nia, tom} {
			b.says(b.get("/register/notices"), http.StatusNotFound)
			for _, deed := range []string{"prepare", "2026/try", "2026/release"} {
				b.says(b.post("/register/notices/"+deed), http.StatusNotFound)
			}
		}
		sue.says(sue.post("/register/notices/2026/release"), http.StatusNotFound)
		sue.goes(sue.post("/register/notices/prepare"), "/register/notices?done=1")
		sue.says(sue.post("/register/notices/2026/release"), http.StatusUnprocessableEntity, "not worked out yet", "autofocus")
		sue.says(sue.post("/register/notices/prepare"), http.StatusUnprocessableEntity, "this year already")
		h.must(h.site.Notices.WorkOut(t.Context(), notice.WorkOut{Year: 2026}))
		h.later(time.Minute)
		nia.says(nia.get("/api/notice"), http.StatusOK, `"card":null`)
		sue.says(sue.get("/register/notices"), http.StatusOK, "Whom it reaches", "Messages in their chats")
		sue.goes(sue.post("/register/notices/2026/release"), "/register/notices?done=1")
		sue.says(sue.get("/register/audit"), http.StatusOK, "annual notice released")
		h.later(time.Minute)
		nia.says(nia.get("/api/notice"), http.StatusOK, `"year":2026`)
		nia.says(nia.post("/api/notice/dismiss"), http.StatusOK, `"card":null`)
		nia.says(nia.get("/api/notice"), http.StatusOK, `"card":null`)
		tom.says(tom.post("/api/notice/never"), http.StatusOK, `"card":null`)
		if got := h.wish(tom); got != (notice.Wish{}) {
			t.Errorf("wishes %+v", got)
		}
		nia.says(h.browser().get("/how-far"), http.StatusOK, "too few to tell")
	})
}
