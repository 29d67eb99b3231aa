package participation

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"folkmoot/governance/member"
	"folkmoot/governance/tally"
	"folkmoot/internal/calendar"
)

// Limits of ballots of priorities.
const (
	LeastChoices = 2
	MostChoices  = 30
	LeastDays    = 14 // that a ballot is open
	MostDays     = 60
	LeastBallots = 10 // of which a result is shown, of a class and of all
)

// Errors of ballots of priorities.
var (
	ErrNoBallot     = errors.New("there is no such ballot")
	ErrBallotHeld   = errors.New("there is a ballot in this quarter already, or one is still open")
	ErrNoChoices    = errors.New("put from 2 to 30 items on the paper that are planned or considered")
	ErrBadTake      = errors.New("the board takes up one item at least, and fewer than are on the paper")
	ErrBadClose     = errors.New("a ballot is open for 14 to 60 days")
	ErrBallotClosed = errors.New("the ballot is closed")
	ErrNoVote       = errors.New("that member was in no class on the day on which the ballot opened")
	ErrBadRanking   = errors.New("a ranking has numbers of the paper, each once, and one at least")
)

// Choice is an item on the paper, as it was when the ballot opened.
type Choice struct {
	Number int // from 1, in the order of the paper
	Item   string
	Title  string
}

// Ballot is a quarter's vote on what the board should take up first.
type Ballot struct {
	ID        string
	Quarter   string // "2027-Q1"
	Take      int    // so many items the board will take up
	Members   int    // when it opened
	OpenedAt  time.Time
	ClosesAt  time.Time
	CountedAt time.Time
	Seed      string // what lots were drawn from, in hex
	Choices   []Choice
	Cast      int      // ballots so far; nobody knows what they say before the close
	Results   []Result // overall first; once it is counted
}

// Open reports whether it takes ballots at a moment.
func (b Ballot) Open(at time.Time) bool { return at.Before(b.ClosesAt) && b.CountedAt.IsZero() }

// LastDay is the one at whose end it closes.
func (b Ballot) LastDay() calendar.Date { return calendar.On(b.ClosesAt).AddDays(-1) }

// Opens is the day that decides who votes, and in which class.
func (b Ballot) Opens() calendar.Date { return calendar.On(b.OpenedAt) }

// Result is what a count put first.
type Result struct {
	Class   member.Class // "" for all together
	Ballots int
	Places  []int // choices by number, the first first; none where too few voted
}

// Quarter is that of a day: "2027-Q1".
func Quarter(d calendar.Date) string { return fmt.Sprintf("%04d-Q%d", d.Year, (int(d.Month)+2)/3) }

// Call is what a ballot is opened with.
type Call struct {
	Items  []string
	Take   int
	Closes calendar.Date // the last day
}

func (c Call) check(today calendar.Date) error {
	days := today.Days(c.Closes)
	switch {
	case len(c.Items) < LeastChoices || len(c.Items) > MostChoices:
		return ErrNoChoices
	case c.Take < 1 || c.Take >= len(c.Items):
		return ErrBadTake
	case days < LeastDays || days > MostDays:
		return ErrBadClose
	}
	return nil
}

// checkRanking says whether numbers of a paper, the first first, can be a vote.
func checkRanking(ranking []int, choices int) error {
	if len(ranking) == 0 || len(ranking) > choices {
		return ErrBadRanking
	}
	for i, n := range ranking {
		if n < 1 || n > choices || slices.Contains(ranking[:i], n) {
			return ErrBadRanking
		}
	}
	return nil
}

func rankingText(ranking []int) string {
	words := make([]string, len(ranking))
	for i, n := range ranking {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, " ")
}

func rankingIn(text string) (ranking []int) {
	for w := range strings.FieldsSeq(text) {
		n, err := strconv.Atoi(w)
		if err != nil {
			panic("participation: a ranking in the table has something that is no number")
		}
		ranking = append(ranking, n)
	}
	return ranking
}

// apart are the classes whose result is shown: those with enough ballots, so long as nobody can work out a small class from what is left. Where
// fewer than that are left over, the smallest of the others goes with them.
func apart(ballots map[member.Class]int) []member.Class {
	classes := slices.SortedFunc(maps.Keys(ballots), func(a, b member.Class) int { return cmp.Or(ballots[b]-ballots[a], cmp.Compare(a, b)) })
	shown, left := 0, 0
	for _, c := range classes {
		if ballots[c] >= LeastBallots {
			shown++
		} else {
			left += ballots[c]
		}
	}
	if left > 0 && left < LeastBallots && shown > 0 {
		shown--
	}
	return slices.DeleteFunc(slices.Clone(member.AllClasses), func(c member.Class) bool { return !slices.Contains(classes[:shown], c) })
}

// count is the order in which some ballots put items first: those that single transferable vote elects, in the order of their election. The lot
// is drawn from the seed.
func count(rankings [][]int, choices []Choice, take int, seed []byte) ([]int, error) {
	if len(rankings) < LeastBallots {
		return nil, nil
	}
	e := &tally.Election{Title: "priorities", Seats: take}
	for _, c := range choices {
		e.Candidates = append(e.Candidates, c.Title)
	}
	for _, r := range rankings {
		if err := e.Ballots.Add(1, r...); err != nil {
			return nil, err
		}
	}
	result, err := tally.Count(e, tally.Scottish, tally.Options{Lot: tally.LotFromSeed(seed, len(choices))})
	if err != nil {
		return nil, err
	}
	return result.Elected, nil
}
