package election_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/identity"
)

var chance = rand.Reader

// TestABoardIsElectedOnline is the whole of it: a vote that is cast again, a ballot that does not open, one that ranks nobody, a tendered ballot,
// and a scrutineer who is not there.
func TestABoardIsElectedOnline(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat", "dan", "eve", "fay")
		o := s.final("ann", "bob")
		ann, bob, cat, dan, eve := o.key("ann"), o.key("bob"), o.key("cat"), o.key("dan"), o.key("eve")
		s.until(o.Timetable.PollOpens)
		first := ann.votes(1, 2) // for Ann herself, who stands as number 1
		bob.votes(2)
		cat.votes(2, 1)
		ann.votes(2, 1)   // she thinks again
		dan.votes()       // ranks nobody
		o.takes(dud(eve)) // does not open
		s.must(s.polls.Tender(t.Context(), "ro", o.ID, s.people["fay"], "lost her phone and her code"), election.ErrNotLost)
		o.key("fay")
		s.must(s.polls.Tender(t.Context(), "ro", o.ID, s.people["fay"], "lost her phone and her code"))
		s.must(s.polls.Tender(t.Context(), "ro", o.ID, s.people["fay"], "lost it again"), election.ErrTendered)
		sealed := ann.ballot(1)
		s.must(s.polls.CastTendered(t.Context(), s.people["fay"], o.ID, sealed.Commitment, sealed.Sealed))
		s.must(s.polls.CastTendered(t.Context(), s.people["ann"], o.ID, sealed.Commitment, sealed.Sealed), election.ErrNotTendered)
		o.closes()

		by := o.watchersByNumber() // the second is not there
		_, _, w, err := s.polls.OpeningWork(t.Context(), by[1], o.ID, ordinary)
		s.must(err)
		for _, piece := range slices.Concat(w.Peel, w.Open) {
			if piece.Cast.Entry() == first.Entry() {
				t.Error("a ballot that was cast again is there to be opened")
			}
		}
		if n := o.opens(by[2]); n != 0 {
			t.Errorf("one scrutineer alone opens %d ballots", n)
		}
		if n := o.peels(by[0]); n != 2*5 {
			t.Errorf("the first takes %d seals off, want one of two pairs for each of 5 ballots", n)
		}
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, ""), election.ErrNotCounted)
		if n := o.opens(by[2]); n != 4 {
			t.Errorf("the third opens %d ballots, want 4: of one the seal did not come off", n)
		}
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, ""), member.ErrNoWhy)
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, "made with other software, it seems"))
		s.hear(o.Election)
		i := s.certified(o.Election, "")

		c := i.Classes[0]
		if len(c.Elected) != 1 || c.SeatedNames()[0] != "Bob" {
			t.Errorf("elected: %v", c.SeatedNames())
		}
		want := election.CertifiedOnline{Keys: 6, Issued: 6, Casts: 6, Tendered: 1, NotOpened: 1, LogSize: 7, LogRoot: c.Online.LogRoot}
		if *c.Online != want || c.Papers != 5 || c.Valid != 3 || c.Spoiled != 2 || c.Reasons[election.SpoiledBlank] != 1 || c.Reasons[election.SpoiledUnopened] != 1 {
			t.Errorf("certified: %+v, of %d ballots %d valid, %d spoiled %v", *c.Online, c.Papers, c.Valid, c.Spoiled, c.Reasons)
		}
		if c.Public {
			t.Error("the ballots of a class of ten are published")
		}
		if _, err := i.Recount(c, i.Files[ordinary]); err != nil {
			t.Errorf("counted again: %v", err)
		}
		var sums strings.Builder
		s.must(s.polls.PublicFile(t.Context(), i, "SHA256SUMS", false, &sums))
		for _, name := range []string{"manifest.json", "casts.jsonl", "issued.json", "log/checkpoint", "log/tile/entries/000.p/7"} {
			if !strings.Contains(sums.String(), "  ordinary/"+name+"\n") {
				t.Errorf("SHA256SUMS has no ordinary/%s:\n%s", name, sums.String())
			}
		}
		if strings.Contains(sums.String(), "openings") {
			t.Error("openings of a class of ten are among the public files")
		}
		s.must(s.polls.PublicFile(t.Context(), i, "ordinary/openings.jsonl", false, &sums), election.ErrNoFile)
		s.must(s.polls.PublicFile(t.Context(), i, "ordinary/openings.jsonl", true, &sums))
		s.until(midday(i.TermsBegin.AddDays(1)))
		if sits := s.sits(i.TermsBegin.AddDays(1)); sits["Bob"] == "" {
			t.Errorf("who sits: %v", sits)
		}
	})
}

