package providertest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"folkmoot/billing"
	"folkmoot/governance/member"
	"folkmoot/internal/money"
)

// Webhook is a message of a provider as it comes over the line.
type Webhook struct {
	Header http.Header
	Body   []byte
}

// Subject is a provider under test, with the hands that move what only people, banks and time can.
type Subject struct {
	Provider billing.Provider
	Stranger billing.Provider                                            // the same, but it knows another webhook secret
	Over     func(line http.RoundTripper) billing.Provider               // the same, over another line
	Clock    *Clock                                                      // the provider's and ours
	Dated    bool                                                        // whether its signatures tell a time
	Pay      func(ctx context.Context, s billing.Setup) (payment string) // somebody opens the page, agrees, and the first dues and the share are paid
	Agree    func(ctx context.Context, f billing.Flow)                   // somebody agrees on the page
	Another  func(ctx context.Context, method string) (payment string)   // the next period is paid
	Waiting  func(ctx context.Context, method string) (payment string)   // the next period's payment is made and can still be cancelled
	Reverse  func(ctx context.Context, payment string)                   // the payer's bank takes it back for good
	PayOut   func(ctx context.Context) (payout string)                   // what the provider holds goes to our bank, and may be refunded from then on
	Leave    func(ctx context.Context, method string)                    // the payer ends the authority at their bank
	Told     func(ctx context.Context) []Webhook                         // webhooks not told yet, signed now
}

const (
	alice  member.ID   = "member-alice"
	dues   money.Pence = 1000
	nobody             = "never-made"
)

func setup(key string, share money.Pence) billing.Setup {
	return billing.Setup{
		Key: key, Member: alice, Email: "alice@example.org", Name: "Alice Example", Terms: billing.Terms{Amount: dues, Interval: billing.Monthly},
		Share: share, Done: "https://folkmoot.example/join/done?s={CHECKOUT_SESSION_ID}", Quit: "https://folkmoot.example/join",
	}
}

// Run holds a provider to what billing relies on. open makes a new one with empty books.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"a page is opened once":                         testPageOnce,
		"who agrees gives an authority":                 testAgree,
		"dues and share are paid once":                  testPaid,
		"the share alone is paid or refused":            testShareAlone,
		"the next period is another payment":            testAnother,
		"collecting is asked once or not at all":        testCollect,
		"a refund is given once and never too much":     testRefund,
		"what waits can be cancelled, what is paid not": testCancel,
		"what the bank takes back is reversed":          testReverse,
		"an authority ends once":                        testEnd,
		"an authority can end elsewhere":                testLeave,
		"a payout is the sum of its items":              testPayout,
		"only genuine webhooks are opened":              testWebhooks,
		"what a webhook is about can be read":           testAbout,
		"changes are listed":                            testChanged,
		"what is unknown is not found":                  testUnknown,
		"a busy provider says so":                       testBusy,
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) { test(t, open(t)) })
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func testPageOnce(t *testing.T, s Subject) {
	first := must[billing.Flow](t)(s.Provider.Begin(t.Context(), setup("begin:alice:1", 100)))
	again := must[billing.Flow](t)(s.Provider.Begin(t.Context(), setup("begin:alice:1", 100)))
	other := must[billing.Flow](t)(s.Provider.Begin(t.Context(), setup("begin:alice:2", 100)))
	if first.ID == "" || first.ID != again.ID || first.ID == other.ID {
		t.Errorf("pages %q, %q with the same key, %q with another", first.ID, again.ID, other.ID)
	}
	read := must[billing.Flow](t)(s.Provider.Flow(t.Context(), first.ID))
	if first.URL == "" || again.URL != first.URL || read.State != billing.FlowOpen || read.Member != alice { // only Begin tells an address for sure
		t.Errorf("a new page is %+v, and read again %+v", first, read)
	}
}

func testAgree(t *testing.T, s Subject) {
	flow := must[billing.Flow](t)(s.Provider.Begin(t.Context(), setup("begin:alice:1", 0)))
	s.Agree(t.Context(), flow)
	done := must[billing.Flow](t)(s.Provider.Flow(t.Context(), flow.ID))
	if done.State != billing.FlowDone || done.Member != alice || done.Customer == "" || done.Method == "" {
		t.Fatalf("after somebody agreed the page is %+v", done)
	}
	m := must[billing.Method](t)(s.Provider.Method(t.Context(), done.Method))
	if m.Ref != done.Method || m.Member != alice || m.Customer != done.Customer || m.Description == "" ||
		m.State != billing.MethodActive && m.State != billing.MethodPending {
		t.Errorf("the authority is %+v", m)
	}
}

