package election_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

const ordinary, operator, contributor = member.ClassOrdinary, member.ClassOperator, member.ClassContributor

func TestAnElectionRunsFromThePaperToTheBoard(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(2, "ann", "ben", "cat")
		ctx := s.Context()
		c, err := s.polls.Contest(ctx, e.ID, ordinary)
		s.must(err)
		if diff := cmp.Diff([]string{"Ann", "Ben", "Cat", election.ReopenName}, c.Names()); diff != "" || c.Outcome != election.OutcomePoll {
			s.Fatalf("%s outcome %s", diff, c.Outcome)
		}
		s.vote(e, 4, "ann", "ben", "cat", "dan")
		s.read(e, "1 2 - -", "1 - 2 -", "- 1 - -", "- - - -")
		s.hear(e)
		if got := s.election(e.ID).State(s.now); got != election.Counting {
			s.Errorf("state %s", got)
		}
		i := s.certified(e, "")
		class := i.Classes[0]
		if diff := cmp.Diff([]string{"Ann", "Ben"}, class.SeatedNames()); diff != "" {
			s.Error(diff)
		}
		if class.Voters != 10 || class.Issued != 10 || class.Received != 4 || class.Papers != 4 || class.Valid != 3 || class.Spoiled != 1 || class.Reasons[election.SpoiledBlank] != 1 {
			s.Errorf("figures %+v", class)
		}
		e = s.election(e.ID)
		if got := e.State(s.now); got != election.Certified {
			s.Errorf("state %s", got)
		}
		s.until(midday(e.Timetable.TermsBegin.AddDays(-1)))
		if who := s.sits(calendar.On(s.now)); len(who) != 0 {
			s.Errorf("they sit a day early: %v", who)
		}
		s.until(e.Timetable.TermsBegin.Start())
		end := e.Timetable.TermsBegin.InMonth().Add(36).Day(e.Timetable.TermsBegin.Day).AddDays(-1)
		want := map[string]string{"Ann": "ordinary until " + end.String(), "Ben": "ordinary until " + end.String()}
		if diff := cmp.Diff(want, s.sits(calendar.On(s.now))); diff != "" {
			s.Error(diff)
		}
		if got := s.election(e.ID).State(s.now); got != election.Complete {
			s.Errorf("state %s", got)
		}
		s.until(s.now.Add(time.Hour)) // again, and nobody sits twice
		if all, err := s.board.Seats(ctx); err != nil || len(all) != 2 {
			s.Errorf("%d seats, %v", len(all), err)
		}
	})
}

func TestSeatsForWhichNoMoreStandComeToNoVote(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(2, "ann")
		c, err := s.polls.Contest(s.Context(), e.ID, ordinary)
		s.must(err)
		if c.Outcome != election.OutcomeUnopposed || c.Reopen() != 0 {
			s.Fatalf("%s, re-opening %d", c.Outcome, c.Reopen())
		}
		if err := s.polls.Receive(s.Context(), "ro", e.ID, s.people["ann"]); !errors.Is(err, election.ErrNoPaper) {
			s.Errorf("an envelope: %v", err)
		}
		s.until(e.Timetable.PollCloses.Add(time.Hour))
		i := s.certified(e, "") // no lot is needed, so no beacon is asked
		if diff := cmp.Diff([]string{"Ann"}, i.Classes[0].SeatedNames()); diff != "" || i.Classes[0].Unfilled != 1 {
			s.Errorf("%s, unfilled %d", diff, i.Classes[0].Unfilled)
		}
	})
}

func TestWhoHasCeasedGetsNoPaper(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve", "fay")
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 5}
		e := s.opened(c, func(e election.Election) {
			s.stand(e, "ann", "ben", "cat", "dan", "eve", "fay")
			s.until(midday(e.Timetable.Published()))
			s.must(s.register.Resign(s.Context(), s.people["fay"], member.ShareGiven))
		})
		ctx := s.Context()
		on, err := s.polls.Contest(ctx, e.ID, ordinary)
		s.must(err)
		if slices.Contains(on.Names(), "Fay") {
			s.Error("somebody who is no member any more is on the paper")
		}
		f, err := s.polls.Figures(ctx, on)
		s.must(err)
		if f.Voters != 6 || f.Ceased != 1 {
			s.Errorf("%+v", f)
		}
	})
}

