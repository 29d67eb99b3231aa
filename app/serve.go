package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"folkmoot/app/web"
	"folkmoot/app/work"
	"folkmoot/governance/contribution/practice"
	"folkmoot/governance/election"
	"folkmoot/governance/notice"
	"folkmoot/internal/clock"
	"folkmoot/internal/identity"
	"folkmoot/internal/mail"
	"folkmoot/messaging"
	"folkmoot/messaging/gateway"
	"folkmoot/messaging/router"
	"folkmoot/static"
)

// gcPercent: what lives is small and what is thrown away is much, so collecting more rarely costs a little memory and saves much work.
const gcPercent = 400

// Serve is the command that everything else exists for.
type Serve struct {
	ServeConfig
}

// Run serves until ctx ends, then lets everybody go in good order.
func (s *Serve) Run(ctx context.Context, c *Config) (err error) {
	if err := s.settle(); err != nil {
		return err
	}
	proxies, err := s.proxies()
	if err != nil {
		return err
	}
	key, err := serverKey(c.Data, s.KeyFile)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	wall, now, err := s.goesBy(c)
	if err != nil {
		return err
	}
	h, err := build(ctx, c, key, now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	of, err := s.furnish(ctx, h, c, key)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.polls.CloseLogs(context.WithoutCancel(ctx))) }()
	h.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	post, drop, err := s.mail(h.log, h.now)
	if err != nil {
		return err
	}
	sockets := gateway.New(h.bus, h.conversations, h.mailboxes, h.verdicts, h.accounts, h.incarnation, h.log, h.metrics)
	defer sockets.Close()
	site := h.site(sockets, of, s.Base)
	site.Drop, site.Clock, site.Proxies, site.Production = drop, wall, proxies, c.Production
	site.Contact, site.BankAccount = s.Contact, s.BankAccount
	desk := h.workers(of.pay, post, s.Base)
	desk.NoticesPerMinute = s.NoticesPerMinute
	desk.Register(h.queue)

	// What runs beside the requests: each ends with ctx, and all before the house is closed.
	var beside sync.WaitGroup
	defer beside.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	must := func(what string, run func(context.Context) error) { // none of them may die alone: a half dead server looks alive
		beside.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				stop(fmt.Errorf("%s: %w", what, err))
			}
		})
	}
	beside.Go(func() { h.mailboxes.Keep(ctx) })
	relay := messaging.NewRelay(h.outbox, h.bus, h.mailboxes, h.contacts, s.Member, h.log, h.metrics)
	beside.Go(func() { relay.Run(ctx) })
	nobody, err := h.mailboxes.Take(ctx, messaging.Nobody)
	if err != nil {
		return err
	}
	forward := router.New(h.bus, h.conversations, h.verdicts, nobody, h.incarnation, h.log, h.metrics)
	must("router", func(ctx context.Context) error { return forward.Run(ctx, s.Member) })
	must("jobs", h.queue.Run)
	if s.Metrics != "" {
		must("metrics", func(ctx context.Context) error { return listen(ctx, s.Metrics, h.inside(), nil) })
	}
	err = listen(ctx, s.Listen, site.Handler(), func(at net.Addr) {
		h.log.InfoContext(ctx, "folkmoot is open", "address", s.Base, "listening", at.String(),
			"encrypted", false, "client_built", static.Built())
	})
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return err
}

var errMoved = errors.New("the clock of this data directory was moved for practice, and nothing real goes by it: start with a new data directory")

// goesBy is the clock of those who practise, and what time it is. Where anything real is set up there is no clock but the world's.
func (s *Serve) goesBy(c *Config) (wall *clock.Clock, now func() time.Time, err error) {
	if wall, err = c.clock(); err != nil {
		return nil, nil, err
	}
	if !c.Production && s.none() {
		return wall, wall.Now, nil
	}
	if wall.Ahead() > 0 {
		return nil, nil, errMoved
	}
	return nil, time.Now, nil
}

// furnished are the providers of dues, and what is only there where something is practised.
type furnished struct {
	pay    *payments
	forge  *practice.Forge
	beacon *election.PracticeBeacon
}

// furnish opens what stands on the ground that build laid: dues, merged work, elections with their public logs, which are to be closed.
func (c *ServeConfig) furnish(ctx context.Context, h *house, base *Config, key []byte) (of furnished, err error) {
	if of.pay, err = openPayments(ctx, h.db, h.queue, &c.PaymentConfig, base.Production, c.Base, h.now); err != nil {
		return of, err
	}
	h.openDues(of.pay)
	h.ledger.Announce(h.queue)
	if of.forge, err = h.openWork(ctx, &c.ForgeConfig, base.Production, c.Base, base.Data); err != nil {
		return of, err
	}
	if of.beacon, err = h.openElections(&c.ElectionConfig, base.Production, c.Base, key); err != nil {
		return of, err
	}
	return of, h.polls.KeepLogs(ctx, c.logs(base.Data))
}

