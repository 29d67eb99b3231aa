package ballot_test

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"folkmoot/governance/ballot"
)

// browser is the ballot code of the web client in Node. Its protocol is told in static/client/vote/simulated.ts.
type browser struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func startBrowser(t *testing.T) browser {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is missing: install Node 20.19 or newer")
	}
	dist := filepath.Join("..", "..", "static", "dist")
	var built map[string]struct{ File string }
	if manifest, err := fs.ReadFile(os.DirFS(dist), "manifest.json"); err == nil {
		if err := json.Unmarshal(manifest, &built); err != nil {
			t.Fatal(err)
		}
	}
	if built["simulated.mjs"].File == "" {
		t.Skip("the web client is not built: run make client")
	}
	node := exec.CommandContext(t.Context(), "node", filepath.Join(dist, built["simulated.mjs"].File)) //nolint:gosec // the test's own
	node.Stderr = os.Stderr
	in := sure(node.StdinPipe())
	out := sure(node.StdoutPipe())
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = node.Wait()
	})
	return browser{t, in, bufio.NewReaderSize(out, 1<<20)}
}

type fields map[string]any

// asks sends one request and reads its answer; what it may not do is left in an answer's Error and Kind.
func (b browser) asks(request fields) (a struct {
	Key         json.RawMessage
	State       json.RawMessage
	Blinded     struct{ Society, Scrutineers []byte }
	Credential  ballot.Credential
	Cast        ballot.Cast
	Entry       ballot.Digest
	Commitment  ballot.Digest
	Sealed      ballot.Sealed
	Peeled      []byte
	Opening     ballot.Opening
	OK          bool
	Error, Kind string
},
) {
	b.t.Helper()
	if _, err := b.in.Write(append(sure(json.Marshal(request)), '\n')); err != nil {
		b.t.Fatal(err)
	}
	line, err := b.out.ReadBytes('\n')
	if err != nil {
		b.t.Fatalf("node says no more: %v", err)
	}
	if err := json.Unmarshal(line, &a); err != nil {
		b.t.Fatalf("%v in %s", err, line)
	}
	return a
}

// votes is a cast made by the browser's code, whose keys both signers signed.
func (b browser) votes(p *poll, sequence int, preferences ...int) (state json.RawMessage, c ballot.Cast, entry ballot.Digest) {
	b.t.Helper()
	begun := b.asks(fields{"do": "begin", "contest": p.contest, "society": p.signers.Society, "scrutineers": p.signers.Scrutineers})
	done := b.asks(fields{"do": "finish", "state": begun.State, "answers": fields{
		"society": sure(p.society.Sign(begun.Blinded.Society)), "scrutineers": sure(p.scrutineers.Sign(begun.Blinded.Scrutineers)),
	}})
	if err := done.Credential.Check(p.contest, p.signers); err != nil {
		b.t.Fatalf("a key that the browser had signed: %v (%s)", err, done.Error)
	}
	cast := b.asks(fields{"do": "cast", "state": done.State, "preferences": preferences, "sequence": sequence, "opening": p.to})
	if cast.Error != "" {
		b.t.Fatal(cast.Error)
	}
	return done.State, cast.Cast, cast.Entry
}

func TestABrowsersCastIsACast(t *testing.T) {
	b, p := startBrowser(t), shared()
	for _, preferences := range [][]int{{4, 2, 7}, {255}, {}, slices.Repeat([]int{9}, 255)} {
		_, c, entry := b.votes(p, 3, preferences...)
		if err := c.Check(p.contest, p.signers); err != nil {
			t.Fatalf("%v: %v", preferences, err)
		}
		if entry != c.Entry() || c.Sequence != 3 {
			t.Errorf("%v: entry %s, want %s; sequence %d", preferences, entry, c.Entry(), c.Sequence)
		}
		for i, pair := range ballot.Pairs {
			plain, err := p.open[pair[1]].Open(c, i, sure(p.open[pair[0]].Peel(c, i)))
			if err != nil || !slices.Equal(plain.Preferences, preferences) {
				t.Errorf("scrutineers %v open %v, %v; want %v", pair, plain.Preferences, err, preferences)
			}
		}
	}
}

