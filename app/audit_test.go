package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"folkmoot/governance/auditor/auditortest"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
)

// TestAnybodyAuditsAnElection from a directory and from a web server; what was changed is named, and the command fails.
func TestAnybodyAuditsAnElection(t *testing.T) {
	e, err := auditortest.Hold(
		map[member.Class]int{member.ClassOrdinary: 7, member.ClassOperator: 6},
		map[member.Class]election.Openings{member.ClassOrdinary: election.OpeningsPublic, member.ClassOperator: election.OpeningsScrutineers},
	)
	if err != nil {
		t.Fatal(err)
	}
	files, err := e.Publish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	openings, err := e.Polls[0].OpeningsFile()
	if err != nil {
		t.Fatal(err)
	}
	good, bad, given := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "openings.jsonl")
	writeAll(t, good, files)
	files["ordinary/openings.jsonl"] = []byte(strings.Replace(string(files["ordinary/openings.jsonl"]), `"preferences":[1,2,3]`, `"preferences":[2,1,3]`, 1))
	delete(files, "operator/log/checkpoint")
	writeAll(t, bad, files)
	if err := os.WriteFile(given, openings, 0o600); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.FileServer(http.Dir(good)))
	defer web.Close()
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{good}, 0, []string{
			"Board 2027, version 1 of the certificate: signed with " + e.Signing.Public(), "compare it with one from a place that you trust", "Sue, scrutineer",
			"8 casts by 7 keys", "1 ballots did not open", "counted again from 7 papers", "attested by the scrutineers", "contributor: 1 of 1 seats: Eve", "Everything holds",
		}},
		{[]string{"--key", e.Signing.Public(), "--openings", given, web.URL + "/"}, 0, []string{"counted again from 6 papers", "in the file that was given", "Everything holds"}},
		{[]string{"--key", strings.Repeat("0", 64), good}, 1, []string{"certificate.json: the certificate was changed after it was signed, or signed with another key"}},
		{[]string{bad}, 1, []string{
			"ordinary/openings.jsonl: the file is not the one that was certified", "operator/log/checkpoint: the file is missing", "the election does not hold",
		}},
		{[]string{web.URL + "/nothing"}, 1, []string{"certificate.json: the file is missing"}},
		{[]string{filepath.Join(good, "nothing")}, 2, []string{"no such file"}},
	} {
		out, err := exec.CommandContext(t.Context(), program(t), append([]string{"audit"}, c.args...)...).CombinedOutput() //nolint:gosec // our own
		code := 0
		if exit, failed := errors.AsType[*exec.ExitError](err); failed {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.code {
			t.Errorf("%v: exit %d, want %d\n%s", c.args, code, c.code, out)
		}
		for _, want := range c.says {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v does not say %q:\n%s", c.args, want, out)
			}
		}
	}
}

func writeAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for path, raw := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
