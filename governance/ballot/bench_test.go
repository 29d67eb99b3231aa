package ballot_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"folkmoot/governance/ballot"
)

// BenchmarkSignatures is what a signer does for a voter, on one core, beside what Go's own library and OpenSSL take for a signature by a key of
// that size. The library that signs blindly hides the key's use behind a number of chance, checks its answer, and does not use the key's two
// primes, so it is the slowest.
func BenchmarkSignatures(b *testing.B) {
	p := shared()
	b.Run("folkmoot", func(b *testing.B) {
		asked := sure(sure(ballot.NewVoterKey(p.contest, rand.Reader)).Ask(p.signers.Society, rand.Reader))
		onOneCore(b)
		for b.Loop() {
			sure(p.society.Sign(asked.Blinded))
		}
		a := float64(b.N) / b.Elapsed().Seconds()
		b.ReportMetric(a, "signatures/s")
		b.ReportMetric(a*3600, "voters/hour") // of each, the server signs one key
	})
	b.Run("rsa.SignPSS", func(b *testing.B) {
		key, is := sure(x509.ParsePKCS8PrivateKey(sure(p.society.Bytes()))).(*rsa.PrivateKey)
		if !is {
			b.Fatal("a signer's key is no RSA key")
		}
		sum := sha512.Sum384([]byte("a voter's key"))
		onOneCore(b)
		for b.Loop() {
			sure(rsa.SignPSS(rand.Reader, key, crypto.SHA384, sum[:], &rsa.PSSOptions{SaltLength: sha512.Size384}))
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
	})
	b.Run("openssl", func(b *testing.B) {
		at := opensslSpeed(b)
		b.ReportMetric(at, "signatures/s")
		b.ReportMetric(0, "ns/op")
	})
}

// onOneCore keeps the runtime's helpers from taking another.
func onOneCore(b *testing.B) {
	b.Helper()
	before := runtime.GOMAXPROCS(1)
	b.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// opensslSpeed is what `openssl speed` measures on one core.
func opensslSpeed(b *testing.B) float64 {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "openssl", "speed", "-seconds", "3", "rsa3072").Output()
	if errors.Is(err, exec.ErrNotFound) {
		b.Skip("no openssl to measure beside (Debian: apt-get install openssl)")
	}
	if err != nil {
		b.Fatal(err)
	}
	column := -1
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if at := slices.Index(words, "sign/s"); at >= 0 {
			column = at
		}
		if bits := slices.Index(words, "bits"); bits >= 0 && column >= 0 && len(words) > bits+1+column {
			if speed, err := strconv.ParseFloat(words[bits+1+column], 64); err == nil {
				return speed
			}
		}
	}
	b.Fatalf("openssl speed says nothing that is understood:\n%s", out)
	return 0
}