// TestATenderedBallotOpensWithoutAVoterKey: it has none, and is a cast of which all that is a key's is empty.
func TestATenderedBallotOpensWithoutAVoterKey(t *testing.T) {
	b, p := startBrowser(t), shared()
	a := b.asks(fields{"do": "tender", "contest": p.contest, "preferences": []int{3, 1}, "opening": p.to})
	c := ballot.Cast{Statement: ballot.Statement{Contest: p.contest, Commitment: a.Commitment, SealedHash: a.Sealed.Hash()}, Sealed: a.Sealed}
	peeled := sure(p.open[0].Peel(c, 1))
	plain, err := p.open[2].Open(c, 1, peeled)
	if err != nil || !slices.Equal(plain.Preferences, []int{3, 1}) {
		t.Fatalf("Go opens %v, %v", plain.Preferences, err)
	}
	key := fields{"private": sure(p.open[2].Bytes()), "public": p.open[2].Public()}
	opened := b.asks(fields{"do": "open", "key": key, "cast": c, "pair": 1, "peeled": peeled})
	if want := plain.Opening(c.Statement); !reflect.DeepEqual(opened.Opening, want) {
		t.Errorf("a browser opens %+v (%s), want %+v", opened.Opening, opened.Error, want)
	}
}

func TestABrowserRefusesWhatIsNotSigned(t *testing.T) {
	b, p := startBrowser(t), shared()
	begun := b.asks(fields{"do": "begin", "contest": p.contest, "society": p.signers.Society, "scrutineers": p.signers.Scrutineers})
	society, scrutineers := sure(p.society.Sign(begun.Blinded.Society)), sure(p.scrutineers.Sign(begun.Blinded.Scrutineers))
	other := b.asks(fields{"do": "begin", "contest": p.contest, "society": p.signers.Society, "scrutineers": p.signers.Scrutineers})
	for name, answers := range map[string]fields{
		"exchanged":  {"society": scrutineers, "scrutineers": society},
		"of another": {"society": sure(p.society.Sign(other.Blinded.Society)), "scrutineers": scrutineers},
		"cut short":  {"society": society[1:], "scrutineers": scrutineers},
	} {
		if a := b.asks(fields{"do": "finish", "state": begun.State, "answers": answers}); a.Kind != "not_signed" {
			t.Errorf("answers %s: %q", name, a.Kind)
		}
	}
}

func TestABrowserKnowsTheBoxsReceipt(t *testing.T) {
	b, p := startBrowser(t), shared()
	_, c := p.votes(t, 1)
	_, other := p.votes(t, 1)
	box, _ := p.box.Public().(ed25519.PublicKey)
	if a := b.asks(fields{"do": "check", "cast": c, "receipt": c.Receipt(p.box), "box": box}); !a.OK {
		t.Errorf("a good one: %s", a.Error)
	}
	if a := b.asks(fields{"do": "check", "cast": c, "receipt": other.Receipt(p.box), "box": box}); a.Kind != "forged_receipt" {
		t.Errorf("for another cast: %q", a.Kind)
	}
}

