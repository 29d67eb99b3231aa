package auditor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAStrangerVerifiesByHand runs what docs/audit-format.md says, with tools that know nothing of us, on every cast.
func TestAStrangerVerifiesByHand(t *testing.T) {
	for _, tool := range []string{"bash", "openssl", "jq", "xxd", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing", tool)
		}
	}
	page, err := os.ReadFile("../../docs/audit-format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```bash\n")
	script, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the page has no example")
	}
	dir := t.TempDir()
	for path, raw := range published() {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	for line := range 9 { // of 14: one digit is enough
		of := strings.Replace(script, "sed -n 1p casts.jsonl", "sed -n "+string(rune('1'+line))+"p casts.jsonl", 1)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", of) //nolint:gosec // from our own page
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("cast %d: %v\n%s", line+1, err, out)
		}
		if strings.HasSuffix(string(out), "  -\n") {
			opened++
		}
	}
	if opened < 5 {
		t.Errorf("only %d of 9 casts were found to be opened", opened)
	}
}
