package tally

import (
	"encoding/json"
)

// resultJSON is a result as others read it. Candidates are numbered from 1; amounts are strings with all their decimals, for a reader that
// takes numbers for floating point would lose some.
type resultJSON struct {
	Rule        Rule           `json:"rule"`
	Quota       any            `json:"quota,omitempty"`
	Elected     []int          `json:"elected"`
	Stages      []stageJSON    `json:"stages,omitempty"`
	Rounds      *[]roundJSON   `json:"rounds,omitempty"`
	KeepFactors []string       `json:"final_keep_factors,omitempty"`
	Approvals   []int64        `json:"approvals,omitempty"`
	Lots        []lotJSON      `json:"lots"`
	LotNeeded   *lotNeededJSON `json:"lot_needed,omitempty"`
}

type stageJSON struct {
	Stage           int      `json:"stage"`
	Action          Action   `json:"action"`
	Candidate       *int     `json:"candidate"`
	Totals          []string `json:"totals"`
	NonTransferable string   `json:"non_transferable"`
}

type roundJSON struct {
	Round   int       `json:"round"`
	Votes   []*string `json:"votes"` // null: out
	Quota   string    `json:"quota"`
	Surplus string    `json:"surplus"`
}

type lotJSON struct {
	Stage  int   `json:"stage"`
	Among  []int `json:"among"`
	Chosen int   `json:"chosen"`
}

type lotNeededJSON struct {
	AfterStage int   `json:"after_stage"`
	Between    []int `json:"between"`
}

// MarshalJSON writes the count for certificates and for other programs to compare with theirs.
func (r *Result) MarshalJSON() ([]byte, error) {
	out := resultJSON{Rule: r.Rule, Elected: append([]int{}, r.Elected...), Approvals: r.Approvals, Lots: []lotJSON{}}
	switch r.Rule {
	case Scottish:
		out.Quota = r.Quota.Units
		out.Stages = r.stagesJSON()
	case Meek:
		out.Quota = r.Quota.String()
		rounds := r.roundsJSON()
		out.Rounds = &rounds
		out.KeepFactors = texts(r.KeepFactors)
	case Approval:
	}
	for _, l := range r.Lots {
		out.Lots = append(out.Lots, lotJSON(l))
	}
	if r.LotNeeded != nil {
		needed := lotNeededJSON(*r.LotNeeded)
		out.LotNeeded = &needed
	}
	return json.Marshal(out)
}

func (r *Result) stagesJSON() []stageJSON {
	var all []stageJSON
	for _, s := range r.Stages {
		out := stageJSON{Stage: s.Number, Action: s.Action, Totals: texts(s.Totals), NonTransferable: s.NonTransferable.String()}
		if s.Candidate != 0 {
			out.Candidate = &s.Candidate
		}
		all = append(all, out)
	}
	return all
}

func (r *Result) roundsJSON() []roundJSON {
	all := []roundJSON{}
	for _, round := range r.Rounds {
		out := roundJSON{Round: round.Number, Quota: round.Quota.String(), Surplus: round.Surplus.String()}
		for c, text := range texts(round.Votes) {
			if round.Out[c] {
				out.Votes = append(out.Votes, nil)
			} else {
				out.Votes = append(out.Votes, &text)
			}
		}
		all = append(all, out)
	}
	return all
}

func texts(amounts []Amount) []string {
	all := make([]string, len(amounts))
	for i, a := range amounts {
		all[i] = a.String()
	}
	return all
}
