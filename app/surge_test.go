package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"folkmoot/messaging/wire"
)

// A thousand people come from a thousand places in the same moment, and no mailbox is ready for them.
func TestAThousandSignUpsAtOnceWithTheStockEmpty(t *testing.T) {
	eachStack(t, func(t *testing.T, s stack) {
		srv := newServer(t, s, "--mailbox-stock", "1", "--proxies", "127.0.0.0/8,::1/128")
		srv.migrate()
		srv.start()
		const n = 1000
		run := newID()[:8]
		visits := make([]*visit, n)
		address := func(i int) string { return fmt.Sprintf("surge-%s-%d@seed.invalid", run, i) }
		everybody(n, func(i int) {
			visits[i] = &visit{t: t, base: srv.base, cookies: map[string]string{}, source: fmt.Sprintf("203.%d.%d.9", i/250, i%250)}
			visits[i].post("/sign-in", url.Values{"address": {address(i)}})
		})
		codes := make([]string, n)
		srv.await(3*waitForMail, "a thousand codes", func() bool {
			log := srv.log.String()
			for i := range codes {
				if codes[i] == "" {
					if codes[i] = codeFor(address(i), log); codes[i] == "" {
						return false
					}
				}
			}
			return true
		})
		devices := make([]*device, n)
		everybody(n, func(i int) {
			visits[i].post("/sign-in/code", url.Values{"code": {codes[i]}})
			visits[i].post("/welcome", url.Values{"name": {fmt.Sprint("Person ", i)}})
			devices[i] = newDevice(t, seeded{Token: visits[i].cookies["__Host-session"], WSURL: wsURL(srv.base)})
			devices[i].connect().caughtUp()
		})
		// And each mailbox is somebody's own: the last two can talk.
		link, _ := srv.must(devices[n-1].who.Token, http.MethodPost, "/api/invitations", nil)["link"].(string)
		srv.post(devices[n-2].who.Token, link)
		me := srv.must(devices[n-2].who.Token, http.MethodGet, "/api/me", nil)
		account, _ := me["account"].(string)
		talk := devices[n-1].person(account, wire.Standing_STANDING_CONTACT).Conversation
		devices[n-2].receives(devices[n-1].say(talk, "We are in"))
	})
}

// everybody does something, all at once.
func everybody(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}
