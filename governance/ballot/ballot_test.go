package ballot_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"folkmoot/governance/ballot"
)

// poll is a contest with its two signers and three scrutineers. Keys take a second to make, so all tests share them.
type poll struct {
	contest              ballot.Contest
	society, scrutineers ballot.Signer
	signers              ballot.Signers
	open                 [ballot.Scrutineer]ballot.ScrutineerKey
	to                   [ballot.Scrutineer][]byte
	box                  ed25519.PrivateKey
}

var shared = sync.OnceValue(func() *poll {
	p := &poll{contest: ballot.Contest{1, 2, 3}}
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var err error
	p.society, err = ballot.NewSigner(rand.Reader)
	must(err)
	p.scrutineers, err = ballot.NewSigner(rand.Reader)
	must(err)
	p.signers.Society, err = p.society.Public()
	must(err)
	p.signers.Scrutineers, err = p.scrutineers.Public()
	must(err)
	for i := range p.open {
		p.open[i], err = ballot.NewScrutineerKey()
		must(err)
		p.to[i] = p.open[i].Public()
	}
	_, p.box, err = ed25519.GenerateKey(rand.Reader)
	must(err)
	return p
})

// marked asks both signers to sign a voter key.
func (p *poll) marked(t *testing.T, k ballot.VoterKey) ballot.Credential {
	t.Helper()
	c := ballot.Credential{Public: k.Public()}
	c.Society = mark(t, k, p.society, p.signers.Society)
	c.Scrutineers = mark(t, k, p.scrutineers, p.signers.Scrutineers)
	return c
}

func mark(t *testing.T, k ballot.VoterKey, by ballot.Signer, public []byte) ballot.Mark {
	t.Helper()
	asked := sure(k.Ask(public, rand.Reader))
	return sure(asked.Finish(sure(by.Sign(asked.Blinded))))
}

// sure is for what cannot fail in these tests.
func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// votes is a cast by a new voter.
func (p *poll) votes(t *testing.T, preferences ...int) (ballot.VoterKey, ballot.Cast) {
	t.Helper()
	k := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	plain := sure(ballot.NewPlain(preferences, rand.Reader))
	sealed := sure(plain.Seal(p.contest, k.Public(), p.to, rand.Reader))
	return k, k.Cast(p.marked(t, k), 1, plain.Commitment(p.contest, k.Public()), sealed)
}