// TestScrutineersInBrowsersOpenWhatGoSealed: each may have the other program.
func TestScrutineersInBrowsersOpenWhatGoSealed(t *testing.T) {
	b, p := startBrowser(t), shared()
	type key struct {
		Private []byte `json:"private"`
		Public  []byte `json:"public"`
	}
	ours := *p
	var theirs [ballot.Scrutineer]key
	for i := range theirs {
		if err := json.Unmarshal(b.asks(fields{"do": "scrutineer"}).Key, &theirs[i]); err != nil {
			t.Fatal(err)
		}
		ours.open[i] = sure(ballot.ReadScrutineerKey(theirs[i].Private))
		ours.to[i] = theirs[i].Public
		if !slices.Equal(ours.open[i].Public(), theirs[i].Public) {
			t.Fatal("the halves of a browser's key do not belong together")
		}
	}
	_, c := ours.votes(t, 4, 2, 7)
	for i, pair := range ballot.Pairs {
		peeled := b.asks(fields{"do": "peel", "key": theirs[pair[0]], "cast": c, "pair": i})
		plain, err := ours.open[pair[1]].Open(c, i, peeled.Peeled)
		if err != nil {
			t.Fatalf("Go opens what a browser peeled: %v (%s)", err, peeled.Error)
		}
		opened := b.asks(fields{"do": "open", "key": theirs[pair[1]], "cast": c, "pair": i, "peeled": sure(ours.open[pair[0]].Peel(c, i))})
		if want := plain.Opening(c.Statement); !reflect.DeepEqual(opened.Opening, want) || opened.Opening.Check(c.Statement) != nil {
			t.Errorf("a browser opens %+v (%s), want %+v", opened.Opening, opened.Error, want)
		}
		if a := b.asks(fields{"do": "open", "key": theirs[pair[0]], "cast": c, "pair": i, "peeled": peeled.Peeled}); a.Kind != "not_opened" {
			t.Errorf("scrutineer %d opens it alone: %q", pair[0], a.Kind)
		}
		if a := b.asks(fields{"do": "peel", "key": theirs[pair[1]], "cast": c, "pair": i}); a.Kind != "not_opened" {
			t.Errorf("scrutineer %d begins with the other's seal: %q", pair[1], a.Kind)
		}
	}
	thief := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	copied := thief.Cast(ours.marked(t, thief), 1, c.Commitment, c.Sealed)
	if a := b.asks(fields{"do": "open", "key": theirs[1], "cast": copied, "pair": 0, "peeled": sure(ours.open[0].Peel(copied, 0))}); a.Kind != "not_committed" {
		t.Errorf("a copy of a ballot: %q", a.Kind)
	}
}

// TestABrowserReadsWhatIsBehindABallotsEndAsGoDoes: only a voter with a program of their own seals one.
func TestABrowserReadsWhatIsBehindABallotsEndAsGoDoes(t *testing.T) {
	b, p := startBrowser(t), shared()
	plain := make([]byte, 32+255)
	copy(plain[32:], []byte{2, 1})
	odd := slices.Clone(plain)
	odd[32+3] = 7
	k := sure(ballot.NewVoterKey(p.contest, rand.Reader))
	key := fields{"private": sure(p.open[1].Bytes()), "public": p.open[1].Public()}
	for name, of := range map[string]struct {
		committed []byte
		opens     bool
	}{"committed to as it is": {odd, false}, "committed to as it is published": {plain, true}} {
		commitment := sha256.Sum256(tagged("folkmoot commitment 1", p.contest[:], k.Public(), of.committed))
		c := k.Cast(p.marked(t, k), 1, commitment, p.sealed(odd, commitment))
		peeled := sure(p.open[0].Peel(c, 0))
		read, err := p.open[1].Open(c, 0, peeled)
		a := b.asks(fields{"do": "open", "key": key, "cast": c, "pair": 0, "peeled": peeled})
		if of.opens && (err != nil || !reflect.DeepEqual(a.Opening, read.Opening(c.Statement))) {
			t.Errorf("%s: Go %v, %v; the browser %+v (%s)", name, read.Preferences, err, a.Opening, a.Error)
		}
		if !of.opens && (!errors.Is(err, ballot.ErrNotCommitted) || a.Kind != "not_committed") {
			t.Errorf("%s: Go %v, the browser %q", name, err, a.Kind)
		}
	}
}

