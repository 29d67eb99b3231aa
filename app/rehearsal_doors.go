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
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"folkmoot/governance/scrutineer"
	"folkmoot/internal/mail"
	"folkmoot/messaging/gateway"
)

// doors are the society's site and the scrutineers' signer, each behind a listener on loopback, and how people come to them.
type doors struct {
	client  *http.Client
	society string // address of the listener
	signer  string
	host    string // by which people ask for the society
	turn    func(context.Context) error
	token   string // of the election, once a scrutineer has made it
	close   []func() error
}

// openDoors opens both. Each has its own database; the signer asks the society over HTTP, as it would from another machine.
func (r *rehearsal) openDoors(ctx context.Context, c *Config, base string) (d *doors, err error) {
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	d = &doors{host: at.Host, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: votersAtOnce}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.shut())
		}
	}()
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sockets := gateway.New(r.bus, r.conversations, r.mailboxes, r.verdicts, r.accounts, r.incarnation, r.log, r.metrics)
	d.close = append(d.close, func() error { sockets.Close(); return nil })
	site := r.site(sockets, r.of, base).Handler() //nolint:contextcheck // what a door asks at a request has the request's context
	if d.society, err = d.listen(ctx, site); err != nil {
		return d, err
	}
	own := *c
	own.Database = ownDatabase(c.Data)
	db, keys, err := openSigner(ctx, &own, "")
	if err != nil {
		return d, err
	}
	d.close = append(d.close, db.Close)
	options := scrutineer.Options{
		Society: "http://" + d.society, Now: r.now, Log: r.log, Write: voteCode(ctx),
		Tokens: func() ([]string, error) { return []string{d.token}, nil },
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0") // its address is in what it tells of itself
	if err != nil {
		return d, err
	}
	d.signer = listener.Addr().String()
	options.Address = "http://" + d.signer
	signer := scrutineer.New(db, keys, r.codes, options)
	d.serve(listener, signer.Handler(nil))
	d.turn = signer.Turn
	return d, nil
}

func (d *doors) listen(ctx context.Context, handler http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return "", err
	}
	d.serve(l, handler)
	return l.Addr().String(), nil
}

// serve answers until the doors are shut.
func (d *doors) serve(l net.Listener, handler http.Handler) {
	server, ended := newHTTPServer(handler), make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	d.close = append(d.close, func() error {
		err := server.Close()
		if gone := <-ended; !errors.Is(gone, http.ErrServerClosed) {
			err = errors.Join(err, gone)
		}
		return err
	})
}

// shut shuts them, the last first.
func (d *doors) shut() (err error) {
	d.client.CloseIdleConnections()
	for _, door := range slices.Backward(d.close) {
		err = errors.Join(err, door())
	}
	return err
}

// errand is one request that somebody makes.
type errand struct {
	door   string // address of a listener
	host   string // by which it is asked for; "": its own
	token  string // of who asks; "" for anybody
	method string
	path   string
	say    any // JSON, or a form, or nothing
}

// atSociety, atBox and atSigner are where people go.
func (d *doors) atSociety(token, method, path string, say any) errand {
	return errand{d.society, d.host, token, method, path, say}
}

func (d *doors) atBox(method, path string, say any) errand {
	return errand{d.society, "ballot." + d.host, "", method, path, say}
}

func (d *doors) atSigner(path string, say any) errand {
	return errand{d.signer, "", "", http.MethodPost, path, say}
}

// runs makes a request, and reads the answer: into bytes as it is, into anything else as JSON.
func (d *doors) runs(ctx context.Context, e errand, hear any) (err error) {
	r, err := e.request(ctx)
	if err != nil {
		return err
	}
	answer, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %s", e.method, e.path, answer.Status, bytes.TrimSpace(raw[:min(len(raw), 400)]))
	}
	switch into := hear.(type) {
	case nil:
		return nil
	case *[]byte:
		*into = raw
		return nil
	default:
		return json.Unmarshal(raw, hear)
	}
}

func (e errand) request(ctx context.Context) (*http.Request, error) {
	var body []byte
	kind := "application/json"
	switch say := e.say.(type) {
	case nil:
	case url.Values:
		body, kind = []byte(say.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(say)
		if err != nil {
			return nil, err
		}
		body = raw
	}
	r, err := http.NewRequestWithContext(ctx, e.method, "http://"+e.door+e.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	if e.host != "" {
		r.Host = e.host
	}
	if e.token != "" {
		r.Header.Set("Authorization", "Bearer "+e.token)
	}
	return r, nil
}

// codes is the post of the scrutineers' signer: the codes in its letters, by address.
type codes struct {
	mu sync.Mutex
	by map[string]string // guarded by mu
}

func newCodes() *codes { return &codes{by: map[string]string{}} }

var codeInLetter = regexp.MustCompile(`[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}`)

// Send opens the letter.
func (c *codes) Send(_ context.Context, l mail.Letter) error {
	code := codeInLetter.FindString(l.Text)
	if code == "" {
		return errors.New("a letter of the signer's has no code in it")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[strings.ToLower(l.To)] = code
	return nil
}

func (c *codes) of(address string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[strings.ToLower(address)]
}

func (c *codes) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.by)
}
