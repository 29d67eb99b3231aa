package templates

import (
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/notice"

	"github.com/a-h/templ"
)

// noticePages are those of the annual notice.
func noticePages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer, officer.Here = true, true, true, "/register/notices"
	desk := Desk{Frame: officer, Offices: []member.Role{member.Secretary}}
	moment := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	samples := []NoticeSample{{"campaign.v_pays", []string{"Thank <you>."}}, {"campaign.v_far", []string{"Far.", "Who pays."}}}
	working := notice.Campaign{Year: 2026, Day: date(11, 20), PreparedAt: moment}
	ready, released := working, working
	ready.WorkedOutAt = moment
	released.WorkedOutAt, released.ReleasedAt = moment, moment
	failed := desk
	failed.Failed, failed.Problems = "campaign.release", Problems{{"", "It is released already."}}
	return map[string]templ.Component{
		"notices":          NoticesPage(Notices{Frame: in, Wish: notice.Wish{Card: true}}),
		"notices-payer":    NoticesPage(Notices{Frame: in, Wish: notice.Wish{Chat: true, Mail: true, Counted: true}, Pays: true, Saved: true}),
		"notices-off":      NoticesOffPage(NoticesOff{Frame: out, Path: "/notices/off/a.b"}),
		"notices-off-done": NoticesOffPage(NoticesOff{Frame: out, Done: true}),
		"notices-off-undo": NoticesOffPage(NoticesOff{Frame: in, Done: true, Before: notice.Wish{Chat: true, Card: true}}),
		"how-far-none":     HowFarPage(HowFar{Frame: out}),
		"how-far": HowFarPage(HowFar{Frame: in, Day: date(11, 20), Cells: []notice.Cell{
			{Told: notice.Pays, People: 1012}, {Told: 1, Hidden: true}, {Told: 2, People: 40}, {Told: 5, Last: true, Hidden: true}, {Told: notice.ThreeOrMore, People: 11},
		}}),
		"campaign-none":    NoticeCampaignPage(NoticeCampaign{Desk: desk, May: true, Samples: samples}),
		"campaign-working": NoticeCampaignPage(NoticeCampaign{Desk: desk, Last: &working, Samples: samples}),
		"campaign-ready":   NoticeCampaignPage(NoticeCampaign{Desk: desk, Last: &ready, Samples: samples, Progress: notice.Progress{People: 1200}, Chats: 1012, Mails: 300}),
		"campaign-stale":   NoticeCampaignPage(NoticeCampaign{Desk: desk, Last: &ready, Stale: true, May: true, Samples: samples}),
		"campaign-failed":  NoticeCampaignPage(NoticeCampaign{Desk: failed, Last: &ready, Samples: samples}),
		"campaign-released": NoticeCampaignPage(NoticeCampaign{
			Desk: desk, Last: &released, Samples: samples, Progress: notice.Progress{People: 10000, Said: 300, Mailed: 9000, Queued: 998, Unknown: 2, Failed: 1, Dropped: 3},
			Unknown: []NoticeUnknown{{"Nia <b>", moment}},
		}),
		"campaign-over":  NoticeCampaignPage(NoticeCampaign{Desk: desk, Last: &released, Over: true, May: true, Samples: samples}),
		"welcome-ticked": WelcomePage(Welcome{Frame: in, Notice: notice.Wish{Chat: true}}),
	}
}