// sealed seals any plaintext under any commitment.
func (p *poll) sealed(plain []byte, commitment ballot.Digest) (s ballot.Sealed) {
	key := make([]byte, 32)
	_ = sure(rand.Read(key))
	info := func(pair, layer byte) []byte {
		return tagged("folkmoot seal 1", p.contest[:], commitment[:], []byte{pair, layer})
	}
	s.Ballot = sure(cipher.NewGCMWithRandomNonce(sure(aes.NewCipher(key)))).Seal(nil, nil, plain, info(0, 0)) //nolint:gosec // it takes a nonce by chance: NewGCMWithRandomNonce
	for i, pair := range ballot.Pairs {
		s.Keys[i] = key
		for _, layer := range []byte{1, 0} {
			to := sure(hpke.DHKEM(ecdh.X25519()).NewPublicKey(p.to[pair[layer]]))
			s.Keys[i] = sure(hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), info(byte(i), layer), s.Keys[i]))
		}
	}
	return s
}

func tagged(purpose string, parts ...[]byte) []byte {
	all := []byte(purpose)
	for _, part := range parts {
		all = append(binary.BigEndian.AppendUint32(all, uint32(len(part))), part...) //nolint:gosec // of a few hundred bytes
	}
	return all
}

func TestABrowserChecksThatItsCastIsInTheLog(t *testing.T) {
	b := startBrowser(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size <= 17; size++ {
		var leaves, entries [][]byte
		for i := range size {
			entry := sha256.Sum256([]byte{byte(i)})
			leaf := sha256.Sum256(append([]byte{0}, entry[:]...))
			entries, leaves = append(entries, entry[:]), append(leaves, leaf[:])
		}
		root := treeHash(leaves)
		note, key := signedNote("folkmoot/x", fmt.Sprintf("folkmoot/x\n%d\n%s\n", size, base64.StdEncoding.EncodeToString(root)), public, private)
		for i := range size {
			proof := fields{"checkpoint": note, "index": i, "size": size, "root": root, "hashes": treePath(leaves, i)}
			ask := fields{"do": "included", "entry": hex.EncodeToString(entries[i]), "proof": proof, "log": key}
			if a := b.asks(ask); !a.OK {
				t.Fatalf("entry %d of %d: %s", i, size, a.Error)
			}
			if size > 1 {
				proof["index"] = (i + 1) % size
				if a := b.asks(ask); a.Kind != "not_logged" {
					t.Errorf("entry %d of %d at another place: %q", i, size, a.Kind)
				}
				proof["index"] = i
			}
			proof["checkpoint"] = strings.Replace(note, "folkmoot/x\n", "folkmoot/x\n9", 1)
			if a := b.asks(ask); a.Kind != "not_logged" {
				t.Errorf("with a checkpoint that was changed: %q", a.Kind)
			}
		}
	}
}

// treeHash and treePath are RFC 6962, 2.1, as it is written there: slow and plain.
func treeHash(leaves [][]byte) []byte {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	sum := sha256.Sum256(slices.Concat([]byte{1}, treeHash(leaves[:k]), treeHash(leaves[k:])))
	return sum[:]
}

func treePath(leaves [][]byte, i int) [][]byte {
	if len(leaves) == 1 {
		return [][]byte{}
	}
	k := split(len(leaves))
	if i < k {
		return append(treePath(leaves[:k], i), treeHash(leaves[k:]))
	}
	return append(treePath(leaves[k:], i-k), treeHash(leaves[:k]))
}

func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

// signedNote signs a text as c2sp.org/signed-note has it, and names the key as its verifiers do.
func signedNote(name, words string, public ed25519.PublicKey, private ed25519.PrivateKey) (note, key string) {
	kind := append([]byte{1}, public...)
	sum := sha256.Sum256(append([]byte(name+"\n"), kind...))
	signed := append(slices.Clone(sum[:4]), ed25519.Sign(private, []byte(words))...)
	note = words + "\n\u2014 " + name + " " + base64.StdEncoding.EncodeToString(signed) + "\n"
	return note, fmt.Sprintf("%s+%08x+%s", name, binary.BigEndian.Uint32(sum[:4]), base64.StdEncoding.EncodeToString(kind))
}
