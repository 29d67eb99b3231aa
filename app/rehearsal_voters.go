package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// rehearsedPoll is what a voter's browser knows of their class's poll, from the manifest.
type rehearsedPoll struct {
	election.Manifest

	contest   string
	elsewhere [ballot.Scrutineer][]byte // keys that nobody has
}

// prepare has the scrutineers link their signer and make their keys, until the roll is final.
func (r *rehearsal) prepare(ctx context.Context) (err error) {
	if r.doors.token, err = r.polls.LinkSigner(ctx, r.watchers[0].account, r.call.ID); err != nil {
		return err
	}
	if err := r.doors.turn(ctx); err != nil {
		return err
	}
	for _, w := range r.watchers {
		if err := r.makesOpeningKey(ctx, w); err != nil {
			return err
		}
	}
	if err := r.until(ctx, r.call.Final()); err != nil {
		return err
	}
	for class := range r.seats {
		if r.contests[class], err = r.reads(ctx, class); err != nil {
			return err
		}
	}
	return nil
}

// reads takes a class's manifest from the site, as every voter's browser does.
func (r *rehearsal) reads(ctx context.Context, class member.Class) (*rehearsedPoll, error) {
	var raw []byte
	if err := r.doors.runs(ctx, r.doors.atSociety("", http.MethodGet, "/elections/"+r.call.ID+"/manifest/"+string(class), nil), &raw); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	p := &rehearsedPoll{contest: hex.EncodeToString(sum[:])}
	if err := json.Unmarshal(raw, &p.Manifest); err != nil {
		return nil, err
	}
	if p.Online == nil {
		return nil, fmt.Errorf("the %s class has no poll online", class)
	}
	for n := range p.elsewhere {
		key, err := r.openingKey(ctx)
		if err != nil {
			return nil, err
		}
		p.elsewhere[n] = key.Public
	}
	return p, nil
}

// votersAtOnce is how many voters are busy at once: while some wait for a signer, others seal.
const votersAtOnce = 6

// each has people do something, some at once, and says how far they are. The first failure is the end.
func (r *rehearsal) each(ctx context.Context, what string, all []*elector, do func(context.Context, *elector) error) error {
	var done atomic.Int64
	step := max(1, len(all)/10)
	return someAtOnce(ctx, len(all), func(ctx context.Context, i int) error {
		if err := do(ctx, all[i]); err != nil {
			return fmt.Errorf("%s, %s: %w", what, all[i].address.Typed, err)
		}
		if n := int(done.Add(1)); n%step == 0 && len(all) >= 100 {
			r.tell("%s: %d of %d", what, n, len(all))
		}
		return nil
	})
}

