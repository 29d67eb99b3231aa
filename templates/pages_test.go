package templates

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"folkmoot/templates/text"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// pages are every page in the states that look different.
func pages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in := out
	in.SignedIn = true
	at := func(f Frame, path string) Frame { f.Here = path; return f }
	address := "nia@example.org"
	laptop := Device{ID: "laptop", Name: "Firefox on Linux", This: true, SignedIn: true, Added: date(11, 1)}
	phone := Device{ID: "phone", Name: "Chrome on Android", SignedIn: true, DaysAgo: 1, Added: date(10, 17)}
	old := Device{ID: "old", Name: "", DaysAgo: 40, Added: date(9, 2)}
	then := time.Date(2027, 5, 14, 8, 0, 0, 0, time.UTC)
	moved, elsewhere := in, out
	moved.Practised, elsewhere.Practised = Practised{Now: then, MayMove: true}, Practised{Now: then}
	script := Asset{"/assets/client.js", "sha384-client"}
	return map[string]templ.Component{
		"front":               FrontPage(Front{Frame: at(out, "/")}),
		"front-sits":          FrontPage(Front{Frame: at(out, "/"), Sits: true}),
		"sign-in":             SignInPage(SignIn{Frame: at(out, "/sign-in"), Next: "/devices"}),
		"sign-in-wrong":       SignInPage(SignIn{Frame: at(out, "/sign-in"), Address: "nia@", Problem: Problem{"address", "Enter an address"}}),
		"code":                CodePage(Code{Frame: out, Address: address, Change: "/sign-in", Minutes: 9, Maildrop: true}),
		"code-another":        CodePage(Code{Frame: out, Address: address, Change: "/sign-in?next=%2Fdevices", Next: "/devices", Minutes: 10, Sent: true}),
		"code-wrong":          CodePage(Code{Frame: out, Address: address, Change: "/sign-in", Minutes: 1, Problem: Problem{"code", "Not that code"}}),
		"welcome":             WelcomePage(Welcome{Frame: in}),
		"welcome-again":       WelcomePage(Welcome{Frame: in, Name: "Nia", Again: true}),
		"welcome-wrong":       WelcomePage(Welcome{Frame: in, Name: "<b>", Problem: Problem{"name", "Not a name"}}),
		"devices":             DevicesPage(Devices{Frame: at(in, "/devices"), Devices: []Device{laptop, phone, old}, Past: []Device{{Name: "Safari on iPad"}}, Done: "Safari on iPad", Name: "Nia"}),
		"revoke":              RevokePage(Revoke{Frame: in, ID: "phone", Name: phone.Name}),
		"revoke-this":         RevokePage(Revoke{Frame: in, ID: "laptop", Name: laptop.Name, This: true}),
		"invitation":          InvitationPage(Invitation{Frame: in, Inviter: "Nia", Path: "/i/abc"}),
		"invitation-out":      InvitationPage(Invitation{Frame: out, Inviter: "Nia", Path: "/i/abc", SignIn: "/sign-in?next=%2Fi%2Fabc"}),
		"invitation-own":      InvitationPage(Invitation{Frame: in, Inviter: "Nia", Path: "/i/abc", Own: true, Link: "https://folkmoot.example/i/abc", Script: Asset{"/assets/copy.js", "sha384-x"}}),
		"invitation-gone":     InvitationPage(Invitation{Frame: out, Gone: true}),
		"maildrop":            MaildropPage(Maildrop{Frame: out, Mails: []Mail{{"10:42:00 UTC", "2026-11-23T10:42:00Z", address, "123 456 is your Folkmoot code", "Your code\n\n123 456\n"}}}),
		"maildrop-empty":      MaildropPage(Maildrop{Frame: out}),
		"clock":               PracticeClockPage(PracticeClock{Frame: at(out, "/practice/clock"), Now: then}),
		"clock-moved":         PracticeClockPage(PracticeClock{Frame: at(moved, "/practice/clock"), Now: then, Moved: true}),
		"clock-wrong":         PracticeClockPage(PracticeClock{Frame: at(moved, "/practice/clock"), Now: then, To: "2027-05-13T09:00", Problem: Problem{"to", "Over already"}}),
		"sign-in-later":       SignInPage(SignIn{Frame: at(elsewhere, "/sign-in")}),
		"chat":                ChatPage(Chat{Frame: in, Script: script, ClientStyles: Asset{URL: "/assets/client.css"}, Client: Client{Account: "a", Device: "d", Name: "</script>", Language: "en", Words: map[string]string{"a": "b"}}}),
		"chat-unbuilt":        UnbuiltPage(in),
		"how-it-works":        HowItWorksPage(HowItWorks{Frame: at(out, "/how-it-works")}),
		"how-it-works-sits":   HowItWorksPage(HowItWorks{Frame: at(out, "/how-it-works"), Sits: true}),
		"trouble-not-found":   TroublePage(Trouble{Frame: out, Key: "problem.p404"}),
		"trouble-our-fault":   TroublePage(Trouble{Frame: in, Key: "problem.p500", Reference: "REFERENCE"}),
		"trouble-other-site":  TroublePage(Trouble{Frame: in, Key: "problem.p403"}),
		"trouble-too-large":   TroublePage(Trouble{Frame: in, Key: "problem.p413"}),
		"trouble-unavailable": TroublePage(Trouble{Frame: out, Key: "problem.p503", Reference: "REFERENCE"}),
		"trouble-unstyled":    TroublePage(Trouble{Key: "problem.p429"}),
	}
}

func TestPagesAreAsTheyWere(t *testing.T) {
	all := pages()
	maps.Copy(all, homePages())
	maps.Copy(all, duesPages())
	maps.Copy(all, registerPages())
	maps.Copy(all, treasuryPages())
	maps.Copy(all, workPages())
	maps.Copy(all, electionPages())
	maps.Copy(all, pollPages())
	maps.Copy(all, votePages())
	maps.Copy(all, privacyPages())
	maps.Copy(all, proposalPages())
	maps.Copy(all, meetingPages())
	maps.Copy(all, roadmapPages())
	maps.Copy(all, noticePages())
	maps.Copy(all, boardPages())
	maps.Copy(all, motionPages())
	for name, page := range all {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := page.Render(text.With(t.Context(), text.In("en")), &b); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := fs.ReadFile(os.DirFS("testdata"), name+".html")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("page changed; go test ./templates -update writes it anew (-want +got):\n%s", diff)
			}
		})
	}
}