// dud is a ballot that does not open to its commitment.
func dud(v *voter) ballot.Cast {
	v.o.Helper()
	c := v.ballot(1)
	return v.Cast(v.Credential, v.cast, ballot.Digest{1}, c.Sealed)
}

// TestVotesOnlineNeedKeysFirst keeps a poll from opening without them.
func TestVotesOnlineNeedKeysFirst(t *testing.T) {
	each(t, func(s *society) {
		c := s.onlineCall()
		c.Scrutineers = watchers[:2]
		_, err := s.elections.Call(t.Context(), "sec", c)
		s.must(err, election.ErrThreeWatch)
		c.Ballots = "shouted"
		_, err = s.elections.Call(t.Context(), "sec", c)
		s.must(err, election.ErrNoBallots)

		s.joins("ann", "bob", "cat", "dan")
		id, err := s.elections.Call(t.Context(), "sec", s.onlineCall())
		s.must(err)
		s.must(s.elections.Confirm(t.Context(), "stew", id))
		o := &online{society: s, Election: s.election(id), signers: map[member.Class]ballot.Signer{}, opening: nil}
		s.until(midday(o.Timetable.Notice))
		s.until(midday(o.Timetable.Published()))
		_, err = s.polls.LinkSigner(t.Context(), "ro", id)
		s.must(err, election.ErrNotScrutineer)
		s.must(s.polls.GiveOpeningKey(t.Context(), "ann", id, make([]byte, 32)), election.ErrNotScrutineer)
		s.must(s.polls.GiveOpeningKey(t.Context(), "scr1", id, []byte("short")), election.ErrNoKey)
		s.must(s.polls.SignerComes(t.Context(), id+".GUESSED", "http://localhost:8090", make([]byte, 32), nil), election.ErrNoToken)
		s.now = o.Final().UTC()
		s.must(s.polls.Open(t.Context()))
		if there, err := s.polls.Contests(t.Context(), id); err != nil || len(there) > 0 {
			t.Fatalf("the roll becomes final without keys: %v, %v", there, err)
		}
		ready, err := s.polls.Prepared(t.Context(), id)
		s.must(err)
		if needs := ready.Needs(o.Election); !slices.Equal(needs, []election.Need{election.NeedSigner, election.NeedOpeningKeys}) {
			t.Errorf("needs %v", needs)
		}
		o.opening = map[identity.AccountID]ballot.ScrutineerKey{}
		o.prepare() // late, but in time
		s.must(s.polls.Open(t.Context()))
		if there, err := s.polls.Contests(t.Context(), id); err != nil || len(there) != 1 {
			t.Fatalf("with all keys: %v, %v", there, err)
		}
		_, err = s.polls.LinkSigner(t.Context(), "scr1", id)
		s.must(err, election.ErrFinal)
		s.must(s.polls.GiveOpeningKey(t.Context(), "scr1", id, o.opening["scr1"].Public()), election.ErrFinal)
	})
}

