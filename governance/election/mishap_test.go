package election_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/board"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/calendar"
	"folkmoot/internal/identity"
)

// TestAPollWithHardlyAnythingToCountStillHasAResult: a returning officer must be able to certify whatever became of a poll.
func TestAPollWithHardlyAnythingToCountStillHasAResult(t *testing.T) {
	for _, c := range []struct {
		name   string
		rule   election.Rule
		papers []string
		struck []int
		spoilt int
	}{
		{"no envelope", election.Scottish, nil, nil, 0},
		{"no envelope, by Meek's rule", election.Meek, nil, nil, 0},
		{"every paper spoiled", election.Scottish, []string{"- - - -", "1 1 - -"}, nil, 2},
		{"every paper spoiled, by Meek's rule", election.Meek, []string{"- - - -", "1 1 - -"}, nil, 2},
		{"everybody struck off", election.Scottish, []string{"1 2 3 -", "1 2 3 4"}, []int{1, 2, 3}, 1},
		{"everybody struck off, by Meek's rule", election.Meek, []string{"1 2 3 -", "1 2 3 4"}, []int{1, 2, 3}, 1},
		{"one is left for two seats", election.Scottish, []string{"1 2 - -", "- 1 - -"}, []int{1, 3}, 0},
		{"one is left for two seats, by Meek's rule", election.Meek, []string{"1 2 - -", "- 1 - -"}, []int{1, 3}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(s *society) {
				s.joins("ann", "ben", "cat")
				s.joins("dan", "eve", "fay", "gil", "hal", "ida") // who second them
				call := s.call()
				call.Rule, call.Seats = c.rule, map[member.Class]int{ordinary: 2}
				e := s.opened(call, func(e election.Election) { s.stand(e, "ann", "ben", "cat") })
				s.vote(e, len(c.papers), []string{"ann", "ben"}[:len(c.papers)]...)
				s.read(e, c.papers...)
				for _, n := range c.struck {
					s.must(s.polls.Strike(s.Context(), "ro", e.ID, ordinary, n, "died"))
				}
				s.hear(e)
				i := s.certified(e, "")
				got := i.Classes[0]
				if got.Spoiled != c.spoilt || len(got.Elected)+got.Reopened > 2 {
					t.Errorf("%+v", got)
				}
				if _, err := i.Recount(got, i.Files[ordinary]); err != nil {
					t.Errorf("counted again: %v", err)
				}
			})
		})
	}
}

// seatedBoard is one of two ordinary seats, Ann's and Ben's, on the first day of their terms.
func (s *society) seatedBoard() {
	s.Helper()
	s.joins("ann", "ben", "cat", "dan", "eve")
	e := s.polling(2, "ann", "ben")
	s.until(e.Timetable.PollCloses.Add(time.Hour))
	s.certified(e, "")
	s.until(e.Timetable.TermsBegin.Start())
}

func (s *society) seatOf(name string) board.Seat {
	s.Helper()
	all, err := s.board.Seats(s.Context())
	s.must(err)
	at := slices.IndexFunc(all, func(seat board.Seat) bool { return seat.Name == name })
	if at < 0 {
		s.Fatalf("%s never sat", name)
	}
	return all[at]
}

func (s *society) coOpts(name string, until calendar.Date) {
	s.Helper()
	_, err := s.board.CoOpt(s.Context(), "sec", board.CoOption{
		Person: board.Person{Member: s.people[strings.ToLower(name)], Name: name, Interests: "None."}, Class: ordinary, Since: calendar.On(s.now), Until: until, Minute: "item 9",
	})
	s.must(err)
}

// TestWhoCeasesToBeAMemberDoesNotSitOnUntilTheDayOnWhichTheyMeantToLeave: a resignation for a later day does not keep a seat for a former member.
func TestWhoCeasesToBeAMemberDoesNotSitOnUntilTheDayOnWhichTheyMeantToLeave(t *testing.T) {
	each(t, func(s *society) {
		s.seatedBoard()
		today := calendar.On(s.now)
		s.must(s.board.Leave(s.Context(), "sec", s.seatOf("Ann").ID, today.AddDays(90), "She moves away in autumn."))
		s.must(s.register.Resign(s.Context(), s.people["ann"], member.ShareGiven))
		s.until(s.now.Add(time.Hour))
		if who := s.sits(today.AddDays(1)); who["Ann"] != "" || who["Ben"] == "" {
			s.Errorf("they sit: %v", who)
		}
		acts := len(s.acts(s.seatOf("Ann").ID))
		s.until(s.now.Add(time.Hour))
		if again := s.acts(s.seatOf("Ann").ID); len(again) != acts {
			s.Errorf("ended again: %q", again)
		}
	})
}

