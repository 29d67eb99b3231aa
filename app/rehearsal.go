package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
)

// rehearsal is an election with votes online by people who do not exist, from its call to its certificate. The officers act by the domain's
// verbs; what voters, scrutineers and their signer do goes over HTTP, to the same handlers as in earnest, and voters and scrutineers compute
// with the browser's own code. Dice decide who does what; keys are chance every time, and with them the order of public files, and lots.
type rehearsal struct {
	*house

	at     *byHand
	dice   *rand.Rand
	voters int // who cast; more are on the roll
	seats  map[member.Class]int
	said   io.Writer
	of     furnished
	doors  *doors
	codes  *codes
	brains chan *ballotCode // the browser's ballot code; whoever needs one takes one

	secretary, steward, returning *elector
	watchers                      []*elector // the scrutineers
	electors                      []*elector
	call                          election.Election
	contests                      map[member.Class]*rehearsedPoll
}

const (
	fewestVoters = 20 // three classes with candidates, and seconders for them
	mostVoters   = 20_000
)

// rehearse holds the election, and writes its public files.
func (s *Seed) rehearse(ctx context.Context, c *Config) (err error) {
	if s.Voters < fewestVoters || s.Voters > mostVoters {
		return fmt.Errorf("--voters is from %d to %d, not %d", fewestVoters, mostVoters, s.Voters)
	}
	if err := s.settle(); err != nil {
		return err
	}
	if !s.none() {
		return errors.New("payment keys are set up, and nobody pays in a rehearsal: unset them")
	}
	if err := emptyDirectory(s.Election); err != nil {
		return fmt.Errorf("--election: %w", err)
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64N(1_000_000) + 1 //nolint:gosec // dice
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	r := newRehearsal(s.Seed, s.Voters, map[member.Class]int{member.ClassOrdinary: boardSeats, member.ClassOperator: 1, member.ClassContributor: 1})
	brains, err := wakeBrains(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, brains.rest()) }()
	r.brains = brains.free
	r.tell("--seed %d: %d voters", s.Seed, s.Voters)
	wall, err := c.clock()
	if err != nil {
		return err
	}
	r.at.set(wall.Now())
	if err := r.run(ctx, s, c); err != nil {
		return err
	}
	if err := wall.Move(r.at.now()); err != nil { // whoever serves this directory finds the election certified
		return err
	}
	r.tell("Public files are in %s, openings that are not public in %s: folkmoot audit %s", s.Election, openingsBeside(s.Election), s.Election)
	return nil
}

// newRehearsal is one for some seats, with dice of its own.
func newRehearsal(seed uint64, voters int, seats map[member.Class]int) *rehearsal {
	return &rehearsal{
		at: &byHand{}, said: os.Stdout, voters: voters, seats: seats, codes: newCodes(), contests: map[member.Class]*rehearsedPoll{},
		dice: rand.New(rand.NewPCG(seed, uint64(voters))), //nolint:gosec // dice; voters are some
	}
}

// run builds the house, opens its doors, and holds the election in it.
func (r *rehearsal) run(ctx context.Context, s *Seed, c *Config) (err error) {
	if strings.HasPrefix(c.Database, "sqlite:") && !strings.Contains(c.Database, "?") {
		c.Database += "?synchronous=off" // after a power cut, seed again
	}
	if err := r.moveIn(ctx, &ServeConfig{Base: s.Base, PaymentConfig: s.PaymentConfig, KeyFile: s.KeyFile}, c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.moveOut(ctx)) }()
	if err := r.nobodyYet(ctx); err != nil {
		return err
	}
	if r.doors, err = r.openDoors(ctx, c, s.Base); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.doors.shut()) }()
	for _, part := range []func(context.Context) error{
		r.gather, r.nominate, r.prepare, r.collect, r.vote, r.open, r.certify,
		func(ctx context.Context) error { return r.publish(ctx, s.Election) },
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// moveIn builds the house, as serving does, by the rehearsal's clock.
func (r *rehearsal) moveIn(ctx context.Context, serves *ServeConfig, c *Config) error {
	key, err := serverKey(c.Data, serves.KeyFile)
	if err != nil {
		return err
	}
	c.MailboxStock = 1
	if r.house, err = build(ctx, c, key, r.at.now); err != nil {
		return err
	}
	r.log = slog.New(slog.DiscardHandler) // of thousands of requests
	if r.of, err = serves.furnish(ctx, r.house, c, key); err != nil {
		return errors.Join(err, r.moveOut(ctx))
	}
	return nil
}

// moveOut lets go of it.
func (r *rehearsal) moveOut(ctx context.Context) (err error) {
	if r.polls != nil {
		err = r.polls.CloseLogs(context.WithoutCancel(ctx))
	}
	return errors.Join(err, r.close())
}

// nobodyYet refuses a database in which somebody lives.
func (r *rehearsal) nobodyYet(ctx context.Context) error {
	members, err := r.register.Count(ctx)
	if err != nil {
		return err
	}
	officers, err := r.officers.List(ctx)
	if err != nil {
		return err
	}
	held, err := r.elections.List(ctx)
	if err != nil {
		return err
	}
	if len(members)+len(officers)+len(held) > 0 {
		return errors.New("this database has members, officers or elections already: rehearse in another --data directory")
	}
	return nil
}

func (r *rehearsal) tell(format string, words ...any) {
	_, _ = fmt.Fprintf(r.said, format+"\n", words...)
}

// until puts the clock to a moment, and has done what is due then. Letters stay in the queue: nobody would read them, and whoever serves this
// directory later finds them in the maildrop.
func (r *rehearsal) until(ctx context.Context, at time.Time) error {
	r.at.set(at)
	for _, due := range []func(context.Context) error{
		r.elections.Notify, r.elections.MakeRolls, r.polls.Open, r.polls.Publish, r.polls.Tidy,
	} {
		if err := due(ctx); err != nil {
			return fmt.Errorf("on %s: %w", calendar.On(at), err)
		}
	}
	return nil
}

func midday(d calendar.Date) time.Time { return d.Start().Add(noon) }

// certify is the end: the beacon speaks, the returning officer certifies, and the scrutineers who are there sign.
func (r *rehearsal) certify(ctx context.Context) error {
	contests, err := r.polls.Contests(ctx, r.call.ID)
	if err != nil {
		return err
	}
	m, err := contests[0].Read()
	if err != nil {
		return err
	}
	said, err := r.of.beacon.Speak(m.Beacon.Round, r.now())
	if err != nil {
		return err
	}
	if err := r.polls.Hear(ctx, r.returning.account, r.call.ID, said); err != nil {
		return err
	}
	version, err := r.polls.Certify(ctx, r.returning.account, r.call.ID, r.returning.name, "")
	if err != nil {
		return err
	}
	for _, w := range r.watchers[:enoughToOpen] {
		if err := r.polls.Sign(ctx, w.account, r.call.ID, version, w.name); err != nil {
			return err
		}
	}
	result, err := r.polls.Result(ctx, r.call.ID)
	if err != nil {
		return err
	}
	for _, class := range result.Classes {
		r.tell("%s: %d voters, %d casts by %d keys; elected: %s", class.Class, class.Voters, class.Online.Casts, class.Papers, strings.Join(class.SeatedNames(), ", "))
	}
	return nil
}
