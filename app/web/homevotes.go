package web

import (
	"context"
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
	"folkmoot/templates"
)

// votesWait are the elections and votes that a member has something to do in.
func (s *Site) votesWait(ctx context.Context, elections []election.Election, me identity.AccountID, m member.ID) (all []templates.Wait, err error) {
	for _, e := range elections {
		lines, err := s.electionWaits(ctx, e, me, m)
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
func (s *Site) electionWaits(ctx context.Context, e election.Election, me identity.AccountID, m member.ID) ([]templates.Wait, error) {
	state, err := s.Polls.State(ctx, e)
	if err != nil {
		return nil, err
	}
	switch state {
	case election.Noticed:
		return []templates.Wait{{Key: "home.election_noticed", Soft: true, Title: e.Title, Day: e.Timetable.Notice, Href: "/elections/" + e.ID}}, nil
	case election.Nominations:
		if e.Runs(me) {
			return nil, nil // who runs it takes no part in it
		}
		return s.nominationsWait(ctx, e, m)
	case election.Hustings:
		asked, err := s.hustingsWait(ctx, e, m)
		if err != nil {
			return nil, err
		}
		lines, err := s.pollWaits(ctx, e, m, state)
		return append(asked, lines...), err
	case election.Polling:
		return s.pollWaits(ctx, e, m, state)
	case election.Counting:
		line := templates.Wait{Key: "home.election_counting", Soft: true, Title: e.Title, Day: e.Timetable.Count, Href: "/elections/" + e.ID}
		if calendar.On(s.Now()).After(e.Timetable.Count) {
			line.Key = "home.election_counted"
		}
		return []templates.Wait{line}, nil
	case election.Certified:
		return []templates.Wait{{Key: "home.election_result", Soft: true, Title: e.Title, Href: "/elections/" + e.ID + "/result"}}, nil
	case election.Proposed, election.Called, election.Missed, election.Unopened, election.Complete, election.CalledOff, election.SetAside: // not for members, or over
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
		if all, err = s.votesWait(ctx, elections, me, m); err != nil {
			return nil, err
		}
	}
	duties, err := s.dutiesWait(ctx, elections, me)
	return append(all, duties...), err
}

// nominationsWait asks a member who was nominated, says what a candidate still lacks, and tells the others that they may stand.
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
			return s.lackingWait(ctx, e, n, at)
		}
	}
	return []templates.Wait{{Key: "home.nominations", Soft: true, Title: e.Title, At: e.Timetable.NominationsClose, Href: at}}, nil
}

// lackingWait tells a candidate that too few members have seconded them.
func (s *Site) lackingWait(ctx context.Context, e election.Election, n election.Nomination, at string) ([]templates.Wait, error) {
	lacks, err := s.Elections.Lacks(ctx, n)
	if err != nil || !slices.Contains(lacks, election.LacksSeconders) {
		return nil, err
	}
	book, err := election.RuleBookOn(e.Timetable.Notice)
	return []templates.Wait{{Key: "home.candidate_lacks", Count: book.Seconders, Title: e.Title, At: e.Timetable.NominationsClose, Href: at}}, err
}

