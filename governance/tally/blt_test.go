package tally

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// papers are an election's papers as text, in the order of the file.
func papers(e *Election) []string {
	var all []string
	for preferences, n := range e.Ballots.Each() {
		all = append(all, strings.Trim(fmt.Sprintf("%d:%v", n, preferences), "[]"))
	}
	return all
}

const ending = "0\n\"Ann\"\n\"Ben\"\n\"Cai\"\n\"Dee\"\n\"Board\"\n"

func TestAFileIsReadAsItsWriterMeantIt(t *testing.T) {
	for name, c := range map[string]struct {
		blt       string
		papers    []string
		withdrawn []int
		blank     int64
		cutShort  int64
	}{
		"weights":                           {blt: "4 2\n3 1 2 0\n12 4 1 3 0\n" + ending, papers: []string{"3:[1 2", "12:[4 1 3"}},
		"withdrawn candidates":              {blt: "4 2\n-3 -1\n1 1 2 0\n" + ending, papers: []string{"1:[1 2"}, withdrawn: []int{3, 1}},
		"withdrawn on lines of their own":   {blt: "4 2\n-3\n-1\n1 1 2 0\n" + ending, papers: []string{"1:[1 2"}, withdrawn: []int{3, 1}},
		"Windows line ends":                 {blt: strings.ReplaceAll("4 2\n-3\n1 1 2 0\n"+ending, "\n", "\r\n"), papers: []string{"1:[1 2"}, withdrawn: []int{3}},
		"a byte order mark":                 {blt: "\xef\xbb\xbf4 2\n1 1 2 0\n" + ending, papers: []string{"1:[1 2"}},
		"no line end at the end":            {blt: strings.TrimSuffix("4 2\n1 1 2 0\n"+ending, "\n"), papers: []string{"1:[1 2"}},
		"comments, blank lines and tabs":    {blt: "# a\n\n4 2 # b\n \t1\t1  2 0 # c\n#d\n" + ending, papers: []string{"1:[1 2"}},
		"blank papers":                      {blt: "4 2\n1 1 0\n5 0\n" + ending, papers: []string{"1:[1"}, blank: 5},
		"two at one preference":             {blt: "4 2\n7 1 2=3 4 0\n" + ending, papers: []string{"7:[1"}, cutShort: 7},
		"two at the first preference":       {blt: "4 2\n7 2=3 4 0\n" + ending, blank: 7, cutShort: 7},
		"a preference left out":             {blt: "4 2\n7 1 - 4 0\n" + ending, papers: []string{"7:[1"}, cutShort: 7},
		"no first preference":               {blt: "4 2\n7 - 4 0\n" + ending, blank: 7, cutShort: 7},
		"somebody marked twice":             {blt: "4 2\n7 1 2 1 4 0\n1 1 4 0\n" + ending, papers: []string{"7:[1 2", "1:[1 4"}, cutShort: 7},
		"doubt about somebody who withdrew": {blt: "4 2\n-3\n7 1 3=2 4 0\n" + ending, papers: []string{"7:[1"}, withdrawn: []int{3}, cutShort: 7},
		"no papers":                         {blt: "4 2\n" + ending},
	} {
		t.Run(name, func(t *testing.T) {
			e := parse(t, c.blt)
			if diff := cmp.Diff(c.papers, papers(e)); diff != "" {
				t.Errorf("papers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.withdrawn, e.Withdrawn); diff != "" {
				t.Errorf("withdrawn (-want +got):\n%s", diff)
			}
			if e.Ballots.Blank() != c.blank || e.Ballots.CutShort() != c.cutShort {
				t.Errorf("%d blank and %d cut short, want %d and %d", e.Ballots.Blank(), e.Ballots.CutShort(), c.blank, c.cutShort)
			}
			if diff := cmp.Diff([]string{"Ann", "Ben", "Cai", "Dee"}, e.Candidates); diff != "" || e.Title != "Board" || e.Seats != 2 {
				t.Errorf("title %q, %d seats, names (-want +got):\n%s", e.Title, e.Seats, diff)
			}
		})
	}
}

func TestNamesKeepTheirQuotes(t *testing.T) {
	for line, want := range map[string]string{
		`"William "Bill" Ó Dálaigh"`:     `William "Bill" Ó Dálaigh`,
		`"William ""Bill"" Smith"`:       `William "Bill" Smith`,
		`"William \"Bill\" Smith"`:       `William "Bill" Smith`,
		`"Smith "#1" Bob"`:               `Smith "#1" Bob`,
		`"Ann # Smith"`:                  `Ann # Smith`,
		`"Ann Smith" # "the first" here`: `Ann Smith`,
		"  \"Ann\tSmith\"  ":             `Ann Smith`,
		`"0"`:                            `0`,
	} {
		if got := parse(t, "1 1\n1 1 0\n0\n"+line+"\n").Candidates[0]; got != want {
			t.Errorf("%s is read as %q, want %q", line, got, want)
		}
	}
}

func TestABadFileSaysWhereAndWhy(t *testing.T) {
	for blt, want := range map[string]string{
		"":                              "line 1: the file ends where there should be the numbers of candidates",
		"four two\n":                    "line 1: here belong the numbers of candidates and of seats",
		"4\n":                           "line 1: here belong",
		"0 2\n":                         "line 1: there can be from 1 to 255 candidates, not 0",
		"256 2\n":                       "line 1: there can be from 1 to 255 candidates, not 256",
		"4 0\n":                         "line 1: there can be from 1 to 255 seats, not 0",
		"4 2\n":                         "line 2: the file ends where there should be a paper",
		"4 2\n-5\n":                     "line 2: candidate 5 withdrew, but there are 4 candidates",
		"4 2\n-3 -3\n":                  "line 2: candidate 3 withdrew twice",
		"4 2\n-3 3\n":                   `line 2: "3" is not a withdrawn candidate`,
		"4 2\n1 1 0\n-3\n":              `line 3: "-3" is not a number of papers`,
		"4 2\n# x\n\n1 5 0\n":           "line 4: there is no candidate 5: there are 4",
		"4 2\n1 1 99999999999999 0\n":   `line 2: "99999999999999" is not a preference`,
		"4 2\n1 1=5 0\n":                "line 2: there is no candidate 5",
		"4 2\n1 1=x 0\n":                `line 2: "1=x" is not a preference`,
		"4 2\n1 1=0 0\n":                `line 2: "1=0" is not a preference`,
		"4 2\n1 -2 0\n":                 `line 2: "-2" is not a preference`,
		"4 2\n1 1 2\n":                  "line 2: the paper does not end with 0",
		"4 2\n1 1 0 2 0\n":              `line 2: "2 0" follows the 0 that ends the paper`,
		"4 2\n0 1 0\n":                  "line 2: a line says that there are 0 such papers",
		"4 2\n1.5 1 0\n":                `line 2: "1.5" is not a number of papers`,
		"4 2\n1000000001 1 0\n":         "line 2: there are more than 1000000000 papers",
		"4 2\n1000000000 1 0\n1 2 0\n":  "line 3: there are more than 1000000000 papers",
		"4 2\n[nick a b c d]\n":         `line 2: "[nick" is not a number of papers`,
		"4 2\n1 1 0\n\"Ann\"\n":         `line 3: "\"Ann\"" is not a number of papers`,
		"4 2\n1 1 0\n":                  "line 3: the file ends where there should be a paper, or the 0 that ends the papers",
		"4 2\n1 1 0\n0\n\"Ann\"\n":      "line 5: the file ends where there should be the name of candidate 2",
		"1 1\n1 1 0\n0\nAnn\n":          "line 4: here belongs the name of candidate 1, in quotes",
		"1 1\n1 1 0\n0\n\"\n":           "line 4: here belongs the name",
		"1 1\n1 1 0\n0\n\"\"\n":         "line 4: candidate 1 has no name",
		"1 1\n1 1 0\n0\n\"A\xff\"\n":    "line 4: the name is not in UTF-8",
		"1 1\n1 1 0\n0\n\"A\x1b[1m\"\n": "line 4: the name holds a character that cannot be printed",
		"1 1\n1 1 0\n0\n\"A\"\nBoard\n": "line 5: here belongs the title, in quotes",
		"1 1\n1 1 0\n0\n\"A\"\n\"Board\"\n\"More\"\n":             "line 6: nothing belongs after the title",
		"1 1\n1 1 0\n# " + strings.Repeat("x", maxLine) + "\n0\n": "line 3: the line is longer than 65536 bytes",
	} {
		_, err := ReadBLT(strings.NewReader(blt), 0)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", blt, err, want)
		}
	}
}

