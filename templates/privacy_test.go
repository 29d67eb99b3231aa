package templates

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"folkmoot/governance/participation"
	"folkmoot/templates/text"
)

// TestEveryKindOfDataHasItsWords: what it is, why, how long and what one can do, for every kind of the register, and no words for what is gone.
func TestEveryKindOfDataHasItsWords(t *testing.T) {
	raw, err := os.ReadFile("text/privacy.en.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, words, _ := strings.Cut(string(raw), "[privacy_kind]")
	if next := strings.Index(words, "\n["); next >= 0 {
		words = words[:next]
	}
	var said []string
	for _, m := range regexp.MustCompile(`(?m)^(\w+) = `).FindAllStringSubmatch(words, -1) {
		said = append(said, m[1])
	}
	var needed []string
	for _, k := range participation.Register(participation.Periods{}) {
		for _, what := range []string{"_name", "_what", "_why", "_kept", "_yours"} {
			needed = append(needed, k.ID+what)
			if !slices.Contains(said, k.ID+what) {
				t.Errorf("%s%s has no words", k.ID, what)
			}
		}
	}
	for _, key := range said {
		if !slices.Contains(needed, key) {
			t.Errorf("%s is of no kind of data", key)
		}
	}
	days := participation.Periods{
		Challenge: aDay, Session: aDay, DeviceCookie: aDay, ChallengeCookie: aDay, In: aDay, Mailbox: aDay, Verdict: aDay, Parked: aDay,
		Request: aDay, Said: aDay, Invite: aDay, Delivery: aDay, ForgeSignIn: aDay, JobDone: aDay, JobGivenUp: aDay,
	}
	for _, k := range PrivacyKinds(text.In(), participation.Register(days)) {
		if k.Lasts > 0 != strings.Contains(k.Kept, "1 day") {
			t.Errorf("%s: the words do not tell the time that the program goes by: %s", k.ID, k.Kept)
		}
	}
	for _, g := range participation.Groups {
		if key := "privacy_group." + string(g); text.In().T(key) == key {
			t.Errorf("%s has no words", key)
		}
	}
	for _, r := range participation.Readers {
		if key := "privacy_reader." + string(r); text.In().T(key) == key {
			t.Errorf("%s has no words", key)
		}
	}
}

// privacyPages are the register of what is held, with some made-up periods.
func privacyPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	register := participation.Register(participation.Periods{Challenge: aDay, Session: 30 * aDay, ForgeSignIn: aDay / 144, JobDone: aDay / 24})
	return map[string]templ.Component{
		"privacy": PrivacyPage(Privacy{Frame: out, Version: "0123456789ab", Groups: PrivacyGroups(PrivacyKinds(text.In(), register[:5]))}),
	}
}
