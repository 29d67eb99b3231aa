package templates

import (
	"context"
	"strconv"
	"strings"

	"folkmoot/governance/tally"
	"folkmoot/templates/text"
)

// fewRounds are as many rounds of Meek's rule as are told with the first and the last of them open. More are all closed.
const fewRounds = 8

// toldStep is a stage or a round as the story tells it: with every number, and what they mean.
type toldStep struct {
	countStep
	Summary     string
	Open        bool
	Rows        []toldRow
	Nobody      toldRow
	Lost        *toldRow // by rounding; Meek's rule loses nothing
	Together    string
	How         string // the papers go on
	Moves       []toldMove
	LostInWords string
}

// toldRow is a line of a stage's table.
type toldRow struct{ Name, Votes, Change, Keeps, Fate string }

// toldMove is what a stage brought to one receiver: a sentence, and what it adds up from where papers had several values.
type toldMove struct {
	Words string
	Parts []string
}

// say is the sentence of the count's rule: stages and rounds are not told in the same words.
func (v Count) say(ctx context.Context, key string, pairs ...any) string {
	return text.T(ctx, v.section()+key, pairs...)
}

// sayVotes is say for a sentence that depends on {{.Votes}}.
func (v Count) sayVotes(ctx context.Context, key string, votes tally.Amount, pairs ...any) string {
	return text.D(ctx, v.section()+key, plainVotes(votes), append(pairs, "Votes", groupedVotes(plainVotes(votes)))...)
}

func (v Count) section() string {
	if v.Result.Rule == tally.Meek {
		return "story_meek."
	}
	return "story_scottish."
}

// plainVotes is an amount with all its decimals, or with none where it is whole.
func plainVotes(a tally.Amount) string {
	whole, decimals, _ := strings.Cut(a.String(), ".")
	if strings.Trim(decimals, "0") == "" {
		return whole
	}
	return a.String()
}

