// Package router reads `in`, asks who wants each envelope, and copies it to their mailboxes:
// the bot of the founding essay. docs/life-of-a-message.md tells the whole story.
package router

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"folkmoot/messaging"
	"folkmoot/messaging/bus"
)

// Group is the consumer group of all routers; what it has not committed stays in `in`.
const Group = "router"

const maxBatch = 500

// Router forwards. It keeps nothing that Kafka or SQL does not keep.
type Router struct {
	bus           *bus.Bus
	conversations *messaging.Conversations
	verdicts      *messaging.Verdicts
	incarnation   int32
	nobody        bus.Log // takes blanks
	log           *slog.Logger
	outcomes      *prometheus.CounterVec // by outcome
	batches       prometheus.Histogram
	steps         *prometheus.HistogramVec // seconds a batch, by step
}

// New makes a router for `in` of the given incarnation and registers its metrics. Blanks go to nobody's mailbox.
func New(b *bus.Bus, conversations *messaging.Conversations, verdicts *messaging.Verdicts, nobody messaging.Mailbox, incarnation int32,
	log *slog.Logger, metrics prometheus.Registerer,
) *Router {
	r := &Router{
		bus: b, conversations: conversations, verdicts: verdicts, nobody: nobody.Log, incarnation: incarnation, log: log,
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "folkmoot_router_verdicts_total", Help: "What became of envelopes, one a recipient.",
		}, []string{"outcome"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "folkmoot_router_batch_envelopes", Help: "Envelopes forwarded at a time.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500},
		}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "folkmoot_router_step_seconds", Help: "How long the steps of forwarding a batch take.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"step"}),
	}
	metrics.MustRegister(r.outcomes, r.batches, r.steps)
	return r
}

// Run forwards as the named member of the group until ctx ends. A failing cluster is waited for.
func (r *Router) Run(ctx context.Context, member string) error {
	return r.bus.Consume(ctx, Group, member, maxBatch, r.Forward)
}

// Forward brings one batch of a partition of `in` to the mailboxes. It decides and writes the decisions down, and then copies;
// so doing it again, after a crash or a failure, gives the same verdicts and exact repeats.
// An error means that the cluster or the database would not: nothing is skipped, the batch comes again.
func (r *Router) Forward(ctx context.Context, partition int32, batch []bus.Record) error {
	r.batches.Observe(float64(len(batch)))
	items := make([]*item, len(batch))
	for i, record := range batch {
		items[i] = read(record, messaging.Position{Incarnation: r.incarnation, Partition: partition, Offset: record.Offset})
	}
	if err := r.timed("decide", func() error { return r.decide(ctx, items) }); err != nil {
		return err
	}
	return r.timed("copy", func() error { return r.copyAll(ctx, items) })
}

func (r *Router) copyAll(ctx context.Context, items []*item) error {
	for _, wave := range waves(items) {
		if err := r.copyOut(ctx, wave); err != nil {
			return err
		}
	}
	return nil
}

func (r *Router) timed(step string, do func() error) error {
	began := time.Now()
	defer func() { r.steps.WithLabelValues(step).Observe(time.Since(began).Seconds()) }()
	return do()
}

// waves puts the first envelope of each conversation into the first wave, the second into the second, and so on:
// n+1 of a conversation is not sent to any log before n is acked or has its verdict.
func waves(items []*item) [][]*item {
	var waves [][]*item
	next := map[string]int{}
	for _, it := range items {
		if !it.forward {
			continue
		}
		n := next[it.envelope.Conversation]
		next[it.envelope.Conversation]++
		if n == len(waves) {
			waves = append(waves, nil)
		}
		waves[n] = append(waves[n], it)
	}
	return waves
}
