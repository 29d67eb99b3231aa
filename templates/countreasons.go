package templates

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"folkmoot/governance/tally"
	"folkmoot/templates/text"
)

// countReason is why a candidate was elected or was not, in one paragraph.
type countReason struct {
	Candidate   int
	Head, Words string
}

// whyElected are the reasons of those elected, in the order of election.
func (v Count) whyElected(ctx context.Context) []countReason {
	steps := v.steps(ctx)
	var all []countReason
	for _, c := range v.Result.Elected {
		all = append(all, countReason{c, v.why(ctx, c, "why", "why_reopen"), v.rose(ctx, steps, c)})
	}
	return all
}

// why is the question above a reason. Nominations that are opened again are no person.
func (v Count) why(ctx context.Context, c int, person, reopen string) string {
	if c == v.Reopen {
		person = reopen
	}
	return text.T(ctx, "story_heads."+person, "Name", v.name(ctx, c))
}

// rose says how somebody was elected.
func (v Count) rose(ctx context.Context, steps []countStep, c int) string {
	if len(steps) == 0 {
		return text.T(ctx, "story.uncounted", "Name", v.name(ctx, c))
	}
	step := steps[v.Result.ElectedAt[c-1]-1]
	key, votes := "elected", step.Votes[c-1]
	switch {
	case votes.Units < step.Quota.Units:
		key = "elected_below"
	case step.Number == 1:
		key = "elected_first"
	}
	return v.sayVotes(ctx, key, votes, "Number", step.Number, "Name", v.name(ctx, c), "Quota", groupedVotes(plainVotes(step.Quota)))
}

// whyNot are the reasons of everybody else, one each: those who stood to the end first, then whoever was excluded last, then who withdrew.
func (v Count) whyNot(ctx context.Context) []countReason {
	steps := v.steps(ctx)
	var others []int
	for c := range v.Election.Candidates {
		if v.Result.ElectedAt[c] == 0 {
			others = append(others, c+1)
		}
	}
	slices.SortStableFunc(others, func(a, b int) int {
		return cmp.Or(cmp.Compare(v.lasted(b), v.lasted(a)), cmp.Compare(lastVotes(steps, b), lastVotes(steps, a)))
	})
	var all []countReason
	for _, c := range others {
		all = append(all, v.whyNotOne(ctx, steps, c))
	}
	return all
}

// lasted is how long somebody was in the count who was not elected.
func (v Count) lasted(c int) int {
	switch at := v.Result.ExcludedAt[c-1]; {
	case slices.Contains(v.Result.Withdrawn, c):
		return 0
	case at > 0:
		return at
	}
	return math.MaxInt
}

func lastVotes(steps []countStep, c int) int64 {
	if len(steps) == 0 {
		return 0
	}
	return steps[len(steps)-1].Votes[c-1].Units
}

func (v Count) whyNotOne(ctx context.Context, steps []countStep, c int) countReason {
	not := v.why(ctx, c, "why_not", "why_not_reopen")
	switch {
	case slices.Contains(v.Result.Withdrawn, c):
		return countReason{c, not, text.T(ctx, "story.withdrew", "Name", v.name(ctx, c))}
	case v.Result.ExcludedAt[c-1] > 0:
		return countReason{c, not, strings.Join(v.fell(ctx, steps, c), " ")}
	case v.Result.LotNeeded != nil:
		return countReason{c, v.why(ctx, c, "open", "open"), v.undecided(ctx, c)}
	}
	return countReason{c, not, v.outrun(ctx, steps, c)}
}

// undecided is said of those whom the count had not come to when it stopped for want of a lot.
func (v Count) undecided(ctx context.Context, c int) string {
	n := v.Result.LotNeeded
	key := "undecided"
	if slices.Contains(n.Between, c) {
		key = "undecided_lot"
	}
	return v.say(ctx, key, "Number", n.AfterStage, "Name", v.name(ctx, c), "Names", v.inARow(ctx, n.Between))
}

// outrun is said of those who were neither elected nor excluded when the last seat was filled.
func (v Count) outrun(ctx context.Context, steps []countStep, c int) string {
	last, who := steps[len(steps)-1], v.Result.Elected[len(v.Result.Elected)-1]
	short := last.Votes[who-1].Minus(last.Votes[c-1])
	return v.sayVotes(ctx, "outrun", last.Votes[c-1], "Number", last.Number, "Name", v.name(ctx, c), "Fewer", groupedVotes(plainVotes(short)), "Last", v.name(ctx, who))
}

// fell says why somebody was excluded: they had the fewest votes, or an earlier step or a lot decided between equals.
func (v Count) fell(ctx context.Context, steps []countStep, c int) []string {
	at := v.Result.ExcludedAt[c-1]
	back := slices.Clone(steps[:at]) // the votes that decided are those before a stage, but at the end of a round
	slack := int64(0)
	if v.Result.Rule == tally.Meek {
		slack = v.Result.Rounds[at-1].Surplus.Units
	} else {
		back = back[:at-1]
	}
	slices.Reverse(back)
	votes := func(c int) int64 { return back[0].Votes[c-1].Units }
	field := v.stillIn(at)
	tied := fewest(field, votes, slack)
	had := back[0].Votes[c-1]
	if len(tied) == 1 {
		next := fewest(slices.DeleteFunc(field, func(o int) bool { return o == c }), votes, 0)
		ahead := back[0].Votes[next[0]-1].Minus(had)
		return []string{v.sayVotes(ctx, "excluded", had, "Number", at, "Name", v.name(ctx, c), "Fewer", groupedVotes(plainVotes(ahead)), "Next", v.inARow(ctx, next))}
	}
	said := []string{v.sayVotes(ctx, "excluded_equal", had, "Number", at, "Name", v.name(ctx, c), "Names", v.inARow(ctx, tied))}
	return append(said, v.decided(ctx, tied, back[1:], at)...)
}

// decided says what decided between equals: each earlier step that left fewer of them, and the lot where none left one alone.
func (v Count) decided(ctx context.Context, tied []int, back []countStep, at int) []string {
	var said []string
	for _, s := range back {
		left := fewest(tied, func(c int) int64 { return s.Votes[c-1].Units }, 0)
		if len(left) < len(tied) {
			said = append(said, text.N(ctx, v.section()+"looked_back", len(left), "Number", s.Number, "Names", v.inARow(ctx, left)))
			tied = left
		}
		if len(tied) == 1 {
			return said
		}
	}
	for _, l := range v.Result.Lots {
		if l.Stage == at {
			said = append(said, v.say(ctx, "lot_fell", "Chosen", v.name(ctx, l.Chosen)))
		}
	}
	return said
}

// stillIn are those who were neither elected nor out when somebody was excluded. Whoever was elected at that step was so afterwards.
func (v Count) stillIn(at int) []int {
	var in []int
	for i := range v.Election.Candidates {
		elected, excluded := v.Result.ElectedAt[i], v.Result.ExcludedAt[i]
		if (elected == 0 || elected >= at) && (excluded == 0 || excluded >= at) && !slices.Contains(v.Result.Withdrawn, i+1) {
			in = append(in, i+1)
		}
	}
	return in
}

// fewest are those who have no more than slack above the fewest votes.
func fewest(of []int, votes func(c int) int64, slack int64) []int {
	low := int64(math.MaxInt64)
	for _, c := range of {
		low = min(low, votes(c))
	}
	return slices.DeleteFunc(slices.Clone(of), func(c int) bool { return votes(c)-slack > low })
}