// TestNobodySitsTwice: whoever is elected while they sit on the board leaves their other seat.
func TestNobodySitsTwice(t *testing.T) {
	each(t, func(s *society) {
		s.seatedBoard()
		today := calendar.On(s.now)
		s.joins("x1", "x2")
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 1}
		e := s.opened(c, func(e election.Election) { s.stand(e, "eve") })
		s.coOpts("Eve", calendar.Date{}) // while she stands
		s.until(e.Timetable.PollCloses.Add(time.Hour))
		s.certified(e, "")
		s.until(s.election(e.ID).Timetable.TermsBegin.Start())
		all, err := s.board.Seats(s.Context())
		s.must(err)
		var held []string
		for _, seat := range all {
			if seat.Name == "Eve" && seat.Held(calendar.On(s.now)) {
				held = append(held, string(seat.Way))
			}
		}
		if !slices.Equal(held, []string{"elected"}) {
			s.Errorf("seats of hers: %v", held)
		}
		if got := s.seatOf("Ben"); !got.EndedAt.IsZero() || got.Since != today {
			s.Errorf("somebody else's seat: %+v", got)
		}
	})
}

// TestWhoWasCoOptedWhileAnElectionRanGivesWayToWhoIsElected: otherwise nobody could be seated.
func TestWhoWasCoOptedWhileAnElectionRanGivesWayToWhoIsElected(t *testing.T) {
	each(t, func(s *society) {
		s.seatedBoard()
		s.joins("fay", "gil", "hal", "x1", "x2", "x3", "x4", "x5", "x6")
		s.coOpts("Dan", calendar.On(s.now).AddDays(300)) // before the call: his seat is not up
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 2}
		e := s.opened(c, func(e election.Election) { s.stand(e, "eve", "fay") })
		s.coOpts("Cat", calendar.Date{}) // the seat stood empty until the election
		s.until(e.Timetable.PollCloses.Add(time.Hour))
		s.certified(e, "")
		s.until(e.Timetable.TermsBegin.Start())
		who := s.sits(calendar.On(s.now))
		if got := slices.Sorted(maps.Keys(who)); !slices.Equal(got, []string{"Ann", "Ben", "Dan", "Eve", "Fay"}) {
			s.Errorf("they sit: %v", got)
		}
		if got := s.seatOf("Cat"); got.Last() != e.Timetable.TermsBegin.AddDays(-1) {
			s.Errorf("the one who was co-opted: %+v", got)
		}
	})
}

// settledLate is an election whose result is challenged on the last day, and about which the board decides 40 days after its terms were to begin.
func (s *society) settledLate() election.Election {
	s.Helper()
	s.joins("ann", "ben", "cat", "dan", "eve")
	e := s.polling(1, "ann", "ben")
	s.vote(e, 1, "ann")
	s.read(e, "1 - -")
	s.hear(e)
	s.certified(e, "")
	e = s.election(e.ID)
	s.now = midday(e.ChallengesUntil(rules(s.T))).UTC()
	s.must(s.polls.Challenge(s.Context(), "dan", e.ID, "My envelope was not opened."))
	s.until(midday(e.Timetable.TermsBegin.AddDays(40)))
	all, err := s.polls.Challenges(s.Context(), e.ID)
	s.must(err)
	s.must(s.polls.Settle(s.Context(), "sec", e.ID, all[0].ID, election.Dismissed, "It came too late.", "item 1"))
	return e
}

// TestNobodySatWhileTheirElectionWasInDispute: terms do not begin on a day gone by on which nobody could know who would sit.
func TestNobodySatWhileTheirElectionWasInDispute(t *testing.T) {
	each(t, func(s *society) {
		e := s.settledLate()
		s.until(s.now.AddDate(0, 0, 2)) // the server was down meanwhile
		if got, want := s.seatOf("Ann").Since, e.Timetable.TermsBegin.AddDays(40); got != want {
			s.Errorf("Ann sits from %s; the board decided on %s", got, want)
		}
	})
}

