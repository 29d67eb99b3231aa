package notice_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/notice"
)

func read(list string) (*notice.Network, error) {
	return notice.ReadNetwork(strings.NewReader(list), int64(len(list)))
}

// degreesOf is what --out writes, without its head.
func degreesOf(t testing.TB, list, payers string) string {
	t.Helper()
	n, err := read(list)
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := n.ReadPayers(strings.NewReader(payers))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := n.WriteDegrees(&out, n.Degrees(nodes)); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(out.String(), "node,degree\n")), "\n", " ")
}

func TestAListIsReadHoweverItWasWritten(t *testing.T) {
	const want = "1,0 2,1 3,2 9,-1"
	for name, list := range map[string]string{
		"commas":               "1,2\n2,3\n9,9\n",
		"spaces":               "1 2\n2 3\n9 9\n",
		"tabs":                 "1\t2\n2\t3\n9\t9\n",
		"more space":           "  1 ,  2 \n2  3\t\n9 , 9\n",
		"a line of names":      "id_1,id_2\n1,2\n2,3\n9,9\n",
		"names of one word":    "from to\n1 2\n2 3\n9 9\n",
		"lines of Windows":     "from,to\r\n1,2\r\n2,3\r\n9,9\r\n",
		"a mark of byte order": "\ufefffrom,to\n1,2\n2,3\n9,9\n",
		"a mark and no names":  "\ufeff1,2\n2,3\n9,9\n",
		"no end of line":       "1,2\n2,3\n9,9",
		"blank lines":          "\n1,2\n\n2,3\n  \n9,9\n\n",
		"remarks":              "# Nodes: 4 Edges: 2\n1\t2\n# more\n2\t3\n9\t9\n",
		"edges told twice":     "1,2\n2,1\n1,2\n2,3\n3,2\n9,9\n2,2\n",
		"noughts in front":     "01,002\n2,3\n9,00000000000000000000009\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got := degreesOf(t, list, "1\n"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestIdsMayBeAsGreatAsSixtyThreeBitsAllow(t *testing.T) {
	list := "0,9223372036854775807\n9223372036854775807 1234567890123456789\n12345678,123456789\n9223372036854775806,9223372036854775806\n"
	want := "0,1 12345678,-1 123456789,-1 1234567890123456789,1 9223372036854775806,-1 9223372036854775807,0"
	if got := degreesOf(t, list, "id\r\n9223372036854775807\r\n"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestABadLineIsToldByItsNumber(t *testing.T) {
	for _, c := range []struct{ name, list, want string }{
		{"one id", "1,2\n3\n", "line 2: 2 ids belong on a line, and here are 1 fields"},
		{"three ids", "1 2\n1 2 3\n", "line 2: 2 ids belong on a line, and here are 3 fields"},
		{"two commas", "1,,2\n", "line 1: 2 ids belong on a line, and here are 3 fields"},
		{"a comma behind", "1,2,\n", "line 1: 2 ids belong on a line, and here are 3 fields"},
		{"a word", "1,2\n\n2,three\n", `line 3: "three" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"names below", "1,2\nfrom,to\n", `line 2: "from" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"two lines of names", "from,to\nvon,nach\n1,2\n", `line 2: "von" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"a name and a number are no line of names", "x,2\n1,2\n", `line 1: "x" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"below nothing", "1,-2\n", `line 1: "-2" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"nothing with a sign", "1,-0\n", `line 1: "-0" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"a sign", "1,+2\n", `line 1: "+2" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"a fraction", "1,2.0\n", `line 1: "2.0" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"one too great", "1,9223372036854775808\n", `line 1: "9223372036854775808" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"far too great", "18446744073709551617,1\n", `line 1: "18446744073709551617" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"a nul", "1,2\x00\n", `line 1: "2\x00" is no id: ids are whole numbers from 0 to 9223372036854775807`},
		{"too long", "1,2\n" + strings.Repeat(" ", 5000) + "1,2\n", "line 2: the line is longer than 4096 bytes"},
		{"too long, and no end", "1,2\n" + strings.Repeat("1", 300_000), "line 2: the line is longer than 4096 bytes"},
		{"empty", "", "there are no edges in it"},
		{"names alone", "from,to\n", "there are no edges in it"},
		{"names alone, and no end", "from,to", "there are no edges in it"},
		{"nothing said", "\n \n# 1 2\n", "there are no edges in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.list)
			if _, ok := errors.AsType[*notice.SyntaxError](err); !ok || err.Error() != c.want {
				t.Errorf("err = %v, want %s", err, c.want)
			}
		})
	}
}

// Blocks are read side by side: the first bad line of the file is told all the same, wherever blocks end.
func TestTheFirstOfManyBadLinesIsTold(t *testing.T) {
	for bad := 1; bad < 120_000; bad += 7_919 {
		var list strings.Builder
		for line := 1; line <= 120_000; line++ {
			if line >= bad && (line-bad)%1000 == 0 {
				list.WriteString("bad 1\n")
				continue
			}
			fmt.Fprintf(&list, "%d,%d\n", line, line*7)
		}
		_, err := read(list.String())
		if syntax, ok := errors.AsType[*notice.SyntaxError](err); !ok || syntax.Line != bad {
			t.Errorf("line %d is bad, and was told: %v", bad, err)
		}
	}
}

func TestPayersHaveToBeInTheNetwork(t *testing.T) {
	for name, list := range map[string]string{"ids that are nodes": "1,2\n2,3\n4,4\n", "any ids": "1,2\n2,3\n4,4\n9223372036854775807,1\n"} {
		n, err := read(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ payers, want string }{
			{"1\n4\n", ""},
			{"payer\n1\n", ""},
			{"1\n1\n\n# those of May\n3", ""},
			{"\ufeff1\r\n", ""},
			{"1\n5\n", "line 2: 5 pays, but is in no edge"},
			{"payer\r\n\r\n0\r\n", "line 3: 0 pays, but is in no edge"},
			{"9223372036854775806\n", "line 1: 9223372036854775806 pays, but is in no edge"},
			{"1,2\n", "line 1: 1 ids belong on a line, and here are 2 fields"},
			{"one\ntwo\n", `line 2: "two" is no id: ids are whole numbers from 0 to 9223372036854775807`},
			{"1\n" + strings.Repeat(" ", 5000) + "1\n", "line 2: the line is longer than 4096 bytes"},
			{"", "there are no payers in it"},
			{"payer\n", "there are no payers in it"},
		} {
			_, err := n.ReadPayers(strings.NewReader(c.payers))
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
				t.Errorf("%s: payers %.40q: %v, want %s", name, c.payers, err, c.want)
			}
		}
	}
}

// However ids look, whatever is between them, and wherever blocks end, everybody's degree is that of a plain search.
func TestDegreesOfRandomListsAreThoseOfAPlainSearch(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // dice
	for range 12 {
		people := make([]uint64, 20_000)
		greatest := []uint64{25_000, 1 << 20, 1 << 40, 1 << 63}[dice.IntN(4)]
		for i := range people {
			people[i] = dice.Uint64N(greatest)
		}
		slices.Sort(people)
		people = slices.Compact(people)
		edges := make([][2]uint32, 20_000+dice.IntN(40_000))
		var list strings.Builder
		divider, end := []string{",", " ", "\t", " , "}[dice.IntN(4)], []string{"\n", "\r\n"}[dice.IntN(2)]
		list.WriteString([]string{"", "from" + divider + "to" + end}[dice.IntN(2)])
		told := map[uint32]bool{}
		for i := range edges {
			edges[i] = [2]uint32{dice.Uint32N(uint32(len(people))), dice.Uint32N(uint32(len(people)))} //nolint:gosec // few
			told[edges[i][0]], told[edges[i][1]] = true, true
			fmt.Fprint(&list, people[edges[i][0]], divider, people[edges[i][1]], end)
		}
		var payers []uint32
		for range 1 + dice.IntN(100) {
			payers = append(payers, edges[dice.IntN(len(edges))][0])
		}
		var paid, want strings.Builder
		for _, p := range payers {
			fmt.Fprintln(&paid, people[p])
		}
		for i, degree := range plain(len(people), edges, payers) {
			if told[uint32(i)] {
				fmt.Fprintf(&want, "%d,%d ", people[i], degree)
			}
		}
		whole := strings.TrimSuffix(list.String(), []string{"", end}[dice.IntN(2)])
		if got := degreesOf(t, whole, paid.String()); got != strings.TrimSpace(want.String()) {
			t.Errorf("ids up to %d, %d edges: divided by %q, ended by %q: degrees are not those of a plain search", greatest, len(edges), divider, end)
		}
	}
}

// FuzzReadNetwork holds the quick reader against a slow one: they know the same people, or both refuse.
func FuzzReadNetwork(f *testing.F) {
	for _, seed := range []string{"1,2\n", "a b\n1 2\r\n", "1,2\n3", "\ufeff# x\n9223372036854775807\t0\n", "12345678,123456789\n", "1,99999999999999999999\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		want, ok := slowly(list)
		n, err := read(list)
		if ok != (err == nil) {
			t.Fatalf("quickly: %v, slowly: %t", err, ok)
		}
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := n.WriteDegrees(&out, n.Degrees(nil)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("people (-slowly +quickly):\n%s", diff)
		}
	})
}

// slowly reads a list by the book, line by line.
func slowly(list string) (people string, ok bool) {
	var ids []uint64
	lines := bufio.NewScanner(strings.NewReader(strings.TrimPrefix(list, "\ufeff")))
	lines.Buffer(nil, 1<<20)
	for first := true; lines.Scan(); first = false {
		line := strings.Trim(lines.Text(), " \t\r")
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if first && !slices.ContainsFunc(fields, func(s string) bool { return strings.ContainsAny(s[:1], "+-.0123456789") }) && !strings.Contains(strings.NewReplacer(" ", "", "\t", "").Replace(line), ",,") && line[0] != ',' && line[len(line)-1] != ',' {
			continue
		}
		if len(fields) != 2 || strings.Count(line, ",") > 1 || line[0] == ',' || line[len(line)-1] == ',' {
			return "", false
		}
		for _, field := range fields {
			id, err := strconv.ParseUint(field, 10, 63)
			if err != nil {
				return "", false
			}
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		people += fmt.Sprintf("%d,-1\n", id)
	}
	return "node,degree\n" + people, len(ids) > 0 && lines.Err() == nil
}