func TestADiskThatFailsIsNotABadFile(t *testing.T) {
	broken := errors.New("the disk is broken")
	_, err := ReadBLT(io.MultiReader(strings.NewReader("4 2\n1 1 2 0\n"), iotest.ErrReader(broken)), 0)
	var syntax *SyntaxError
	if !errors.Is(err, broken) || errors.As(err, &syntax) {
		t.Errorf("%v", err)
	}
}

func TestAFileMayComeInSmallPieces(t *testing.T) {
	blt := "4 2\n-3\n3 1 2 0\n12 4 1 3 0\n" + ending
	e, err := ReadBLT(iotest.OneByteReader(strings.NewReader(blt)), 5)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(papers(parse(t, blt)), papers(e)); diff != "" {
		t.Error(diff)
	}
}

// FuzzReadBLT looks for a file that breaks the reader, or that it takes and then cannot count.
func FuzzReadBLT(f *testing.F) {
	for _, blt := range []string{
		"4 2\n-3\n3 1 2 0\n12 4 1 3 0\n" + ending,
		"2 1\r\n1 1=2 0\r\n2 - 1 0\r\n1 2 1 2 0 # again\r\n0\r\n\"A \"B\" C\"\r\n\"D\"\r\n",
		"\xef\xbb\xbf3 5\n1000000000 1 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"T\"",
		"1 1\n0\n\"A\"\n", "255 255\n1 255 0\n", "4 2\n1 1 2\n",
	} {
		f.Add([]byte(blt))
	}
	f.Fuzz(func(t *testing.T, blt []byte) {
		e, err := ReadBLT(strings.NewReader(string(blt)), 0)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Line > strings.Count(string(blt), "\n")+2 {
				t.Fatalf("%v", err)
			}
			return
		}
		lot := LotFromSeed([]byte("fuzz"), len(e.Candidates))
		for _, rule := range []Rule{Scottish, Meek, Approval} {
			r := mustCount(t, e, rule, Options{Lot: lot})
			if want := min(e.Seats, len(e.Candidates)-len(e.Withdrawn)); len(r.Elected) != want {
				t.Fatalf("%s elects %d of %d", rule, len(r.Elected), want)
			}
		}
	})
}
