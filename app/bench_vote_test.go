package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/bulletin"
	"folkmoot/internal/testdb"
)

const (
	benchCasts     = 512
	castersAtOnce  = 8
	benchLogBatch  = 256
	benchCastsSeed = "a server's key, of a benchmark"
)

// BenchmarkCasts is how many ballots a second the box takes, checked and on disk before the receipt goes out, beside bare appends of the same
// entries to the public log.
func BenchmarkCasts(b *testing.B) {
	poll, casts := pollOfMany(b)
	durable := func(t testing.TB) string { return strings.TrimSuffix(testdb.SQLiteURL(t), "?synchronous=off") } // as it is in earnest
	for _, on := range []struct {
		name string
		url  func(testing.TB) string
	}{{"sqlite", durable}, {"postgres", testdb.PostgresURL}} {
		b.Run(on.name, func(b *testing.B) {
			key, err := box.NewKey([]byte(benchCastsSeed))
			if err != nil {
				b.Fatal(err)
			}
			var inBox, inLog time.Duration
			for range b.N {
				find := func(context.Context, ballot.Contest) (box.Poll, error) { return poll, nil }
				inBox += castAll(b, box.New(testdb.Open(b, on.url(b)), key, find, time.Now), casts)
				inLog += appendAll(b, casts)
			}
			all := float64(b.N * len(casts))
			b.ReportMetric(all/inBox.Seconds(), "casts/s")
			b.ReportMetric(all/inLog.Seconds(), "appends/s")
			b.ReportMetric(inBox.Seconds()/inLog.Seconds(), "appends/cast")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// castAll has voters cast, some at once, as they come over HTTP.
func castAll(b *testing.B, into *box.Box, casts []ballot.Cast) time.Duration {
	b.Helper()
	var next atomic.Int64
	var busy sync.WaitGroup
	begun := time.Now()
	for range castersAtOnce {
		busy.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(casts); i = int(next.Add(1)) - 1 {
				if _, err := into.Cast(b.Context(), casts[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	busy.Wait()
	return time.Since(begun)
}

// appendAll is the least that publishing them takes.
func appendAll(b *testing.B, casts []ballot.Cast) time.Duration {
	b.Helper()
	key, err := bulletin.NewKey([]byte(benchCastsSeed), "bench", "ordinary")
	if err != nil {
		b.Fatal(err)
	}
	log, err := bulletin.Open(b.Context(), b.TempDir(), key, []byte("{}"))
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	for i := 0; i < len(casts); i += benchLogBatch {
		var batch []ballot.Digest
		for _, c := range casts[i:min(i+benchLogBatch, len(casts))] {
			batch = append(batch, c.Entry())
		}
		if err := log.Append(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(begun)
	if err := log.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	return took
}

// pollOfMany is a poll that is open, and a cast by each of many voters. To sign their keys takes much longer than to cast.
func pollOfMany(b *testing.B) (box.Poll, []ballot.Cast) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	contest := ballot.Contest(sha256.Sum256([]byte("bench")))
	poll := box.Poll{Contest: contest, Opens: time.Now().Add(-time.Hour), Closes: time.Now().Add(24 * time.Hour), Called: true}
	society, err := ballot.NewSigner(rand.Reader)
	must(err)
	scrutineers, err := ballot.NewSigner(rand.Reader)
	must(err)
	poll.Signers.Society, err = society.Public()
	must(err)
	poll.Signers.Scrutineers, err = scrutineers.Public()
	must(err)
	var opening [ballot.Scrutineer][]byte
	for n := range opening {
		key, err := ballot.NewScrutineerKey()
		must(err)
		opening[n] = key.Public()
	}
	mark := func(k ballot.VoterKey, by ballot.Signer, public []byte) ballot.Mark {
		asked, err := k.Ask(public, rand.Reader)
		must(err)
		answer, err := by.Sign(asked.Blinded)
		must(err)
		m, err := asked.Finish(answer)
		must(err)
		return m
	}
	casts := make([]ballot.Cast, benchCasts)
	for i := range casts {
		k, err := ballot.NewVoterKey(contest, rand.Reader)
		must(err)
		of := ballot.Credential{Public: k.Public(), Society: mark(k, society, poll.Signers.Society), Scrutineers: mark(k, scrutineers, poll.Signers.Scrutineers)}
		plain, err := ballot.NewPlain([]int{1 + i%3}, rand.Reader)
		must(err)
		sealed, err := plain.Seal(contest, k.Public(), opening, rand.Reader)
		must(err)
		casts[i] = k.Cast(of, 1, plain.Commitment(contest, k.Public()), sealed)
	}
	return poll, casts
}
