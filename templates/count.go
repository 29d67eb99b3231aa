package templates

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"folkmoot/governance/tally"
	"folkmoot/templates/text"
)

// Count is a count of votes, as anybody may see it.
type Count struct {
	Election *tally.Election
	Result   *tally.Result
	Reopen   int          // the number under which "Re-open nominations" stands; 0: it does not
	Title    string       // where the election's own does not tell it from the other counts on a page; "": the election's
	Anchor   string       // likewise, what the ids begin with
	Spoilt   []SpoiltLine // why papers are not valid; none where only the count knows of them
}

// countStep is a stage or a round: what a table and a picture show of either.
type countStep struct {
	Number               int
	Head, Short          string
	Votes                []tally.Amount
	Out                  []bool // by candidate: no longer counted
	Quota                tally.Amount
	Elected              []int
	Excluded             int
	Transfers            []tally.Transfer
	Keep                 []tally.Amount
	Nobody, Rounding     tally.Amount
	hasNobody, hasFactor bool
}

func (v Count) title(ctx context.Context) string {
	return cmp.Or(v.Title, v.Election.Title, text.T(ctx, "count.untitled"))
}

func (v Count) name(ctx context.Context, c int) string {
	if c == v.Reopen {
		return text.T(ctx, "count.reopen")
	}
	return v.Election.Candidates[c-1]
}

func (v Count) names(ctx context.Context, numbers []int) string {
	var all []string
	for _, c := range numbers {
		all = append(all, v.name(ctx, c))
	}
	return strings.Join(all, text.T(ctx, "count.between_names"))
}

func ruleWords(ctx context.Context, rule tally.Rule) string {
	if rule == tally.Meek {
		return text.T(ctx, "count.rule_meek")
	}
	return text.T(ctx, "count.rule_scottish")
}

// outcome are the sentences that say how it ended.
func (v Count) outcome(ctx context.Context) []string {
	var all []string
	for _, l := range v.Result.Lots {
		all = append(all, text.T(ctx, "count.lot", "Number", l.Stage, "Names", v.names(ctx, l.Among), "Chosen", v.name(ctx, l.Chosen)))
	}
	if n := v.Result.LotNeeded; n != nil {
		all = append(all, text.T(ctx, "count.lot_needed", "Number", n.AfterStage, "Names", v.names(ctx, n.Between)))
	}
	if len(v.Result.Elected) == 0 {
		return append(all, text.T(ctx, "count.result_none"))
	}
	return append(all, text.T(ctx, "count.result", "Names", v.names(ctx, v.Result.Elected)))
}

func (v Count) steps(ctx context.Context) []countStep {
	var all []countStep
	for _, s := range v.Result.Stages {
		step := countStep{
			Number: s.Number, Votes: s.Totals, Out: make([]bool, len(s.Totals)), Quota: v.wholeQuota(), Elected: s.Elected,
			Transfers: s.Transfers, Nobody: s.NonTransferable, Rounding: s.Rounding, hasNobody: true,
		}
		for c, at := range v.Result.ExcludedAt {
			step.Out[c] = at > 0 && at < s.Number
		}
		for _, c := range v.Result.Withdrawn {
			step.Out[c-1] = true
		}
		step.Head, step.Short = v.stageWords(ctx, s)
		if s.Action == tally.Exclusion {
			step.Excluded = s.Candidate
		}
		all = append(all, step)
	}
	for _, r := range v.Result.Rounds {
		all = append(all, countStep{
			Number: r.Number, Votes: r.Votes, Out: r.Out, Quota: r.Quota, Elected: r.Elected, Excluded: r.Defeated, Keep: r.KeepFactors, hasFactor: true,
			Head:  text.T(ctx, "count.round", "Number", r.Number, "Quota", r.Quota, "Surplus", r.Surplus),
			Short: text.T(ctx, "count.picture_round", "Number", r.Number),
		})
	}
	return all
}

func (v Count) stageWords(ctx context.Context, s tally.Stage) (head, short string) {
	switch s.Action {
	case tally.Surplus:
		name := v.name(ctx, s.Candidate)
		return text.T(ctx, "count.stage_surplus", "Number", s.Number, "Name", name, "Votes", s.Surplus), text.T(ctx, "count.picture_surplus", "Name", name)
	case tally.Exclusion:
		name := v.name(ctx, s.Candidate)
		return text.T(ctx, "count.stage_excluded", "Number", s.Number, "Name", name), text.T(ctx, "count.picture_excluded", "Name", name)
	case tally.FirstPreferences:
	}
	return text.T(ctx, "count.stage_first", "Number", s.Number), text.T(ctx, "count.picture_first")
}