func TestAnEnvelopeIsNotOpenedWhenItsSenderHasCeased(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.must(s.register.Resign(ctx, s.people["dan"], member.ShareGiven))
		if err := s.polls.Receive(ctx, "ro", e.ID, s.people["dan"]); !errors.Is(err, election.ErrCeased) {
			s.Errorf("got %v", err)
		}
		s.must(s.polls.Receive(ctx, "ro", e.ID, s.people["ann"]))
		if err := s.polls.Receive(ctx, "scr1", e.ID, s.people["ann"]); !errors.Is(err, election.ErrReceived) {
			s.Errorf("a second envelope: %v", err)
		}
		s.must(s.polls.Unmark(ctx, "scr1", e.ID, s.people["ann"], "It was Anna's."))
		if err := s.polls.Unmark(ctx, "scr1", e.ID, s.people["ann"], "again"); !errors.Is(err, election.ErrNotReceived) {
			s.Errorf("taken back twice: %v", err)
		}
		for _, stranger := range []identity.AccountID{"dan", "ann", "nobody"} {
			if err := s.polls.Receive(ctx, stranger, e.ID, s.people["ann"]); !errors.Is(err, election.ErrNotReader) {
				s.Errorf("%s marked an envelope: %v", stranger, err)
			}
		}
	})
}

func TestThereAreNeverMorePapersThanEnvelopes(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.must(s.polls.Receive(ctx, "ro", e.ID, s.people["ann"]))
		s.must(s.polls.Receive(ctx, "ro", e.ID, s.people["ben"]))
		s.now = e.Timetable.PollCloses.Add(-time.Minute)
		if err := s.polls.Empty(ctx, "ro", e.ID, ordinary, 2, ""); !errors.Is(err, election.ErrPollOpen) {
			s.Errorf("in the last minute of the poll: %v", err)
		}
		s.now = e.Timetable.PollCloses
		for papers, want := range map[int]error{3: election.ErrMorePapers, -1: election.ErrMorePapers} {
			if err := s.polls.Empty(ctx, "ro", e.ID, ordinary, papers, ""); !errors.Is(err, want) {
				s.Errorf("%d papers: %v", papers, err)
			}
		}
		if err := s.polls.Empty(ctx, "scr1", e.ID, ordinary, 2, ""); !errors.Is(err, election.ErrNotReturning) {
			s.Errorf("a scrutineer: %v", err)
		}
		if err := s.polls.Enter(ctx, "scr1", e.ID, ordinary, 1, reading("1 - -")); !errors.Is(err, election.ErrNotEmptied) {
			s.Errorf("read before the envelopes were opened: %v", err)
		}
		s.must(s.polls.Empty(ctx, "ro", e.ID, ordinary, 2, ""))
		if err := s.polls.Receive(ctx, "ro", e.ID, s.people["cat"]); !errors.Is(err, election.ErrEmptied) {
			s.Errorf("an envelope after that: %v", err)
		}
		s.must(s.polls.Enter(ctx, "scr1", e.ID, ordinary, 2, reading("1 - -")))
		if err := s.polls.Empty(ctx, "ro", e.ID, ordinary, 1, ""); !errors.Is(err, election.ErrFewerPapers) {
			s.Errorf("fewer than were read: %v", err)
		}
	})
}

func TestTwoPeopleReadEachPaperWithoutEachOther(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		office, err := s.officers.Propose(s.Context(), "sec", "ann", member.Treasurer, "the board")
		s.must(err)
		s.must(s.officers.Confirm(s.Context(), "stew", office, "the board"))
		e := s.polling(1, "ben", "cat") // ann seconds
		ctx := s.Context()
		s.vote(e, 2, "ann", "ben")
		enter := func(by identity.AccountID, paper int, typed string) error {
			return s.polls.Enter(ctx, by, e.ID, ordinary, paper, reading(typed))
		}
		for _, by := range []identity.AccountID{"ben", "ann", "nobody"} { // a candidate, an officer who supports one, a stranger
			if err := enter(by, 1, "1 - -"); !errors.Is(err, election.ErrNotReader) {
				s.Errorf("%s reads papers: %v", by, err)
			}
		}
		for paper, want := range map[int]error{0: election.ErrNoSuchPaper, 3: election.ErrNoSuchPaper} {
			if err := enter("scr1", paper, "1 - -"); !errors.Is(err, want) {
				s.Errorf("paper %d: %v", paper, err)
			}
		}
		if err := enter("scr1", 1, "1 -"); !errors.Is(err, election.ErrNoFigure) {
			s.Errorf("a box too few: %v", err)
		}
		s.must(enter("scr1", 1, "1 - -"))
		s.must(enter("scr1", 1, "- 1 -")) // may be mended while nobody else has read it
		c, err := s.polls.Contest(ctx, e.ID, ordinary)
		s.must(err)
		if next, err := s.polls.Next(ctx, "scr1", c); err != nil || next != 2 {
			s.Errorf("next for who has read it: %d, %v", next, err)
		}
		if next, err := s.polls.Next(ctx, "sec", c); err != nil || next != 1 {
			s.Errorf("next for the other: %d, %v", next, err)
		}
		if own, err := s.polls.Own(ctx, "sec", c); err != nil || len(own) != 0 {
			s.Errorf("the other sees %v, %v", own, err)
		}
		s.must(enter("sec", 1, "- 1 2"))
		if err := enter("scr1", 1, "1 - -"); !errors.Is(err, election.ErrEntered) {
			s.Errorf("mended after both had read it: %v", err)
		}
		if err := enter("scr2", 1, "1 - -"); !errors.Is(err, election.ErrEntered) {
			s.Errorf("a third reading: %v", err)
		}
		progress, differ, err := s.polls.Read(ctx, c)
		s.must(err)
		if want := (election.Progress{Twice: 1, Differ: 1}); progress != want || differ[0].Paper != 1 {
			s.Errorf("%+v %+v", progress, differ)
		}
	})
}

