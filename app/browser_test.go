package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"folkmoot/internal/calendar"
	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging"
)

const clientDir = "../static/client"

// needBrowser skips where the web client cannot be run.
func needBrowser(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is missing: install Node 20.19 or newer")
	}
	if _, err := os.Stat(filepath.Join(clientDir, "node_modules", "playwright-core")); err != nil {
		t.Skip("the web client's packages are missing: run make client")
	}
	if _, err := os.Stat(chromium()); err != nil {
		t.Skip("Chromium is missing (Debian: apt-get install chromium), or name it in CHROMIUM")
	}
}

func chromium() string {
	if named := os.Getenv("CHROMIUM"); named != "" {
		return named
	}
	return "/usr/bin/chromium"
}

// keeper is a real browser with the web client in it, whose store is IndexedDB in a profile on disk.
type keeper struct {
	t       testing.TB
	srv     *server
	who     seeded
	profile string
	cmd     *exec.Cmd
	ended   <-chan struct{}
	in      io.WriteCloser
	out     *bufio.Scanner
	ref     int
}

func newKeeper(t testing.TB, srv *server, who seeded) *keeper {
	t.Helper()
	k := &keeper{t: t, srv: srv, who: who, profile: t.TempDir()}
	k.open()
	t.Cleanup(k.kill)
	return k
}

func (k *keeper) open() {
	k.t.Helper()
	cmd := exec.Command("node", "e2e/keeper.mjs", k.srv.base, k.profile, k.who.Token) //nolint:gosec,noctx // our own; ended by kill
	cmd.Dir, cmd.Stderr = clientDir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	k.ended = startTied(k.t, cmd)
	k.cmd, k.in, k.out = cmd, in, bufio.NewScanner(out)
	k.out.Buffer(nil, 64<<20)
	k.hear(func(line map[string]json.RawMessage) bool { return line["ready"] != nil })
}

// hear reads lines until one is the one waited for.
func (k *keeper) hear(wanted func(map[string]json.RawMessage) bool) map[string]json.RawMessage {
	k.t.Helper()
	for k.out.Scan() {
		line := map[string]json.RawMessage{}
		if err := json.Unmarshal(k.out.Bytes(), &line); err != nil {
			k.t.Fatalf("the browser said %q", k.out.Text())
		}
		if line["error"] != nil || line["pageerror"] != nil {
			k.t.Fatalf("the browser said %s", k.out.Text())
		}
		if wanted(line) {
			return line
		}
	}
	k.t.Fatalf("the browser ended: %v", k.out.Err())
	return nil
}

func (k *keeper) ask(command map[string]any) map[string]json.RawMessage {
	k.t.Helper()
	k.ref++
	command["ref"] = k.ref
	raw, err := json.Marshal(command)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := k.in.Write(append(raw, '\n')); err != nil {
		k.t.Fatal(err)
	}
	want, _ := json.Marshal(k.ref) //nolint:errchkjson // a number
	return k.hear(func(line map[string]json.RawMessage) bool { return string(line["ref"]) == string(want) })
}

// say puts a message into the page's outbox, and returns its id.
func (k *keeper) say(conversation, text string) string {
	k.t.Helper()
	var id string
	if err := json.Unmarshal(k.ask(map[string]any{"do": "send", "conversation": conversation, "text": text})["id"], &id); err != nil {
		k.t.Fatal(err)
	}
	return id
}

type keptMessage struct {
	Conversation string `json:"conversation"`
	Device       string `json:"device"`
	ID           string `json:"id"`
	Incarnation  int32  `json:"incarnation"`
	Partition    int32  `json:"partition"`
	Offset       int64  `json:"offset"`
	Pending      bool   `json:"pending"`
	Outcome      string `json:"outcome"` // of an own message, once its verdict is there
}

// dump is what IndexedDB holds: messages, and how many are still in the outbox.
func (k *keeper) dump() (messages []keptMessage, waiting int) {
	k.t.Helper()
	line := k.ask(map[string]any{"do": "dump"})
	var outbox []struct{}
	for name, into := range map[string]any{"messages": &messages, "outbox": &outbox} {
		if err := json.Unmarshal(line[name], into); err != nil {
			k.t.Fatalf("%s: %v", name, err)
		}
	}
	return messages, len(outbox)
}