func testPaid(t *testing.T, s Subject) {
	ref := s.Pay(t.Context(), setup("begin:alice:1", 100))
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), ref))
	if p.State != billing.PaymentPaid || p.Amount != dues+100 || p.Share != 100 || p.Refunded != 0 || p.Disputed || p.Live {
		t.Errorf("the payment is %+v", p)
	}
	if p.Provider != s.Provider.Name() || p.Ref != ref || p.Member != alice || p.Method == "" || p.PaidAt.IsZero() || p.ChargeOn.IsZero() {
		t.Errorf("the payment is %+v", p)
	}
	if s.Provider.CollectsItself() && (p.Covers[0].IsZero() || !p.Covers[0].Before(p.Covers[1])) {
		t.Errorf("it covers %v", p.Covers)
	}
}

// A provider that takes cards takes one payment without an authority to collect more; a mandate would be one.
func testShareAlone(t *testing.T, s Subject) {
	alone := setup("begin:alice:1", 100)
	alone.Terms.Amount = 0
	flow, err := s.Provider.Begin(t.Context(), alone)
	if !s.Provider.CollectsItself() {
		wants(t, "a mandate for the share alone", err, billing.ErrRefused)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Agree(t.Context(), flow)
	done := must[billing.Flow](t)(s.Provider.Flow(t.Context(), flow.ID))
	if done.State != billing.FlowDone || done.Member != alice || done.Method != "" || done.Payment == "" {
		t.Fatalf("after the share was paid the page is %+v", done)
	}
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), done.Payment))
	if p.State != billing.PaymentPaid || p.Amount != 100 || p.Share != 100 || p.Member != alice || p.Method != "" || !p.Covers[0].IsZero() {
		t.Errorf("the payment is %+v", p)
	}
	alone.Key, alone.Share = "begin:alice:2", 0
	_, err = s.Provider.Begin(t.Context(), alone)
	wants(t, "a page for nothing at all", err, billing.ErrRefused)
}

func testAnother(t *testing.T, s Subject) {
	first := must[billing.Payment](t)(s.Provider.Payment(t.Context(), s.Pay(t.Context(), setup("begin:alice:1", 100))))
	if err := s.Provider.Change(t.Context(), first.Method, billing.Terms{Amount: 1500, Interval: billing.Monthly}, "change:alice:1"); err != nil {
		t.Fatal(err)
	}
	second := must[billing.Payment](t)(s.Provider.Payment(t.Context(), s.Another(t.Context(), first.Method)))
	if second.Ref == first.Ref || second.State != billing.PaymentPaid || second.Share != 0 || second.Method != first.Method || second.Member != alice {
		t.Errorf("the second payment is %+v", second)
	}
	if s.Provider.CollectsItself() && (second.Amount != 1500 || second.Covers[0] != first.Covers[1]) {
		t.Errorf("after a change the second payment is %+v, the first was %+v", second, first)
	}
}