func TestADifferenceIsDecidedByTheReturningOfficerWithAReason(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 2, "ann", "ben")
		s.read(e, "1 2 -")
		s.must(s.polls.Enter(ctx, "scr1", e.ID, ordinary, 2, reading("1 - -")))
		decide := func(by identity.AccountID, paper int, why string) error {
			return s.polls.Decide(ctx, by, e.ID, ordinary, paper, reading("- 1 -"), why)
		}
		if err := decide("ro", 2, "it is a 1"); !errors.Is(err, election.ErrAgreed) {
			s.Errorf("before a second reading: %v", err)
		}
		s.must(s.polls.Enter(ctx, "scr2", e.ID, ordinary, 2, reading("- 1 -")))
		s.hear(e)
		if err := s.polls.Ready(ctx, e.ID); !errors.Is(err, election.ErrNotCounted) {
			s.Errorf("counted with a difference: %v", err)
		}
		for what, err := range map[string]error{"agreed": decide("ro", 1, "no"), "no reason": decide("ro", 2, " "), "scrutineer": decide("scr1", 2, "mine")} {
			want := map[string]error{"agreed": election.ErrAgreed, "no reason": member.ErrNoWhy, "scrutineer": election.ErrNotReturning}[what]
			if !errors.Is(err, want) {
				s.Errorf("%s: %v", what, err)
			}
		}
		s.must(decide("ro", 2, "The figure is a 1 with a long foot."))
		if err := decide("ro", 2, "no, a 7"); !errors.Is(err, election.ErrRuled) {
			s.Errorf("decided again: %v", err)
		}
		i := s.certified(e, "")
		if i.Classes[0].Differed != 1 || i.Classes[0].Valid != 2 {
			s.Errorf("%+v", i.Classes[0])
		}
	})
}

func TestALotIsTheBeaconsAndTheManifests(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 2, "ann", "ben")
		s.read(e, "1 - -", "- 1 -")
		if _, err := s.polls.Certify(ctx, "ro", e.ID, "Ro", ""); !errors.Is(err, election.ErrNoValue) {
			s.Errorf("certified without the beacon: %v", err)
		}
		contests, err := s.polls.Contests(ctx, e.ID)
		s.must(err)
		m, err := contests[0].Read()
		s.must(err)
		if !m.Beacon.At.After(e.Timetable.PollCloses.Add(59 * time.Minute)) {
			s.Errorf("the beacon speaks at %v, and the poll closes at %v", m.Beacon.At, e.Timetable.PollCloses)
		}
		said, err := s.beacon.Speak(m.Beacon.Round, s.now)
		s.must(err)
		before, err := s.beacon.Speak(m.Beacon.Round-1, s.now)
		s.must(err)
		if err := s.polls.Hear(ctx, "ro", e.ID, before); !errors.Is(err, election.ErrNoBeacon) {
			s.Errorf("another round's: %v", err)
		}
		if err := s.polls.Hear(ctx, "scr1", e.ID, said); !errors.Is(err, election.ErrNotReturning) {
			s.Errorf("a scrutineer: %v", err)
		}
		at := s.now
		s.now = m.Beacon.At.Add(-time.Second)
		if err := s.polls.Hear(ctx, "ro", e.ID, said); !errors.Is(err, election.ErrBeaconSilent) {
			s.Errorf("before its time: %v", err)
		}
		s.now = at
		s.must(s.polls.Hear(ctx, "ro", e.ID, said))
		class := s.certified(e, "").Classes[0]

		value, err := hex.DecodeString(class.Beacon.Value)
		s.must(err)
		manifest, err := hex.DecodeString(class.Manifest)
		s.must(err)
		lot := tally.LotFromSeed(slices.Concat(value, manifest), len(class.Candidates))
		last := 1
		if slices.Index(lot, 2) > slices.Index(lot, 1) {
			last = 2
		}
		var count struct{ Lots []tally.DrawnLot }
		s.must(json.Unmarshal(class.Count, &count))
		drawn := slices.IndexFunc(count.Lots, func(l tally.DrawnLot) bool { return slices.Equal(l.Among, []int{1, 2}) })
		if drawn < 0 || count.Lots[drawn].Chosen != last || slices.Equal(class.Elected, []int{last}) {
			s.Errorf("the lot %v leaves %d out; drawn: %+v, elected: %v", lot, last, count.Lots, class.Elected)
		}
	})
}

