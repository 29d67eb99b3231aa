package notice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"folkmoot/governance/notice"
)

// sharedGraphs are real networks, kept beside the project and not in it.
func sharedGraphs(t *testing.T) []string {
	t.Helper()
	shared := os.Getenv("FOLKMOOT_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(shared, "graphs", "*_*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no graphs at ../shared/graphs beside the project: name the directory that holds graphs/ in FOLKMOOT_SHARED")
	}
	return files
}

type measured struct {
	Histogram map[string]int `json:"histogram"`
	Max       int            `json:"max"`
}

// who pays, by the rules of testdata/golden.py.
var whoPays = map[string]func(ids []int) []int{
	"hundredth": func(ids []int) []int {
		return slices.DeleteFunc(slices.Clone(ids), func(id int) bool { return id%100 != 0 })
	},
	"least": func(ids []int) []int { return []int{slices.Min(ids)} },
}

func TestHistogramsOfRealNetworksAreThoseOfAPlainSearchAndOfNetworkx(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "golden.json")) // by golden.py beside it
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]map[string]measured
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	for _, file := range sharedGraphs(t) {
		list, err := os.ReadFile(file) //nolint:gosec // the test's own
		if err != nil {
			t.Fatal(err)
		}
		ids, contacts := plainly(t, string(list))
		for rule, choose := range whoPays {
			t.Run(filepath.Base(file)+"/"+rule, func(t *testing.T) {
				want, ok := golden[filepath.Base(file)][rule]
				if !ok {
					t.Fatal("networkx was not asked")
				}
				payers := choose(ids)
				if diff := cmp.Diff(want, plainSearch(ids, contacts, payers)); diff != "" {
					t.Errorf("plain search (-networkx +plain):\n%s", diff)
				}
				if diff := cmp.Diff(want, measure(t, list, payers)); diff != "" {
					t.Errorf("ours (-networkx +ours):\n%s", diff)
				}
			})
		}
	}
}

func measure(t *testing.T, list []byte, payers []int) (m measured) {
	t.Helper()
	n, err := notice.ReadNetwork(bytes.NewReader(list), int64(len(list)))
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := n.ReadPayers(strings.NewReader(strings.Trim(strings.ReplaceAll(fmt.Sprint(payers), " ", "\n"), "[]")))
	if err != nil {
		t.Fatal(err)
	}
	h := n.Histogram(n.Degrees(nodes))
	m.Max = h.Max
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &m.Histogram); err != nil {
		t.Fatal(err)
	}
	return m
}

// plainly reads a list of well-formed edges into maps.
func plainly(t *testing.T, list string) (ids []int, contacts map[int][]int) {
	t.Helper()
	contacts = map[int][]int{}
	for line := range strings.Lines(list) {
		fields := strings.FieldsFunc(strings.TrimSpace(line), func(r rune) bool { return r == ',' || r == ' ' })
		a, errA := strconv.Atoi(fields[0])
		b, errB := strconv.Atoi(fields[1])
		if errA != nil || errB != nil {
			continue // the line of names
		}
		contacts[a], contacts[b] = append(contacts[a], b), append(contacts[b], a)
	}
	for id := range contacts {
		ids = append(ids, id)
	}
	return ids, contacts
}

// plainSearch goes outwards from each payer by itself, and everybody keeps their least. That is slow, and hard to get wrong.
func plainSearch(ids []int, contacts map[int][]int, payers []int) measured {
	nearest := map[int]int{}
	for _, payer := range payers {
		far := map[int]int{payer: 0}
		for queue := []int{payer}; len(queue) > 0; queue = queue[1:] {
			if d, known := nearest[queue[0]]; known && d <= far[queue[0]] {
				continue // somebody else is as near, and went on from here
			}
			nearest[queue[0]] = far[queue[0]]
			for _, other := range contacts[queue[0]] {
				if _, seen := far[other]; !seen {
					far[other] = far[queue[0]] + 1
					queue = append(queue, other)
				}
			}
		}
	}
	m := measured{Histogram: map[string]int{"unreachable": len(ids) - len(nearest)}}
	for _, d := range nearest {
		m.Histogram[strconv.Itoa(d)]++
		m.Max = max(m.Max, d)
	}
	return m
}
