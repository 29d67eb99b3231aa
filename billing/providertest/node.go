// Package providertest holds the payment providers, and practice mode behind them, to one suite of tests; and what they send and read to
// the providers' own Node clients.
package providertest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Node runs a script of node/ with the providers' own clients, and returns what it prints. Without them the test is skipped and says how to
// get them.
func Node(t testing.TB, stdin []byte, script string, args ...string) []byte {
	t.Helper()
	return run(t, stdin, "node", append([]string{script}, args...)...)
}

// TypeCheck has the TypeScript compiler check a source beside the scripts, and returns what it has against it: nothing, if that is so.
func TypeCheck(t testing.TB, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fixtures.ts")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return string(run(t, nil, "node", "check.mjs", file))
}

func run(t testing.TB, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...) //nolint:gosec // our own scripts
	cmd.Dir = nodeDir(t)
	cmd.Stdin = bytes.NewReader(stdin)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, complaint.Bytes())
	}
	return out
}

func nodeDir(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "node")
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node 20.19 or newer is needed (https://nodejs.org)")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "gocardless-nodejs")); err != nil {
		t.Skip("the providers' Node clients are needed: cd billing/providertest/node && npm ci --ignore-scripts")
	}
	return dir
}