func TestACertificateHoldsWithTwoScrutineersAndCannotBeChanged(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 1, "ann")
		s.read(e, "1 - -")
		s.hear(e)
		if _, err := s.polls.Certify(ctx, "scr1", e.ID, "Sal", ""); !errors.Is(err, election.ErrNotReturning) {
			s.Errorf("made by a scrutineer: %v", err)
		}
		version, err := s.polls.Certify(ctx, "ro", e.ID, "Ro", "")
		s.must(err)
		s.must(s.polls.Sign(ctx, "scr1", e.ID, version, "Sal"))
		if _, err := s.polls.Result(ctx, e.ID); !errors.Is(err, election.ErrNotIssued) {
			s.Errorf("with one scrutineer: %v", err)
		}
		for by, want := range map[identity.AccountID]error{"scr1": election.ErrSignedAlready, "ro": election.ErrNotScrutineer, "sec": election.ErrNotScrutineer} {
			if err := s.polls.Sign(ctx, by, e.ID, version, "again"); !errors.Is(err, want) {
				s.Errorf("%s: %v", by, err)
			}
		}
		if err := s.polls.Sign(ctx, "scr2", e.ID, version+1, "Sam"); !errors.Is(err, election.ErrOldCertificate) {
			s.Errorf("one that is not there: %v", err)
		}
		s.must(s.polls.Sign(ctx, "scr2", e.ID, version, "Sam"))
		i, err := s.polls.Result(ctx, e.ID)
		s.must(err)
		if _, err := s.polls.Certify(ctx, "ro", e.ID, "Ro", "I would rather have Ben"); !errors.Is(err, election.ErrCertified) {
			s.Errorf("another one for no reason: %v", err)
		}
		file, err := s.polls.File(i)
		s.must(err)
		c, signatures, key, err := election.ReadCertificate(file, s.polls.Key())
		if err != nil || len(signatures) != 3 || key != s.polls.Key() {
			s.Fatalf("read: %d signatures, %v", len(signatures), err)
		}
		if diff := cmp.Diff(i.Certificate, c); diff != "" {
			s.Error(diff)
		}
		if _, err := c.Recount(c.Classes[0], i.Files[ordinary]); err != nil {
			s.Errorf("counted again: %v", err)
		}
		if _, err := c.Recount(c.Classes[0], strings.Replace(i.Files[ordinary], "1 1 0", "1 2 0", 1)); !errors.Is(err, election.ErrCountDiffers) {
			s.Errorf("counted from other papers: %v", err)
		}
		forged := strings.Replace(string(file), `"elected":[1]`, `"elected":[2]`, 1)
		if _, _, _, err := election.ReadCertificate([]byte(forged), ""); !errors.Is(err, election.ErrForged) || forged == string(file) {
			s.Errorf("changed: %v", err)
		}
		other, err := election.NewSigningKey([]byte("somebody else's"))
		s.must(err)
		if _, _, _, err := election.ReadCertificate(file, other.Public()); !errors.Is(err, election.ErrForged) {
			s.Errorf("held against another key: %v", err)
		}
		for _, junk := range []string{"", "{}", "a\nb\nc", "{\"statement\":\n{}\n,\"signature\":\"00\",\"public_key\":\"00\"}\n"} {
			if _, _, _, err := election.ReadCertificate([]byte(junk), ""); !errors.Is(err, election.ErrNoCertificate) {
				s.Errorf("%q: %v", junk, err)
			}
		}
		for _, change := range []string{"UPDATE certificates SET body = '{}'", "DELETE FROM certificate_signatures", "UPDATE certificate_signatures SET name = 'x'"} {
			if err := s.db.Write(ctx, func(tx *gorm.DB) error { return tx.Exec(change).Error }); err == nil {
				s.Errorf("%s: was done", change)
			}
		}
	})
}

