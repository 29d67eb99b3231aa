package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/governance/election"
	"folkmoot/governance/member"
	"folkmoot/internal/clock"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/mail"
	"folkmoot/internal/testdb"
)

// TestChaosOfAVote kills the society's server and the scrutineers' signer wherever a vote is under way: what was signed, cast, published, peeled
// or opened is there afterwards, once, and the election ends as its voters decided.
func TestChaosOfAVote(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { chaosOfAVote(t, embeddedStack()) })
	t.Run("postgres", func(t *testing.T) {
		chaosOfAVote(t, stack{name: "embedded+postgres", database: testdb.PostgresURL(t)})
	})
}

func chaosOfAVote(t *testing.T, s stack) {
	t.Helper()
	p := called(t, s)
	p.becomesFinal()
	first, second := p.signedAcrossAKill(p.electors[0]), p.signedAcrossAKill(p.electors[1])
	rest := []*chaosVoter{p.signed(p.electors[2]), p.signed(p.electors[3]), p.signed(p.electors[4])}
	p.moveTo(p.call.Timetable.PollOpens.Add(time.Minute))

	one := p.casts(first, 1)
	p.killServer() // between cast and log
	p.keeps(first, one)
	p.casts(second, 2)
	again := p.casts(first, 2, 1) // thinks again: the first is superseded, and stays in the log
	p.moveTo(p.call.Timetable.PollOpens.Add(2 * time.Hour))
	p.killServer() // while the batch may be on its way into the log
	p.moveTo(p.call.Timetable.PollOpens.Add(4 * time.Hour))
	p.logs(first, second)
	p.keeps(first, again)
	for _, v := range rest {
		p.casts(v, 1, 2)
	}
	p.killServer()
	p.moveTo(p.call.Timetable.PollCloses.Add(3 * time.Hour))
	p.killServer() // between close and opening: the log may not be sealed yet
	p.logs(slices.Concat([]*chaosVoter{first, second}, rest)...)
	if n := p.logSize(); n != 7 {
		t.Errorf("the log has %d entries, want the manifest and six casts, each once", n)
	}
	p.signer.kill()
	p.signer.start() // it still says how many keys it signed
	p.openAcrossKills(5)
	p.certifiedAs(6, 5)
}

// pollKilled is an election whose server and signer are killed at will. The rehearsal is the society in it, and its officers.
type pollKilled struct {
	*testing.T
	*rehearsal

	srv     *server
	signer  *signerProcess
	visit   *visit
	data    string
	opening map[*elector]ballot.ScrutineerKey
	contest ballot.Contest
	m       election.Manifest
}

func (p *pollKilled) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// called is an election for ordinary seats, up to the day on which its roll is published. It is made beside the server, which is not running.
func called(t *testing.T, s stack) *pollKilled {
	t.Helper()
	srv := newServer(t, s)
	p := &pollKilled{T: t, srv: srv, data: srv.data, rehearsal: newRehearsal(1, fewestVoters, map[member.Class]int{member.ClassOrdinary: 1}), opening: map[*elector]ballot.ScrutineerKey{}}
	p.said = t.Output()
	p.visit = &visit{t: t, base: srv.base, cookies: map[string]string{}}
	wall := p.wall()
	p.at.set(wall.Now())
	p.beside(func() {
		p.must(p.gather(t.Context()))
		p.must(p.nominate(t.Context()))
		token, err := p.polls.LinkSigner(t.Context(), p.watchers[0].account, p.call.ID)
		p.must(err)
		p.signer = newSignerProcess(t, srv.base, token)
		for _, w := range p.watchers {
			p.opening[w], err = ballot.NewScrutineerKey()
			p.must(err)
			p.must(p.polls.GiveOpeningKey(t.Context(), w.account, p.call.ID, p.opening[w].Public()))
		}
	})
	p.must(wall.Move(p.at.now()))
	at := strings.TrimPrefix(srv.base, "http://")
	p.doors = &doors{society: at, host: at, signer: p.signer.at, client: asFound}
	srv.start()
	p.signer.start()
	return p
}

// beside has something done by the domain's verbs while the server is not running.
func (p *pollKilled) beside(do func()) {
	p.Helper()
	c := &Config{Data: p.data, Database: p.srv.stack.database, MailboxStock: 1, Log: "text"}
	p.must(c.settle())
	p.must(p.moveIn(p.Context(), &ServeConfig{Base: p.srv.base}, c))
	do()
	p.must(p.moveOut(p.Context()))
}

func (p *pollKilled) wall() *clock.Clock {
	p.Helper()
	c, err := (&Config{Data: p.data}).clock()
	p.must(err)
	return c
}

// moveTo moves the server's clock, by which the signer goes too.
func (p *pollKilled) moveTo(at time.Time) { p.visit.moveTo(at) }

