package templates

import (
	"encoding/xml"
	"net/url"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"

	"github.com/a-h/templ"
)

var roadmapDay = calendar.Date{Year: 2027, Month: time.March, Day: 1}

func roadmapItems() (all []participation.Item) {
	at := roadmapDay.Start().Add(12 * time.Hour)
	for n, s := range participation.Statuses {
		i := participation.Item{
			Plan: participation.Plan{Title: "Lamps <" + string(s) + ">", Words: "Three lamps.\nIn the <cellar>.", Status: s, Owner: "the board", Minute: "2027-01-20, item <3>"},
			ID:   "i" + string(rune('1'+n)), Number: 1, Why: "decided & minuted", As: "board", At: at.AddDate(0, 0, n),
		}
		if s == participation.Done {
			i.Proposal, i.Asked, i.Answer, i.Minute = "p6", "Light in <the> cellar", "Nobody should fall.", ""
			i.Estimate, i.Actual = participation.Cost{Known: true, Pence: 4000}, participation.Cost{Known: true, Pence: 3950}
		}
		all = append(all, i)
	}
	return all
}

// roadmapPages are those of the roadmap and of priorities, in the states that look different.
func roadmapPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer = true, true, true
	items := roadmapItems()
	decided := []participation.Proposal{{Version: participation.Version{Draft: participation.Draft{Title: "Light in <the> cellar"}}, ID: "p6"}}
	wrongly := Roadmap{Desk: Desk{Frame: officer}, Items: items, Keeps: true, Decided: decided, Ballot: roadmapDay}
	wrongly.Failed, wrongly.Problems = "roadmap.add", Problems{{"minute", "Choose"}}
	wrongly.Typed = map[string]string{"item_title": "<x>", "status": "done", "proposal": "p6", "estimate": "lots"}
	history := []participation.Item{items[3], items[0]}
	history[1].Estimate = participation.Cost{Known: true}
	choices := []participation.Choice{{Number: 1, Item: "i1", Title: "Lamps <1>"}, {Number: 2, Item: "i2", Title: "Stairs"}, {Number: 3, Item: "i3", Title: "Rails"}}
	open := participation.Ballot{
		ID: "b1", Quarter: "2027-Q1", Take: 2, Members: 1234, OpenedAt: roadmapDay.Start().Add(time.Hour), ClosesAt: roadmapDay.AddDays(15).Start(), Choices: choices, Cast: 17,
	}
	counted := open
	counted.ID, counted.Quarter, counted.CountedAt, counted.Seed = "b0", "2026-Q4", open.ClosesAt, "c0ffee"
	counted.Results = []participation.Result{{Ballots: 17, Places: []int{2, 1}}, {Class: member.ClassOrdinary, Ballots: 17, Places: []int{2, 3}}}
	few, uncounted := counted, open
	few.Quarter, few.Results, few.Cast = "2026-Q3", []participation.Result{{Ballots: 2}}, 2
	uncounted.Quarter = "2027-Q2"
	ranks := Priorities{Desk: Desk{Frame: in}, Open: &open, Member: true, Votes: true, Ranked: []int{3, 1}, Past: []participation.Ballot{counted, few}}
	twice := ranks
	twice.Problems, twice.Typed = Problems{{"rank_2", "Two items have the same place"}}, map[string]string{"rank_1": "1", "rank_2": "1", "rank_3": ""}
	opens := Priorities{Desk: Desk{Frame: officer}, MayOpen: true, Items: items[:2], FirstDay: roadmapDay, Chosen: []string{"i2"}, Past: []participation.Ballot{uncounted}}
	opens.Failed, opens.Problems, opens.Typed = "priorities.open", Problems{{"items", "Choose from 2 to 30 items"}}, map[string]string{"take": "9"}
	return map[string]templ.Component{
		"roadmap":            RoadmapPage(Roadmap{Desk: Desk{Frame: out}, Items: items}),
		"roadmap-empty":      RoadmapPage(Roadmap{Desk: Desk{Frame: out}}),
		"roadmap-keeper":     RoadmapPage(wrongly),
		"roadmap-item":       RoadmapItemPage(RoadmapItem{Desk: Desk{Frame: out, Said: "roadmap.said_changed"}, Item: items[3], History: history}),
		"roadmap-item-keeps": RoadmapItemPage(RoadmapItem{Desk: Desk{Frame: officer}, Item: items[3], History: history[:1], Keeps: true, Decided: decided}),
		"priorities":         PrioritiesPage(ranks),
		"priorities-wrong":   PrioritiesPage(twice),
		"priorities-out":     PrioritiesPage(Priorities{Desk: Desk{Frame: out}, Open: &open}),
		"priorities-no-vote": PrioritiesPage(Priorities{Desk: Desk{Frame: in}, Open: &open}),
		"priorities-opening": PrioritiesPage(opens),
	}
}

