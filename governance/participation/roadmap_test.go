package participation_test

import (
	"slices"
	"testing"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/money"
)

func pounds(n int64) participation.Cost {
	return participation.Cost{Known: true, Pence: 100 * money.Pence(n)}
}

var cellar = participation.Plan{
	Title: "Lamps", Words: "Three lamps in the cellar.", Status: participation.Planned, Owner: "the board", Minute: "2027-01-20, item 3", Estimate: pounds(40),
}

func (s *society) adds(p participation.Plan) string {
	s.Helper()
	id, err := s.roadmap.Add(s.Context(), "sec", p, "decided")
	s.must(err)
	return id
}

func TestTheRoadmapIsKeptBySecretaryAndBoard(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "ben")
		s.sits("ann")
		_, err := s.roadmap.Add(s.Context(), "ben", cellar, "decided")
		s.must(err, participation.ErrNotBoard)
		_, err = s.roadmap.Add(s.Context(), "stew", cellar, "decided")
		s.must(err, participation.ErrNotBoard)
		id, err := s.roadmap.Add(s.Context(), "ann", cellar, "decided")
		s.must(err)
		s.must(s.roadmap.Change(s.Context(), "ben", id, cellar, "later"), participation.ErrNotBoard)
		s.must(s.roadmap.Change(s.Context(), "sec", id, cellar, "none"), participation.ErrSameWords)
		s.must(s.roadmap.Change(s.Context(), "sec", "gone", cellar, "none"), participation.ErrNoItem)
		under := cellar
		under.Status = participation.UnderWay
		s.must(s.roadmap.Change(s.Context(), "sec", id, under, ""), member.ErrNoWhy)
		s.days(1)
		s.must(s.roadmap.Change(s.Context(), "sec", id, under, "the lamps have come"))
		history, err := s.roadmap.History(s.Context(), id)
		s.must(err)
		if len(history) != 2 || history[0].Plan != under || history[1].Plan != cellar || history[1].As != "board" || history[0].As != "secretary" {
			s.Errorf("%+v", history)
		}
		if acts := s.acts(id); !slices.Equal(acts, []string{"ann as board: roadmap changed (decided)", "sec as secretary: roadmap changed (the lamps have come)"}) {
			s.Error(acts)
		}
	})
}

func TestAnItemSaysWhereItComesFromAndWhatItCost(t *testing.T) {
	each(t, func(s *society) {
		asked := s.reached()
		for _, c := range []struct {
			spoil func(*participation.Plan)
			want  error
		}{
			{func(p *participation.Plan) { p.Title = "" }, participation.ErrNoTitle},
			{func(p *participation.Plan) { p.Words = "" }, participation.ErrNoWhat},
			{func(p *participation.Plan) { p.Owner = "" }, participation.ErrNoOwner},
			{func(p *participation.Plan) { p.Status = "soon" }, participation.ErrNoStatus},
			{func(p *participation.Plan) { p.Minute = "" }, participation.ErrNoDecision},
			{func(p *participation.Plan) { p.Proposal = "nothing" }, participation.ErrNotAccepted},
			{func(p *participation.Plan) { p.Proposal = asked }, participation.ErrNotAccepted},
			{func(p *participation.Plan) { p.Estimate = pounds(-1) }, participation.ErrBadEstimate},
			{func(p *participation.Plan) { p.Status = participation.Done }, participation.ErrNoActual},
			{func(p *participation.Plan) { p.Status, p.Actual = participation.Done, pounds(-1) }, participation.ErrNoActual},
		} {
			p := cellar
			c.spoil(&p)
			_, err := s.roadmap.Add(s.Context(), "sec", p, "decided")
			s.must(err, c.want)
		}
		s.must(s.proposals.Answer(s.Context(), "sec", asked, s.version(asked), yes))
		done := cellar
		done.Proposal, done.Minute, done.Status, done.Actual = asked, "", participation.Done, pounds(0)
		id := s.adds(done)
		item, err := s.roadmap.Item(s.Context(), id)
		s.must(err)
		if item.Plan != done || item.Asked != lamps.Title || item.Answer != yes.Reasons {
			s.Errorf("%+v", item)
		}
		of, err := s.roadmap.Of(s.Context(), asked)
		s.must(err)
		if len(of) != 1 || of[0].ID != id {
			s.Errorf("%+v", of)
		}
		if decided, err := s.proposals.Decided(s.Context()); err != nil || len(decided) != 1 || decided[0].ID != asked {
			s.Errorf("%+v, %v", decided, err)
		}
	})
}

func TestTheLatestOfTheRoadmapAreItsChanges(t *testing.T) {
	each(t, func(s *society) {
		first := s.adds(cellar)
		s.days(1)
		stairs := cellar
		stairs.Title = "Stairs"
		s.adds(stairs)
		s.days(1)
		not := cellar
		not.Status = participation.NotDoing
		s.must(s.roadmap.Change(s.Context(), "sec", first, not, "the cellar is let"))
		var got []string
		changes, err := s.roadmap.Latest(s.Context(), 10)
		s.must(err)
		for _, c := range changes {
			got = append(got, c.Title+" "+string(c.Status))
		}
		if want := []string{"Lamps not_doing", "Stairs planned", "Lamps planned"}; !slices.Equal(got, want) {
			s.Errorf("got %v, want %v", got, want)
		}
		items, err := s.roadmap.Items(s.Context())
		s.must(err)
		if len(items) != 2 || items[0].ID != first || items[0].Number != 2 {
			s.Errorf("%+v", items)
		}
	})
}
