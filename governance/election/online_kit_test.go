package election_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strconv"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

// online is an election whose votes are cast online, with the keys of everybody who has one.
type online struct {
	*society
	election.Election

	token   string
	issuer  ed25519.PrivateKey
	signers map[member.Class]ballot.Signer // the scrutineers'
	opening map[identity.AccountID]ballot.ScrutineerKey
	asked   map[string]bool // voters for whom the scrutineers' signer has signed
}

var watchers = []identity.AccountID{"scr1", "scr2", "scr3"}

// onlineCall is a call for one ordinary seat.
func (s *society) onlineCall() election.Call {
	s.Helper()
	c := s.call()
	c.Seats, c.Ballots, c.Scrutineers = map[member.Class]int{ordinary: 1}, election.BallotsOnline, watchers
	return c
}

// final is an election for one ordinary seat whose roll has just become final: keys can be signed. Those named stand.
func (s *society) final(stand ...string) *online {
	s.Helper()
	return s.finalOf(s.onlineCall(), stand...)
}

// finalOf is the same of another call.
func (s *society) finalOf(call election.Call, stand ...string) *online {
	s.Helper()
	for i := range len(stand) {
		s.joins("supporter"+strconv.Itoa(2*i), "supporter"+strconv.Itoa(2*i+1))
	}
	s.must(s.polls.KeepLogs(s.Context(), s.TempDir()))
	s.Cleanup(func() { s.must(s.polls.CloseLogs(context.WithoutCancel(s.Context()))) })
	id, err := s.elections.Call(s.Context(), "sec", call)
	s.must(err)
	s.must(s.elections.Confirm(s.Context(), "stew", id))
	o := &online{society: s, Election: s.election(id), signers: map[member.Class]ballot.Signer{}, opening: map[identity.AccountID]ballot.ScrutineerKey{}, asked: map[string]bool{}}
	s.until(midday(o.Timetable.Notice))
	if call.Motion == nil {
		s.now = o.Timetable.NominationsOpen.UTC()
		s.stand(o.Election, stand...)
	}
	s.until(midday(o.Timetable.Published()))
	o.prepare()
	s.until(o.Final())
	o.Election = s.election(id)
	return o
}

// prepare has the scrutineers link their signer, and make their keys.
func (o *online) prepare() {
	o.Helper()
	var err error
	o.token, err = o.polls.LinkSigner(o.Context(), "scr1", o.ID)
	o.must(err)
	_, o.issuer, err = ed25519.GenerateKey(rand.Reader)
	o.must(err)
	keys := map[member.Class][]byte{}
	for class := range o.Seats {
		if o.Seats[class] == 0 {
			continue
		}
		o.signers[class], err = ballot.NewSigner(rand.Reader)
		o.must(err)
		keys[class], err = o.signers[class].Public()
		o.must(err)
	}
	o.must(o.polls.SignerComes(o.Context(), o.token, "http://localhost:8090", public(o.issuer), keys))
	for _, by := range watchers {
		o.opening[by], err = ballot.NewScrutineerKey()
		o.must(err)
		o.must(o.polls.GiveOpeningKey(o.Context(), by, o.ID, o.opening[by].Public()))
	}
}

func public(k ed25519.PrivateKey) ed25519.PublicKey {
	p, _ := k.Public().(ed25519.PublicKey)
	return p
}

// contest is the ordinary class's, with its name and its manifest.
func (o *online) contest() (id ballot.Contest, m election.Manifest) {
	o.Helper()
	c, err := o.polls.Contest(o.Context(), o.ID, ordinary)
	o.must(err)
	m, err = c.Read()
	o.must(err)
	o.must(id.UnmarshalText([]byte(c.ManifestHash)))
	return id, m
}

// voter is somebody with a key that both signers have signed.
type voter struct {
	ballot.VoterKey
	ballot.Credential

	o    *online
	name string
	cast uint64
}

