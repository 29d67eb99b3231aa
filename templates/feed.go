package templates

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/templates/text"
)

// Feed is what programs read to hear of answers and of changes to the roadmap.
type Feed struct {
	Base    string // where the site is
	Answers []participation.Told
	Changes []participation.Item
}

// begun is when a feed was updated that has nothing in it yet.
var begun = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// mostEntries keeps a feed short: readers keep what they have read.
const mostEntries = 50

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle"`
	Updated  string      `xml:"updated"`
	Author   string      `xml:"author>name"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink `xml:"link"`
	Content   string   `xml:"content"`

	at time.Time
}

// RoadmapFeed writes the feed as RFC 4287 has it. What an entry says never changes, and its id stays: it is a tag (RFC 4151) of the host's name.
func RoadmapFeed(ctx context.Context, f Feed) ([]byte, error) {
	at, err := url.Parse(f.Base)
	if err != nil {
		return nil, fmt.Errorf("write the feed: %w", err)
	}
	tag := "tag:" + at.Hostname() + ",2026:"
	words := text.From(ctx)
	feed := atomFeed{
		Lang: words.Lang, ID: tag + "roadmap", Title: words.T("feed.title"), Subtitle: words.T("feed.subtitle"), Author: words.T("feed.author"), Updated: stamp(begun),
		Links: []atomLink{{"self", "application/atom+xml", f.Base + "/roadmap.atom"}, {"alternate", "text/html", f.Base + "/roadmap"}},
	}
	for _, a := range f.Answers {
		title := words.T("feed.answered", "Outcome", words.T("outcome."+string(a.Outcome)), "Title", orTakenDown(words, a.Title))
		feed.Entries = append(feed.Entries, entry(tag+"answer/"+a.ID, title, f.Base+"/proposals/"+a.Proposal+"#answer-"+a.ID, a.Reasons, a.At))
	}
	for _, i := range f.Changes {
		title := words.T("feed.item", "Status", words.T("roadmap_status."+string(i.Status)), "Title", i.Title)
		said := words.T("feed.item_words", "Words", i.Words, "Why", i.Why)
		feed.Entries = append(feed.Entries, entry(fmt.Sprintf("%sitem/%s/%d", tag, i.ID, i.Number), title, fmt.Sprintf("%s/roadmap/%s#v%d", f.Base, i.ID, i.Number), said, i.At))
	}
	slices.SortStableFunc(feed.Entries, func(a, b atomEntry) int { return b.at.Compare(a.at) })
	feed.Entries = feed.Entries[:min(len(feed.Entries), mostEntries)]
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	body, err := xml.MarshalIndent(feed, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

func entry(id, title, page, words string, at time.Time) atomEntry {
	return atomEntry{id, strings.TrimSpace(title), stamp(at), stamp(at), atomLink{"alternate", "text/html", page}, words, at}
}

func stamp(t time.Time) string { return t.In(calendar.London).Format(time.RFC3339) }