func (p *pollKilled) killServer() {
	p.Helper()
	p.srv.kill()
	p.srv.start()
}

// becomesFinal waits for the signer to come, has the roll become final, and waits for the codes.
func (p *pollKilled) becomesFinal() {
	p.Helper()
	db, _ := p.srv.opened()
	p.srv.await(time.Minute, "the signer to come", func() bool {
		var came int
		p.must(db.Read(p.Context()).Raw("SELECT count(*) FROM election_keys").Scan(&came).Error)
		return came == 1
	})
	p.moveTo(p.call.Final().Add(time.Minute))
	var raw []byte
	p.srv.await(time.Minute, "the roll to be final", func() bool {
		return p.doors.runs(p.Context(), p.doors.atSociety("", http.MethodGet, "/elections/"+p.call.ID+"/manifest/ordinary", nil), &raw) == nil
	})
	p.contest = sha256.Sum256(raw)
	p.must(json.Unmarshal(raw, &p.m))
	p.srv.await(time.Minute, "the codes to be mailed", func() bool {
		var drop []mail.Letter
		p.must(p.doors.runs(p.Context(), errand{door: p.signer.at, method: http.MethodGet, path: "/maildrop"}, &drop))
		for _, l := range drop {
			p.must(p.codes.Send(p.Context(), l))
		}
		return p.codes.count() == len(p.electors)
	})
}

// session has somebody come in, whatever time it is by now.
func (p *pollKilled) session(who *elector) {
	p.Helper()
	db := openFor(p.T, p.srv)
	defer closeAfter(p.T, db)
	queue, err := jobs.New(db, slog.New(slog.DiscardHandler))
	p.must(err)
	key, err := os.ReadFile(filepath.Join(p.data, "server.key"))
	p.must(err)
	entry, err := identity.NewAccounts(db, queue, key, p.wall().Now).Admit(p.Context(), who.address, "", "chaos")
	p.must(err)
	who.token = entry.Token
}

// chaosVoter is a voter with a key, and what they cast with it.
type chaosVoter struct {
	*elector

	voterKey   ballot.VoterKey
	credential ballot.Credential
	cast       []ballot.Cast
}

type signedKey struct {
	Signature []byte `json:"signature"`
}

func (p *pollKilled) askSociety(who *elector, blinded []byte) (said signedKey, err error) {
	to := "/elections/" + p.call.ID + "/vote/ordinary/sign"
	return said, p.doors.runs(p.Context(), p.doors.atSociety(who.token, http.MethodPost, to, map[string]any{"contest": p.contest, "blinded": blinded}), &said)
}

func (p *pollKilled) askScrutineers(who *elector, blinded []byte) (said signedKey, err error) {
	asked := map[string]any{"contest": p.contest, "member": who.member, "code": p.codes.of(who.address.Typed), "blinded": blinded}
	return said, p.doors.runs(p.Context(), p.doors.atSigner("/sign", asked), &said)
}

func (p *pollKilled) signed(who *elector) *chaosVoter { return p.sign(who, false) }

// signedAcrossAKill has both signers killed after they signed: each gives the same answer again, and none to another key.
func (p *pollKilled) signedAcrossAKill(who *elector) *chaosVoter { return p.sign(who, true) }

func (p *pollKilled) sign(who *elector, killed bool) *chaosVoter {
	p.Helper()
	p.session(who)
	key, err := ballot.NewVoterKey(p.contest, rand.Reader)
	p.must(err)
	v := &chaosVoter{elector: who, voterKey: key, credential: ballot.Credential{Public: key.Public()}}
	v.credential.Society = p.mark(v, killed, p.m.Online.Society, p.askSociety, p.killServer)
	v.credential.Scrutineers = p.mark(v, killed, p.m.Online.Scrutineers, p.askScrutineers, func() { p.signer.kill(); p.signer.start() })
	return v
}

// mark is one signer's signature on a voter's key.
func (p *pollKilled) mark(v *chaosVoter, killed bool, by []byte, ask func(*elector, []byte) (signedKey, error), kill func()) ballot.Mark {
	p.Helper()
	asked, err := v.voterKey.Ask(by, rand.Reader)
	p.must(err)
	answer, err := ask(v.elector, asked.Blinded)
	p.must(err)
	if killed {
		kill()
		again, err := ask(v.elector, asked.Blinded)
		p.must(err)
		if string(again.Signature) != string(answer.Signature) {
			p.Error("the same question has another answer after a kill")
		}
		other, err := v.voterKey.Ask(by, rand.Reader)
		p.must(err)
		if _, err := ask(v.elector, other.Blinded); err == nil || !strings.Contains(err.Error(), "409") {
			p.Errorf("another key, after a kill: %v", err)
		}
	}
	m, err := asked.Finish(answer.Signature)
	p.must(err)
	return m
}

