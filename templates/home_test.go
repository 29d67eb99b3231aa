package templates

import (
	"time"

	"github.com/a-h/templ"

	"folkmoot/internal/calendar"
)

// homePages are the first page of somebody who is signed in, and the pages that lead to all others.
func homePages() map[string]templ.Component {
	day, moment := calendar.Date{Year: 2027, Month: 3, Day: 1}, time.Date(2027, 3, 2, 17, 0, 0, 0, time.UTC)
	in := Frame{Styles: Asset{URL: "/assets/pages.css"}, SignedIn: true, Here: "/"}
	officer := in
	officer.Officer, officer.Part = true, "/you"
	out := in
	out.SignedIn = false
	all := Home{Frame: in, Name: "Nia", Account: "a", Device: "d", Script: Asset{"/assets/home.js", "sha384-home"}, Chats: ChatsWait{Requests: 1, Arrived: 3}, Member: true}
	all.Society = []WaitGroup{
		{"home.dues", []Wait{
			{Key: "home.dues_grace", Day: day, Href: "/membership"},
			{Key: "home.dues_arrears", Count: 2, Late: true, Href: "/membership"},
			{Key: "home.dues_method", Title: "Visa ending 4242", Late: true, Href: "/membership/dues"},
		}},
		{"home.votes", []Wait{
			{Key: "home.poll_vote", Title: "Board election 2027", At: moment, Href: "/elections/e/vote"},
			{Key: "home.nominations", Title: "Board election 2028", At: moment, Soft: true, Href: "/elections/f/candidates"},
		}},
		{"home.says", []Wait{{Key: "home.privacy_open", Title: "Keep calls", Day: day, Href: "/privacy/changes/c"}}},
		{"home.board", []Wait{{Key: "home.board_proposal", Title: "Dark theme", Day: day, Late: true, Href: "/proposals/p"}, {Key: "home.board_questions", Count: 1, Href: "/board/questions"}}},
		{"home.office", []Wait{{Key: "home.office_applied", Count: 12, Href: "/register"}}},
	}
	return map[string]templ.Component{
		"home":         HomePage(all),
		"home-nothing": HomePage(Home{Frame: in, Name: "Nia"}),
		"home-unknown": HomePage(Home{Frame: in, Chats: ChatsWait{Unknown: true}, Member: true}),
		"home-many":    HomePage(Home{Frame: in, Name: "Nia", Chats: ChatsWait{Arrived: 200, More: true}, Member: true}),
		"society":      SocietyPage(Hub{Frame: out}),
		"society-in":   SocietyPage(Hub{Frame: in, Member: true}),
		"you":          YouPage(Hub{Frame: in}),
		"you-board":    YouPage(Hub{Frame: in, Member: true, Belongs: true, Board: true}),
		"you-officer":  YouPage(Hub{Frame: officer, Member: true, Belongs: true, Treasury: true, Register: true, Steward: true, Secretary: true}),
	}
}