// hustingsWait tells a candidate which questions they have not answered, and everybody else who stands.
func (s *Site) hustingsWait(ctx context.Context, e election.Election, m member.ID) ([]templates.Wait, error) {
	if e.Motion != nil || !e.Asking(s.Now()) {
		return nil, nil
	}
	at := "/elections/" + e.ID + "/candidates"
	nominations, err := s.Elections.Nominations(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(nominations, func(n election.Nomination) bool { return n.Candidate == m && n.Open() && !n.AcceptedAt.IsZero() })
	if i < 0 {
		class, err := s.Elections.ClassOnRoll(ctx, e.ID, m)
		if err != nil || class == "" || !slices.ContainsFunc(nominations, func(n election.Nomination) bool { return n.Open() && n.Class == class }) {
			return nil, ignoring(err, election.ErrNoRoll)
		}
		return []templates.Wait{{Key: "home.hustings", Soft: true, Title: e.Title, At: e.Timetable.HustingsClose, Href: at}}, nil
	}
	lacks, err := s.Elections.Lacks(ctx, nominations[i])
	if err != nil || len(lacks) > 0 {
		return []templates.Wait{{Key: "home.candidate_off", Soft: true, Title: e.Title, Href: at}}, err
	}
	questions, err := s.Elections.Questions(ctx, e.ID, nominations[i].Class)
	if err != nil {
		return nil, err
	}
	open := 0
	for _, q := range questions {
		if q.HiddenAt.IsZero() && q.Answers[nominations[i].ID] == "" {
			open++
		}
	}
	if open == 0 {
		return nil, nil
	}
	return []templates.Wait{{Key: "home.candidate_asked", Count: open, Title: e.Title, At: e.Timetable.HustingsClose, Href: at}}, nil
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

// dutiesWait are the elections that the visitor runs or watches, and what there is to do in them.
func (s *Site) dutiesWait(ctx context.Context, elections []election.Election, me identity.AccountID) (all []templates.Wait, err error) {
	for _, e := range elections {
		if !e.Runs(me) {
			continue
		}
		line, err := s.dutyWait(ctx, e, me)
		if err != nil {
			return nil, err
		}
		if line.Key != "" {
			line.Title = e.Title
			all = append(all, line)
		}
	}
	return all, nil
}

func (s *Site) dutyWait(ctx context.Context, e election.Election, me identity.AccountID) (templates.Wait, error) {
	at, returns := "/elections/"+e.ID, e.Returning == me
	state, err := s.Polls.State(ctx, e)
	if err != nil {
		return templates.Wait{}, err
	}
	before := slices.Contains([]election.State{election.Called, election.Noticed, election.Nominations, election.Hustings}, state)
	switch {
	case state == election.Counting:
		return s.countWaits(ctx, e, me)
	case state == election.Certified:
		again, err := s.Polls.Recounting(ctx, e.ID)
		if err != nil || !again {
			return templates.Wait{}, err
		}
		return templates.Wait{Key: "home.duty_count", Href: at + "/poll/work"}, nil
	case returns && before:
		return templates.Wait{Key: "home.duty_runs", Href: at + "/work"}, nil
	case state == election.Polling && !e.Online():
		return templates.Wait{Key: "home.duty_papers", Href: at + "/poll/work"}, nil
	case state == election.Polling && returns:
		return templates.Wait{Key: "home.duty_runs", Href: at + "/poll/work"}, nil
	case e.Online() && before:
		return s.keysWait(ctx, e, me)
	}
	return templates.Wait{}, nil
}

// keysWait is what a scrutineer has to make before the roll of a vote online is final.
func (s *Site) keysWait(ctx context.Context, e election.Election, me identity.AccountID) (line templates.Wait, err error) {
	ready, err := s.Polls.Prepared(ctx, e.ID)
	if err != nil || !s.Now().Before(e.Final()) {
		return line, err
	}
	line = templates.Wait{At: e.Final(), Href: "/elections/" + e.ID + "/opening"}
	needs := ready.Needs(e)
	switch {
	case !slices.ContainsFunc(ready.Keys, func(k election.OpeningKey) bool { return k.Account == me }):
		line.Key = "home.duty_key"
	case slices.Contains(needs, election.NeedSigner) || slices.Contains(needs, election.NeedSignerKeys):
		line.Key = "home.duty_signer"
	}
	return line, nil
}

// countWaits is what those who handle a closed poll have to do: open what was cast online, count, certify, sign.
func (s *Site) countWaits(ctx context.Context, e election.Election, me identity.AccountID) (templates.Wait, error) {
	work := templates.Wait{Key: "home.duty_count", Href: "/elections/" + e.ID + "/poll/work"}
	versions, err := s.Polls.Issues(ctx, e.ID)
	if err != nil {
		return work, err
	}
	if len(versions) > 0 && !versions[0].Complete() {
		switch {
		case e.Returning == me: // others have to sign; and only here is another version made
			work.Soft = true
			return work, nil
		case versions[0].Signed(me):
			return templates.Wait{}, nil
		}
		work.Key = "home.duty_sign"
		return work, nil
	}
	if e.Returning == me || !e.Online() {
		return work, nil
	}
	contests, err := s.Polls.Contests(ctx, e.ID)
	if err != nil {
		return work, err
	}
	for _, c := range contests {
		if c.Outcome != election.OutcomePoll {
			continue
		}
		o, err := s.Polls.Opening(ctx, c)
		if err != nil {
			return work, err
		}
		if o.Missing() > 0 {
			return templates.Wait{Key: "home.duty_opening", Href: "/elections/" + e.ID + "/opening"}, nil
		}
	}
	return templates.Wait{}, nil
}