// castAnswer is the box's.
type castAnswer struct {
	Receipt ballot.Receipt `json:"receipt"`
	Entry   ballot.Digest  `json:"entry"`
}

// casts casts a voter's next ballot.
func (p *pollKilled) casts(v *chaosVoter, preferences ...int) ballot.Cast {
	p.Helper()
	plain, err := ballot.NewPlain(preferences, rand.Reader)
	p.must(err)
	sealed, err := plain.Seal(p.contest, v.voterKey.Public(), p.m.Online.Opening, rand.Reader)
	p.must(err)
	c := v.voterKey.Cast(v.credential, uint64(len(v.cast)+1), plain.Commitment(p.contest, v.voterKey.Public()), sealed)
	v.cast = append(v.cast, c)
	p.takes(c)
	return c
}

// takes has the box take a cast, and give the receipt.
func (p *pollKilled) takes(c ballot.Cast) {
	p.Helper()
	var said castAnswer
	p.must(p.doors.runs(p.Context(), p.doors.atBox(http.MethodPost, "/cast", c), &said))
	p.must(said.Receipt.Check(c.Statement, p.m.Online.Box))
}

// lastCast is what the box says of a voter key.
type lastCast struct {
	Sequence uint64         `json:"sequence"`
	Receipt  ballot.Receipt `json:"receipt"`
	Entry    ballot.Digest  `json:"entry"`
	Index    *uint64        `json:"index"`
}

func (p *pollKilled) last(key ed25519.PublicKey) (is lastCast) {
	p.Helper()
	p.must(p.doors.runs(p.Context(), p.doors.atBox(http.MethodGet, fmt.Sprintf("/contests/%s/casts/%s", p.contest, box.KeyHash(key)), nil), &is))
	return is
}

// keeps has the box still have a voter's last cast, with its receipt; the same cast again changes nothing.
func (p *pollKilled) keeps(v *chaosVoter, c ballot.Cast) {
	p.Helper()
	p.takes(c)
	is := p.last(v.voterKey.Public())
	p.must(is.Receipt.Check(c.Statement, p.m.Online.Box))
	if is.Sequence != c.Sequence || is.Entry != c.Entry() {
		p.Errorf("after a kill the box has cast %d, %s; the voter has the receipt for %d, %s", is.Sequence, is.Entry, c.Sequence, c.Entry())
	}
}

// logs waits until voters' last casts are in the public log.
func (p *pollKilled) logs(voters ...*chaosVoter) {
	p.Helper()
	for _, v := range voters {
		p.srv.await(2*time.Minute, "a cast to be in the log", func() bool { return p.last(v.voterKey.Public()).Index != nil })
	}
}

// logSize is how many entries the public log says that it has.
func (p *pollKilled) logSize() (n int) {
	p.Helper()
	var raw []byte
	p.must(p.doors.runs(p.Context(), p.doors.atBox(http.MethodGet, fmt.Sprintf("/contests/%s/log/checkpoint", p.contest), nil), &raw))
	_, err := fmt.Sscan(strings.Split(string(raw), "\n")[1], &n)
	p.must(err)
	return n
}

func (p *pollKilled) workOf(w *elector) (todo box.Work) {
	p.Helper()
	p.must(p.doors.runs(p.Context(), p.doors.atSociety(w.token, http.MethodGet, "/elections/"+p.call.ID+"/opening/ordinary/work", nil), &todo))
	return todo
}

// openAcrossKills has two scrutineers open so many ballots, and the server killed in the middle of either's work.
func (p *pollKilled) openAcrossKills(ballots int) {
	p.Helper()
	there := p.watchers[:enoughToOpen]
	for _, w := range there {
		p.session(w)
	}
	at := "/elections/" + p.call.ID + "/opening/ordinary/work"
	p.srv.await(2*time.Minute, "the log to be closed", func() bool {
		return p.doors.runs(p.Context(), p.doors.atSociety(there[0].token, http.MethodGet, at, nil), nil) == nil
	})
	outer, inner := there[0], there[1]
	if p.number(outer) > p.number(inner) { // of every pair the first in the manifest begins
		outer, inner = inner, outer
	}
	pieces := len(p.workOf(outer).Peel)
	p.peels(outer, pieces/2)
	p.killServer()
	if left := len(p.workOf(outer).Peel); left != pieces-pieces/2 {
		p.Errorf("after a kill %d seals are left to be taken off, of %d with %d done", left, pieces, pieces/2)
	}
	p.peels(outer, pieces)
	p.opensSome(inner, ballots/2)
	p.killServer()
	if left := len(p.workOf(inner).Open); left != ballots-ballots/2 {
		p.Errorf("after a kill %d ballots are left to be opened, of %d with %d opened", left, ballots, ballots/2)
	}
	p.opensSome(inner, ballots)
	if left := p.workOf(inner); len(left.Open) != 0 {
		p.Errorf("when all are opened there are %d left", len(left.Open))
	}
}

