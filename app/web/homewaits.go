package web

import (
	"context"
	"errors"

	"folkmoot/billing"
	"folkmoot/governance/board"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

// welcomeDays is for how many days a new member reads that they are one, whoever has come to sit on the board that they do, and a new operator.
const welcomeDays = 14

// membershipWaits is what a member should see to about their membership.
func (s *Site) membershipWaits(ctx context.Context, m member.Member) (all []templates.Wait, err error) {
	charges, err := s.Register.Charges(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	today := calendar.On(s.Now())
	for _, c := range charges {
		if c.AwaitsReply(today) {
			all = append(all, templates.Wait{Key: "home.charged", Title: c.Rule, Day: c.ReplyUntil, Href: "/membership/register"})
		}
	}
	runs, err := s.Operators.Of(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range runs {
		if o.Counts(today, calendar.Date{}) && today.Before(calendar.On(o.From).AddDays(welcomeDays)) {
			all = append(all, templates.Wait{Key: "home.operator_welcome", Soft: true, Title: o.Runs, Day: calendar.On(o.From), Href: "/contribute"})
		}
	}
	dues, err := s.duesWait(ctx, m)
	return append(all, dues...), err
}

// duesWait is what a member, or who applied to become one, should see to about money.
func (s *Site) duesWait(ctx context.Context, m member.Member) (all []templates.Wait, err error) {
	if m.State != member.Applied && m.State != member.Admitted {
		return nil, nil
	}
	if !m.Entered.IsZero() && calendar.On(s.Now()).Before(m.Entered.AddDays(welcomeDays)) {
		all = append(all, templates.Wait{Key: "home.welcome", Soft: true, Day: m.Entered, Href: "/membership"})
	}
	dues, err := s.Dues.Statement(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	state := dues.Standing.State
	if dues.OnItsWay && !dues.Next.Again {
		state = member.Current // what is owed comes by itself
	}
	switch state {
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
	if dues.Lost != nil {
		all = append(all, templates.Wait{Key: "lost." + dues.Lost.Words(), Day: dues.Lost.From, Href: "/membership/dues", Late: dues.Lost.Begun})
	}
	if m.State == member.Applied && !dues.Begun {
		all = append(all, templates.Wait{Key: "home.dues_begin", Href: "/membership"})
	}
	if dues.Begun && !dues.SharePaid && !dues.ShareComes {
		all = append(all, templates.Wait{Key: "home.dues_share", Href: "/membership"})
	}
	return all, nil
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
			if line, err = s.hallWaits(ctx, of, m); err != nil {
				return nil, err
			}
		} else if of.Chair.Member == m {
			line.Key = "home.meeting_chair"
		} else if of.Minutes.Member == m {
			line.Key = "home.meeting_writes"
		}
		all = append(all, line)
	}
	for _, l := range w.Seconding {
		line := templates.Wait{Key: "home.meeting_second", Title: l.Title, At: l.Until, Soft: true, Href: "/meetings/" + l.Meeting + "/motions/" + l.Motion}
		if l.Amendment {
			line.Key = "home.meeting_amends"
		}
		all = append(all, line)
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

// hallWaits has a member come into a meeting whose doors are open, or leads them back who are present.
func (s *Site) hallWaits(ctx context.Context, of meeting.Meeting, m member.ID) (templates.Wait, error) {
	_, here, err := s.Meetings.Presence(ctx, of.ID, m)
	line := templates.Wait{Key: "home.meeting_now", Title: of.Title, Href: "/meetings/" + of.ID + "/hall"}
	switch {
	case here && of.State(s.Now()) == meeting.Sitting:
		line.Key, line.Soft = "home.meeting_here", true
	case here:
		line.Key, line.Soft = "home.meeting_early", true
	}
	return line, err
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

// boardWaits is what waits for whoever speaks for the board, and for whoever sits on it.
func (s *Site) boardWaits(ctx context.Context, me identity.AccountID, m member.ID, answers, decisions []participation.Line) (all []templates.Wait, err error) {
	all = lines(all, "home.board_proposal", "/proposals/", answers)
	all = lines(all, "home.board_privacy", "/privacy/changes/", decisions)
	votes, err := s.Board.Unvouched(ctx, m)
	if err != nil {
		return nil, err
	}
	all = append(all, counted("home.board_vouch", "/board/decisions", votes)...)
	seat, err := s.Board.SeatOf(ctx, me)
	if err != nil {
		return all, ignoring(err, board.ErrNotSitting)
	}
	if calendar.On(s.Now()).Before(seat.Since.AddDays(welcomeDays)) {
		all = append(all, templates.Wait{Key: "home.board_welcome", Soft: true, Day: seat.Since, Href: "/board?declare=1#interests.declare"})
	}
	held, err := s.Officers.Offices(ctx, me)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 { // officers are told with their office
		drafts, err := s.draftsWait(ctx, me)
		if err != nil {
			return nil, err
		}
		all = append(all, drafts...)
	}
	open, overdue, err := s.Board.Waiting(ctx)
	if err == nil && open > 0 {
		all = append(all, templates.Wait{Key: "home.board_questions", Count: open, Late: overdue > 0, Href: "/board/questions"})
	}
	return all, err
}
