package web

import (
	"net/url"
	"strings"
	"testing"
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
