package contribution_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"folkmoot/governance/contribution"
)

// octokit runs a script beside GitHub's own package. Without it the test is skipped and says how to get it.
func octokit(t testing.TB, verb string, said map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node 20.19 or newer is needed (https://nodejs.org)")
	}
	if _, err := os.Stat(filepath.Join("node", "node_modules", "@octokit", "webhooks")); err != nil {
		t.Skip("GitHub's Node package is needed: cd governance/contribution/node && npm ci --ignore-scripts")
	}
	in, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "sign.mjs", verb) //nolint:gosec // our own script
	cmd.Dir, cmd.Stdin = "node", bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaint.Bytes())
	}
	return string(out)
}

func TestWhatGitHubsOwnPackageSignsIsTaken(t *testing.T) {
	octokit(t, "sign", map[string]string{"secret": "s", "body": "{}"}) // skips before any database is made
	each(t, func(s *society) {
		s.listed(contribution.GitHub, "5000")
		cai := s.joins("cai")
		s.knows(cai, contribution.GitHub, "103")
		body := fixture(s.T, "github", "4-squashed")
		h := signed(contribution.GitHub, "d1", body, secret)
		h.Set("X-Hub-Signature-256", octokit(s.T, "sign", map[string]string{"secret": secret + ".", "body": string(body)}))
		_, err := s.book.Receive(s.Context(), contribution.GitHub, h, body)
		s.refuses(err, contribution.ErrSignature)
		h.Set("X-Hub-Signature-256", octokit(s.T, "sign", map[string]string{"secret": secret, "body": string(body)}))
		_, err = s.book.Receive(s.Context(), contribution.GitHub, h, body)
		s.must(err)
		s.isContributor(cai, true)
	})
}

func TestGitHubsOwnPackageTakesWhatWeSign(t *testing.T) {
	body := fixture(t, "github", "1-squashed")
	for key, want := range map[string]string{secret: "true", "guess": "false"} {
		said := map[string]string{"secret": secret, "body": string(body), "signature": "sha256=" + signature(body, key)}
		if got := strings.TrimSpace(octokit(t, "verify", said)); got != want {
			t.Errorf("signed with %q: %s, want %s", key, got, want)
		}
	}
}