func testCollect(t *testing.T, s Subject) {
	first := must[billing.Payment](t)(s.Provider.Payment(t.Context(), s.Pay(t.Context(), setup("begin:alice:1", 0))))
	order := billing.Collection{Key: "dues:alice:2:1", Member: alice, Method: first.Method, Amount: dues}
	asked, err := s.Provider.Collect(t.Context(), order)
	if s.Provider.CollectsItself() {
		wants(t, "collect from a provider that collects itself", err, billing.ErrRefused)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	again := must[billing.Payment](t)(s.Provider.Collect(t.Context(), order))
	order.Key = "dues:alice:3:1"
	other := must[billing.Payment](t)(s.Provider.Collect(t.Context(), order))
	if asked.Ref == "" || asked.Ref != again.Ref || asked.Ref == other.Ref || asked.Ref == first.Ref {
		t.Errorf("asked for %q, %q with the same key, %q with another; paid before was %q", asked.Ref, again.Ref, other.Ref, first.Ref)
	}
	if asked.Key != "dues:alice:2:1" || asked.Amount != dues || asked.State != billing.PaymentPending {
		t.Errorf("a new payment is %+v", asked)
	}
}

func testRefund(t *testing.T, s Subject) {
	ref := s.Pay(t.Context(), setup("begin:alice:1", 0))
	s.PayOut(t.Context())
	part := billing.RefundOrder{Key: "refund:1", Payment: ref, Amount: 300, Total: 300}
	first := must[billing.Refund](t)(s.Provider.Refund(t.Context(), part))
	again := must[billing.Refund](t)(s.Provider.Refund(t.Context(), part))
	if first.Ref == "" || first.Ref != again.Ref || first.Amount != 300 || first.Payment != ref {
		t.Errorf("refunds %+v and, with the same key, %+v", first, again)
	}
	_, err := s.Provider.Refund(t.Context(), billing.RefundOrder{Key: "refund:2", Payment: ref, Amount: 701, Total: 1001})
	wants(t, "refund a penny more than is left", err, billing.ErrRefused)
	rest := must[billing.Refund](t)(s.Provider.Refund(t.Context(), billing.RefundOrder{Key: "refund:3", Payment: ref, Amount: 700, Total: 1000}))
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), ref))
	if rest.Amount != 700 || p.Refunded != dues {
		t.Errorf("after all was given back: refund %+v, payment %+v", rest, p)
	}
	_, err = s.Provider.Refund(t.Context(), billing.RefundOrder{Key: "refund:4", Payment: ref, Amount: 1, Total: 1001})
	wants(t, "refund what is given back already", err, billing.ErrRefused)
}

func testCancel(t *testing.T, s Subject) {
	paid := s.Pay(t.Context(), setup("begin:alice:1", 0))
	wants(t, "cancel what is paid", s.Provider.Cancel(t.Context(), paid), billing.ErrTooLate)
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), paid))
	if p.State != billing.PaymentPaid {
		t.Errorf("that left it %s", p.State)
	}
	waits := s.Waiting(t.Context(), p.Method)
	for range 2 {
		if err := s.Provider.Cancel(t.Context(), waits); err != nil {
			t.Fatal(err)
		}
	}
	if p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), waits)); p.State != billing.PaymentCancelled {
		t.Errorf("a cancelled payment is %s", p.State)
	}
}

func testReverse(t *testing.T, s Subject) {
	ref := s.Pay(t.Context(), setup("begin:alice:1", 100))
	s.Reverse(t.Context(), ref)
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), ref))
	if p.State != billing.PaymentReversed || p.Amount != dues+100 || p.Share != 100 || p.Disputed {
		t.Errorf("a reversed payment is %+v", p)
	}
}

func testEnd(t *testing.T, s Subject) {
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), s.Pay(t.Context(), setup("begin:alice:1", 0))))
	for range 2 {
		if err := s.Provider.End(t.Context(), p.Method); err != nil {
			t.Fatal(err)
		}
	}
	if m := must[billing.Method](t)(s.Provider.Method(t.Context(), p.Method)); m.State != billing.MethodEnded {
		t.Errorf("an ended authority is %s", m.State)
	}
	if p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), p.Ref)); p.State != billing.PaymentPaid {
		t.Errorf("what was paid under it is %s", p.State)
	}
}

func testLeave(t *testing.T, s Subject) {
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), s.Pay(t.Context(), setup("begin:alice:1", 0))))
	s.Leave(t.Context(), p.Method)
	if m := must[billing.Method](t)(s.Provider.Method(t.Context(), p.Method)); m.State != billing.MethodEnded {
		t.Errorf("an authority that the payer ended is %s", m.State)
	}
	if err := s.Provider.End(t.Context(), p.Method); err != nil {
		t.Errorf("end it again: %v", err)
	}
}

func testPayout(t *testing.T, s Subject) {
	kept := s.Pay(t.Context(), setup("begin:alice:1", 100))
	second := setup("begin:bob:1", 0)
	second.Member = "member-bob"
	lost := s.Pay(t.Context(), second)
	out := must[billing.Payout](t)(s.Provider.Payout(t.Context(), s.PayOut(t.Context())))
	check(t, out, 2100, billing.ItemPayment, kept, lost)
	if out.State != billing.PayoutPaid || out.Arrives.IsZero() || out.Provider != s.Provider.Name() {
		t.Errorf("the payout is %+v", out)
	}
	for _, ref := range []string{kept, lost} {
		p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), ref))
		if fee := feeOf(out, ref); fee >= 0 || p.Fee != nil && *p.Fee != -fee {
			t.Errorf("%s cost %v by the payout, %v by the payment", ref, fee, p.Fee)
		}
	}
	s.Reverse(t.Context(), lost)
	more := setup("begin:carol:1", 0)
	more.Member, more.Terms.Amount = "member-carol", 9000
	s.Pay(t.Context(), more)
	next := must[billing.Payout](t)(s.Provider.Payout(t.Context(), s.PayOut(t.Context())))
	check(t, next, -1000, billing.ItemReversal, lost)
}

