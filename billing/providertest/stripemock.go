package providertest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
)

var listening = regexp.MustCompile(`HTTP at address: (127\.0\.0\.1:\d+)`)

// StripeMock starts Stripe's own checker of requests on loopback, until the test ends, and returns its address. It knows the shape of every
// request and answers with Stripe's own examples, but remembers nothing. Without it the test is skipped and says how to get it.
func StripeMock(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	program := filepath.Join(filepath.Dir(here), "..", "..", ".cache", "bin", "stripe-mock")
	if _, err := os.Stat(program); err != nil {
		t.Skip("stripe-mock is needed: GOBIN=$PWD/.cache/bin go install github.com/stripe/stripe-mock@v0.148.0")
	}
	// Unless told otherwise it listens to the whole network, at both of its addresses.
	cmd := exec.CommandContext(t.Context(), program, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0") //nolint:gosec // our own tool
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go func() { // it stops when nobody reads
				for lines.Scan() {
				}
			}()
			return "http://" + found[1]
		}
	}
	t.Fatal("stripe-mock did not say where it listens")
	return ""
}