// TestOneElectionsTroubleKeepsNobodyElseFromTheirSeat: somebody changed in the database how many seats an election fills, and others know
// nothing of it.
func TestOneElectionsTroubleKeepsNobodyElseFromTheirSeat(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve", "fay", "x1", "x2", "x3", "x4", "x5", "x6", "gil", "y1", "y2")
		for _, name := range []string{"gil", "y1", "y2"} {
			s.contributors[s.people[name]] = true
			s.must(s.classes.Choose(s.Context(), s.people[name], contributor))
		}
		called := func(class member.Class, seats int) election.Election {
			c := s.call()
			c.Seats = map[member.Class]int{class: seats}
			id, err := s.elections.Call(s.Context(), "sec", c)
			s.must(err)
			s.must(s.elections.Confirm(s.Context(), "stew", id))
			s.until(s.now.AddDate(0, 0, 1))
			return s.election(id)
		}
		one, other, two := called(ordinary, 4), called(contributor, 1), called(ordinary, 1)
		s.must(s.db.Write(s.Context(), func(tx *gorm.DB) error {
			return tx.Exec("UPDATE election_seats SET seats = 4 WHERE election = ? AND class = ?", two.ID, ordinary).Error
		}))
		s.until(midday(other.Timetable.Notice))
		s.until(midday(two.Timetable.Notice))
		s.now = two.Timetable.NominationsOpen.UTC()
		s.stand(one, "ann", "ben", "cat")
		s.stand(other, "gil")
		s.stand(two, "dan", "eve", "fay")
		s.until(midday(two.Timetable.Published()))
		s.until(two.Timetable.PollOpens)
		s.until(two.Timetable.PollCloses.Add(time.Hour))
		for _, e := range []election.Election{one, other, two} {
			s.certified(e, "")
		}
		s.until(one.Timetable.TermsBegin.Start())
		s.now = two.Timetable.TermsBegin.Start()
		if err := s.polls.Seat(s.Context()); err == nil {
			s.Error("six sit on five seats")
		}
		who := s.sits(calendar.On(s.now))
		if got := slices.Sorted(maps.Keys(who)); !slices.Equal(got, []string{"Ann", "Ben", "Cat", "Gil"}) {
			s.Errorf("they sit: %v", got)
		}
	})
}

// TestTheBoardChangesAsOne: whoever looks while seats are taken sees the board from before or the one from after, never a part of each.
func TestTheBoardChangesAsOne(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		on := calendar.On(s.now)
		of := func(class member.Class, names ...string) board.Taking {
			taking := board.Taking{Election: "e", Class: class, On: on, TermMonths: 24}
			for _, name := range names {
				taking.People = append(taking.People, board.Person{Member: s.people[name], Name: name})
			}
			return taking
		}
		if err := s.board.Take(s.Context(), []board.Taking{of(ordinary, "ann"), of(member.ClassOperator, "ben", "cat", "dan")}); err == nil {
			s.Fatal("three people took two seats")
		}
		if who := s.sits(on); len(who) != 0 {
			s.Fatalf("a part of the board was seated: %v", who)
		}
		for range 2 {
			s.must(s.board.Take(s.Context(), []board.Taking{of(ordinary, "ann"), of(member.ClassOperator, "ben", "cat")}))
		}
		if who := s.sits(on); len(who) != 3 {
			s.Fatalf("they sit: %v", who)
		}
	})
}

// TestNobodySignsWhatIsNotWhatThePapersSayAnyMore: what was decided after a certificate was made, and before it was signed, is on a new one.
func TestNobodySignsWhatIsNotWhatThePapersSayAnyMore(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		e := s.polling(1, "ann", "ben")
		ctx := s.Context()
		s.vote(e, 2, "ann", "ben", "cat")
		s.read(e, "1 2 -", "1 2 -")
		s.hear(e)
		certify := func(why string) int {
			version, err := s.polls.Certify(ctx, "ro", e.ID, "Ro", why)
			s.must(err)
			return version
		}
		version := certify("")
		s.must(s.polls.Sign(ctx, "scr1", e.ID, version, "Sal"))
		s.must(s.polls.Strike(ctx, "ro", e.ID, ordinary, 1, "She died."))
		if err := s.polls.Sign(ctx, "scr2", e.ID, version, "Sam"); !errors.Is(err, election.ErrCountedSince) {
			s.Errorf("with a candidate who was struck off since: %v", err)
		}
		version = certify("Ann died.")
		s.must(s.polls.Empty(ctx, "ro", e.ID, ordinary, 3, "One was stuck in its envelope."))
		if err := s.polls.Sign(ctx, "scr1", e.ID, version, "Sal"); !errors.Is(err, election.ErrCountedSince) {
			s.Errorf("with a paper that was found since: %v", err)
		}
		for _, by := range []identity.AccountID{"scr1", "scr2"} {
			s.must(s.polls.Enter(ctx, by, e.ID, ordinary, 3, reading("- - 1")))
		}
		i := s.certified(e, "A paper was found.")
		if got := i.Classes[0]; !slices.Equal(got.SeatedNames(), []string{"Ben"}) || got.Papers != 3 {
			s.Errorf("%v by %d papers", got.SeatedNames(), got.Papers)
		}
	})
}