// key has both signers sign a voter's key.
func (o *online) key(name string) *voter {
	o.Helper()
	contest, m := o.contest()
	k, err := ballot.NewVoterKey(contest, rand.Reader)
	o.must(err)
	v := &voter{VoterKey: k, Credential: ballot.Credential{Public: k.Public()}, o: o, name: name}
	asked, err := k.Ask(m.Online.Society, rand.Reader)
	o.must(err)
	answer, err := o.polls.SignKey(o.Context(), o.people[name], o.ID, contest, asked.Blinded)
	o.must(err)
	v.Society, err = asked.Finish(answer)
	o.must(err)
	asked, err = k.Ask(m.Online.Scrutineers, rand.Reader)
	o.must(err)
	answer, err = o.signers[ordinary].Sign(asked.Blinded)
	o.must(err)
	v.Scrutineers, err = asked.Finish(answer)
	o.must(err)
	o.asked[name] = true
	return v
}

// ballot is a voter's next cast.
func (v *voter) ballot(preferences ...int) ballot.Cast {
	v.o.Helper()
	contest, m := v.o.contest()
	plain, err := ballot.NewPlain(preferences, rand.Reader)
	v.o.must(err)
	sealed, err := plain.Seal(contest, v.VoterKey.Public(), m.Online.Opening, rand.Reader)
	v.o.must(err)
	v.cast++
	return v.Cast(v.Credential, v.cast, plain.Commitment(contest, v.VoterKey.Public()), sealed)
}

// votes casts a ballot, and checks the receipt.
func (v *voter) votes(preferences ...int) ballot.Cast {
	v.o.Helper()
	c := v.ballot(preferences...)
	v.o.takes(c)
	return c
}

func (o *online) takes(c ballot.Cast) {
	o.Helper()
	receipt, err := o.polls.Box().Cast(o.Context(), c)
	o.must(err)
	_, m := o.contest()
	o.must(receipt.Check(c.Statement, m.Online.Box))
}

// closes is the close of the poll: what was cast is published, and the scrutineers' signer says how many keys it signed.
func (o *online) closes() {
	o.Helper()
	o.until(o.Timetable.PollCloses.Add(2 * 60 * 60 * 1e9))
	o.must(o.polls.Publish(o.Context()))
	o.must(o.polls.Tidy(o.Context()))
	contest, m := o.contest()
	said := ballot.Issued{Contest: contest, Voters: uint64(m.Voters), Issued: uint64(len(o.asked))} //nolint:gosec // a few
	o.must(said.RollHash.UnmarshalText([]byte(m.RollHash)))
	o.must(o.polls.SignerCounts(o.Context(), o.token, ordinary, said.Sign(o.issuer)))
}

// peels has a scrutineer take off all outer seals that are theirs; opens has one open what others have peeled.
func (o *online) peels(by identity.AccountID) (done int) {
	o.Helper()
	_, _, w, err := o.polls.OpeningWork(o.Context(), by, o.ID, ordinary)
	o.must(err)
	peeled := box.Work{Peel: w.Peel}.Do(o.opening[by]).Peeled
	o.must(o.polls.Peel(o.Context(), by, o.ID, ordinary, peeled))
	return len(peeled)
}

func (o *online) opens(by identity.AccountID) (done int) {
	o.Helper()
	_, _, w, err := o.polls.OpeningWork(o.Context(), by, o.ID, ordinary)
	o.must(err)
	opened := box.Work{Open: w.Open}.Do(o.opening[by]).Openings
	o.must(o.polls.OpenBallots(o.Context(), by, o.ID, ordinary, opened))
	return len(opened)
}

// watchersByNumber are the scrutineers in the order of the manifest.
func (o *online) watchersByNumber() (all [ballot.Scrutineer]identity.AccountID) {
	o.Helper()
	for _, by := range watchers {
		n, err := o.polls.Number(o.Context(), by, o.ID)
		o.must(err)
		all[n] = by
	}
	return all
}