func TestTermsWaitUntilTheResultCanBeChallengedNoMore(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx, book := s.Context(), rules(t)
		s.vote(e, 1, "ann")
		s.read(e, "1 - -")
		s.hear(e)
		if err := s.polls.Challenge(ctx, "dan", e.ID, "too early"); !errors.Is(err, election.ErrNotChallengable) {
			s.Errorf("before the certificate: %v", err)
		}
		s.now = midday(e.Timetable.TermsBegin.AddDays(-3)).UTC() // the certificate comes late
		s.certified(e, "")
		e = s.election(e.ID)
		last := calendar.On(s.now).AddDays(book.ChallengeDays)
		if got := e.TermsFrom(book); got != last.AddDays(1) {
			s.Errorf("terms from %v, and the last day for a challenge is %v", got, last)
		}
		s.until(last.AddDays(1).Start().Add(-time.Minute))
		if err := s.polls.Challenge(ctx, "ro", e.ID, "I would"); !errors.Is(err, election.ErrNotMember) {
			s.Errorf("the returning officer: %v", err)
		}
		s.must(s.polls.Challenge(ctx, "dan", e.ID, "My envelope was not opened."))
		if err := s.polls.Challenge(ctx, "dan", e.ID, "And another thing."); !errors.Is(err, election.ErrChallenged) {
			s.Errorf("a second one: %v", err)
		}
		s.until(last.AddDays(1).Start())
		if err := s.polls.Challenge(ctx, "cat", e.ID, "a minute late"); !errors.Is(err, election.ErrNotChallengable) {
			s.Errorf("the minute after: %v", err)
		}
		if who := s.sits(calendar.On(s.now)); len(who) != 0 {
			s.Errorf("they sit while a challenge is open: %v", who)
		}
		all, err := s.polls.Challenges(ctx, e.ID)
		s.must(err)
		settle := func(by identity.AccountID, v election.Verdict, minute string) error {
			return s.polls.Settle(ctx, by, e.ID, all[0].ID, v, "It came on the day after.", minute)
		}
		if err := settle("ro", election.Dismissed, "item 1"); !errors.Is(err, election.ErrNotOfficer) {
			s.Errorf("the returning officer: %v", err)
		}
		if err := settle("sec", election.Dismissed, ""); !errors.Is(err, election.ErrNoMinute) {
			s.Errorf("no minute: %v", err)
		}
		if err := settle("sec", "", "item 1"); !errors.Is(err, election.ErrNoVerdict) {
			s.Errorf("no verdict: %v", err)
		}
		s.must(settle("sec", election.Dismissed, "item 1"))
		if err := settle("sec", election.Void, "item 2"); !errors.Is(err, election.ErrNoChallenge) {
			s.Errorf("decided twice: %v", err)
		}
		s.until(s.now.Add(time.Minute))
		if who := s.sits(calendar.On(s.now)); len(who) != 1 || who["Ann"] == "" {
			s.Errorf("they sit: %v", who)
		}
	})
}

func TestAnElectionThatIsSetAsideSeatsNobody(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 1, "ann")
		s.read(e, "1 - -")
		s.hear(e)
		s.certified(e, "")
		s.must(s.polls.Challenge(ctx, "dan", e.ID, "Papers went to the wrong people."))
		all, err := s.polls.Challenges(ctx, e.ID)
		s.must(err)
		s.must(s.polls.Settle(ctx, "sec", e.ID, all[0].ID, election.Void, "So they did.", "item 1"))
		s.until(midday(e.Timetable.TermsBegin.AddDays(30)))
		if got := s.election(e.ID).State(s.now); got != election.SetAside {
			s.Errorf("state %s", got)
		}
		if who := s.sits(calendar.On(s.now)); len(who) != 0 {
			s.Errorf("they sit: %v", who)
		}
	})
}