// TestNobodyDecidesAboutTheirOwnChallenge: an officer's goes to another.
func TestNobodyDecidesAboutTheirOwnChallenge(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan", "eve")
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 1}
		e := s.opened(c, func(e election.Election) {
			s.stand(e, "ann", "ben")
			s.joins("sec") // and supports nobody
		})
		ctx := s.Context()
		s.vote(e, 1, "ann")
		s.read(e, "1 - -")
		s.hear(e)
		s.certified(e, "")
		s.must(s.polls.Challenge(ctx, "sec", e.ID, "I dislike who was elected."))
		all, err := s.polls.Challenges(ctx, e.ID)
		s.must(err)
		if err := s.polls.Settle(ctx, "sec", e.ID, all[0].ID, election.Void, "I am right.", "item 1"); !errors.Is(err, election.ErrPartial) {
			s.Errorf("one's own: %v", err)
		}
		s.must(s.polls.Settle(ctx, "stew", e.ID, all[0].ID, election.Dismissed, "That is no reason.", "item 1"))
	})
}

// TestACertificateThatIsAtOddsWithItselfDoesNotHold, although the society signed it: whoever checks it needs nobody's good faith.
func TestACertificateThatIsAtOddsWithItselfDoesNotHold(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben", "cat", "dan")
		c := s.call()
		c.Seats = map[member.Class]int{ordinary: 1, operator: 1}
		e := s.opened(c, func(e election.Election) { s.stand(e, "ann", "ben") })
		s.vote(e, 3, "ann", "ben", "cat")
		s.read(e, "1 - -", "1 2 -", "- - -")
		s.hear(e)
		i := s.certified(e, "")
		key, err := election.NewSigningKey([]byte("a server's key"))
		s.must(err)
		check := func(body string) error {
			file, err := key.File(election.Issue{Body: body, Signatures: i.Signatures})
			s.must(err)
			c, _, _, err := election.ReadCertificate(file, key.Public())
			if err != nil {
				return err
			}
			for _, class := range c.Classes {
				if _, err := c.Recount(class, i.Files[class.Class]); err != nil {
					return err
				}
			}
			return nil
		}
		s.must(check(i.Body))
		for from, to := range map[string]string{
			`"elected":[1],"nominations`: `"elected":[2],"nominations`,
			`"elected":[]`:               `"elected":[1]`, // nobody stood
			`"seats":1,"outcome":"poll"`: `"seats":2,"outcome":"poll"`,
			`"papers":3`:                 `"papers":2`,
			`"valid":2`:                  `"valid":3`,
			`"spoiled":1`:                `"spoiled":0`,
			`"envelopes":3`:              `"envelopes":2`,
			`"issued":4`:                 `"issued":2`,
			`"name":"Ann"`:               `"name":"Fay"`,
			`"number":2,"name":"Ben"`:    `"number":7,"name":"Ben"`,
			`"beacon":{`:                 `"lot":{`,
			`"outcome":"unopposed"`:      `"outcome":"poll"`,
			`"seats_unfilled":1`:         `"seats_unfilled":0`,
		} {
			changed := strings.Replace(i.Body, from, to, 1)
			if changed == i.Body {
				s.Errorf("%s is not in %s", from, i.Body)
			}
			if err := check(changed); !errors.Is(err, election.ErrCountDiffers) && !errors.Is(err, election.ErrNoCertificate) {
				s.Errorf("%s: %v", to, err)
			}
		}
	})
}
