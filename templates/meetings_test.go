package templates

import (
	"time"

	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"

	"github.com/a-h/templ"
)

// meetingPages are those of general meetings, in the states that look different.
func meetingPages() map[string]templ.Component {
	out := Frame{Styles: Asset{"/assets/pages.css", "sha384-styles"}, Mark: Asset{URL: "/assets/mark.svg"}}
	in, officer := out, out
	in.SignedIn, officer.SignedIn, officer.Officer = true, true, true
	day := calendar.Date{Year: 2027, Month: time.March, Day: 1}
	noon := func(days int) time.Time { return day.AddDays(days).Start().Add(12 * time.Hour) }
	call := meeting.Call{
		Kind: meeting.Annual, Title: "The <annual> meeting", Why: "To hear.\nTo decide.", At: noon(20), Place: "The hall,\nLeeds", Link: "https://meet.example.org/x", MotionsBy: noon(10), AmendmentsBy: noon(15),
		Chair: meeting.Seat{Member: "ann", Name: "Ann <a>"}, Minutes: meeting.Seat{Member: "ben", Name: "Ben <b>"},
	}
	called := meeting.Meeting{Call: call, ID: "m1", ProposedBy: "sec", ProposedAt: noon(-1), ConfirmedBy: "tre", ConfirmedAt: noon(0)}
	proposed, off, sits := called, called, called
	proposed.ConfirmedAt = time.Time{}
	off.EndedAt, off.EndedWhy = noon(2), "It <burned>"
	sits.OrderedAt, sits.OpenedAt, sits.OpenedName, sits.Present, sits.Quorum = noon(10), noon(20), "Ann <a>", 4, 3
	over := sits
	over.ClosedAt = noon(20).Add(time.Hour)
	signed := over
	signed.SignedAt, signed.SignedName = noon(25), "Cat <c>"

	lamps := meeting.Draft{Title: "Lamps <in>", Words: "That three lamps be hung.", Reasons: "It is <dark>.", Needs: meeting.TwoThirds}
	wants := meeting.Motion{Draft: lamps, ID: "q1", Meeting: "m1", Proposer: "cat", ShownAs: "Cat <c>", Version: 1, MadeAt: noon(1)}
	stands := wants
	stands.ID, stands.Seconder, stands.ShownAs, stands.SecondedAt = "q2", "dan", "", noon(2)
	other := meeting.Amendment{ID: "a1", Motion: "q2", Version: 1, Proposer: "eve", ShownAs: "Eve <e>", Words: "That four lamps be hung.", Reasons: "More <light>.", MadeAt: noon(3)}
	seconded := other
	seconded.ID, seconded.Seconder, seconded.ShownAs = "a2", "dan", ""
	ruled := seconded
	ruled.ID, ruled.GoneAt, ruled.RuledWhy = "a3", noon(4), "not <about> it"
	stands.Amendments = []meeting.Amendment{other, seconded, ruled}
	item := stands
	item.Number = 1
	fromBoard := meeting.Motion{Draft: lamps, ID: "q3", Meeting: "m1", FromBoard: "secretary", Version: 1, MadeAt: noon(1), Number: 2}
	passed := item
	carried := seconded
	carried.Outcome, carried.DecidedAt, carried.Floor = meeting.Carried, noon(20), true
	passed.Outcome, passed.Version, passed.Words, passed.Amendments = meeting.Carried, 2, "That four lamps be hung.", []meeting.Amendment{carried}
	passed.Votes = []meeting.Vote{{Amendment: "a2", Count: meeting.Count{Yes: 2, No: 1}, Carried: true, ClosedAt: noon(20)}, {Count: meeting.Count{Yes: 3, Abstain: 1}, Carried: true, ClosedAt: noon(20)}}
	passed.CalledOff = []meeting.Vote{{Amendment: "a2", OffWhy: "the <wrong> one", ClosedAt: noon(20)}, {OffWhy: "too early", ClosedAt: noon(20)}}
	pending, balloted := fromBoard, fromBoard
	pending.Outcome = meeting.Ballot
	balloted.Outcome, balloted.Election, balloted.BallotYes, balloted.BallotNo = meeting.Lost, "e1", 3, 4
	withdrawn := wants
	withdrawn.GoneAt = noon(3)
	out4 := wants
	out4.GoneAt, out4.RuledWhy = noon(3), "against <law>"
	versions := []meeting.Version{{Number: 1, Words: lamps.Words, MadeAt: noon(1)}, {Number: 2, Words: passed.Words, Amendment: "a2", MadeAt: noon(20)}}
	words := map[string][]meeting.Version{"q2": versions}
	waits := meeting.Waits{
		Coming: []meeting.Meeting{called}, Seconding: []meeting.Line{{Meeting: "m1", Motion: "q1", Title: "Lamps <in>", Until: noon(10)}, {Meeting: "m1", Motion: "q2", Title: "Lamps <in>", Until: noon(15), Amendment: true}},
		Voting: []meeting.OpenVote{{Meeting: "m1", Title: "Lamps <in>"}},
	}
	wrongly := func(f Frame, failed, field, words string) Desk {
		return Desk{Frame: f, Failed: failed, Typed: map[string]string{field: "<typed>"}, Problems: Problems{{Field: field, Text: words}}}
	}
	several := wrongly(officer, "", "place", "Say where")
	several.Problems = append(several.Problems, Problem{Field: "minute_taker", Text: "Say who writes"})
	todo := meeting.Action{ID: "t1", Meeting: "m1", Words: "Buy <lamps>", Who: "the treasurer", Due: day.AddDays(25), MadeAt: noon(20)}
	done := todo
	done.ID, done.DoneAt, done.Note = "t2", noon(24), "£40 <paid>"
	hall := MeetingHall{
		Desk: Desk{Frame: in}, Script: Asset{"/assets/hall.js", "sha384-hall"}, Meeting: sits, Now: noon(20), Hall: meeting.Hall{Present: 4, Room: 1, Needed: 3, Members: 9}, Member: true, Here: true, Way: meeting.ByDevice, Askers: 5,
		Motions: []HallMotion{{Motion: item, Versions: versions, Asking: 2}, {Motion: fromBoard}},
	}
	voting, chairs, writes, counted, early, few, missed, raised, puts, asks, decides := hall, hall, hall, hall, hall, hall, hall, hall, hall, hall, hall
	voting.Vote, voting.Own = &meeting.Vote{ID: "v1", Motion: "q2", Amendment: "a2", Version: 1, Voted: 2}, meeting.For
	chairs.Chair = true
	writes.Writes, writes.Vote, writes.Room, writes.Sought, writes.Found = true, &meeting.Vote{ID: "v1", Motion: "q3", Version: 1, Hands: meeting.Count{Yes: 1}, Voted: 1},
		[]HallMember{{"fay", "Fay <f>"}}, "g<", []HallMember{{"gus", "Gus <g>"}}
	writes.Desk = wrongly(in, "", "hands_for", "Not so many")
	puts.Chair, puts.Vote, puts.Desk = true, &meeting.Vote{ID: "v1", Motion: "q3", Version: 1, Voted: 1}, wrongly(in, "hall.call_off", "vote_off_why", "Say why")
	counted.Meeting, counted.Motions, counted.Here = over, []HallMotion{{Motion: passed, Versions: versions}, {Motion: pending}}, false
	early.Meeting, early.Now, early.Here = called, noon(19), false
	few.Meeting, few.Now, few.Chair, few.Hall = called, noon(20).Add(time.Hour), true, meeting.Hall{Present: 1, Needed: 3}
	raised.Way, raised.Vote = meeting.InRoom, &meeting.Vote{ID: "v1", Motion: "q3", Version: 1, Hands: meeting.Count{Yes: 1}, Voted: 1}
	missed.Meeting, missed.Now, missed.Chair = called, noon(20).Add(3*time.Hour), true
	asks.Chair, asks.Vote, asks.Askers = true, &meeting.Vote{ID: "v1", Motion: "q2", Version: 1, Voted: 1}, 2
	reads := hall
	reads.Motions = []HallMotion{{Motion: passed, Versions: versions}, {Motion: fromBoard}}
	decides.Chair, decides.Motions, decides.Counted = true, []HallMotion{{Motion: passed, Versions: versions}}, &passed.Votes[1]
	minutes := MeetingMinutes{
		Desk: Desk{Frame: in}, Meeting: over, Now: noon(27), Motions: []meeting.Motion{passed, pending, balloted}, Versions: words, Left: []meeting.Motion{wants}, Reads: true,
		Notes: map[string]string{meeting.Whole: "Eve <away>."}, Open: []meeting.Action{todo},
	}
	drafts, signs, public, hidden := minutes, minutes, minutes, minutes
	drafts.Writes, drafts.Keeps = true, true
	drafts.Notes = map[string]string{meeting.Whole: "Eve <away>.", "q2": "It was <dark>."}
	drafts.Desk = wrongly(in, "action.add", "note_q2", "Too long")
	signs.Signs = true
	public.Meeting, public.Additions, public.Keeps, public.Done = signed, []meeting.Addition{{ID: "x", Words: "Not <so>.", As: "minutes", At: noon(26)}}, true, []meeting.Action{done}
	public.Seats = []meeting.Seats{{Chair: "Cat <c>", Minutes: "Ben <b>", At: noon(20).Add(30 * time.Minute)}}
	instead := public
	instead.Seats = []meeting.Seats{{Chair: "Cat <c>", Minutes: "Ben <b>", At: noon(21)}}
	hidden.Reads, hidden.Open = false, nil
	view := func(f Frame, m meeting.Motion, of meeting.Meeting, days int) MotionView {
		return MotionView{Desk: Desk{Frame: f}, Motion: m, Meeting: of, Now: noon(days), Versions: versions[:1], Name: "Dan <d>", Changes: map[string]bool{}, SecondedChanges: map[string]bool{}}
	}
	mine, seconds, amends, rules := view(in, wants, called, 5), view(in, wants, called, 5), view(in, stands, called, 5), view(officer, stands, called, 5)
	mine.Member, mine.Own = true, true
	seconds.Member = true
	seconds.Desk = wrongly(in, "", "", "The words have changed")
	amends.Member, amends.Changes, amends.Seconded, amends.SecondedChanges = true, map[string]bool{"a1": true}, true, map[string]bool{"a2": true}
	amends.Desk = wrongly(in, "amending.propose", "amending_words", "Write something")
	rules.Rules = true
	decided := view(out, passed, over, 21)
	decided.Versions = versions
	calls := view(officer, pending, over, 21)
	calls.Calls = true
	page := func(f Frame, m meeting.Meeting, days int, more func(*Meeting)) templ.Component {
		v := Meeting{Desk: Desk{Frame: f}, Meeting: m, Now: noon(days), Motions: []meeting.Motion{wants, stands}}
		more(&v)
		return MeetingPage(v)
	}
	nothing := func(*Meeting) {}
	return map[string]templ.Component{
		"meetings":              MeetingsPage(Meetings{Desk: Desk{Frame: officer}, Now: noon(5), Coming: []meeting.Meeting{called}, Proposed: []meeting.Meeting{proposed}, Past: []meeting.Meeting{signed, off}, Waits: waits, Member: true}),
		"meetings-none":         MeetingsPage(Meetings{Desk: Desk{Frame: out}, Now: noon(5)}),
		"meetings-idle":         MeetingsPage(Meetings{Desk: Desk{Frame: in}, Now: noon(5), Member: true}),
		"meeting-call":          MeetingCallPage(MeetingCall{Desk: several, Draft: call, Days: 14}),
		"meeting-letters":       MeetingLettersPage(MeetingLetters{Desk: Desk{Frame: officer}, Meeting: called, Today: day, Letters: []MeetingLetter{{meeting.Notice{What: "called", Member: "cat", BouncedWhy: "<gone>"}, member.Member{Name: "Cat <c>", Address: "1 Road", Postcode: "LS1"}, []string{"Come <in>."}}}}),
		"meeting-letters-none":  MeetingLettersPage(MeetingLetters{Desk: Desk{Frame: officer}, Meeting: called, Today: day}),
		"meeting-stranger":      page(out, called, 5, nothing),
		"meeting-member":        page(in, called, 5, func(v *Meeting) { v.Member, v.Waits = true, waits }),
		"meeting-amending":      page(in, called, 12, func(v *Meeting) { v.Member, v.Adjourned = true, 1 }),
		"meeting-officer":       page(officer, called, 5, func(v *Meeting) { v.Board, v.Told = true, meeting.Told{Members: 9, Mailed: 8, Bounced: 1} }),
		"meeting-proposed":      page(officer, proposed, 0, func(v *Meeting) { v.By, v.ConfirmBy = "Sec <s>", day.AddDays(2) }),
		"meeting-proposed-late": page(officer, proposed, 0, func(v *Meeting) { v.By = "Sec <s>" }),
		"meeting-own":           page(officer, proposed, 0, func(v *Meeting) { v.Own, v.By, v.ConfirmBy = true, "Sec <s>", day.AddDays(2) }),
		"meeting-off":           page(out, off, 5, nothing),
		"meeting-over":          page(in, over, 21, func(v *Meeting) { v.Member, v.Chair, v.Writes = true, true, true }),
		"meeting-signed":        page(out, signed, 26, nothing),
		"moving":                MovingPage(Moving{Desk: wrongly(in, "", "motion_words", "Write it"), Meeting: called, Name: "Cat <c>", Member: true, Board: true}),
		"moving-board":          MovingPage(Moving{Desk: Desk{Frame: officer}, Meeting: called, Board: true}),
		"moved-mine":            MotionPage(mine),
		"moved-seconds":         MotionPage(seconds),
		"moved-unseconded":      MotionPage(view(out, wants, called, 11)),
		"moved-amends":          MotionPage(amends),
		"moved-rules":           MotionPage(rules),
		"moved-decided":         MotionPage(decided),
		"moved-ballot":          MotionPage(calls),
		"moved-balloted":        MotionPage(view(out, balloted, over, 40)),
		"moved-ruled-out":       MotionPage(view(out, out4, called, 5)),
		"order-paper":           OrderPaperPage(OrderPaper{Desk: Desk{Frame: out}, Meeting: sits, Motions: []meeting.Motion{item, fromBoard}, Left: []meeting.Motion{wants, withdrawn, out4}, Versions: words}),
		"order-paper-early":     OrderPaperPage(OrderPaper{Desk: Desk{Frame: out}, Meeting: called}),
		"hall":                  MeetingHallPage(hall),
		"hall-vote":             MeetingHallPage(voting),
		"hall-chair":            MeetingHallPage(chairs),
		"hall-vote-chair":       MeetingHallPage(puts),
		"hall-minutes":          MeetingHallPage(writes),
		"hall-over":             MeetingHallPage(counted),
		"hall-early":            MeetingHallPage(early),
		"hall-few":              MeetingHallPage(few),
		"hall-raised":           MeetingHallPage(raised),
		"hall-missed":           MeetingHallPage(missed),
		"hall-asks":             MeetingHallPage(asks),
		"hall-done":             MeetingHallPage(decides),
		"hall-last-vote":        MeetingHallPage(reads),
		"minutes-draft":         MeetingMinutesPage(drafts),
		"minutes-signs":         MeetingMinutesPage(signs),
		"minutes-signed":        MeetingMinutesPage(public),
		"minutes-signed-for":    MeetingMinutesPage(instead),
		"minutes-waits":         MeetingMinutesPage(hidden),
		"minutes-early":         MeetingMinutesPage(MeetingMinutes{Desk: Desk{Frame: out}, Meeting: called, Now: noon(5)}),
		"meeting-actions":       MeetingActionsPage(MeetingActions{Desk: Desk{Frame: out}, Today: day.AddDays(27), Open: []meeting.Action{todo}, Done: []meeting.Action{done}, Titles: map[string]string{"m1": "The <annual> meeting"}}),
	}
}