// TestWhoWithdrawsAfterTheCountIsCountedOut: an elected candidate does not take the seat; papers are counted as if their name were not there.
func TestWhoWithdrawsAfterTheCountIsCountedOut(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben", "cat")
		ctx, book := s.Context(), rules(t)
		s.vote(e, 4, "ann", "ben", "cat", "dan")
		s.read(e, "1 2 - -", "1 2 - -", "1 - - -", "- - 1 -")
		s.hear(e)
		if got := s.certified(e, "").Classes[0].SeatedNames(); !slices.Equal(got, []string{"Ann"}) {
			s.Fatalf("first: %v", got)
		}
		s.now = s.now.Add(time.Hour)
		if err := s.polls.Strike(ctx, "scr1", e.ID, ordinary, 1, "she moved"); !errors.Is(err, election.ErrNotReturning) {
			s.Errorf("by a scrutineer: %v", err)
		}
		if err := s.polls.Strike(ctx, "ro", e.ID, ordinary, 4, "nobody wants it"); !errors.Is(err, election.ErrNoOne) {
			s.Errorf("the choice to re-open: %v", err)
		}
		s.must(s.polls.Strike(ctx, "ro", e.ID, ordinary, 1, "She moved abroad."))
		s.until(midday(e.Timetable.TermsBegin.AddDays(30)))
		if who := s.sits(calendar.On(s.now)); len(who) != 0 {
			s.Errorf("they sit before the recount: %v", who)
		}
		if _, err := s.polls.Certify(ctx, "ro", e.ID, "Ro", ""); !errors.Is(err, member.ErrNoWhy) {
			s.Errorf("without a reason: %v", err)
		}
		i := s.certified(e, "Ann withdrew after the count.")
		class := i.Classes[0]
		if !slices.Equal(class.SeatedNames(), []string{"Ben"}) || class.Reasons[election.SpoiledStruck] != 1 || i.Version != 2 {
			s.Errorf("version %d: %v, %v", i.Version, class.SeatedNames(), class.Reasons)
		}
		if _, err := i.Recount(class, i.Files[ordinary]); err != nil {
			s.Errorf("counted again: %v", err)
		}
		e = s.election(e.ID)
		s.until(e.TermsFrom(book).Start())
		if who := s.sits(calendar.On(s.now)); len(who) != 1 || who["Ben"] == "" {
			s.Errorf("they sit: %v", who)
		}
	})
}

func TestASeatThatReOpeningWinsStaysVacant(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(2, "ann", "ben", "cat")
		s.vote(e, 4, "ann", "ben", "cat", "dan")
		s.read(e, "- - - 1", "- - - 1", "1 - - -", "1 - - -")
		s.hear(e)
		class := s.certified(e, "").Classes[0]
		if !slices.Equal(class.SeatedNames(), []string{"Ann"}) || class.Reopened != 1 || class.Unfilled != 1 {
			s.Errorf("%v, %d re-opened, %d unfilled", class.SeatedNames(), class.Reopened, class.Unfilled)
		}
	})
}

func TestNobodyGetsPapersOfTwoClasses(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "gil", "hal", "dan", "eve", "fay", "ida")
		for _, name := range []string{"dan", "eve", "fay", "ida"} {
			s.contributors[s.people[name]] = true // and they are ordinary members
			s.must(s.classes.Choose(s.Context(), s.people[name], contributor))
		}
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 1, contributor: 1}
		e := s.opened(c, func(e election.Election) {
			s.stand(e, "ann", "ben")
			s.stand(e, "dan", "eve")
		})
		seen := map[member.ID]member.Class{}
		for _, class := range []member.Class{ordinary, contributor} {
			marked, err := s.polls.Marked(s.Context(), e.ID, class, "", 100)
			s.must(err)
			for _, m := range marked {
				if other, twice := seen[m.Member]; twice {
					s.Errorf("a paper of the %s and of the %s class for one member", other, class)
				}
				seen[m.Member] = class
			}
		}
		if len(seen) != 9 || seen[s.people["dan"]] != contributor || seen[s.people["ann"]] != ordinary {
			s.Errorf("issued: %v", seen)
		}
		s.must(s.polls.Receive(s.Context(), "ro", e.ID, s.people["dan"]))
		if err := s.polls.Receive(s.Context(), "ro", e.ID, s.people["dan"]); !errors.Is(err, election.ErrReceived) {
			s.Errorf("a second envelope: %v", err)
		}
	})
}

