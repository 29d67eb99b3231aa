package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"folkmoot/internal/testdb"
	"folkmoot/internal/testkafka"
	"folkmoot/messaging/bus/embedded"
)

func TestMain(m *testing.M) {
	code := testkafka.Run(m)
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

var built struct {
	once sync.Once
	dir  string
	err  error
}

// program builds the real thing once a test run; a second process is a second process.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "folkmoot-bin-"); built.err == nil {
			out, err := exec.Command("go", "build", "-o", filepath.Join(built.dir, "folkmoot"), ".").CombinedOutput() //nolint:gosec,noctx // our own program
			if err != nil {
				built.err = fmt.Errorf("%w: %s", err, out)
			}
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "folkmoot")
}

// stack is what the program stands on.
type stack struct {
	name     string
	database string // empty: SQLite in the data directory
	kafka    []string
	prefix   string
}

// partitions are those of its `in`.
func (s stack) partitions() int32 {
	if len(s.kafka) > 0 {
		return 4
	}
	return embedded.InPartitions
}

func embeddedStack() stack { return stack{name: "embedded+sqlite"} }

func apacheStack(t testing.TB) stack {
	t.Helper()
	kafka := testkafka.Shared(t)
	return stack{name: "apache+postgres", database: testdb.PostgresURL(t), kafka: kafka, prefix: "t" + strings.ToLower(newID()[:10]) + "-"}
}

// eachStack runs a test of the whole program on both stacks: same program, same rules.
func eachStack(t *testing.T, f func(t *testing.T, s stack)) {
	t.Helper()
	t.Run("embedded+sqlite", func(t *testing.T) { f(t, embeddedStack()) })
	t.Run("apache+postgres", func(t *testing.T) { f(t, apacheStack(t)) })
}

func (s stack) args(data string) []string {
	args := []string{"--data", data}
	if s.database != "" {
		args = append(args, "--database", s.database)
	}
	if len(s.kafka) > 0 {
		args = append(args, "--kafka", strings.Join(s.kafka, ","), "--kafka-prefix", s.prefix, "--in-partitions", strconv.Itoa(int(s.partitions())))
	}
	return args
}

// server is the real program in a process of its own.
type server struct {
	t       testing.TB
	stack   stack
	data    string
	base    string
	inside  string // metrics and health
	extra   []string
	wrapper []string // e.g. strace
	cmd     *exec.Cmd
	log     *lockedBuffer
	ended   <-chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newServer chooses ports and a data directory; seed and start use them.
func newServer(t testing.TB, s stack, extra ...string) *server {
	t.Helper()
	return newServerIn(t, s, t.TempDir(), extra...)
}

func newServerIn(t testing.TB, s stack, data string, extra ...string) *server {
	t.Helper()
	srv := &server{
		t: t, stack: s, data: data, extra: extra, log: &lockedBuffer{},
		base: fmt.Sprintf("http://localhost:%d", freePort(t)), inside: fmt.Sprintf("localhost:%d", freePort(t)),
	}
	t.Cleanup(func() {
		srv.kill()
		if t.Failed() {
			t.Logf("the server's log:\n%s", lastLines(srv.log.String(), 60))
		}
	})
	return srv
}

func lastLines(s string, n int) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it is TCP
}

// seed makes signed-in accounts before the server starts.
func (s *server) seed(n int) []seeded {
	s.t.Helper()
	s.migrate()
	out := filepath.Join(s.t.TempDir(), "seed.jsonl")
	s.command(append([]string{"seed", "--accounts", fmt.Sprint(n), "--out", out, "--base", s.base}, s.stack.args(s.data)...)...)
	raw, err := os.ReadFile(out) //nolint:gosec // our own
	if err != nil {
		s.t.Fatal(err)
	}
	var people []seeded
	for d := json.NewDecoder(bytes.NewReader(raw)); d.More(); {
		var p seeded
		if err := d.Decode(&p); err != nil {
			s.t.Fatal(err)
		}
		people = append(people, p)
	}
	if len(people) != n {
		s.t.Fatalf("seeded %d of %d", len(people), n)
	}
	return people
}

func (s *server) migrate() {
	s.t.Helper()
	if s.stack.database != "" {
		s.command(append([]string{"migrate"}, s.stack.args(s.data)...)...)
	}
}

func (s *server) command(args ...string) {
	s.t.Helper()
	out, err := exec.CommandContext(s.t.Context(), program(s.t), args...).CombinedOutput() //nolint:gosec // our own
	if err != nil {
		s.t.Fatalf("folkmoot %s: %v\n%s", args[0], err, out)
	}
}

// start runs the program and waits until it says that it is ready.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	s.ready()
}

func (s *server) launch() {
	s.t.Helper()
	args := append([]string{"serve", "--listen", strings.TrimPrefix(s.base, "http://"), "--metrics", s.inside}, s.stack.args(s.data)...)
	line := append(append(append([]string{}, s.wrapper...), program(s.t)), append(args, s.extra...)...)
	cmd := exec.Command(line[0], line[1:]...) //nolint:gosec,noctx // our own; ended by kill
	cmd.Stdout, cmd.Stderr = s.log, s.log
	s.cmd, s.ended = cmd, startTied(s.t, cmd)
}

// startTied starts a program that dies when the tests are killed, and returns what is closed when it has ended.
// Linux ties such a child to the thread that started it, so it gets a thread of its own.
func startTied(t testing.TB, cmd *exec.Cmd) <-chan struct{} {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	return ended
}

func (s *server) ready() {
	s.t.Helper()
	s.await(60*time.Second, "the server to be ready", func() bool {
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended by itself:\n%s", lastLines(s.log.String(), 30))
		default:
		}
		status, _ := s.health()
		return status == http.StatusOK
	})
}

func (s *server) health() (int, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.inside+"/health", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// kill is SIGKILL: nothing gets to say goodbye.
func (s *server) kill() { s.end(syscall.SIGKILL) }

// stop is SIGTERM, and waits.
func (s *server) stop() { s.end(syscall.SIGTERM) }

func (s *server) end(signal syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, signal)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGQUIT)
		<-s.ended
		s.t.Errorf("the server did not end on %s", signal)
	}
	s.cmd = nil
}

// await polls for something that only another process knows.
func (s *server) await(most time.Duration, what string, done func() bool) {
	s.t.Helper()
	await(s.t, most, what, done)
}

func await(t testing.TB, most time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.After(most)
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waited %s for %s", most, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// api asks as a program does, with a token; it returns the status and the body.
func (s *server) api(token, method, path string, body any) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, bytes.NewReader(raw))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil && !errors.Is(err, io.EOF) {
		s.t.Fatalf("%s %s: %d, %v", method, path, res.StatusCode, err)
	}
	return res.StatusCode, answer
}

// must is api that has to succeed.
func (s *server) must(token, method, path string, body any) map[string]any {
	s.t.Helper()
	status, answer := s.api(token, method, path, body)
	if status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}
