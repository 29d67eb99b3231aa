package web

import (
	"net/http"
	"testing"
)

func TestALinkClaimsNoDeedThatWasNotDone(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.signIn("nia@example.org", "Nia")
		link := b.get("/notices?said=saved")
		b.says(link, http.StatusOK, "<h1")
		b.silentOn(link, `role="status"`)

		b.goes(b.post("/notices", "mail", "yes"), "/notices?said=saved")
		b.silentOn(b.get("/welcome?next=%2Fdevices&said=renamed"), "people see you as") // another page than the one we lead to
		b.says(b.get("/notices?said=saved"), http.StatusOK, `role="status"`)
		b.silentOn(b.get("/notices?said=saved"), `role="status"`) // the second time
	})
}

func TestALinkToSignInClaimsNoDeedAfterwards(t *testing.T) {
	each(t, func(h *house) {
		b := h.browser()
		b.goes(b.get("/notices?said=saved"), "/sign-in?next=%2Fnotices")
		b.goes(b.post("/sign-in", "address", "nia@example.org"), "/sign-in/code")
		b.goes(b.post("/sign-in/code", "code", b.code()), "/welcome")
		b.goes(b.post("/welcome", "name", "Nia", "next", "/notices?said=saved&x=1#y"), "/notices?x=1#y")
		b.silentOn(b.get("/notices?said=saved"), `role="status"`)
	})
}
