package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"folkmoot/internal/testdb"
	"folkmoot/internal/testkafka"
)

// chaos settings: rounds of killing, and the seed that decides when.
func chaosSettings(t *testing.T) (rounds int, rnd *rand.Rand) {
	t.Helper()
	rounds, seed := 3, rand.Uint64() //nolint:gosec // dice
	if set := os.Getenv("FOLKMOOT_CHAOS_ROUNDS"); set != "" {
		n, err := strconv.Atoi(set)
		if err != nil || n < 1 {
			t.Fatalf("FOLKMOOT_CHAOS_ROUNDS is %q", set)
		}
		rounds = n
	}
	if set := os.Getenv("FOLKMOOT_CHAOS_SEED"); set != "" {
		n, err := strconv.ParseUint(set, 10, 64)
		if err != nil {
			t.Fatalf("FOLKMOOT_CHAOS_SEED is %q", set)
		}
		seed = n
	}
	t.Logf("%d rounds; to repeat this one, FOLKMOOT_CHAOS_SEED=%d", rounds, seed)
	return rounds, rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // dice
}

func TestChaosOfTheProgramOnEmbeddedBrokers(t *testing.T) {
	srv := newServer(t, embeddedStack())
	chaos(t, srv, func() { srv.kill() }, func() { srv.start() })
}

func TestChaosOfTheProgramOnApacheKafka(t *testing.T) {
	srv := newServer(t, apacheStack(t))
	chaos(t, srv, func() { srv.kill() }, func() { srv.start() })
}

func TestChaosOfApacheKafka(t *testing.T) {
	if why := testkafka.Missing(); why != "" {
		t.Skipf("Apache Kafka is left out: %s", why)
	}
	kafka, err := testkafka.StartApache(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kafka.Kill)
	srv := newServer(t, stack{name: "apache+postgres", database: testdb.PostgresURL(t), kafka: []string{kafka.Addr()}})
	chaos(t, srv, kafka.Kill, func() {
		if err := kafka.Start(); err != nil {
			t.Fatal(err)
		}
	})
}

// chaos kills and revives under load, and then asks the oracle.
func chaos(t *testing.T, srv *server, kill, revive func()) {
	t.Helper()
	rounds, rnd := chaosSettings(t)
	people := srv.seed(ring)
	srv.start()
	var walkers []*walker
	for _, p := range people {
		w := newWalker(t, p, rnd.Uint64(), 100*time.Millisecond)
		walkers = append(walkers, w)
		w.walk()
	}
	for round := range rounds {
		calm := time.Duration(500+rnd.IntN(2000)) * time.Millisecond
		dark := time.Duration(rnd.IntN(1000)) * time.Millisecond
		t.Logf("round %d: %s under load, then dead for %s", round+1, calm, dark)
		<-time.After(calm) // how long things run before they die is the dice's to say, not an event's
		kill()
		<-time.After(dark)
		revive()
	}
	quiet(t, walkers)
	var witnesses []witness
	for _, w := range walkers {
		w.halt()
		witnesses = append(witnesses, witness{w.who, store(w.stored()), w.said})
	}
	srv.kill()
	judge(t, witnesses)
	inspectMailboxes(t, srv)
}

// quiet lets the walkers finish what they were saying, and waits until everything acked has arrived everywhere.
func quiet(t *testing.T, walkers []*walker) {
	t.Helper()
	for _, w := range walkers {
		w.hush()
	}
	await(t, 2*time.Minute, "the last message to be acked", func() bool {
		for _, w := range walkers {
			if !w.hushed() {
				return false
			}
		}
		return true
	})
	await(t, 2*time.Minute, "everything acked to arrive", func() bool {
		got := map[string]int{}
		for _, w := range walkers {
			for _, h := range store(w.records()) {
				got[h.id]++
			}
		}
		for _, w := range walkers {
			for _, e := range w.said {
				if got[e.Id] < 2 {
					return false
				}
			}
		}
		return true
	})
}