// groupedVotes writes an amount as people read it: "1,395.50000".
func groupedVotes(votes string) string {
	whole, decimals, some := strings.Cut(votes, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || n < 1000 {
		return votes
	}
	if some {
		return grouped(n) + "." + decimals
	}
	return grouped(n)
}

func (v Count) inARow(ctx context.Context, numbers []int) string {
	var all []string
	for _, c := range numbers {
		all = append(all, v.name(ctx, c))
	}
	return inARow(ctx, all)
}

// lotWords say why a lot decided, and what.
func (v Count) lotWords(ctx context.Context, l tally.DrawnLot) string {
	key := "lot_excluded"
	if l.Stage <= len(v.Result.Stages) && v.Result.Stages[l.Stage-1].Action == tally.Surplus {
		key = "lot_surplus"
	}
	return v.say(ctx, key, "Names", v.inARow(ctx, l.Among), "Number", l.Stage, "Chosen", v.name(ctx, l.Chosen))
}

// lotNeededWords say why the count stopped. Those whose surplus waits are elected already.
func (v Count) lotNeededWords(ctx context.Context, n tally.LotNeeded) string {
	key := "lot_needed"
	if v.Result.ElectedAt[n.Between[0]-1] > 0 {
		key = "lot_needed_surplus"
	}
	return v.say(ctx, key, "Number", n.AfterStage, "Names", v.inARow(ctx, n.Between))
}

// vacant is how many seats nobody is left for.
func (v Count) vacant() int {
	if v.Result.LotNeeded != nil {
		return 0
	}
	return v.Result.Seats - len(v.Result.Elected)
}

// told are the steps in words and numbers.
func (v Count) told(ctx context.Context) []toldStep {
	steps := v.steps(ctx)
	var all []toldStep
	for i, s := range steps {
		t := toldStep{countStep: s, Summary: strings.Join(v.summary(ctx, s), " ")}
		t.Open = (i == 0 || i == len(steps)-1) && (v.Result.Rule != tally.Meek || len(steps) <= fewRounds)
		var before *countStep
		if i > 0 {
			before = &steps[i-1]
		}
		v.tellVotes(ctx, &t, before)
		if before != nil && s.hasNobody {
			v.tellTransfers(ctx, &t, *before)
		}
		all = append(all, t)
	}
	return all
}

// summary says in whole sentences what a step did.
func (v Count) summary(ctx context.Context, s countStep) []string {
	said := []string{v.did(ctx, s)}
	var reached, filled []int
	for _, c := range s.Elected {
		if s.Votes[c-1].Units >= s.Quota.Units {
			reached = append(reached, c)
		} else {
			filled = append(filled, c)
		}
	}
	if len(reached) > 0 {
		said = append(said, text.N(ctx, "story.reached", len(reached), "Names", v.inARow(ctx, reached)))
	}
	if v.Result.Rule == tally.Meek && s.Excluded > 0 {
		said = append(said, v.say(ctx, "excludes", "Name", v.name(ctx, s.Excluded)))
	}
	if len(filled) > 0 {
		said = append(said, text.N(ctx, "story.filled", len(filled), "Names", v.inARow(ctx, filled)))
	}
	if n := v.Result.LotNeeded; n != nil && n.AfterStage == s.Number {
		said = append(said, v.say(ctx, "stopped"))
	}
	return said
}

func (v Count) did(ctx context.Context, s countStep) string {
	if v.Result.Rule == tally.Meek {
		return v.say(ctx, "round", "Number", s.Number, "Quota", groupedVotes(s.Quota.String()))
	}
	stage := v.Result.Stages[s.Number-1]
	switch stage.Action {
	case tally.Surplus:
		return v.sayVotes(ctx, "surplus", stage.Surplus, "Number", s.Number, "Name", v.name(ctx, stage.Candidate))
	case tally.Exclusion:
		return v.say(ctx, "excludes", "Number", s.Number, "Name", v.name(ctx, stage.Candidate))
	case tally.FirstPreferences:
	}
	return v.say(ctx, "first", "Number", s.Number)
}

// tellVotes fills the table of a step, which adds up to all valid papers.
func (v Count) tellVotes(ctx context.Context, t *toldStep, before *countStep) {
	t.Together = groupedVotes(v.allVotes(t.Quota.Places).String())
	row := func(name string, now tally.Amount, then func(*countStep) tally.Amount) toldRow {
		r := toldRow{Name: name, Votes: groupedVotes(now.String())}
		if before != nil {
			r.Change = strings.Replace(signed(now.Minus(then(before))), "-", "−", 1)
		}
		return r
	}
	for i, votes := range t.Votes {
		if t.Out[i] {
			continue
		}
		r := row(v.name(ctx, i+1), votes, func(s *countStep) tally.Amount { return s.Votes[i] })
		r.Fate = v.toldFate(ctx, t.countStep, i+1)
		if t.hasFactor {
			r.Keeps = t.Keep[i].String()
		}
		t.Rows = append(t.Rows, r)
	}
	t.Nobody = row(text.T(ctx, "count.non_transferable"), v.nobodys(&t.countStep), v.nobodys)
	if t.hasNobody {
		lost := row(text.T(ctx, "count.rounding"), t.Rounding, func(s *countStep) tally.Amount { return s.Rounding })
		t.Lost = &lost
	}
}

// allVotes are one for each valid paper.
func (v Count) allVotes(places int) tally.Amount {
	return tally.Amount{Units: unitsOf(v.Result.Valid, places), Places: places}
}

// nobodys are the votes that no candidate has: in Meek's rule what nobody kept of the papers.
func (v Count) nobodys(s *countStep) tally.Amount {
	if s.hasNobody {
		return s.Nobody
	}
	left := v.allVotes(s.Quota.Places)
	for i, votes := range s.Votes {
		if !s.Out[i] {
			left = left.Minus(votes)
		}
	}
	return left
}

// toldFate says of those elected earlier when it was.
func (v Count) toldFate(ctx context.Context, s countStep, c int) string {
	if at := v.Result.ElectedAt[c-1]; at > 0 && at < s.Number {
		return v.say(ctx, "elected_earlier", "Number", at)
	}
	return s.fate(ctx, c)
}

// tellTransfers says who got which papers at a stage of the Scottish rule.
func (v Count) tellTransfers(ctx context.Context, t *toldStep, before countStep) {
	switch stage := v.Result.Stages[t.Number-1]; {
	case len(t.Transfers) == 0:
		t.How = v.say(ctx, "no_papers", "Name", v.name(ctx, stage.Candidate))
	case stage.Action == tally.Surplus:
		t.How = v.say(ctx, "surplus_how", "Name", v.name(ctx, stage.Candidate), "Surplus", groupedVotes(plainVotes(stage.Surplus)), "Before", groupedVotes(plainVotes(before.Votes[stage.Candidate-1])))
	default:
		t.How = v.say(ctx, "excluded_how")
	}
	for rest := t.Transfers; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].To == rest[0].To {
			n++
		}
		t.Moves = append(t.Moves, v.move(ctx, rest[:n]))
		rest = rest[n:]
	}
	if lost := t.Rounding.Minus(before.Rounding); lost.Units > 0 {
		t.LostInWords = v.sayVotes(ctx, "lost", lost)
	}
}

// move tells of the papers that went to one receiver.
func (v Count) move(ctx context.Context, parcels []tally.Transfer) toldMove {
	to := parcels[0].To
	one, many := "story.moved", "story.moved_many"
	if to == 0 {
		one, many = "story.stayed", "story.stayed_many"
	}
	name := ""
	if to > 0 {
		name = v.name(ctx, to)
	}
	if len(parcels) == 1 {
		return toldMove{Words: parcel(ctx, one, parcels[0], name)}
	}
	sum := tally.Transfer{To: to, Votes: tally.Amount{Places: parcels[0].Votes.Places}}
	var parts []string
	for _, p := range parcels {
		sum.Papers += p.Papers
		sum.Votes.Units += p.Votes.Units
		parts = append(parts, parcel(ctx, "story.part", p, name))
	}
	return toldMove{Words: parcel(ctx, many, sum, name), Parts: parts}
}

func parcel(ctx context.Context, key string, m tally.Transfer, name string) string {
	return text.N(ctx, key, int(m.Papers), "Papers", grouped(int(m.Papers)), "Name", name, "Value", m.Value, "Votes", groupedVotes(m.Votes.String()))
}
