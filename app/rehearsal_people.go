package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"folkmoot/billing"
	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// elector is somebody who has an account and, unless they only run the election, a vote.
type elector struct {
	name    string
	address identity.Address
	account identity.AccountID
	token   string // of the session in which they act over HTTP

	member member.ID
	class  member.Class
	plan

	state    json.RawMessage // their ballot code's own, handed back to it unread
	sequence int
	entry    string          // of their last cast
	key      json.RawMessage // of a scrutineer: as state
}

// plan is what the dice have a voter do.
type plan struct {
	stays     bool    // at home
	ballots   [][]int // preferences, one ballot after another: the last counts
	elsewhere bool    // seals for keys that nobody has, so that the ballot does not open
	loses     bool    // their key, and asks for a tendered ballot
}

// How the electorate is made up.
const (
	smallClass     = 8  // of so many voters one is in each of the small classes
	leastInClass   = 5  // candidates, and seconders for them
	mostInSmall    = 20 // so that their opened ballots are for the scrutineers only
	atHome         = 10 // of so many one more is on the roll and does not vote
	boardSeats     = 5
	boardStand     = 7 // with "re-open nominations" as many as a paper may have whose opened ballots are public
	smallStand     = 2
	againOneIn     = 6 // votes again
	blankOneIn     = 15
	reopenOneIn    = 8
	elsewhereOneIn = 40
)

// account is somebody who comes in.
func (r *rehearsal) account(ctx context.Context, name, local string) (*elector, error) {
	address, err := identity.ParseAddress(local + "@seed.invalid")
	if err != nil {
		return nil, err
	}
	who := &elector{name: name, address: address}
	who.account, err = r.accounts.Reserve(ctx, address)
	return who, err
}

// comesIn begins a session; it lasts for as long as an election's poll does.
func (r *rehearsal) comesIn(ctx context.Context, who *elector) error {
	entry, err := r.accounts.Admit(ctx, who.address, "", "rehearsal")
	who.token = entry.Token
	return err
}

// gather has officers appointed, and members admitted, so many that the voters vote.
func (r *rehearsal) gather(ctx context.Context) error {
	for _, duty := range []struct {
		who  **elector
		name string
	}{{&r.secretary, "secretary"}, {&r.steward, "steward"}, {&r.returning, "returning"}} {
		who, err := r.account(ctx, "The "+duty.name, duty.name)
		if err != nil {
			return err
		}
		*duty.who = who
	}
	for n := range ballot.Scrutineer {
		who, err := r.account(ctx, fmt.Sprintf("Scrutineer %d", n+1), fmt.Sprintf("scrutineer-%d", n+1))
		if err != nil {
			return err
		}
		r.watchers = append(r.watchers, who)
	}
	const why = "founding meeting, minute 3"
	if err := r.officers.Appoint(ctx, r.secretary.account, member.Secretary, why); err != nil {
		return err
	}
	if err := r.officers.Appoint(ctx, r.steward.account, member.Steward, why); err != nil {
		return err
	}
	for n, class := range r.dealt() {
		if err := r.joins(ctx, n, class); err != nil {
			return fmt.Errorf("member %d joins: %w", n+1, err)
		}
	}
	r.tell("%d members are admitted", len(r.electors))
	return nil
}

// dealt are the classes of all on the roll: the voters, and some who stay at home.
func (r *rehearsal) dealt() []member.Class {
	all := slices.Repeat([]member.Class{member.ClassOrdinary}, r.voters+max(1, r.voters/atHome))
	small, next := min(max(leastInClass, r.voters/smallClass), mostInSmall), 0
	for _, class := range []member.Class{member.ClassOperator, member.ClassContributor} {
		if r.seats[class] == 0 {
			continue
		}
		for range small {
			all[next] = class
			next++
		}
	}
	return all
}

