package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"folkmoot/internal/testdb"
	"folkmoot/static"
)

// TestAnElectionOfSimulatedVotersCanBeAudited holds an election by the real program and the browser's own ballot code; its public files pass the
// audit, and no file of them can be dropped, cut short or changed by a byte without the audit saying which.
func TestAnElectionOfSimulatedVotersCanBeAudited(t *testing.T) {
	t.Parallel()
	needsBallotCode(t)
	t.Run("sqlite", func(t *testing.T) {
		dir := rehearsed(t)
		spoilEachFile(t, dir)
	})
	t.Run("postgres", func(t *testing.T) { rehearsed(t, "--database", testdb.PostgresURL(t)) })
}

func needsBallotCode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no Node: simulated voters run the browser's ballot code (https://nodejs.org)")
	}
	if _, built := static.File("simulated.mjs"); !built {
		t.Skip("the client is not built: make client")
	}
}

var printedSeed = regexp.MustCompile(`--seed ([0-9]+):`)

// rehearsed is the directory of an election that passes the audit, with the openings that are not public and without them.
func rehearsed(t *testing.T, also ...string) string {
	t.Helper()
	dir, data := filepath.Join(t.TempDir(), "public"), t.TempDir()
	args := append([]string{"seed", "--voters", "40", "--data", data}, also...)
	said, err := folkmoot(t, append(args, "--election", dir)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if seed := printedSeed.FindStringSubmatch(said); seed == nil {
		t.Errorf("no seed is printed:\n%s", said)
	}
	t.Log(said)
	code, said := audited(t, dir)
	if code != 0 {
		t.Fatalf("the audit of what it published fails with %d:\n%s", code, said)
	}
	for _, want := range []string{"1 tendered ballots", "did not open", "counted again from 30 papers", "attested by the scrutineers"} {
		if !strings.Contains(said, want) {
			t.Errorf("the audit does not say %q:\n%s", want, said)
		}
	}
	beside := openingsBeside(dir)
	code, said = audited(t, dir, "--openings", filepath.Join(beside, "operator.jsonl"), "--openings", filepath.Join(beside, "contributor.jsonl"))
	if code != 0 || strings.Contains(said, "attested by") {
		t.Errorf("with the openings of the small classes the audit says, with %d:\n%s", code, said)
	}
	if said, err := folkmoot(t, append(args, "--election", filepath.Join(t.TempDir(), "again"))...); err == nil || !strings.Contains(said, "already: rehearse in another") {
		t.Errorf("rehearsed again where somebody lives: %v, %s", err, said)
	}
	return dir
}

// audited runs `folkmoot audit`.
func audited(t *testing.T, dir string, also ...string) (code int, said string) {
	t.Helper()
	said, err := folkmoot(t, append([]string{"audit", dir}, also...)...)
	if exit, failed := errors.AsType[*exec.ExitError](err); failed {
		return exit.ExitCode(), said
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, said
}

// spoilEachFile spoils one public file after another in three ways.
func spoilEachFile(t *testing.T, dir string) {
	t.Helper()
	seed := rand.Uint64() //nolint:gosec // dice
	if s := os.Getenv("FOLKMOOT_SPOIL_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("FOLKMOOT_SPOIL_SEED=%d", seed)
	dice := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // dice
	for _, name := range publicFilesIn(t, dir) {
		file := filepath.Join(dir, name)
		good, err := os.ReadFile(file) //nolint:gosec // our own
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		auditNames(t, dir, name, "dropped")
		cut, at := dice.IntN(len(good)), dice.IntN(len(good))
		spoil(t, file, good[:cut])
		auditNames(t, dir, name, fmt.Sprintf("cut to %d of %d bytes", cut, len(good)))
		bad := slices.Clone(good)
		bad[at] ^= 1 << dice.IntN(8)
		spoil(t, file, bad)
		auditNames(t, dir, name, fmt.Sprintf("changed at byte %d", at))
		spoil(t, file, good)
	}
	if code, said := audited(t, dir); code != 0 {
		t.Fatalf("with every file as it was, the audit fails with %d:\n%s", code, said)
	}
}

func publicFilesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 20 {
		t.Fatalf("three classes have only these files: %v", names)
	}
	return names
}

func spoil(t *testing.T, file string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(file, raw, 0o600); err != nil { //nolint:gosec // our own
		t.Fatal(err)
	}
}

// auditNames has the audit fail, and name the file.
func auditNames(t *testing.T, dir, name, what string) {
	t.Helper()
	code, said := audited(t, dir)
	if code != 1 || !strings.Contains(said, filepath.ToSlash(name)+": ") {
		t.Errorf("with %s %s the audit answers %d and does not name it:\n%s", name, what, code, said)
	}
}

// TestARehearsalTakesAPlaceOfItsOwn: neither somebody's society nor somebody's files are rehearsed over.
func TestARehearsalTakesAPlaceOfItsOwn(t *testing.T) {
	needsBallotCode(t)
	taken := t.TempDir()
	spoil(t, filepath.Join(taken, "letter"), []byte("dear"))
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a directory with files": {[]string{"--election", taken}, "is not empty"},
		"too few voters":         {[]string{"--election", filepath.Join(taken, "new"), "--voters", "3"}, "--voters is from 20"},
		"two things at once":     {[]string{"--election", filepath.Join(taken, "new"), "--members", "20"}, "name one of them"},
	} {
		said, err := folkmoot(t, append([]string{"seed", "--data", t.TempDir()}, c.args...)...)
		if err == nil || !strings.Contains(said, c.says) {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}