// number is a scrutineer's place in the manifest.
func (p *pollKilled) number(w *elector) int {
	return slices.IndexFunc(p.m.Online.Opening[:], func(public []byte) bool { return string(public) == string(p.opening[w].Public()) })
}

func (p *pollKilled) peels(w *elector, most int) {
	p.Helper()
	todo := p.workOf(w).Peel
	var done []box.Peeled
	for _, piece := range todo[:min(most, len(todo))] {
		off, err := p.opening[w].Peel(piece.Cast, piece.Pair)
		p.must(err)
		done = append(done, box.Peeled{Entry: piece.Cast.Entry(), Pair: piece.Pair, Peeled: off})
	}
	p.must(handIn(p.Context(), p.rehearsal, w, "/elections/"+p.call.ID+"/opening/ordinary/peeled", "peeled", done))
}

func (p *pollKilled) opensSome(w *elector, most int) {
	p.Helper()
	todo := p.workOf(w).Open
	var done []box.Opened
	for _, piece := range todo[:min(most, len(todo))] {
		plain, err := p.opening[w].Open(piece.Cast, piece.Pair, piece.Peeled)
		p.must(err)
		done = append(done, box.Opened{Opening: plain.Opening(piece.Cast.Statement), Entry: piece.Cast.Entry(), Pair: piece.Pair})
	}
	p.must(handIn(p.Context(), p.rehearsal, w, "/elections/"+p.call.ID+"/opening/ordinary/opened", "openings", done))
}

// certifiedAs has the election certified, and whoever audits its public files find so many casts by so many keys.
func (p *pollKilled) certifiedAs(casts, keys int) {
	p.Helper()
	db, _ := p.srv.opened()
	p.srv.await(2*time.Minute, "the signer to say how many keys it signed", func() bool {
		var said int
		p.must(db.Read(p.Context()).Raw("SELECT count(*) FROM issued_statements").Scan(&said).Error)
		return said == 1
	})
	p.srv.stop()
	p.at.set(p.wall().Now())
	p.beside(func() {
		p.must(p.polls.DeclareOpened(p.Context(), p.returning.account, p.call.ID, member.ClassOrdinary, ""))
		p.must(p.certify(p.Context()))
		result, err := p.polls.Result(p.Context(), p.call.ID)
		p.must(err)
		class := result.Classes[0]
		if class.Online.Casts != casts || class.Papers != keys || class.Online.Keys != keys || class.Online.Issued != keys || class.Valid != keys {
			p.Errorf("certified: %+v, of %d papers %d valid", *class.Online, class.Papers, class.Valid)
		}
		if names := class.SeatedNames(); len(names) != 1 || names[0] != p.onPaper(1) {
			p.Errorf("elected: %v, and three of five put %s first", names, p.onPaper(1))
		}
	})
	p.srv.start()
	said, err := folkmoot(p.T, "audit", p.srv.base+"/elections/"+p.call.ID+"/audit/")
	if err != nil {
		p.Errorf("the public files do not hold: %v\n%s", err, said)
	}
}

// onPaper is the name of a candidate.
func (p *pollKilled) onPaper(number int) string {
	for _, o := range p.m.Candidates {
		if o.Number == number {
			return o.Name
		}
	}
	return ""
}

// signerProcess is the real `folkmoot scrutineer` in a process of its own.
type signerProcess struct {
	t     *testing.T
	at    string
	args  []string
	cmd   *exec.Cmd
	ended <-chan struct{}
	log   *lockedBuffer
}

func newSignerProcess(t *testing.T, society, token string) *signerProcess {
	t.Helper()
	s := &signerProcess{t: t, at: fmt.Sprintf("localhost:%d", freePort(t)), log: &lockedBuffer{}}
	s.args = []string{"scrutineer", "--practice", "--society", society, "--listen", s.at, "--token", token, "--data", t.TempDir()}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("the signer's log:\n%s", lastLines(s.log.String(), 30))
		}
	})
	return s
}

func (s *signerProcess) start() {
	s.t.Helper()
	s.cmd = exec.Command(program(s.t), s.args...) //nolint:gosec,noctx // our own; ended by kill
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.ended = startTied(s.t, s.cmd)
	await(s.t, time.Minute, "the signer to be ready", func() bool {
		r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, (&url.URL{Scheme: "http", Host: s.at, Path: "/health"}).String(), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		answer, err := asFound.Do(r)
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil
	})
}

func (s *signerProcess) kill() {
	if s.cmd == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-s.ended
	s.cmd = nil
}
