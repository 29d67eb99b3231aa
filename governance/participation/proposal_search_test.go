package participation_test

import (
	"slices"
	"strings"
	"testing"

	"folkmoot/governance/participation"
	"folkmoot/internal/identity"
)

func TestSearchFindsTheSameOnBothDatabases(t *testing.T) {
	each(t, func(s *society) {
		about := func(name identity.AccountID, title, problem string) {
			s.joins(name)
			s.proposes(name, participation.Draft{Title: title, Problem: problem, Change: "Do it.", Affected: "Everybody"})
		}
		about("ann", "Lamps in the cellar", "It is dark. I fell on the stairs in 2026.")
		about("ben", "A handrail", "The cellar has no handrail, and its lamps are weak.")
		about("cat", "Café for operators", "Nobody serves ÉCLAIRS to the night shift.")
		about("dan", "Übersetzung nach Straßburg", "Чат говорит только по-английски.")
		for _, c := range []struct {
			sought string
			want   []string // titles in their order; those of one rank have no order
		}{
			{"lamps", []string{"Lamps in the cellar", "A handrail"}},
			{"LAMP", []string{"Lamps in the cellar", "A handrail"}},
			{"cellar lamps", []string{"Lamps in the cellar", "A handrail"}},
			{"handrail lamps", []string{"A handrail"}},
			{"cafe", []string{"Café for operators"}},
			{"éclair", []string{"Café for operators"}},
			{"2026", []string{"Lamps in the cellar"}},
			{"чат", []string{"Übersetzung nach Straßburg"}},
			{"ubersetz", []string{"Übersetzung nach Straßburg"}},
			{"amps", nil},
			{"cellar submarine", nil},
			{"", nil},
			{"!?&|*", nil},
		} {
			found, err := s.proposals.Search(s.Context(), c.sought)
			s.must(err)
			var got []string
			for _, f := range found {
				got = append(got, f.Title)
			}
			if !slices.Equal(got, c.want) {
				s.Errorf("%q finds %q, want %q", c.sought, got, c.want)
			}
		}
	})
}

func TestWhatIsSoughtIsNeverAQuery(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		s.proposes("ann", lamps)
		for _, sought := range []string{
			`"`, `""`, `lamps"`, `"lamps`, `lamps OR nothing`, `lamps NOT cellar`, `title:lamps`, `lamps*`, `NEAR(lamps cellar)`, `lamps & !cellar`, `lamps | x`,
			`lamps <-> cellar`, `(lamps`, `lamps:*B`, `'; DROP TABLE proposals; --`, `' OR 1=1 --`, `\`, "lamps\x00", "\xff\xfe", `^lamps`, `-lamps`, `{title}:x`, `lamps:`,
			strings.Repeat("lamps ", 100), strings.Repeat("x", 100_000), "\u202elamps",
		} {
			if _, err := s.proposals.Search(s.Context(), sought); err != nil {
				s.Errorf("%.40q: %v", sought, err)
			}
		}
		// A word that a database takes for an operator is a word.
		for sought, want := range map[string]int{"lamps OR nothing": 0, "lamps NOT cellar": 0, "title:lamps": 0, "lamps*": 1, "lamps & cellar": 1, "^lamps": 1} {
			if found, err := s.proposals.Search(s.Context(), sought); err != nil || len(found) != want {
				s.Errorf("%q finds %d, want %d: %v", sought, len(found), want, err)
			}
		}
	})
}

func TestSearchKnowsTheLatestWords(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		id := s.proposes("ann", lamps)
		torches := lamps
		torches.Title, torches.Change = "Torches", "Buy torches."
		s.must(s.proposals.Amend(s.Context(), "ann", id, s.version(id), torches, "cheaper", true))
		for sought, want := range map[string]int{"torches": 1, "lamps": 0, "dark": 1} {
			if found, err := s.proposals.Search(s.Context(), sought); err != nil || len(found) != want {
				s.Errorf("%q finds %d, want %d: %v", sought, len(found), want, err)
			}
		}
	})
}

func TestASnippetShowsWhereItStands(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann")
		d := lamps
		d.Problem = strings.Repeat("so much ", 60) + "ado about Éclairs" + strings.Repeat(" and more", 60)
		s.proposes("ann", d)
		found, err := s.proposals.Search(s.Context(), "eclair")
		s.must(err)
		var marked []string
		length := 0
		for _, p := range found[0].Snippet {
			length += len(p.Text)
			if p.Edit == participation.Added {
				marked = append(marked, p.Text)
			}
		}
		if !slices.Equal(marked, []string{"Éclairs"}) || length > 400 || !strings.HasPrefix(found[0].Snippet[0].Text, "…") {
			s.Errorf("%+v", found[0].Snippet)
		}
	})
}