// check looks for the items of a kind about some payments, and that all items sum to the payout.
func check(t *testing.T, p billing.Payout, want money.Pence, kind billing.ItemKind, about ...string) {
	t.Helper()
	var sum, found money.Pence
	for _, item := range p.Items {
		sum += item.Amount
		if item.Kind == kind && slices.Contains(about, item.Payment) {
			found += item.Amount
		}
		if item.Kind == billing.ItemOther {
			t.Errorf("nobody knows what %s in the payout is", item.Amount)
		}
	}
	if sum != p.Amount || p.Amount <= 0 {
		t.Errorf("payout %s, but its items sum to %s", p.Amount, sum)
	}
	if found != want {
		t.Errorf("items of kind %s about %v sum to %s, not %s: %+v", kind, about, found, want, p.Items)
	}
}

func feeOf(p billing.Payout, payment string) (fee money.Pence) {
	for _, item := range p.Items {
		if item.Kind == billing.ItemFee && item.Payment == payment {
			fee += item.Amount
		}
	}
	return fee
}

func testWebhooks(t *testing.T, s Subject) {
	s.Pay(t.Context(), setup("begin:alice:1", 100))
	told := s.Told(t.Context())
	if len(told) == 0 {
		t.Fatal("no webhook tells of a payment")
	}
	now := s.Clock.Now()
	seen := map[string]bool{}
	for _, hook := range told {
		events := must[[]billing.Event](t)(s.Provider.Open(hook.Header, hook.Body, now))
		for _, e := range events {
			if e.ID == "" || e.Kind == "" || e.At.IsZero() || e.Live || seen[e.ID] {
				t.Errorf("event %+v", e)
			}
			seen[e.ID] = true
		}
	}
	hook := told[0]
	altered := slices.Clone(hook.Body)
	altered[len(altered)/2] ^= 1
	for what, body := range map[string][]byte{
		"altered": altered, "with a space more": append(slices.Clone(hook.Body), ' '), "cut off": hook.Body[:len(hook.Body)-1], "empty": nil,
	} {
		_, err := s.Provider.Open(hook.Header, body, now)
		wants(t, "a body "+what, err, billing.ErrSignature)
	}
	_, err := s.Provider.Open(http.Header{}, hook.Body, now)
	wants(t, "no signature", err, billing.ErrSignature)
	_, err = s.Stranger.Open(hook.Header, hook.Body, now)
	wants(t, "another secret", err, billing.ErrSignature)
	if !s.Dated {
		return
	}
	for off, want := range map[time.Duration]error{
		-5*time.Minute - time.Second: billing.ErrSignature, -4 * time.Minute: nil, 4 * time.Minute: nil, 5*time.Minute + time.Second: billing.ErrSignature,
		365 * 24 * time.Hour: billing.ErrSignature, -365 * 24 * time.Hour: billing.ErrSignature,
	} {
		_, err := s.Provider.Open(hook.Header, hook.Body, now.Add(off))
		wants(t, "opened "+off.String()+" after it was signed", err, want)
	}
}

func testAbout(t *testing.T, s Subject) {
	ref := s.Pay(t.Context(), setup("begin:alice:1", 100))
	s.PayOut(t.Context())
	s.Reverse(t.Context(), ref)
	kinds := map[billing.RefKind]bool{}
	for _, hook := range s.Told(t.Context()) {
		for _, e := range must[[]billing.Event](t)(s.Provider.Open(hook.Header, hook.Body, s.Clock.Now())) {
			kinds[e.About.Kind] = true
			if err := read(t.Context(), s.Provider, e.About); err != nil {
				t.Errorf("%s is about %+v: %v", e.Kind, e.About, err)
			}
		}
	}
	for _, kind := range []billing.RefKind{billing.RefFlow, billing.RefPayment, billing.RefPayout} {
		if !kinds[kind] {
			t.Errorf("no webhook was about a %s", kind)
		}
	}
}

