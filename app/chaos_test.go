package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"folkmoot/internal/testdb"
	"folkmoot/internal/testkafka"
	"folkmoot/messaging/wire"
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
	needBrowser(t)
	rounds, rnd := chaosSettings(t)
	people := srv.seed(ring)
	srv.start()
	browser := newKeeper(t, srv, people[0]) // one of the devices is a real browser
	var typed []*wire.Envelope
	var walkers []*walker
	for _, p := range people[1:] {
		w := newWalker(t, p, rnd.Uint64(), 100*time.Millisecond)
		walkers = append(walkers, w)
		w.walk()
	}
	for round := range rounds {
		calm := time.Duration(500+rnd.IntN(2000)) * time.Millisecond
		dark := time.Duration(rnd.IntN(1000)) * time.Millisecond
		t.Logf("round %d: %s under load, then dead for %s", round+1, calm, dark)
		for i := range 3 {
			talk := people[0].Contacts[rnd.IntN(len(people[0].Contacts))].Conversation
			typed = append(typed, &wire.Envelope{Id: browser.say(talk, strconv.Itoa(10*round+i)), Conversation: talk})
		}
		<-time.After(calm) // how long things run before they die is the dice's to say, not an event's
		kill()
		<-time.After(dark)
		revive()
	}
	quiet(t, walkers, browser, typed)
	browser.kill() // and what it shows is read from its profile again
	browser.open()
	witnesses := []witness{{people[0], browser.kept(), typed}}
	browser.kill()
	for _, w := range walkers {
		w.halt()
		witnesses = append(witnesses, witness{w.who, store(w.stored()), w.said})
	}
	srv.kill()
	judge(t, witnesses)
	inspectMailboxes(t, srv)
}

// quiet lets the walkers finish what they were saying, and waits until everything acked has arrived everywhere.
func quiet(t *testing.T, walkers []*walker, browser *keeper, typed []*wire.Envelope) {
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
		_, waiting := browser.dump()
		return waiting == 0
	})
	await(t, 2*time.Minute, "everything acked to arrive", func() bool {
		got := map[string]int{}
		for _, w := range walkers {
			for _, h := range store(w.records()) {
				got[h.id]++
			}
		}
		for _, h := range browser.kept() {
			got[h.id]++
		}
		all := slices.Clone(typed)
		for _, w := range walkers {
			all = append(all, w.said...)
		}
		return !slices.ContainsFunc(all, func(e *wire.Envelope) bool { return got[e.Id] < 2 })
	})
}