// readFeed is what a program makes of a feed, with what RFC 4287 asks for.
type readFeed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		ID      string `xml:"http://www.w3.org/2005/Atom id"`
		Title   string `xml:"http://www.w3.org/2005/Atom title"`
		Updated string `xml:"http://www.w3.org/2005/Atom updated"`
		Content string `xml:"http://www.w3.org/2005/Atom content"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

func read(t *testing.T, f Feed) (feed readFeed) {
	t.Helper()
	body, err := RoadmapFeed(text.With(t.Context(), text.In("en")), f)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(string(body)))
	if err := d.Decode(&feed); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return feed
}

func TestTheFeedIsAtom(t *testing.T) {
	answer := participation.Told{
		Answer: participation.Answer{ID: "a1", Proposal: "p6", Outcome: participation.InPart, Reasons: "Two <lamps> & no more", At: roadmapDay.Start().Add(36 * time.Hour)}, Title: "Light",
	}
	feed := read(t, Feed{Base: "https://folkmoot.example:8443", Answers: []participation.Told{answer}, Changes: roadmapItems()})
	if feed.ID != "tag:folkmoot.example,2026:roadmap" || feed.Title == "" || feed.Author == "" || len(feed.Links) != 2 || feed.Links[0].Rel != "self" || feed.Links[0].Href != "https://folkmoot.example:8443/roadmap.atom" {
		t.Errorf("%+v", feed)
	}
	if len(feed.Entries) != 6 || feed.Updated != feed.Entries[0].Updated {
		t.Fatalf("%d entries, updated %s", len(feed.Entries), feed.Updated)
	}
	seen := map[string]bool{}
	last := feed.Updated
	for _, e := range feed.Entries {
		_, err := time.Parse(time.RFC3339, e.Updated)
		page, bad := url.Parse(e.Link.Href)
		if err != nil || bad != nil || !page.IsAbs() || e.Title == "" || e.Content == "" || seen[e.ID] || !strings.HasPrefix(e.ID, "tag:folkmoot.example,2026:") || e.Updated > last {
			t.Errorf("%+v", e)
		}
		seen[e.ID], last = true, e.Updated
	}
	if !seen["tag:folkmoot.example,2026:answer/a1"] || !seen["tag:folkmoot.example,2026:item/i4/1"] {
		t.Errorf("ids: %v", seen)
	}
}

func TestAnEmptyFeedIsAFeed(t *testing.T) {
	feed := read(t, Feed{Base: "http://localhost:8080"})
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil || feed.ID == "" || len(feed.Entries) != 0 {
		t.Errorf("%+v, %v", feed, err)
	}
}

func TestTheFeedHasItsLimit(t *testing.T) {
	var many []participation.Item
	for range 3 * mostEntries {
		many = append(many, roadmapItems()[0])
	}
	if n := len(read(t, Feed{Base: "http://localhost", Changes: many}).Entries); n != mostEntries {
		t.Errorf("%d entries", n)
	}
}
