package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/governance/tally"
)

const tiedPapers = "2 1\n1 1 0\n1 2 0\n0\n\"Ann\"\n\"Ben\"\n\"Board\"\n"

// certifiedTie is a certificate of a tie between two, which drand's round 1000 decided, as it is published, and the key that it is signed with.
func certifiedTie(t *testing.T) (file []byte, key string) {
	t.Helper()
	const said = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, value, err := election.Quicknet.Value(1000, said)
	must(err)
	manifest := sha256.Sum256([]byte("{}\n"))
	papers, err := tally.ReadBLT(strings.NewReader(tiedPapers), 0)
	must(err)
	result, err := tally.Count(papers, tally.Scottish, tally.Options{Lot: tally.LotFromSeed(slices.Concat(value, manifest[:]), 2)})
	must(err)
	count, err := json.Marshal(result)
	must(err)
	sum := sha256.Sum256([]byte(tiedPapers))
	body, err := json.Marshal(election.Certificate{
		Format: "folkmoot-certificate/1", Title: "Board", Version: 1, Rule: election.Scottish,
		Classes: []election.CertifiedClass{
			{
				Class: member.ClassOrdinary, Seats: 1, Outcome: election.OutcomePoll, Manifest: hex.EncodeToString(manifest[:]),
				Candidates: []election.CertifiedCandidate{{Number: 1, Name: "Ann", Nomination: "a"}, {Number: 2, Name: "Ben", Nomination: "b"}},
				Voters:     2, Issued: 2, Received: 2, Papers: 2, Valid: 2, PapersHash: hex.EncodeToString(sum[:]), Elected: result.Elected, Count: count,
				Beacon: &election.CertifiedBeacon{ManifestBeacon: election.ManifestBeacon{Name: "drand quicknet", Chain: election.Quicknet.Chain, Key: election.Quicknet.Key, Round: 1000}, Signature: said, Value: hex.EncodeToString(value)},
			},
			{Class: member.ClassOperator, Seats: 2, Outcome: election.OutcomeUnopposed, Candidates: []election.CertifiedCandidate{{Number: 1, Name: "Dee", Nomination: "d"}}, Elected: []int{1}},
		},
	})
	must(err)
	signing, err := election.NewSigningKey([]byte("a server's key"))
	must(err)
	file, err = signing.File(election.Issue{Body: string(body), Signatures: []election.Signature{{Duty: "returning officer", Name: "Ro", At: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)}}})
	must(err)
	return file, signing.Public()
}

func TestAnybodyChecksACertificateAndCountsAgain(t *testing.T) {
	file, key := certifiedTie(t)
	dir := t.TempDir()
	for name, content := range map[string]string{
		"certificate.json": string(file), "papers.blt": tiedPapers, "others.blt": strings.Replace(tiedPapers, "1 1 0", "2 1 0", 1),
		"forged.json": strings.Replace(string(file), `"elected":[1]`, `"elected":[2]`, 1), "junk.json": "{}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"certificate.json", "papers.blt"}, 0, []string{"Board, version 1: signed with " + key, "Ro, returning officer, 2027-01-02", "counted again from 2 papers: the same result", "lots by drand quicknet, round 1000", "operator: 1 of 2 seats: Dee"}},
		{[]string{"--key", key, "certificate.json"}, 0, []string{"not counted again: give the file of its papers"}},
		{[]string{"--key", strings.Repeat("0", 64), "certificate.json"}, 1, []string{"certificate.json: the certificate was changed after it was signed, or signed with another key"}},
		{[]string{"forged.json"}, 1, []string{"the certificate was changed after it was signed"}},
		{[]string{"junk.json"}, 1, []string{"that is no certificate of an election"}},
		{[]string{"certificate.json", "others.blt"}, 1, []string{"others.blt: its papers are not those of any class"}},
		{[]string{"nothing.json"}, 2, []string{"nothing.json"}},
	} {
		cmd := exec.CommandContext(t.Context(), program(t), append([]string{"certificate"}, c.args...)...) //nolint:gosec // our own
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != c.code {
			t.Errorf("%v: exit %d, want %d\n%s", c.args, got, c.code, out)
		}
		for _, want := range c.says {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v does not say %q:\n%s", c.args, want, out)
			}
		}
	}
}