func TestAVacancyIsFilledForWhatIsLeftOfTheTerm(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		e := s.polling(2, "ann", "ben")
		ctx := s.Context()
		s.until(e.Timetable.PollCloses.Add(time.Hour))
		s.certified(e, "")
		s.until(e.Timetable.TermsBegin.Start())
		seats, err := s.board.Seats(ctx)
		s.must(err)
		today, until := calendar.On(s.now), seats[0].Until
		if err := s.board.Leave(ctx, "dan", seats[0].ID, today, "bored"); !errors.Is(err, board.ErrNotOfficer) {
			s.Errorf("by nobody: %v", err)
		}
		s.must(s.board.Leave(ctx, "sec", seats[0].ID, today, "She resigned by letter."))
		if err := s.board.Leave(ctx, "sec", seats[0].ID, today, "again"); !errors.Is(err, board.ErrNoSeat) {
			s.Errorf("twice: %v", err)
		}
		s.until(s.now.AddDate(0, 0, 1))
		free, err := s.board.Vacant(ctx, calendar.On(s.now))
		s.must(err)
		if v := free[ordinary]; len(v) != 4 || v[3].Left != until || !v[0].Left.IsZero() {
			s.Errorf("vacant: %+v", v)
		}
		coopt := board.CoOption{
			Person: board.Person{Member: s.people["ben"], Name: "Ben", Interests: "None."}, Class: ordinary, Since: calendar.On(s.now), Minute: "item 9",
		}
		if _, err := s.board.CoOpt(ctx, "sec", coopt); !errors.Is(err, board.ErrSits) {
			s.Errorf("somebody who sits: %v", err)
		}
		coopt.Person = board.Person{Member: s.people["eve"], Name: "Eve", Interests: "None."}
		coopt.Class = operator
		if _, err := s.board.CoOpt(ctx, "sec", coopt); !errors.Is(err, board.ErrNotInClass) {
			s.Errorf("in a class that is not hers: %v", err)
		}
		coopt.Class, coopt.Until = ordinary, calendar.On(s.now).AddDays(400)
		if _, err := s.board.CoOpt(ctx, "sec", coopt); !errors.Is(err, board.ErrBadDay) {
			s.Errorf("for more than a year: %v", err)
		}
		coopt.Until = calendar.Date{}
		_, err = s.board.CoOpt(ctx, "sec", coopt)
		s.must(err)
		if who := s.sits(calendar.On(s.now)); len(who) != 2 || who["Eve"] == "" || who["Ann"] != "" {
			s.Errorf("they sit: %v", who)
		}
		s.must(s.register.Resign(ctx, s.people["ben"], member.ShareGiven))
		s.until(s.now.Add(time.Minute))
		if who := s.sits(calendar.On(s.now).AddDays(1)); who["Ben"] != "" {
			s.Errorf("somebody sits who is no member: %v", who)
		}
	})
}

func TestAnElectionIsCalledForVacantSeatsOnly(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		e := s.polling(2, "ann", "ben")
		s.until(e.Timetable.PollCloses.Add(time.Hour))
		s.certified(e, "")
		s.until(e.Timetable.TermsBegin.Start())
		for seats, want := range map[int]error{4: election.ErrSeatsTaken, 3: nil} {
			c := s.call()
			c.Seats = map[member.Class]int{ordinary: seats}
			if _, err := s.elections.Call(s.Context(), "sec", c); !errors.Is(err, want) {
				s.Errorf("%d seats: %v", seats, err)
			}
		}
	})
}

func TestTwoOfficersFindSomebodyElseForADuty(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		replace := func(by, whom, with identity.AccountID, why string) (string, error) {
			return s.elections.Replace(ctx, by, e.ID, whom, with, why)
		}
		for name, c := range map[string]struct {
			by, whom, with identity.AccountID
			why            string
			want           error
		}{
			"by the returning officer": {"ro", "ro", "new", "ill", election.ErrNotOfficer},
			"for nobody's duty":        {"sec", "cat", "new", "ill", election.ErrNoDuty},
			"with a scrutineer":        {"sec", "ro", "scr1", "ill", election.ErrHasDutyTo},
			"with a candidate":         {"sec", "ro", "ann", "ill", election.ErrHasDutyTo},
			"with nobody":              {"sec", "ro", "", "ill", election.ErrHasDutyTo},
			"with oneself":             {"sec", "ro", "sec", "ill", election.ErrTakesTwo},
			"without a reason":         {"sec", "ro", "new", "", member.ErrNoWhy},
		} {
			if _, err := replace(c.by, c.whom, c.with, c.why); !errors.Is(err, c.want) {
				s.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		id, err := replace("sec", "ro", "new", "The returning officer is ill.")
		s.must(err)
		if _, err := replace("stew", "ro", "other", "ill"); !errors.Is(err, election.ErrReplacing) {
			s.Errorf("a second proposal: %v", err)
		}
		if err := s.elections.ConfirmReplacement(ctx, "sec", e.ID, id); !errors.Is(err, election.ErrTakesTwo) {
			s.Errorf("one officer alone: %v", err)
		}
		if got := s.election(e.ID).Returning; got != "ro" {
			s.Errorf("%s returns while it is proposed", got)
		}
		s.must(s.elections.ConfirmReplacement(ctx, "stew", e.ID, id))
		if got := s.election(e.ID).Returning; got != "new" {
			s.Errorf("%s returns", got)
		}
		if err := s.elections.ConfirmReplacement(ctx, "stew", e.ID, id); !errors.Is(err, election.ErrNoReplacement) {
			s.Errorf("confirmed twice: %v", err)
		}
		if err := s.polls.Receive(ctx, "ro", e.ID, s.people["ann"]); !errors.Is(err, election.ErrNotReader) {
			s.Errorf("who had the duty still handles papers: %v", err)
		}
		s.must(s.polls.Receive(ctx, "new", e.ID, s.people["ann"]))
		id, err = replace("sec", "scr1", "other", "She moved.")
		s.must(err)
		s.must(s.elections.DropReplacement(ctx, "stew", e.ID, id))
		if err := s.elections.ConfirmReplacement(ctx, "stew", e.ID, id); !errors.Is(err, election.ErrNoReplacement) {
			s.Errorf("confirmed after it was dropped: %v", err)
		}
	})
}

