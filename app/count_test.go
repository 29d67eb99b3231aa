package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	wellCounted = "3 1\r\n5 1 3 0\r\n3 2 3 0\r\n2 3 2 0\r\n0\r\n\"Ann \"Red\" Ó\"\r\n\"Ben\"\r\n\"Cai\"\r\n\"Chair\"\r\n"
	needsALot   = "3 1\n2 1 3 0\n2 2 3 0\n3 3 1 0\n0\n\"Ann\"\n\"Ben\"\n\"Cai\"\n\"Chair\"\n"
)

// counting runs the command in a directory that holds papers.blt, and says what it answered and its exit code.
func counting(t *testing.T, papers string, args ...string) (out, said string, code int) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "papers.blt"), []byte(papers), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program(t), append([]string{"count"}, args...)...) //nolint:gosec // our own
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "FOLKMOOT_PRODUCTION=true") // which refuses to serve, but anybody may count
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("a count leaves %d files behind (%v)", len(left)-1, err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

func TestAnybodyCanCountPapers(t *testing.T) {
	out, said, code := counting(t, wellCounted, "papers.blt")
	if code != 0 || said != "" {
		t.Fatalf("exit %d: %s", code, said)
	}
	for _, want := range []string{"Quota: 6\n", "Stage 2: Cai is excluded", "+2.00000", `Elected, in this order: Ann "Red" Ó` + "\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// known is what a program that compares counts reads.
type known struct {
	Rule      string
	Quota     any
	Elected   []int
	Stages    []struct{ Totals []string }
	Rounds    []struct{ Votes []*string }
	Keep      []string `json:"final_keep_factors"`
	Lots      []struct{ Stage, Chosen int }
	LotNeeded *struct {
		AfterStage int `json:"after_stage"`
		Between    []int
	} `json:"lot_needed"`
}

func countingJSON(t *testing.T, papers string, args ...string) (k known, code int) {
	t.Helper()
	out, said, code := counting(t, papers, append(args, "--format", "json", "papers.blt")...)
	if err := json.Unmarshal([]byte(out), &k); err != nil {
		t.Fatalf("exit %d: %v\n%s%s", code, err, out, said)
	}
	return k, code
}

func TestACountIsToldToPrograms(t *testing.T) {
	k, code := countingJSON(t, wellCounted)
	if code != 0 || k.Rule != "scottish" || k.Quota != 6.0 || !slices.Equal(k.Elected, []int{1}) || len(k.Stages) != 3 || k.Stages[1].Totals[1] != "5.00000" {
		t.Errorf("exit %d: %+v", code, k)
	}
	k, code = countingJSON(t, wellCounted, "--rule", "meek")
	if code != 0 || k.Rule != "meek" || k.Quota != "5.000000001" || len(k.Rounds) != 2 || k.Rounds[1].Votes[2] != nil || k.Keep[2] != "0.000000000" {
		t.Errorf("exit %d: %+v", code, k)
	}
}

func TestACountThatNeedsALotSaysSo(t *testing.T) {
	for _, rule := range []string{"scottish", "meek"} {
		k, code := countingJSON(t, needsALot, "--rule", rule)
		if code != 3 || k.LotNeeded == nil || k.LotNeeded.AfterStage != 1 || !slices.Equal(k.LotNeeded.Between, []int{1, 2}) || len(k.Stages)+len(k.Rounds) != 1 {
			t.Errorf("%s: exit %d: %+v", rule, code, k)
		}
	}
	k, code := countingJSON(t, needsALot, "--lot", "3,2,1")
	if code != 0 || len(k.Lots) != 1 || k.Lots[0].Chosen != 1 || k.Lots[0].Stage != 2 {
		t.Errorf("exit %d: %+v", code, k)
	}
	// printf 'seed%d' 1 | sha256sum begins with df9e, and 2's with 35b0: the later is excluded.
	k, code = countingJSON(t, needsALot, "--lot-seed", "73656564")
	if code != 0 || len(k.Lots) != 1 || k.Lots[0].Chosen != 1 {
		t.Errorf("exit %d: %+v", code, k)
	}
	if _, said, code := counting(t, needsALot, "--format", "svg", "papers.blt"); code != 3 || !strings.Contains(said, "needs a lot") {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestACountAskedWronglySaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		papers string
		args   []string
		says   string
	}{
		"no such candidate":     {strings.Replace(needsALot, "2 2 3 0", "2 2 4 0", 1), nil, "papers.blt: line 3: there is no candidate 4: there are 3"},
		"cut off":               {needsALot[:20], nil, "line 4"},
		"empty":                 {"", nil, "line 1"},
		"no such file":          {needsALot, []string{"missing.blt"}, "missing.blt"},
		"no such rule":          {needsALot, []string{"--rule", "borda"}, "borda"},
		"two lots":              {needsALot, []string{"--lot", "1,2,3", "--lot-seed", "00"}, "--lot"},
		"somebody twice":        {needsALot, []string{"--lot", "1,1,3"}, "names candidate 1 twice"},
		"a lot among strangers": {needsALot, []string{"--lot", "1,2,9"}, "candidate 9"},
		"no hexadecimal":        {needsALot, []string{"--lot-seed", "beacon"}, "--lot-seed is not hexadecimal"},
	} {
		args := c.args
		if name != "no such file" {
			args = append(args, "papers.blt")
		}
		out, said, code := counting(t, c.papers, args...)
		if code != 2 || !strings.Contains(said, c.says) || strings.Contains(out, "elected") {
			t.Errorf("%s: exit %d, want 2 and %q:\n%s%s", name, code, c.says, out, said)
		}
	}
}

func TestThePictureOfACountStandsAlone(t *testing.T) {
	out, said, code := counting(t, wellCounted, "--format", "svg", "papers.blt")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, said)
	}
	told := map[string]string{}
	element := ""
	for d := xml.NewDecoder(strings.NewReader(out)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			element = token.Name.Local
			told[element] += " "
		case xml.CharData:
			told[element] += string(token)
		}
	}
	if !strings.Contains(told["title"], "Chair") || !strings.Contains(told["desc"], `Elected, in this order: Ann "Red" Ó`) || !strings.Contains(told["style"], "prefers-color-scheme") {
		t.Errorf("title %q, desc %q, style %q", told["title"], told["desc"], told["style"])
	}
	for _, foreign := range []string{"script", "image", "foreignObject", "a"} {
		if told[foreign] != "" {
			t.Errorf("the picture has a %s", foreign)
		}
	}
}
