package election_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"folkmoot/governance/election"
)

// A round that drand published, as its documentation and its clients' tests have it.
const (
	quicknetRound     = 1000
	quicknetSignature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
	quicknetValue     = "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd"
)

func TestWhatTheBeaconSaidIsTold(t *testing.T) {
	for _, published := range []string{
		quicknetSignature, " " + quicknetSignature + "\n", `{"round":1000,"randomness":"ignored","signature":"` + quicknetSignature + `"}`,
	} {
		signature, value, err := election.Quicknet.Value(quicknetRound, published)
		if err != nil || signature != quicknetSignature || hex.EncodeToString(value) != quicknetValue {
			t.Errorf("Value(%q) = %q, %x, %v", published, signature, value, err)
		}
	}
}

func TestNobodyMakesUpWhatTheBeaconSaid(t *testing.T) {
	for name, published := range map[string]string{
		"another round's": quicknetSignature, "nothing": "", "no hex": "sixes", "the value alone": quicknetValue, "bad JSON": "{", "JSON without it": `{"round":1001}`,
	} {
		if _, _, err := election.Quicknet.Value(quicknetRound+1, published); !errors.Is(err, election.ErrNoBeacon) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARoundIsAfterTheMoment(t *testing.T) {
	b := election.Quicknet
	for _, after := range []time.Duration{-time.Hour, 0, time.Second, 3 * time.Second, 1000 * time.Hour} {
		at := b.Genesis.Add(after)
		round := b.RoundAfter(at)
		if !b.At(round).After(at) || round > 1 && b.At(round-1).After(at) {
			t.Errorf("after %v: round %d at %v", at, round, b.At(round))
		}
	}
}

func TestThePracticeBeaconSpeaksOnlyOfWhatIsPast(t *testing.T) {
	p, err := election.NewPracticeBeacon("http://localhost/practice/beacon/{round}")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	next := p.RoundAfter(now)
	if _, err := p.Speak(next, now); !errors.Is(err, election.ErrBeaconSilent) {
		t.Errorf("of the future: %v", err)
	}
	said, err := p.Speak(next-1, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Value(next-1, said); err != nil {
		t.Errorf("its own word: %v", err)
	}
	if _, _, err := election.Quicknet.Value(next-1, said); !errors.Is(err, election.ErrNoBeacon) {
		t.Errorf("for the real one: %v", err)
	}
	if got, want := p.Where(7), "http://localhost/practice/beacon/7"; got != want {
		t.Errorf("Where = %q, want %q", got, want)
	}
}