func read(ctx context.Context, p billing.Provider, ref billing.Ref) (err error) {
	switch ref.Kind {
	case billing.RefFlow:
		_, err = p.Flow(ctx, ref.Ref)
	case billing.RefMethod:
		_, err = p.Method(ctx, ref.Ref)
	case billing.RefPayment:
		_, err = p.Payment(ctx, ref.Ref)
	case billing.RefPayout:
		_, err = p.Payout(ctx, ref.Ref)
	case billing.RefNothing:
	}
	return err
}

func testChanged(t *testing.T, s Subject) {
	s.Pay(t.Context(), setup("begin:alice:1", 0))
	s.Clock.Pass(48 * time.Hour)
	since := s.Clock.Now().Add(-time.Second)
	ref := s.Pay(t.Context(), setup("begin:alice:2", 0))
	p := must[billing.Payment](t)(s.Provider.Payment(t.Context(), ref))
	var all []billing.Ref
	for page, n := "", 0; ; n++ {
		refs, next, err := s.Provider.Changed(t.Context(), since, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, refs...)
		if next == "" {
			break
		}
		if page = next; n == 100 {
			t.Fatal("its pages never end")
		}
	}
	if !slices.Contains(all, billing.Ref{Kind: billing.RefPayment, Ref: ref}) || !slices.Contains(all, billing.Ref{Kind: billing.RefMethod, Ref: p.Method}) {
		t.Errorf("payment %s and method %s are not in %v", ref, p.Method, all)
	}
	for _, one := range all {
		if err := read(t.Context(), s.Provider, one); err != nil {
			t.Errorf("%+v: %v", one, err)
		}
	}
	if refs, _, err := s.Provider.Changed(t.Context(), s.Clock.Now().Add(time.Hour), ""); err != nil || len(refs) > 0 {
		t.Errorf("in an hour to come there changed %v, %v", refs, err)
	}
}

func testUnknown(t *testing.T, s Subject) {
	for _, kind := range []billing.RefKind{billing.RefFlow, billing.RefMethod, billing.RefPayment, billing.RefPayout} {
		wants(t, "read a "+string(kind), read(t.Context(), s.Provider, billing.Ref{Kind: kind, Ref: nobody}), billing.ErrNotFound)
	}
	wants(t, "end", s.Provider.End(t.Context(), nobody), billing.ErrNotFound)
	wants(t, "cancel", s.Provider.Cancel(t.Context(), nobody), billing.ErrNotFound)
	_, err := s.Provider.Refund(t.Context(), billing.RefundOrder{Key: "refund:nobody", Payment: nobody, Amount: 1, Total: 1})
	wants(t, "refund", err, billing.ErrNotFound)
}

// line answers every request the same.
type line struct {
	status int
	header http.Header
	body   string
	err    error
}

func (l line) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := errors.Join(l.err, r.Context().Err()); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: l.status, Header: l.header.Clone(), Body: io.NopCloser(strings.NewReader(l.body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// private is what an answer may quote, and an error of ours may not.
const private = "alice@example.org"

func testBusy(t *testing.T, s Subject) {
	page := "<html>" + private + "</html>"
	for what, l := range map[string]line{
		"a broken line":   {err: errors.New("connection reset")},
		"a page of words": {status: 502, header: http.Header{"Content-Type": {"text/html"}}, body: page},
		"unavailable":     {status: 503, header: http.Header{"Content-Type": {"application/json"}}, body: `{"error":{"type":"api_error","message":"` + private + `"}}`},
	} {
		_, err := s.Over(l).Payment(t.Context(), nobody)
		wants(t, what, err, billing.ErrBusy)
		if err != nil && strings.Contains(err.Error(), private) {
			t.Errorf("%s: the error quotes a person: %v", what, err)
		}
	}
	limited := line{
		status: 429, header: http.Header{"Retry-After": {"7"}, "Content-Type": {"application/json"}},
		body: `{"error":{"type":"invalid_request_error","message":"` + private + `"}}`,
	}
	_, err := s.Over(limited).Payment(t.Context(), nobody)
	var busy *billing.BusyError
	if !errors.As(err, &busy) || busy.After != 7*time.Second {
		t.Errorf("429 with Retry-After: 7: got %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Provider.Payment(gone, nobody)
	wants(t, "after the caller has gone", err, context.Canceled)
}