// TestPapersAreCountedAgainWhenTheBoardSaysSo: both readers misread a paper, and a challenge brings it up.
func TestPapersAreCountedAgainWhenTheBoardSaysSo(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 1, "ann")
		s.read(e, "1 - -")
		s.hear(e)
		s.certified(e, "")
		decide := func() error {
			return s.polls.Decide(ctx, "ro", e.ID, ordinary, 1, reading("- 1 -"), "The 1 is in Ben's box.")
		}
		if err := decide(); !errors.Is(err, election.ErrAgreed) {
			s.Errorf("nobody asked for it: %v", err)
		}
		s.now = s.now.Add(time.Hour)
		s.must(s.polls.Challenge(ctx, "dan", e.ID, "I saw a 1 in Ben's box."))
		all, err := s.polls.Challenges(ctx, e.ID)
		s.must(err)
		s.must(s.polls.Settle(ctx, "sec", e.ID, all[0].ID, election.CountAgain, "We look again.", "item 1"))
		s.must(decide())
		s.must(decide()) // it may be mended as long as there is no new certificate
		c, err := s.polls.Contest(ctx, e.ID, ordinary)
		s.must(err)
		progress, differ, err := s.polls.Read(ctx, c)
		s.must(err)
		if !progress.Done(1) || len(differ) != 1 || differ[0].Ruling.Why == "" {
			s.Errorf("not told in the open: %+v, %+v", progress, differ)
		}
		s.now = s.now.Add(time.Hour)
		if got := s.certified(e, "The board had it counted again.").Classes[0].SeatedNames(); !slices.Equal(got, []string{"Ben"}) {
			s.Errorf("elected: %v", got)
		}
		s.now = s.now.Add(time.Hour)
		if err := decide(); !errors.Is(err, election.ErrRuled) {
			s.Errorf("after the new certificate: %v", err)
		}
	})
}

func TestWhoDecidesBetweenTwoReadingsMakesNone(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat")
		e := s.polling(1, "ann", "ben")
		s.vote(e, 1, "ann")
		if err := s.polls.Enter(s.Context(), "ro", e.ID, ordinary, 1, reading("1 - -")); !errors.Is(err, election.ErrReturningReads) {
			s.Errorf("got %v", err)
		}
	})
}

// TestAPollThatDidNotOpenInItsTimeDoesNotOpen: its lot would come from a beacon that has spoken.
func TestAPollThatDidNotOpenInItsTimeDoesNotOpen(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		e := s.rolled()
		s.until(e.Timetable.PollCloses)
		if c, err := s.polls.Contests(s.Context(), e.ID); err != nil || len(c) != 0 {
			s.Errorf("%d contests, %v", len(c), err)
		}
		s.must(s.elections.CallOff(s.Context(), "sec", e.ID, "item 1", "The server was down."))
	})
}

func TestSeatsThatOneElectionFillsAreNotAnothers(t *testing.T) {
	each(t, func(s *society) {
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 3}
		first, err := s.elections.Call(s.Context(), "sec", c)
		s.must(err)
		s.must(s.elections.Confirm(s.Context(), "stew", first))
		if _, err := s.elections.Call(s.Context(), "sec", c); !errors.Is(err, election.ErrSeatsTaken) {
			s.Errorf("three of two that are left: %v", err)
		}
		s.must(s.elections.CallOff(s.Context(), "sec", first, "item 1", "the wrong year"))
		_, err = s.elections.Call(s.Context(), "sec", c)
		s.must(err)
	})
}
