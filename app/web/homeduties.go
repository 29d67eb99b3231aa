package web

import (
	"context"
	"slices"

	"folkmoot/governance/contribution"
	"folkmoot/governance/election"
	"folkmoot/governance/meeting"
	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

// officeWaits is what waits for whoever holds an office, and for a second officer where it takes two.
func (s *Site) officeWaits(ctx context.Context, elections []election.Election, me identity.AccountID) (all []templates.Wait, err error) {
	held, err := s.Officers.Offices(ctx, me)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	for _, of := range []struct {
		role member.Role
		ask  func(context.Context) ([]templates.Wait, error)
	}{{member.Secretary, s.secretaryWaits}, {member.Steward, s.stewardWaits}, {member.Treasurer, s.treasurerWaits}} {
		if !slices.Contains(held, of.role) {
			continue
		}
		lines, err := of.ask(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	seconds, err := s.secondWaits(ctx, elections, me)
	return append(all, seconds...), err
}

// counted is a line for some of them, and none for nothing.
func counted(key, href string, n int) []templates.Wait {
	if n == 0 {
		return nil
	}
	return []templates.Wait{{Key: key, Count: n, Href: href}}
}

func (s *Site) secretaryWaits(ctx context.Context) ([]templates.Wait, error) {
	count, err := s.Register.Count(ctx)
	if err != nil {
		return nil, err
	}
	declared, err := s.Work.AllDeclarations(ctx)
	if err != nil {
		return nil, err
	}
	open := 0
	for _, d := range declared {
		if d.Confirmed.IsZero() && d.Ended.IsZero() {
			open++
		}
	}
	shares, err := s.Register.SharesOwed(ctx)
	if err != nil {
		return nil, err
	}
	charges, err := s.chargesWait(ctx)
	if err != nil {
		return nil, err
	}
	all := counted("home.office_applied", "/register", count[member.Applied])
	all = append(all, counted("home.office_shares", "/register", shares)...)
	all = append(all, counted("home.office_declared", "/register/contribution", open)...)
	return append(all, charges...), nil
}

// chargesWait are charges of which the member has no notice, and those whose decision is due.
func (s *Site) chargesWait(ctx context.Context) (all []templates.Wait, err error) {
	charges, err := s.Register.OpenCharges(ctx)
	for _, c := range charges {
		line := templates.Wait{Key: "home.office_serve", Title: c.Rule, Href: "/register/entry/" + string(c.Member)}
		switch {
		case c.Ripe(calendar.On(s.Now())):
			line.Key = "home.office_decide"
		case !c.Served.IsZero():
			continue
		}
		all = append(all, line)
	}
	return all, err
}

func (s *Site) stewardWaits(ctx context.Context) ([]templates.Wait, error) {
	proposed, _, err := s.Dues.ProposeLapses(ctx, "") // the first page of them: whether there are any is what counts here
	return counted("home.office_lapses", "/register/lapses", len(proposed)), err
}

func (s *Site) treasurerWaits(ctx context.Context) ([]templates.Wait, error) {
	found, err := s.Dues.Exceptions(ctx, "")
	if err != nil {
		return nil, err
	}
	n, _ := found.Count()
	lines, err := s.Ledger.CountUnmatched(ctx)
	all := counted("home.office_exceptions", "/treasury/exceptions", n)
	return append(all, counted("home.office_lines", "/treasury", lines)...), err
}

// secondWaits are the proposals of other officers, which need a second one.
func (s *Site) secondWaits(ctx context.Context, elections []election.Election, me identity.AccountID) (all []templates.Wait, err error) {
	offices, err := s.Officers.List(ctx)
	if err != nil {
		return nil, err
	}
	operators, err := s.Operators.List(ctx)
	if err != nil {
		return nil, err
	}
	exceptions, err := s.Work.Exceptions(ctx)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, o := range offices {
		if second(o.State(), o.ProposedBy, o.EndAskedBy, me) {
			n++
		}
	}
	all = append(all, counted("home.office_offices", "/register/officers", n)...)
	n = 0
	for _, o := range operators {
		if second(o.State(), o.ProposedBy, o.EndAskedBy, me) {
			n++
		}
	}
	all = append(all, counted("home.office_operators", "/register/operators", n)...)
	all = append(all, counted("home.office_contribution", "/register/contribution", toConfirm(exceptions, me))...)
	calls, err := s.callsToConfirm(ctx, elections, me)
	if err != nil {
		return nil, err
	}
	all = append(all, calls...)
	var ended []string
	for _, e := range elections {
		state, err := s.Polls.State(ctx, e)
		if err != nil {
			return nil, err
		}
		switch {
		case !e.EndedAt.IsZero():
			if e.Motion != nil {
				ended = append(ended, e.ID)
			}
		case state == election.Missed:
			all = append(all, templates.Wait{Key: "home.office_missed", Late: true, Title: e.Title, Href: "/elections/" + e.ID + "/work"})
		case state == election.Unopened:
			all = append(all, templates.Wait{Key: "home.office_unopened", Late: true, Title: e.Title, Href: "/elections/" + e.ID + "/work"})
		case state == election.Certified:
			challenged, err := s.challengeWaits(ctx, e)
			if err != nil {
				return nil, err
			}
			all = append(all, challenged...)
		case s.Now().Before(e.Final()):
			objected, err := s.objectionWaits(ctx, e)
			if err != nil {
				return nil, err
			}
			all = append(all, objected...)
		}
	}
	drafts, err := s.draftsWait(ctx, me)
	if err != nil {
		return nil, err
	}
	all = append(all, drafts...)
	votes, err := s.PrivacyChanges.VotesToCall(ctx, ended)
	if err != nil {
		return nil, err
	}
	for _, l := range votes {
		all = append(all, templates.Wait{Key: "home.office_vote", Title: l.Title, Href: "/privacy/changes/" + l.ID})
	}
	ballots, err := s.Meetings.BallotsToCall(ctx, ended)
	if err != nil {
		return nil, err
	}
	for _, l := range ballots {
		all = append(all, templates.Wait{Key: "home.office_ballot", Title: l.Title, Href: "/meetings/" + l.Meeting + "/motions/" + l.Motion})
	}
	return all, nil
}

// callsToConfirm are the elections, votes and general meetings that another officer proposed: by whom, and until when they can be confirmed.
func (s *Site) callsToConfirm(ctx context.Context, elections []election.Election, me identity.AccountID) (all []templates.Wait, err error) {
	meetings, err := s.Meetings.Coming(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := s.Register.Rules(ctx)
	if err != nil {
		return nil, err
	}
	var by []identity.AccountID
	today := calendar.On(s.Now())
	add := func(key, title, href string, last calendar.Date, proposer identity.AccountID) {
		line := templates.Wait{Key: key, Title: title, Day: last, Href: href}
		if last.Before(today) {
			line.Key, line.Day, line.Late = key+"_late", calendar.Date{}, true
		}
		all, by = append(all, line), append(by, proposer)
	}
	for _, e := range elections {
		if e.Waits(me) && e.Motion != nil {
			add("home.office_motion", e.Title, "/elections/"+e.ID+"/work", e.Timetable.Notice, e.ProposedBy)
		} else if e.Waits(me) {
			add("home.office_election", e.Title, "/elections/"+e.ID+"/work", e.Timetable.Notice, e.ProposedBy)
		}
	}
	for _, m := range meetings {
		if m.State(s.Now()) == meeting.Proposed && m.ProposedBy != me {
			add("home.office_meeting", m.Title, "/meetings/"+m.ID, m.ConfirmBy(today, rules), m.ProposedBy)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	names, err := s.Accounts.Names(ctx, by)
	for i := range all {
		all[i].Name = called(names, by[i])
	}
	return all, err
}

// challengeWaits asks for the board's decision on challenges: until then nobody takes a seat.
func (s *Site) challengeWaits(ctx context.Context, e election.Election) ([]templates.Wait, error) {
	all, err := s.Polls.Challenges(ctx, e.ID)
	if err != nil || !slices.ContainsFunc(all, func(c election.Challenge) bool { return c.DecidedAt.IsZero() }) {
		return nil, err
	}
	return []templates.Wait{{Key: "home.office_challenge", Title: e.Title, Href: "/elections/" + e.ID + "/result"}}, nil
}

// objectionWaits asks for an answer to whoever objected to the roll, while it can still be corrected.
func (s *Site) objectionWaits(ctx context.Context, e election.Election) ([]templates.Wait, error) {
	all, err := s.Elections.Objections(ctx, e.ID, "")
	if err != nil || !slices.ContainsFunc(all, func(o election.Objection) bool { return o.AnsweredAt.IsZero() }) {
		return nil, err
	}
	return []templates.Wait{{Key: "home.office_objection", Title: e.Title, Href: "/elections/" + e.ID + "/work"}}, nil
}

// draftsWait are the privacy changes that others drafted, and that somebody else has to publish.
func (s *Site) draftsWait(ctx context.Context, me identity.AccountID) (all []templates.Wait, err error) {
	changes, err := s.PrivacyChanges.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c.PrivacyState(calendar.On(s.Now())) == participation.Drafted && c.DraftedBy != me {
			all = append(all, templates.Wait{Key: "home.office_privacy", Title: c.Title, Href: "/privacy/changes/" + c.ID})
		}
	}
	return all, nil
}

// second reports whether something of that state waits for another than who asked for it.
func second(state member.OfficeState, proposed, ends, me identity.AccountID) bool {
	return state == member.Proposed && proposed != me || state == member.Leaving && ends != me
}

func toConfirm(exceptions []contribution.Exception, me identity.AccountID) (n int) {
	for _, e := range exceptions {
		if e.Confirmed.IsZero() && e.Ended.IsZero() && e.ProposedBy != me {
			n++
		}
	}
	return n
}
