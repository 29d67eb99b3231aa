package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever runs it in a script can tell a list that is wrong from a machine that is: 2 and 1.
func TestBadListsAreAskedWrongly(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"edges": "1,2\n", "payers": "1\n", "bad": "1,2\n3\n", "empty": "", "stranger": "1\n3\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		edges, payers string
		code          int
		said          string
	}{
		{"edges", "payers", 0, ""},
		{"bad", "payers", 2, "bad: line 2: "},
		{"empty", "payers", 2, "empty: there are no edges"},
		{"edges", "empty", 2, "empty: there are no payers"},
		{"edges", "bad", 2, "bad: line 1: "},
		{"edges", "stranger", 2, "stranger: line 2: 3 pays"},
		{"nowhere", "payers", 2, "nowhere"},
		{".", "payers", 2, ""},
		{"/dev/null", "payers", 2, "/dev/null: it is read in several places at once, so it has to be a file"},
	} {
		cmd := exec.CommandContext(t.Context(), program(t), "degrees", "--edges", c.edges, "--payers", c.payers) //nolint:gosec // our own
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "FOLKMOOT_PRODUCTION=true") // which refuses to serve, but anybody may measure
		var said strings.Builder
		cmd.Stderr = &said
		err := cmd.Run()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(said.String(), c.said) {
			t.Errorf("%s and %s: exit %d: %s, want %d: %s", c.edges, c.payers, code, said.String(), c.code, c.said)
		}
	}
}