// joins makes a member in a class: an ordinary one pays no dues, as whoever has no money, and all have paid their share.
func (r *rehearsal) joins(ctx context.Context, n int, class member.Class) error {
	who, err := r.account(ctx, nameOf(n), fmt.Sprintf("voter-%d", n+1))
	if err != nil {
		return err
	}
	who.class = class
	where, postcode := postal(n)
	who.member, err = r.register.Apply(ctx, who.account, member.Application{
		Name: who.name, Address: where, Postcode: postcode, Email: who.address.Typed, Age: 18 + (n*7)%60,
	})
	if err != nil {
		return err
	}
	if class == member.ClassOrdinary {
		terms := billing.Terms{Interval: billing.Monthly}
		if _, err := r.dues.Begin(ctx, who.member, "", terms, billing.Payer{Email: who.address.Typed, Name: who.name}); err != nil {
			return err
		}
	}
	if err := r.register.Admit(ctx, who.member, r.secretary.account, "for a rehearsal"); err != nil {
		return err
	}
	if err := r.register.SharePaid(ctx, who.member, calendar.On(r.now())); err != nil {
		return err
	}
	r.electors = append(r.electors, who)
	return r.belongs(ctx, who)
}

// belongs has two officers say what somebody does for the society, if they vote as somebody who does it.
func (r *rehearsal) belongs(ctx context.Context, who *elector) error {
	today := calendar.On(r.now())
	switch who.class {
	case member.ClassOperator:
		id, err := r.operators.Appoint(ctx, r.secretary.account, member.Appointment{
			Member: who.member, Name: who.name, Runs: "a node", Since: today, Why: "runs a node",
		})
		if err != nil {
			return err
		}
		return r.operators.Confirm(ctx, r.steward.account, id)
	case member.ClassContributor:
		id, err := r.work.ProposeMember(ctx, r.secretary.account, who.member, today, today.AddDays(365), "draws the pages")
		if err != nil {
			return err
		}
		return r.work.ConfirmException(ctx, r.steward.account, id)
	default:
		return nil
	}
}

// inClass are the electors of a class, in the order in which they joined.
func (r *rehearsal) inClass(class member.Class) (all []*elector) {
	for _, e := range r.electors {
		if e.class == class {
			all = append(all, e)
		}
	}
	return all
}

// nominate calls the election, and has people stand in every class, until the roll is published.
func (r *rehearsal) nominate(ctx context.Context) error {
	notice := calendar.On(r.now()).AddDays(3)
	book, err := election.RuleBookOn(notice)
	if err != nil {
		return err
	}
	call := election.Call{
		Title: "Board election, rehearsed", Minute: "board of " + calendar.On(r.now()).String() + ", item 4", Rule: election.Scottish, Ballots: election.BallotsOnline,
		Seats: r.seats, Timetable: book.Propose(notice), Returning: r.returning.account,
	}
	for _, w := range r.watchers {
		call.Scrutineers = append(call.Scrutineers, w.account)
	}
	id, err := r.elections.Call(ctx, r.secretary.account, call)
	if err != nil {
		return err
	}
	if err := r.elections.Confirm(ctx, r.steward.account, id); err != nil {
		return err
	}
	if r.call, err = r.elections.Get(ctx, id); err != nil {
		return err
	}
	if err := r.until(ctx, midday(notice)); err != nil {
		return err
	}
	r.at.set(r.call.Timetable.NominationsOpen)
	for class := range r.seats {
		if err := r.stand(ctx, book, class); err != nil {
			return fmt.Errorf("nominations of the %s class: %w", class, err)
		}
	}
	r.tell("notice is given; candidates stand")
	if err := r.until(ctx, midday(r.call.Timetable.Published())); err != nil {
		return err
	}
	_, err = r.elections.Roll(ctx, id)
	for errors.Is(err, election.ErrNoRoll) { // of very many, one turn makes a part
		if err := r.elections.MakeRolls(ctx); err != nil {
			return err
		}
		_, err = r.elections.Roll(ctx, id)
	}
	return err
}

// stand has people stand, and those behind them in the class second them: each supports as many as there are seats.
func (r *rehearsal) stand(ctx context.Context, book election.RuleBook, class member.Class) error {
	all := r.inClass(class)
	for n := range standing(class) {
		nomination, err := r.elections.Stand(ctx, all[n].account, r.call.ID, election.Paper{
			Name: all[n].name, Statement: "I would like to be of use.", Interests: "none",
		})
		if err != nil {
			return err
		}
		for k := range book.Seconders {
			if err := r.elections.Second(ctx, all[(n*book.Seconders+k+1)%len(all)].account, nomination); err != nil {
				return err
			}
		}
	}
	return nil
}

func standing(class member.Class) int {
	if class == member.ClassOrdinary {
		return boardStand
	}
	return smallStand
}