// wholeQuota is the quota of the Scottish rule with the decimals of its votes.
func (v Count) wholeQuota() tally.Amount {
	if len(v.Result.Stages) == 0 {
		return v.Result.Quota
	}
	return tally.Amount{Units: unitsOf(v.Result.Quota.Units, v.Result.Stages[0].NonTransferable.Places), Places: v.Result.Stages[0].NonTransferable.Places}
}

func unitsOf(n int64, places int) int64 {
	for range places {
		n *= 10
	}
	return n
}

// fate is what a step decides about a candidate.
func (s countStep) fate(ctx context.Context, c int) string {
	switch {
	case slices.Contains(s.Elected, c):
		return text.T(ctx, "count.elected")
	case s.Excluded == c:
		return text.T(ctx, "count.excluded")
	}
	return ""
}

// WriteCount writes a count as plain text, with every number that a scrutineer needs to follow it.
func WriteCount(ctx context.Context, w io.Writer, v Count) error {
	facts := []string{
		v.title(ctx), ruleWords(ctx, v.Result.Rule), text.T(ctx, "count.seats", "Number", v.Election.Seats),
		text.T(ctx, "count.valid", "Number", v.Result.Valid), text.T(ctx, "count.invalid", "Number", v.Result.Invalid),
		text.T(ctx, "count.cut_short", "Number", v.Election.Ballots.CutShort()), text.T(ctx, "count.quota", "Votes", v.Result.Quota),
	}
	parts := []string{strings.Join(facts, "\n")}
	var before *countStep
	for _, step := range v.steps(ctx) {
		parts = append(parts, step.Head+"\n"+aligned(v.votesRows(ctx, step, before), 2, 3, 4))
		if len(step.Transfers) > 0 && before != nil {
			parts = append(parts, aligned(v.transferRows(ctx, step), 1, 2, 3))
		}
		before = &step
	}
	parts = append(parts, strings.Join(v.outcome(ctx), "\n"))
	_, err := fmt.Fprintln(w, strings.Join(parts, "\n\n"))
	return err
}

func (v Count) votesRows(ctx context.Context, step countStep, before *countStep) [][]string {
	keeps := ""
	if step.hasFactor {
		keeps = text.T(ctx, "count.column_keep")
	}
	rows := [][]string{{
		text.T(ctx, "count.column_number"), text.T(ctx, "count.column_candidate"), text.T(ctx, "count.column_votes"),
		text.T(ctx, "count.column_change"), keeps, text.T(ctx, "count.column_fate"),
	}}
	for i, votes := range step.Votes {
		if step.Out[i] {
			continue
		}
		row := []string{strconv.Itoa(i + 1), v.name(ctx, i+1), votes.String(), "", "", step.fate(ctx, i+1)}
		if before != nil {
			row[3] = signed(votes.Minus(before.Votes[i]))
		}
		if step.hasFactor {
			row[4] = step.Keep[i].String()
		}
		rows = append(rows, row)
	}
	if !step.hasNobody {
		return rows
	}
	return append(rows, []string{"", text.T(ctx, "count.non_transferable"), step.Nobody.String()}, []string{"", text.T(ctx, "count.rounding"), step.Rounding.String()})
}

func (v Count) transferRows(ctx context.Context, step countStep) [][]string {
	rows := [][]string{{text.T(ctx, "count.column_to"), text.T(ctx, "count.column_papers"), text.T(ctx, "count.column_value"), text.T(ctx, "count.column_votes")}}
	for _, m := range step.Transfers {
		to := text.T(ctx, "count.non_transferable")
		if m.To > 0 {
			to = v.name(ctx, m.To)
		}
		rows = append(rows, []string{to, strconv.FormatInt(m.Papers, 10), m.Value.String(), m.Votes.String()})
	}
	return rows
}

// aligned is a table in plain text, indented; the columns named, from 0, are numbers and end together.
func aligned(rows [][]string, numbers ...int) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var all []string
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if widths[i] == 0 {
				continue
			}
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if slices.Contains(numbers, i) {
				cell = gap + cell
			} else {
				cell += gap
			}
			line.WriteString("  " + cell)
		}
		all = append(all, strings.TrimRight(line.String(), " "))
	}
	return strings.Join(all, "\n")
}

// signed is a change: +2.00000, -1.00000, and nothing for none.
func signed(change tally.Amount) string {
	switch {
	case change.Units > 0:
		return "+" + change.String()
	case change.Units < 0:
		return change.String()
	}
	return ""
}