// someAtOnce does something n times, some at once. The first failure is the end.
func someAtOnce(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var busy sync.WaitGroup
	for range votersAtOnce {
		busy.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	busy.Wait()
	return context.Cause(ctx)
}

// collect has the roll reach the signer, codes reach the voters, and everybody who votes have both signers sign their key.
func (r *rehearsal) collect(ctx context.Context) error {
	r.decide()
	for before := -1; r.codes.count() < len(r.electors); {
		if before == r.codes.count() {
			return fmt.Errorf("the signer mails no more codes: %d of %d voters have theirs", before, len(r.electors))
		}
		before = r.codes.count()
		if err := r.doors.turn(ctx); err != nil {
			return err
		}
	}
	var voters []*elector
	for _, e := range r.electors {
		if !e.stays {
			voters = append(voters, e)
		}
	}
	r.tell("the roll is final; %d codes are mailed", r.codes.count())
	if err := r.each(ctx, "keys signed", voters, r.haveSigned); err != nil {
		return err
	}
	r.tell("%d keys bear both signatures", len(voters))
	return nil
}

// decide has the dice say who does what. The last on the roll stay at home, all but one, who loses their key; and one of the voters at least
// does not seal as they should.
func (r *rehearsal) decide() {
	home := len(r.electors) - r.voters
	faulty := slices.IndexFunc(r.electors, func(e *elector) bool { return e.class == member.ClassOrdinary })
	for n, e := range r.electors {
		e.loses = n == r.voters
		e.stays = n > r.voters
		e.ballots = [][]int{r.preferences(e.class)}
		if n >= len(r.electors)-home || e.class != member.ClassOrdinary {
			continue
		}
		for len(e.ballots) < waves && r.dice.IntN(againOneIn) == 0 {
			e.ballots = append(e.ballots, r.preferences(e.class))
		}
		e.elsewhere = n == faulty || r.dice.IntN(elsewhereOneIn) == 0
	}
}

// preferences are a voter's: some of the candidates, sometimes that nominations be opened again, and sometimes nobody.
func (r *rehearsal) preferences(class member.Class) []int {
	stand := standing(class)
	chosen := r.dice.Perm(stand)[:1+r.dice.IntN(stand)]
	if r.dice.IntN(reopenOneIn) == 0 {
		chosen = slices.Insert(chosen, r.dice.IntN(len(chosen)+1), stand)
	}
	if r.dice.IntN(blankOneIn) == 0 {
		return []int{}
	}
	for i := range chosen {
		chosen[i]++ // numbers on the paper are from 1; the last is "re-open nominations"
	}
	return chosen
}

// both is what one asks each of the two signers, or what they answer.
type both struct {
	Society     []byte `json:"society"`
	Scrutineers []byte `json:"scrutineers"`
}

// haveSigned makes a voter's key, and has both signers sign it.
func (r *rehearsal) haveSigned(ctx context.Context, e *elector) error {
	poll := r.contests[e.class]
	if err := r.comesIn(ctx, e); err != nil {
		return err
	}
	var begun struct {
		State   json.RawMessage `json:"state"`
		Blinded both            `json:"blinded"`
	}
	err := r.thinks(ctx, thought{"do": "begin", "contest": poll.contest, "society": poll.Online.Society, "scrutineers": poll.Online.Scrutineers}, &begun)
	if err != nil {
		return err
	}
	var society, scrutineers struct {
		Signature []byte `json:"signature"`
	}
	to := "/elections/" + r.call.ID + "/vote/" + string(e.class) + "/sign"
	asked := map[string]any{"contest": poll.contest, "blinded": begun.Blinded.Society}
	if err := r.doors.runs(ctx, r.doors.atSociety(e.token, http.MethodPost, to, asked), &society); err != nil {
		return err
	}
	asked = map[string]any{"contest": poll.contest, "member": e.member, "code": r.codes.of(e.address.Typed), "blinded": begun.Blinded.Scrutineers}
	if err := r.doors.runs(ctx, r.doors.atSigner("/sign", asked), &scrutineers); err != nil {
		return err
	}
	var finished struct {
		State json.RawMessage `json:"state"`
	}
	err = r.thinks(ctx, thought{"do": "finish", "state": begun.State, "answers": both{society.Signature, scrutineers.Signature}}, &finished)
	e.state = finished.State
	return err
}

// waves are parts of the poll's time: who votes again does so in the next.
const waves = 5

// vote is the poll, from its opening until what was cast is published and the signer has said how many keys it signed.
func (r *rehearsal) vote(ctx context.Context) error {
	t := r.call.Timetable
	length := t.PollCloses.Sub(t.PollOpens)
	for n, all := range r.turns() {
		if err := r.until(ctx, t.PollOpens.Add(length/waves*time.Duration(n))); err != nil {
			return err
		}
		if err := r.each(ctx, fmt.Sprintf("ballots cast in part %d of %d of the poll", n+1, waves), all, r.casts); err != nil {
			return err
		}
	}
	var cast []*elector
	for _, e := range r.electors {
		if e.loses {
			if err := r.tender(ctx, e); err != nil {
				return err
			}
		}
		if e.sequence > 0 {
			cast = append(cast, e)
		}
	}
	if err := r.until(ctx, t.PollCloses.Add(2*time.Hour)); err != nil {
		return err
	}
	if err := r.doors.turn(ctx); err != nil {
		return err
	}
	r.tell("the poll is closed; %d voters cast", len(cast))
	return r.each(ctx, "ballots found in the public log", cast, r.findsOwn)
}

// turns are the voters of each part of the poll.
func (r *rehearsal) turns() [][]*elector {
	turns := make([][]*elector, waves)
	for _, e := range r.electors {
		if e.stays || e.loses {
			continue
		}
		first := r.dice.IntN(waves - len(e.ballots) + 1)
		for n := range e.ballots {
			turns[first+n] = append(turns[first+n], e)
		}
	}
	return turns
}

// casts casts a voter's next ballot, and checks the receipt.
func (r *rehearsal) casts(ctx context.Context, e *elector) error {
	poll := r.contests[e.class]
	to := poll.Online.Opening
	if e.elsewhere && e.sequence == len(e.ballots)-1 {
		to = poll.elsewhere
	}
	var made struct {
		Cast  json.RawMessage `json:"cast"`
		Entry string          `json:"entry"`
	}
	err := r.thinks(ctx, thought{"do": "cast", "state": e.state, "preferences": e.ballots[e.sequence], "sequence": e.sequence + 1, "opening": to}, &made)
	if err != nil {
		return err
	}
	var taken struct {
		Receipt json.RawMessage `json:"receipt"`
		Entry   string          `json:"entry"`
	}
	if err := r.doors.runs(ctx, r.doors.atBox(http.MethodPost, "/cast", made.Cast), &taken); err != nil {
		return err
	}
	if taken.Entry != made.Entry {
		return fmt.Errorf("the box has the entry %s for a cast whose entry is %s", taken.Entry, made.Entry)
	}
	e.sequence++
	e.entry = made.Entry
	return r.thinks(ctx, thought{"do": "check", "cast": made.Cast, "receipt": taken.Receipt, "box": poll.Online.Box}, &struct{}{})
}

// tender has the returning officer give a voter who lost their key a ballot that is set aside, and the voter cast it.
func (r *rehearsal) tender(ctx context.Context, e *elector) error {
	if err := r.polls.Tender(ctx, r.returning.account, r.call.ID, e.member, "lost the device and the code"); err != nil {
		return err
	}
	poll := r.contests[e.class]
	var made struct {
		Commitment json.RawMessage `json:"commitment"`
		Sealed     json.RawMessage `json:"sealed"`
	}
	err := r.thinks(ctx, thought{"do": "tender", "contest": poll.contest, "preferences": e.ballots[0], "opening": poll.Online.Opening}, &made)
	if err != nil {
		return err
	}
	return r.doors.runs(ctx, r.doors.atSociety(e.token, http.MethodPost, "/elections/"+r.call.ID+"/vote/tendered", made), nil)
}

// findsOwn is a voter's look for their last cast in the public log.
func (r *rehearsal) findsOwn(ctx context.Context, e *elector) error {
	poll := r.contests[e.class]
	var proof json.RawMessage
	if err := r.doors.runs(ctx, r.doors.atBox(http.MethodGet, "/contests/"+poll.contest+"/proof/"+e.entry, nil), &proof); err != nil {
		return err
	}
	return r.thinks(ctx, thought{"do": "included", "entry": e.entry, "proof": proof, "log": poll.Online.Log}, &struct{}{})
}