// TestNobodyHasASecondKeySigned is one member, one vote.
func TestNobodyHasASecondKeySigned(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat")
		o := s.final("ann", "bob")
		contest, m := o.contest()
		k, err := ballot.NewVoterKey(contest, chance)
		s.must(err)
		asked, err := k.Ask(m.Online.Society, chance)
		s.must(err)
		sign := func(name string, of ballot.Contest, blinded []byte) ([]byte, error) {
			return s.polls.SignKey(t.Context(), s.people[name], o.ID, of, blinded)
		}
		_, err = sign("cat", ballot.Contest{1}, asked.Blinded)
		s.must(err, election.ErrOtherContest)
		_, err = sign("cat", contest, asked.Blinded[1:])
		s.must(err, ballot.ErrBadBlinded)
		one, err := sign("cat", contest, asked.Blinded)
		s.must(err)
		again, err := sign("cat", contest, asked.Blinded)
		s.must(err)
		if !slices.Equal(one, again) {
			t.Error("the same question got another answer")
		}
		other, err := k.Ask(m.Online.Society, chance)
		s.must(err)
		_, err = sign("cat", contest, other.Blinded)
		s.must(err, election.ErrOtherVoter)
		s.joins("new")
		_, err = sign("new", contest, asked.Blinded)
		s.must(err, election.ErrNoPaper)
		_, err = s.elections.Correct(t.Context(), "sec", o.ID, s.people["new"], ordinary, "came late")
		s.must(err, election.ErrOpened)

		s.must(s.polls.KeepRecovery(t.Context(), s.people["cat"], o.ID, []byte("sealed")))
		kept, err := s.polls.Recovery(t.Context(), s.people["cat"], o.ID)
		s.must(err)
		if string(kept) != "sealed" {
			t.Errorf("recovered %q", kept)
		}
		_, err = s.polls.Recovery(t.Context(), s.people["ann"], o.ID)
		s.must(err, election.ErrNoRecovery)
		s.must(s.polls.KeepRecovery(t.Context(), s.people["cat"], o.ID, make([]byte, 40<<10)), election.ErrLongRecovery)
		s.until(o.Timetable.PollCloses)
		s.must(s.polls.Tidy(t.Context()))
		_, err = s.polls.Recovery(t.Context(), s.people["cat"], o.ID)
		s.must(err, election.ErrNoRecovery)
		_, err = sign("bob", contest, other.Blinded)
		s.must(err, election.ErrPollShut)
	})
}

// TestTheBoxTakesOnlyWhatIsWellCast is every way in that is none.
func TestTheBoxTakesOnlyWhatIsWellCast(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat")
		o := s.final("ann", "bob")
		cat := o.key("cat")
		early := cat.ballot(1)
		refused := func(what string, c ballot.Cast, want error) {
			t.Helper()
			if _, err := s.polls.Box().Cast(t.Context(), c); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		refused("before the poll", early, box.ErrNotOpen)
		s.until(o.Timetable.PollOpens)
		other := early
		other.Contest = ballot.Contest{1}
		refused("another contest's", other, box.ErrNoContest)
		forged := early
		forged.Commitment = ballot.Digest{2}
		refused("a changed commitment", forged, ballot.ErrForgedCast)
		swapped := early
		swapped.Credential.Society = early.Credential.Scrutineers
		refused("one signer twice", swapped, ballot.ErrNotSigned)
		o.takes(early)
		o.takes(early) // the answer was lost: the same receipt
		later := cat.votes(2)
		refused("the first one replayed", early, box.ErrReplayed)
		same := cat
		same.cast--
		refused("another with the same number", same.ballot(1), box.ErrReplayed)
		standing, err := s.polls.Box().Standing(t.Context(), early.Contest, box.KeyHash(cat.VoterKey.Public()))
		s.must(err)
		if standing.Entry != later.Entry() || standing.Sequence != later.Sequence {
			t.Errorf("standing: %+v", standing)
		}
		_, err = s.polls.Box().Work(t.Context(), early.Contest, 0)
		s.must(err, box.ErrStillOpen)
		s.until(o.Timetable.PollCloses)
		refused("when the poll is closed", cat.ballot(1), box.ErrClosed)
	})
}

// TestWhatIsCastIsPublishedInBatches: nobody sees from the log whose cast came when.
func TestWhatIsCastIsPublishedInBatches(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat", "dan")
		o := s.final("ann", "bob")
		s.until(o.Timetable.PollOpens)
		var cast []ballot.Digest
		for _, name := range []string{"ann", "bob", "cat", "dan"} {
			cast = append(cast, o.key(name).votes(1).Entry())
		}
		contest, _ := o.contest()
		in := func() (n int) {
			t.Helper()
			for _, e := range cast {
				_, is, err := s.polls.Logged(t.Context(), contest, e)
				s.must(err)
				if is {
					n++
				}
			}
			return n
		}
		s.now = o.Timetable.PollOpens.Add(-1).UTC()
		s.must(s.polls.Publish(t.Context()))
		if n := in(); n != 0 {
			t.Errorf("%d of 4 are in the log at once", n)
		}
		s.now = o.Timetable.PollOpens.Add(61 * 60 * 1e9).UTC()
		s.must(s.polls.Publish(t.Context()))
		if n := in(); n != 4 {
			t.Errorf("%d of 4 are in the log after an hour", n)
		}
		proof, err := s.polls.Proof(t.Context(), contest, cast[2])
		s.must(err)
		if proof.Size != 5 {
			t.Errorf("the log has %d entries, want the manifest and four", proof.Size)
		}
	})
}

