package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines is a listener without a network: a test's clock moves only when nothing real is waited for.
type lines chan net.Conn

func (l lines) Accept() (net.Conn, error) {
	conn, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l lines) Close() error   { close(l); return nil }
func (l lines) Addr() net.Addr { return &net.TCPAddr{} }

// overLines serves handler and has a visitor on the other end of a line.
func overLines(t *testing.T, handler http.Handler, visit func(conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, server, done := make(lines), newHTTPServer(handler), make(chan error)
		go func() { done <- server.Serve(l) }()
		ours, theirs := net.Pipe()
		l <- theirs
		visit(ours)
		_ = ours.Close()
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func TestWhoSendsARequestByDropsIsNotWaitedFor(t *testing.T) {
	overLines(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("the whole request came")
		}
	}), func(conn net.Conn) {
		began := time.Now()
		var drops sync.WaitGroup
		drops.Go(func() {
			if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"); err != nil {
				t.Error(err)
			}
			for range 1000 {
				time.Sleep(time.Second)
				if _, err := conn.Write([]byte("x")); err != nil {
					return // hung up
				}
			}
		})
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 2*readWithin {
			t.Errorf("the server waited %s", took)
		}
		_ = conn.Close()
		drops.Wait()
	})
}

func TestASocketOutlivesTheLimitOfARequest(t *testing.T) {
	overLines(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		word, err := both.ReadString('\n')
		if err != nil {
			t.Error(err)
		}
		_, _ = fmt.Fprint(conn, "heard ", word)
	}), func(conn net.Conn) {
		if _, err := io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * readWithin)
		if _, err := io.WriteString(conn, "hello\n"); err != nil {
			t.Fatal(err)
		}
		if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil || answer != "heard hello\n" {
			t.Errorf("got %q, %v", answer, err)
		}
	})
}

func TestOperatorsComeByALoopbackName(t *testing.T) {
	inside := byLoopbackName(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"localhost:8081": 200, "localhost": 200, "127.0.0.1:8081": 200, "[::1]:8081": 200, "[::1]": 200,
		"rebound.example:8081": 421, "rebound.example": 421, "10.0.0.1:8081": 421, "localhost.rebound.example": 421, "": 421,
	} {
		r, w := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil), httptest.NewRecorder()
		r.Host = host
		if inside.ServeHTTP(w, r); w.Code != want {
			t.Errorf("by the name %q: %d, want %d", host, w.Code, want)
		}
	}
}