// kept is the store as the oracle wants it.
func (k *keeper) kept() []held {
	messages, _ := k.dump()
	var all []held
	for _, m := range messages {
		if m.Pending {
			continue // acked, its copy not yet here
		}
		h := held{
			conversation: m.Conversation, id: m.ID, device: m.Device,
			at: messaging.Position{Incarnation: m.Incarnation, Partition: m.Partition, Offset: m.Offset},
		}
		if m.Outcome != "" {
			h.verdicts = 1
		}
		all = append(all, h)
	}
	return all
}

// kill is SIGKILL for the browser too, which runs in a process group of its own; it returns when nothing of it is left.
func (k *keeper) kill() {
	if k.cmd == nil {
		return
	}
	_ = syscall.Kill(-k.cmd.Process.Pid, syscall.SIGKILL)
	<-k.ended
	k.cmd = nil
	await(k.t, 30*time.Second, "the browser to be gone", func() bool {
		pids := k.processes()
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return len(pids) == 0
	})
}

// processes are those that were started with this profile.
func (k *keeper) processes() (pids []int) {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		k.t.Fatal(err)
	}
	for _, file := range lines {
		line, err := os.ReadFile(file) //nolint:gosec // the system's own
		if err != nil || !bytes.Contains(line, []byte(k.profile)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// browsed is a server that has just come up, for a journey in a browser.
func browsed(t *testing.T) *server {
	t.Helper()
	needBrowser(t)
	srv := newServer(t, embeddedStack(), "--proxies", "127.0.0.0/8,::1/128")
	srv.migrate()
	srv.start()
	return srv
}

// TestBrowser makes the journeys of static/client/e2e against the real program: people sign up, ask, talk, go offline and come back.
func TestBrowser(t *testing.T) {
	srv := browsed(t)
	srv.journeys("e2e/journeys.test.mjs", "SOCIETY="+srv.speaks())
}

// speaks is where a journey has the society say something, as a job in the server would: the server's relay then finds it in the outbox.
func (s *server) speaks() (url string) {
	s.t.Helper()
	db, queue := s.opened()
	accounts, society := identity.NewAccounts(db, queue, make([]byte, 32), time.Now), s.society(db)
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var say struct{ Address, Key, Text string }
		err := json.NewDecoder(r.Body).Decode(&say)
		if err == nil {
			err = says(r.Context(), db, accounts, society, say.Address, say.Key, say.Text)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	s.t.Cleanup(door.Close)
	return door.URL
}

// says returns when what was said has its verdict: what its hearer wishes from then on comes too late for it.
func says(ctx context.Context, db *database.DB, accounts *identity.Accounts, society *messaging.Society, to, key, text string) error {
	address, err := identity.ParseAddress(to)
	if err != nil {
		return err
	}
	account, err := accounts.Reserve(ctx, address)
	if err != nil {
		return err
	}
	if err := society.Tell(ctx, account, key, text); err != nil {
		return err
	}
	for {
		if all, err := judged(ctx, db, account); err != nil || all {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestDuesInABrowser makes those of members and of the treasurer, with play money: join, pay, fail, switch, be refunded, leave, close a month.
func TestDuesInABrowser(t *testing.T) {
	t.Parallel() // two at a time, at the end: each waits much of its time
	browsed(t).journeys("e2e/dues.test.mjs")
}

// TestAMonthsEndInABrowser makes that of a society with a history: its treasurer closes the month that was over before the server came up, and
// a member sees what their dues did in it. Such a month cannot be had from the pages alone: it must be over, and people must have been counted.
func TestAMonthsEndInABrowser(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	srv := newServer(t, embeddedStack(), "--proxies", "127.0.0.0/8,::1/128")
	month := calendar.On(time.Now()).InMonth().Add(-1)
	said, err := folkmoot(t, append([]string{
		"seed", "--members", "12", "--months", "1", "--until", month.Last().String(), "--seed", "7", "--base", srv.base,
	}, srv.stack.args(srv.data)...)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	bank := regexp.MustCompile(`the bank has £([0-9,.]+);`).FindStringSubmatch(said)
	if bank == nil {
		t.Fatalf("it does not say what the bank has:\n%s", said)
	}
	srv.start()
	srv.journeys("e2e/impact.test.mjs", "MONTH="+month.String(), "BANK="+strings.ReplaceAll(bank[1], ",", ""),
		"TREASURER=member-1@seed.invalid", "MEMBER=member-3@seed.invalid")
}

// TestWorkInABrowser makes those of somebody who pays no dues and is a contributor, and of the officers, with the practice forge.
func TestWorkInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/work.test.mjs")
}

// TestNoticesInABrowser makes that of the annual notice: the secretary releases it, and people get it as they chose.
func TestNoticesInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/notice.test.mjs")
}

// TestProposalsInABrowser makes that of a proposal: supported, left unanswered, answered, on the roadmap, ranked and done, with a clock that is moved.
func TestProposalsInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/proposals.test.mjs")
}

// TestAGeneralMeetingInABrowser makes that of a general meeting, from its call to its minutes, with a motion that is passed as amended.
func TestAGeneralMeetingInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/meeting.test.mjs")
}

// TestPrivacyInABrowser makes that of what is held about people, and of changes to it.
func TestPrivacyInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/privacy.test.mjs")
}

// TestAnElectionInABrowser makes that of an election to the board: members, officers and those who run it, with a clock that is moved.
func TestAnElectionInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/election.test.mjs")
}

// TestTheBoardInABrowser makes that of the board's work in public: people sit by co-option, record what they do, and answer members.
func TestTheBoardInABrowser(t *testing.T) {
	t.Parallel()
	browsed(t).journeys("e2e/board.test.mjs")
}

// TestAnElectionOnlineInABrowser makes that of an election whose votes are cast online, with the scrutineers' signer as a second process: it has a
// data directory and a maildrop of its own, and a file to which the journey adds the token that a scrutineer is shown.
func TestAnElectionOnlineInABrowser(t *testing.T) {
	t.Parallel()
	srv := browsed(t)
	at, tokens := srv.scrutineers()
	srv.journeys("e2e/online.test.mjs", "SIGNER="+at, "TOKENS="+tokens)
}

// TestAMotionInABrowser makes that of a privacy change that is put to the members' vote, with the same second process.
func TestAMotionInABrowser(t *testing.T) {
	t.Parallel()
	srv := browsed(t)
	at, tokens := srv.scrutineers()
	srv.journeys("e2e/motion.test.mjs", "SIGNER="+at, "TOKENS="+tokens)
}

// scrutineers starts their signer, which ends with the test, and returns its address and the file with its tokens.
func (s *server) scrutineers() (at, tokens string) {
	s.t.Helper()
	dir, log := s.t.TempDir(), &lockedBuffer{}
	listen := fmt.Sprintf("localhost:%d", freePort(s.t))
	tokens = filepath.Join(dir, "tokens")
	cmd := exec.Command(program(s.t), "scrutineer", "--society", s.base, "--listen", listen, "--token-file", tokens, "--practice", "--data", dir) //nolint:gosec,noctx // our own; ended below
	cmd.Stdout, cmd.Stderr = log, log
	ended := startTied(s.t, cmd)
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		<-ended
		if s.t.Failed() {
			s.t.Logf("the signer's log:\n%s", lastLines(log.String(), 30))
		}
	})
	return "http://" + listen, tokens
}

func (s *server) journeys(file string, env ...string) {
	s.t.Helper()
	ours, err := json.Marshal(append([]string{program(s.t)}, s.stack.args(s.data)...))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), "node", "--test", "--test-reporter=spec", file) //nolint:gosec // our own
	cmd.Dir = clientDir
	cmd.Env = append(append(os.Environ(), env...), "BASE_URL="+s.base, "FOLKMOOT="+string(ours), "SHOTS="+os.Getenv("FOLKMOOT_SHOTS"))
	// A request of Playwright's asks DNS for a second address of localhost where /etc/hosts has one: a name server that is down must not hold it up.
	cmd.Env = append(cmd.Env, "RES_OPTIONS=timeout:1 attempts:1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	s.t.Logf("%s", out)
	if err != nil {
		s.t.Error(err)
	}
}