func TestAVoterKeyNeedsBothSigners(t *testing.T) {
	p := shared()
	k, c := p.votes(t, 2, 1)
	if err := c.Check(p.contest, p.signers); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	society, scrutineers := c.Credential.Society, c.Credential.Scrutineers
	for name, bad := range map[string]ballot.Credential{
		"the society alone":                 {Public: k.Public(), Society: society},
		"the scrutineers alone":             {Public: k.Public(), Scrutineers: scrutineers},
		"the society twice":                 {Public: k.Public(), Society: society, Scrutineers: society},
		"the marks the other way round":     {Public: k.Public(), Society: scrutineers, Scrutineers: society},
		"no key":                            {Society: society, Scrutineers: scrutineers},
		"somebody else's key":               {Public: sure(ballot.NewVoterKey(p.contest, rand.Reader)).Public(), Society: society, Scrutineers: scrutineers},
		"a mark without its chance":         {Public: k.Public(), Society: ballot.Mark{Signature: society.Signature}, Scrutineers: scrutineers},
		"a mark with a byte of chance more": {Public: k.Public(), Society: ballot.Mark{Chance: append(slices.Clone(society.Chance), 0), Signature: society.Signature}, Scrutineers: scrutineers},
	} {
		if err := bad.Check(p.contest, p.signers); !errors.Is(err, ballot.ErrNotSigned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Credential.Check(ballot.Contest{9}, p.signers); !errors.Is(err, ballot.ErrNotSigned) {
		t.Errorf("in another contest: %v", err)
	}
	if err := c.Check(ballot.Contest{9}, p.signers); !errors.Is(err, ballot.ErrNotSigned) {
		t.Errorf("a cast of another contest: %v", err)
	}
	if err := c.Credential.Check(p.contest, ballot.Signers{Society: p.signers.Society, Scrutineers: []byte("no key")}); !errors.Is(err, ballot.ErrBadKey) {
		t.Errorf("by a key that is none: %v", err)
	}
}

// TestASignerSeesNothingOfTheKey: it answers the same question alike, refuses what is none, and two questions about one key have nothing in common.
func TestASignerSeesNothingOfTheKey(t *testing.T) {
	p := shared()
	k := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	one, two := sure(k.Ask(p.signers.Society, rand.Reader)), sure(k.Ask(p.signers.Society, rand.Reader))
	if slices.Equal(one.Blinded, two.Blinded) {
		t.Error("the same key is asked about twice in the same way")
	}
	if first, again := sure(p.society.Sign(one.Blinded)), sure(p.society.Sign(one.Blinded)); !slices.Equal(first, again) {
		t.Error("the same question has two answers")
	}
	if _, err := one.Finish(sure(p.society.Sign(two.Blinded))); !errors.Is(err, ballot.ErrNotSigned) {
		t.Errorf("the answer to another question: %v", err)
	}
	asked := one
	others, err := p.scrutineers.Sign(asked.Blinded)
	for errors.Is(err, ballot.ErrBadBlinded) { // a number may be too large for the other signer's modulus, which is another one
		asked = sure(k.Ask(p.signers.Society, rand.Reader))
		others, err = p.scrutineers.Sign(asked.Blinded)
	}
	if _, err := asked.Finish(others); !errors.Is(err, ballot.ErrNotSigned) {
		t.Errorf("the other signer's answer: %v", err)
	}
	for _, junk := range [][]byte{nil, make([]byte, ballot.KeyBits/8-1), make([]byte, ballot.KeyBits/8+1), slices.Repeat([]byte{255}, ballot.KeyBits/8)} {
		if _, err := p.society.Sign(junk); !errors.Is(err, ballot.ErrBadBlinded) {
			t.Errorf("%d bytes of junk: %v", len(junk), err)
		}
	}
	kept := sure(ballot.ReadSigner(sure(p.society.Bytes())))
	if !slices.Equal(sure(kept.Public()), p.signers.Society) {
		t.Error("a key that was kept is another")
	}
	if _, err := ballot.ReadSigner([]byte("no key")); !errors.Is(err, ballot.ErrBadKey) {
		t.Errorf("a key that is none: %v", err)
	}
}

// TestNobodyChangesACast: whoever holds every store still cannot replace what a voter cast.
func TestNobodyChangesACast(t *testing.T) {
	p := shared()
	_, c := p.votes(t, 1, 3)
	_, other := p.votes(t, 3, 1)
	for name, change := range map[string]func(*ballot.Cast){
		"another ballot":            func(c *ballot.Cast) { c.Commitment, c.Sealed = other.Commitment, other.Sealed },
		"another commitment":        func(c *ballot.Cast) { c.Commitment[0] ^= 1 },
		"a byte of the sealed":      func(c *ballot.Cast) { c.Sealed.Ballot = slices.Clone(c.Sealed.Ballot); c.Sealed.Ballot[0] ^= 1 },
		"seals exchanged":           func(c *ballot.Cast) { c.Sealed.Keys[0], c.Sealed.Keys[1] = c.Sealed.Keys[1], c.Sealed.Keys[0] },
		"a later sequence":          func(c *ballot.Cast) { c.Sequence++ },
		"sequence 0":                func(c *ballot.Cast) { c.Sequence = 0 },
		"the signature of another":  func(c *ballot.Cast) { c.Signature = other.Signature },
		"no signature":              func(c *ballot.Cast) { c.Signature = nil },
		"the credential of another": func(c *ballot.Cast) { c.Credential = other.Credential },
		"a byte between two fields": func(c *ballot.Cast) {
			c.Sealed.Ballot = append(slices.Clone(c.Sealed.Ballot), c.Sealed.Keys[0][0])
			c.Sealed.Keys[0] = c.Sealed.Keys[0][1:]
		},
	} {
		bad := c
		change(&bad)
		if err := bad.Check(p.contest, p.signers); !errors.Is(err, ballot.ErrForgedCast) {
			t.Errorf("%s: %v", name, err)
		}
	}
	receipt := c.Receipt(p.box)
	public, _ := p.box.Public().(ed25519.PublicKey)
	if err := receipt.Check(c.Statement, public); err != nil {
		t.Errorf("the box's receipt: %v", err)
	}
	if err := receipt.Check(other.Statement, public); !errors.Is(err, ballot.ErrForgedReceipt) {
		t.Errorf("for another cast: %v", err)
	}
	if err := (ballot.Receipt{Signature: c.Signature}).Check(c.Statement, public); !errors.Is(err, ballot.ErrForgedReceipt) {
		t.Errorf("the voter's own signature: %v", err)
	}
}

// TestAnyTwoScrutineersOpenABallotAndNoOneAlone is the secrecy of the box.
func TestAnyTwoScrutineersOpenABallotAndNoOneAlone(t *testing.T) {
	p := shared()
	_, c := p.votes(t, 4, 2, 7)
	for i, pair := range ballot.Pairs {
		peeled := sure(p.open[pair[0]].Peel(c, i))
		plain, err := p.open[pair[1]].Open(c, i, peeled)
		if err != nil || !slices.Equal(plain.Preferences, []int{4, 2, 7}) {
			t.Errorf("scrutineers %v open %v, %v", pair, plain.Preferences, err)
		}
		if _, err := p.open[pair[0]].Open(c, i, peeled); !errors.Is(err, ballot.ErrNotOpened) {
			t.Errorf("scrutineer %d opens it alone: %v", pair[0], err)
		}
		if _, err := p.open[pair[1]].Peel(c, i); !errors.Is(err, ballot.ErrNotOpened) {
			t.Errorf("scrutineer %d begins with the other's seal: %v", pair[1], err)
		}
		other := (i + 1) % len(ballot.Pairs)
		if _, err := p.open[ballot.Pairs[other][1]].Open(c, other, peeled); !errors.Is(err, ballot.ErrNotOpened) {
			t.Errorf("what pair %v peeled opens as pair %v's: %v", pair, ballot.Pairs[other], err)
		}
	}
}

// TestACopyOfABallotDoesNotOpen: nobody votes as somebody else did without knowing how.
func TestACopyOfABallotDoesNotOpen(t *testing.T) {
	p := shared()
	_, c := p.votes(t, 1)
	thief := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	copied := thief.Cast(p.marked(t, thief), 1, c.Commitment, c.Sealed)
	if err := copied.Check(p.contest, p.signers); err != nil {
		t.Fatalf("the box cannot know yet: %v", err)
	}
	peeled := sure(p.open[0].Peel(copied, 0))
	if _, err := p.open[1].Open(copied, 0, peeled); !errors.Is(err, ballot.ErrNotCommitted) {
		t.Errorf("got %v", err)
	}
}

func TestASealedBallotTellsNotHowLongItIs(t *testing.T) {
	p := shared()
	k := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	size := func(s ballot.Sealed) (n int) {
		for _, key := range s.Keys {
			n += len(key)
		}
		return n + len(s.Ballot)
	}
	empty := size(sure(sure(ballot.NewPlain(nil, rand.Reader)).Seal(p.contest, k.Public(), p.to, rand.Reader)))
	rapid.Check(t, func(t *rapid.T) {
		preferences := rapid.SliceOfNDistinct(rapid.IntRange(1, 255), 0, 255, rapid.ID[int]).Draw(t, "preferences")
		plain, err := ballot.NewPlain(preferences, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := plain.Seal(p.contest, k.Public(), p.to, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := size(sealed); got != empty {
			t.Errorf("%d preferences make %d bytes, and none make %d", len(preferences), got, empty)
		}
		c := k.Cast(ballot.Credential{Public: k.Public()}, 1, plain.Commitment(p.contest, k.Public()), sealed)
		peeled, err := p.open[1].Peel(c, 2)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := p.open[2].Open(c, 2, peeled)
		if err != nil || !slices.Equal(opened.Preferences, preferences) {
			t.Errorf("%v comes out as %v, %v", preferences, opened.Preferences, err)
		}
	})
	for _, bad := range [][]int{{0}, {256}, {-1}, make([]int, 256)} {
		if _, err := ballot.NewPlain(bad, rand.Reader); !errors.Is(err, ballot.ErrLongBallot) {
			t.Errorf("%d preferences, the first %d: %v", len(bad), bad[0], err)
		}
	}
}

// TestAnOpeningIsOfTheBallotThatWasCommittedTo is what an auditor holds every published opening against.
func TestAnOpeningIsOfTheBallotThatWasCommittedTo(t *testing.T) {
	p := shared()
	_, c := p.votes(t, 3, 1)
	plain := sure(p.open[1].Open(c, 0, sure(p.open[0].Peel(c, 0))))
	opening := plain.Opening(c.Statement)
	if err := opening.Check(c.Statement); err != nil {
		t.Fatalf("the ballot's own: %v", err)
	}
	_, other := p.votes(t, 3, 1)
	for name, change := range map[string]func(o *ballot.Opening){
		"another order":     func(o *ballot.Opening) { o.Preferences = []int{1, 3} },
		"one more":          func(o *ballot.Opening) { o.Preferences = []int{3, 1, 2} },
		"other chance":      func(o *ballot.Opening) { o.Chance = make([]byte, len(o.Chance)) },
		"no chance":         func(o *ballot.Opening) { o.Chance = nil },
		"another's key":     func(o *ballot.Opening) { o.Public = other.Credential.Public },
		"of a cast to come": func(o *ballot.Opening) { o.Sequence++ },
	} {
		bad := opening
		change(&bad)
		if err := bad.Check(c.Statement); !errors.Is(err, ballot.ErrNotCommitted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestACastIsTheSameInAFile keeps what the browser, the box and an auditor exchange.
func TestACastIsTheSameInAFile(t *testing.T) {
	_, c := shared().votes(t, 2, 1)
	var again ballot.Cast
	if err := json.Unmarshal(sure(json.Marshal(c)), &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, again) {
		t.Errorf("written and read: %+v, before: %+v", again, c)
	}
	if err := again.Check(shared().contest, shared().signers); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(`{"contest":"`+strings.Repeat("g", 64)+`"}`), &again); !errors.Is(err, ballot.ErrBadDigest) {
		t.Errorf("a digest that is none: %v", err)
	}
}

// TestSealedBallotsHaveOneSize: whoever sees them does not learn how many were ranked, and nobody fills the box.
func TestSealedBallotsHaveOneSize(t *testing.T) {
	p := shared()
	k, short := p.votes(t)
	_, long := p.votes(t, slices.Repeat([]int{1, 2, 3}, 85)...)
	if a, b := len(sure(json.Marshal(short))), len(sure(json.Marshal(long))); a != b {
		t.Errorf("a blank ballot takes %d bytes, one of 255 preferences %d", a, b)
	}
	bloated := short.Sealed
	bloated.Ballot = append(slices.Clone(bloated.Ballot), 0)
	if err := k.Cast(short.Credential, 1, short.Commitment, bloated).Check(p.contest, p.signers); !errors.Is(err, ballot.ErrOddSize) {
		t.Errorf("a byte more: %v", err)
	}
}