// TestNobodyFillsTheBox: a vote can be cast again, one number after the other, a hundred times.
func TestNobodyFillsTheBox(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat")
		o := s.final("ann", "bob")
		cat := o.key("cat")
		s.until(o.Timetable.PollOpens)
		refused := func(what string, c ballot.Cast, want error) {
			t.Helper()
			if _, err := s.polls.Box().Cast(t.Context(), c); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		cat.cast = 1
		refused("the second before the first", cat.ballot(1), box.ErrSkipped)
		cat.cast = 0
		cat.votes(1)
		cat.cast = 1 << 53
		refused("a number that browsers cannot read", cat.ballot(1), ballot.ErrTooManyCasts)
		cat.cast = ballot.MostCasts
		refused("one more than a hundred", cat.ballot(1), ballot.ErrTooManyCasts)
		cat.cast = 1
		cat.votes(2)
	})
}

// TestWhatIsCertifiedStays: nobody opens another ballot under a certificate that has its signatures, and there is no way around the public reason
// for ballots that did not open.
func TestWhatIsCertifiedStays(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat", "dan")
		o := s.final("ann", "bob")
		cat, dan := o.key("cat"), o.key("dan")
		s.until(o.Timetable.PollOpens)
		cat.votes(1)
		o.takes(dud(dan))
		s.must(s.polls.Receive(t.Context(), "ro", o.ID, s.people["cat"]), election.ErrNotPaper)
		o.until(o.Timetable.PollCloses.Add(3 * 60 * 60 * 1e9))
		contest, m := o.contest()
		said := ballot.Issued{Contest: contest, Voters: uint64(m.Voters), Issued: 2} //nolint:gosec // a few
		s.must(said.RollHash.UnmarshalText([]byte(m.RollHash)))
		more := said
		more.Issued = said.Voters + 1
		s.must(s.polls.SignerCounts(t.Context(), o.token, ordinary, more.Sign(o.issuer)), election.ErrBadCount)
		fewer := said
		fewer.Voters--
		s.must(s.polls.SignerCounts(t.Context(), o.token, ordinary, fewer.Sign(o.issuer)), election.ErrBadCount)
		o.closes()
		by := o.watchersByNumber()
		o.peels(by[0])
		s.must(s.polls.Empty(t.Context(), "ro", o.ID, ordinary, 2, ""), election.ErrNotPaper)
		o.opens(by[1])
		o.peels(by[1])
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, "it did not open")) // the third does not take part
		s.hear(o.Election)
		s.certified(o.Election, "")
		_, _, _, err := s.polls.OpeningWork(t.Context(), by[2], o.ID, ordinary)
		s.must(err, election.ErrCertified)
		s.must(s.polls.SignerCounts(t.Context(), o.token, ordinary, said.Sign(o.issuer)), election.ErrCertified)
		_, err = s.elections.Replace(t.Context(), "sec", o.ID, by[0], "dan", "is ill")
		s.must(err, election.ErrFinal)
	})
}

// TestABallotIsSpoiledWhenEveryPairHasTried: one scrutineer's word that it does not open is not enough where another pair takes part.
func TestABallotIsSpoiledWhenEveryPairHasTried(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat")
		o := s.final("ann", "bob")
		cat := o.key("cat")
		s.until(o.Timetable.PollOpens)
		c := cat.votes(1)
		o.closes()
		by := o.watchersByNumber()
		o.peels(by[0])
		s.must(s.polls.OpenBallots(t.Context(), by[1], o.ID, ordinary, []box.Opened{{ // a lie
			Opening: ballot.Opening{Public: c.Credential.Public, Sequence: 1, Spoiled: ballot.NotOpened}, Entry: c.Entry(), Pair: 0,
		}}))
		o.peels(by[1])
		if n := o.opens(by[2]); n != 2 {
			t.Errorf("the third can try %d ways, want two", n)
		}
		s.must(s.polls.DeclareOpened(t.Context(), "ro", o.ID, ordinary, ""))
		s.hear(o.Election)
		if i := s.certified(o.Election, ""); i.Classes[0].Valid != 1 || i.Classes[0].Online.NotOpened != 0 {
			t.Errorf("certified: %+v", i.Classes[0])
		}
	})
}