// site answers people at an address; serving and seeding have the same.
func (h *house) site(sockets *gateway.Gateway, of furnished, base string) *web.Site {
	return &web.Site{
		Accounts: h.accounts, Contacts: h.contacts, Mailboxes: h.mailboxes, Gateway: sockets, HangUp: sockets.End,
		Register: h.register, Officers: h.officers, Audit: h.audit,
		Dues: h.dues, Inbox: h.inbox, Ledger: h.ledger, Practice: of.pay.practice,
		Work: h.work, Operators: h.operators, Classes: h.classes, PracticeForge: of.forge, Elections: h.elections,
		Polls: h.polls, Board: h.board, PracticeBeacon: of.beacon, Turn: h.catchUp,
		Notices: h.notices, Proposals: h.proposals, Roadmap: h.roadmap, Priorities: h.priorities,
		Invited:          h.invited,
		AcceptInvitation: h.acceptInvitation,
		Asset:            static.Asset, Assets: static.Handler(),
		Base: base, Now: h.now, Log: h.log,

		PrivacyChanges: h.privacy, Held: holdings(), Meetings: h.meetings,
	}
}

// catchUp has all be done that the clock asks for by now, while the queue runs.
func (h *house) catchUp(ctx context.Context) error {
	if err := h.queue.Turn(ctx); err != nil {
		return err
	}
	return h.queue.Rest(ctx)
}

// workers is the desk of all jobs; serving and seeding have the same.
func (h *house) workers(pay *payments, post mail.Sender, base string) *work.Desk {
	return &work.Desk{
		DB: h.db, Accounts: h.accounts, Mailboxes: h.mailboxes, Outbox: h.outbox, Bus: h.bus,
		Members: h.register, Dues: h.dues, Ledger: h.ledger, Society: h.society, Inbox: h.inbox, Practice: pay.practice, Work: h.work,
		Elections: h.elections, Polls: h.polls, Board: h.board, Base: base,
		Notices: h.notices, NoticesPerMinute: notice.PerMinute, Proposals: h.proposals, Priorities: h.priorities,
		Mail: post, Now: h.now, Log: h.log,

		PrivacyChanges: h.privacy, Meetings: h.meetings,
	}
}

func (c *MailConfig) mail(log *slog.Logger, now func() time.Time) (mail.Sender, *mail.Maildrop, error) {
	if c.SMTP == "" {
		drop := mail.NewMaildrop(log, now)
		return drop, drop, nil
	}
	host, service, err := net.SplitHostPort(c.SMTP)
	port, bad := strconv.Atoi(service)
	if err != nil || bad != nil {
		return nil, nil, errors.New("--smtp is host:port, as in mail.example.org:587")
	}
	out, err := mail.NewSMTP(mail.Config{
		Host: host, Port: port, User: c.SMTPUser, Password: c.SMTPPassword, TLS: mail.TLS(c.SMTPTLS), From: c.MailFrom,
	})
	return out, nil, err
}

func (h *house) invited(ctx context.Context, token string) (identity.Account, error) {
	host, err := h.contacts.Invited(ctx, token)
	if errors.Is(err, messaging.ErrNoInvitation) {
		return identity.Account{}, web.ErrNoInvitation
	}
	if err != nil {
		return identity.Account{}, err
	}
	return h.accounts.Account(ctx, host)
}

func (h *house) acceptInvitation(ctx context.Context, token string, guest identity.AccountID) (conversation string, err error) {
	host, err := h.contacts.AcceptInvitation(ctx, token, guest)
	switch {
	case errors.Is(err, messaging.ErrNoInvitation):
		err = web.ErrNoInvitation
	case errors.Is(err, messaging.ErrYourself):
		err = web.ErrOwnInvitation
	}
	return host.Conversation, err
}

// inside is what operators see, on loopback only.
func (h *house) inside() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := errors.Join(h.bus.Ready(ctx), h.db.Read(ctx).Exec("SELECT 1").Error); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return byLoopbackName(mux)
}

// byLoopbackName refuses whoever came by another name: a stranger's page could have its host name pointed at us, and would then
// read in an operator's browser what it shows.
func byLoopbackName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !loopbackHost(host) {
			http.Error(w, "ask by a name on loopback, as in localhost", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const (
	headersWithin = 10 * time.Second
	readWithin    = 30 * time.Second // a whole request; a web socket has left the server by then and has limits of its own
	closeWithin   = 10 * time.Second
)

func newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headersWithin, ReadTimeout: readWithin,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}

// listen answers at an address until ctx ends, and then finishes what it began.
func listen(ctx context.Context, address string, handler http.Handler, open func(net.Addr)) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := newHTTPServer(handler)
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
		defer cancel()
		done <- server.Shutdown(closing)
	}()
	if open != nil {
		open(l.Addr())
	}
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}
