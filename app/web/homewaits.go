package web

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"folkmoot/billing"
	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

// duesWait is what a member, or who applied to become one, should see to about money.
func (s *Site) duesWait(ctx context.Context, m member.Member) (all []templates.Wait, err error) {
	if m.State != member.Applied && m.State != member.Admitted {
		return nil, nil
	}
	dues, err := s.Dues.Statement(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	switch dues.Standing.State {
	case member.Grace:
		all = append(all, templates.Wait{Key: "home.dues_grace", Href: "/membership", Day: dues.Standing.Until})
	case member.Arrears:
		all = append(all, templates.Wait{Key: "home.dues_arrears", Count: dues.Standing.Owed, Href: "/membership", Late: true})
	case member.Lapsed:
		all = append(all, templates.Wait{Key: "home.dues_lapsed", Href: "/membership", Late: true})
	case member.Current: // nothing to see to
	}
	if dues.Method != nil && (dues.Method.State == billing.MethodFailing || dues.Method.State == billing.MethodEnded) {
		all = append(all, templates.Wait{Key: "home.dues_method", Title: dues.Method.Description, Href: "/membership/dues", Late: true})
	}
	if m.State == member.Applied && !dues.Begun {
		all = append(all, templates.Wait{Key: "home.dues_begin", Href: "/membership"})
	}
	if dues.Begun && !dues.SharePaid {
		all = append(all, templates.Wait{Key: "home.dues_share", Href: "/membership"})
	}
	return all, nil
}

// votesWait are the elections and votes that a member has something to do in.
func (s *Site) votesWait(ctx context.Context, elections []election.Election, m member.ID) (all []templates.Wait, err error) {
	for _, e := range elections {
		lines, err := s.electionWaits(ctx, e, m)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	ballot, waits, err := s.Priorities.Waiting(ctx, m)
	if err == nil && waits {
		all = append(all, templates.Wait{Key: "home.priorities", Day: ballot.LastDay(), Href: "/roadmap/priorities"})
	}
	return all, err
}

// electionWaits is what one of them has for a member.
func (s *Site) electionWaits(ctx context.Context, e election.Election, m member.ID) ([]templates.Wait, error) {
	state := e.State(s.Now())
	if state == election.Noticed {
		return []templates.Wait{{Key: "home.election_noticed", Soft: true, Title: e.Title, Day: e.Timetable.Notice, Href: "/elections/" + e.ID}}, nil
	}
	if state == election.Nominations {
		return s.nominationsWait(ctx, e, m)
	}
	if state == election.Hustings || state == election.Polling {
		return s.pollWaits(ctx, e, m, state)
	}
	return nil, nil
}

// electionsWait is what waits for the visitor about elections and votes, for the page of all of them.
func (s *Site) electionsWait(c echo.Context, elections []election.Election) (all []templates.Wait, err error) {
	if _, in := visitor(c); !in {
		return nil, nil
	}
	ctx, me := c.Request().Context(), signedIn(c).Account
	m, is, err := s.ownMember(c)
	if err != nil {
		return nil, err
	}
	if is {
		if all, err = s.votesWait(ctx, elections, m); err != nil {
			return nil, err
		}
	}
	return append(all, s.dutiesWait(elections, me)...), nil
}

// nominationsWait asks a member who was nominated, and tells the others that they may stand.
func (s *Site) nominationsWait(ctx context.Context, e election.Election, m member.ID) ([]templates.Wait, error) {
	at := "/elections/" + e.ID + "/candidates"
	nominations, err := s.Elections.Nominations(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range nominations {
		if n.Candidate == m && n.Open() {
			if n.AcceptedAt.IsZero() {
				return []templates.Wait{{Key: "home.nominated", Title: e.Title, At: e.Timetable.NominationsClose, Href: at}}, nil
			}
			return nil, nil
		}
	}
	return []templates.Wait{{Key: "home.nominations", Soft: true, Title: e.Title, At: e.Timetable.NominationsClose, Href: at}}, nil
}

// pollWaits asks a member to vote whose paper did not come, or in whose name no voter key was signed. More the society cannot know.
func (s *Site) pollWaits(ctx context.Context, e election.Election, m member.ID, state election.State) ([]templates.Wait, error) {
	contests, err := s.Polls.Contests(ctx, e.ID)
	if err != nil || len(contests) == 0 {
		return nil, err
	}
	if !e.Online() {
		marked, err := s.Polls.Issued(ctx, e.ID, m)
		if errors.Is(err, election.ErrNoPaper) || err != nil || !marked.ReceivedAt.IsZero() || state != election.Polling {
			return nil, ignoring(err, election.ErrNoPaper)
		}
		return []templates.Wait{{Key: "home.poll_paper", Title: e.Title, At: e.Timetable.PollCloses, Href: "/elections/" + e.ID}}, nil
	}
	own, err := s.Polls.Standing(ctx, e.ID, m)
	if err != nil {
		return nil, ignoring(err, election.ErrNoPaper)
	}
	line := templates.Wait{Key: "home.poll_vote", Title: e.Title, At: e.Timetable.PollCloses, Href: "/elections/" + e.ID + "/vote"}
	switch {
	case own.Tendered:
		line.Key = "home.poll_tendered"
	case state == election.Hustings && own.Signed:
		return nil, nil
	case state == election.Hustings:
		line.Key, line.At = "home.poll_collect", e.Timetable.PollOpens
	case own.Signed:
		line.Key, line.Soft = "home.poll_signed", true
	}
	return []templates.Wait{line}, nil
}

// ignoring is err, but not that it is this one.
func ignoring(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// meetingsWait are general meetings to come, what wants a seconder there, and votes that are open where the member is present.
func (s *Site) meetingsWait(ctx context.Context, m member.ID) (all []templates.Wait, err error) {
	w, err := s.Meetings.Waiting(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, v := range w.Voting {
		all = append(all, templates.Wait{Key: "home.meeting_vote", Title: v.Title, Href: "/meetings/" + v.Meeting + "/hall"})
	}
	for _, of := range w.Coming {
		line := templates.Wait{Key: "home.meeting_coming", Title: of.Title, At: of.At, Soft: true, Href: "/meetings/" + of.ID}
		if of.Doors(s.Now()) {
			line = templates.Wait{Key: "home.meeting_now", Title: of.Title, Href: "/meetings/" + of.ID + "/hall"}
		}
		all = append(all, line)
	}
	for _, l := range w.Seconding {
		all = append(all, templates.Wait{Key: "home.meeting_second", Title: l.Title, At: l.Until, Soft: true, Href: "/meetings/" + l.Meeting + "/motions/" + l.Motion})
	}
	held, err := s.Meetings.Past(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range held {
		if of.State(s.Now()) == meeting.Closed && (of.Chair.Member == m || of.Minutes.Member == m) {
			all = append(all, templates.Wait{Key: "home.meeting_minutes", Title: of.Title, Href: "/meetings/" + of.ID + "/minutes"})
		}
	}
	return all, nil
}

// saysWait are the proposals and privacy changes on which a member's word is wanted.
func saysWait(proposals participation.Waits, changes participation.PrivacyWaits) (all []templates.Wait) {
	all = lines(all, "home.privacy_open", "/privacy/changes/", changes.Open)
	all = lines(all, "home.proposal_amended", "/proposals/", proposals.Amended)
	all = lines(all, "home.proposal_lacking", "/proposals/", proposals.Lacking)
	for _, l := range proposals.Answered {
		all = append(all, templates.Wait{Key: "home.proposal_answered", Soft: true, Title: l.Title, Href: "/proposals/" + l.ID})
	}
	return all
}

func lines(all []templates.Wait, key, path string, of []participation.Line) []templates.Wait {
	for _, l := range of {
		all = append(all, templates.Wait{Key: key, Title: l.Title, Day: l.Due, Late: l.Late, Href: path + l.ID})
	}
	return all
}

// noticesWait is the card of this year, for whoever asked for no message and has not put it away.
func (s *Site) noticesWait(ctx context.Context, me identity.AccountID) ([]templates.Wait, error) {
	_, is, err := s.Notices.Card(ctx, me)
	if err != nil || !is {
		return nil, err
	}
	return []templates.Wait{{Key: "home.notice_card", Soft: true, Href: "/chat"}}, nil
}

// boardWaits is what waits for whoever sits on the board.
func (s *Site) boardWaits(ctx context.Context, me identity.AccountID, answers, decisions []participation.Line) (all []templates.Wait, err error) {
	all = lines(all, "home.board_proposal", "/proposals/", answers)
	all = lines(all, "home.board_privacy", "/privacy/changes/", decisions)
	if _, err := s.Board.SeatOf(ctx, me); err != nil {
		return all, ignoring(err, board.ErrNotSitting)
	}
	open, overdue, err := s.Board.Waiting(ctx)
	if err == nil && open > 0 {
		all = append(all, templates.Wait{Key: "home.board_questions", Count: open, Late: overdue > 0, Href: "/board/questions"})
	}
	return all, err
}
