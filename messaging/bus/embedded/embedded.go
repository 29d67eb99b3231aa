// Package embedded keeps two Kafka brokers in this process, without a port: one for `in`, whose every write is synced, and one for mailboxes.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kfake"

	"folkmoot/messaging/bus"
)

// InPartitions is how many partitions `in` has unless it is told otherwise: each batch of a partition costs two syncs, one after the other,
// so fewer batch better. One was no better than two. (docs/decisions/0006)
const InPartitions = 2

// Options say where the brokers keep their files.
type Options struct {
	Dir          string
	InPartitions int32 // InPartitions when unset
	Logger       *slog.Logger
	NoSync       bool // tests and bench only: `in` is then no safer than the mailboxes
}

// Brokers are the two, running.
type Brokers struct {
	opts      Options
	net       *kfake.VirtualNetwork
	in, boxes *kfake.Cluster
	lock      *os.File
	lostTail  bool // not yet heeded; used only by whoever starts and closes us
}

// Any two will do: they exist in this process's own network only.
const (
	inPort    = 1
	boxesPort = 2
)

// Start opens what an earlier run left in the folder, or begins anew. One process at a time.
func Start(ctx context.Context, o Options) (*Brokers, error) {
	if o.InPartitions == 0 {
		o.InPartitions = InPartitions
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &Brokers{opts: o, net: &kfake.VirtualNetwork{}, lock: lock}
	if err := b.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("embedded brokers in %s: %w", o.Dir, err), b.stop())
	}
	return b, nil
}

func (b *Brokers) start(ctx context.Context) (err error) {
	if b.lostTail, err = open(b.opts.Dir); err != nil {
		return err
	}
	var synced []kfake.Opt
	if !b.opts.NoSync {
		synced = append(synced, kfake.SyncWrites())
	}
	if b.in, err = b.cluster(ctx, "in", inPort, synced...); err != nil {
		return err
	}
	b.boxes, err = b.cluster(ctx, "mailboxes", boxesPort)
	return err
}

func (b *Brokers) cluster(ctx context.Context, name string, port int, more ...kfake.Opt) (*kfake.Cluster, error) {
	return kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.ListenFn(b.net.Listen),
		kfake.ClusterID("folkmoot-" + name),
		kfake.DataDir(filepath.Join(b.opts.Dir, name)),
		kfake.WithLogger(logger{ctx: context.WithoutCancel(ctx), to: b.opts.Logger}),
		kfake.BrokerConfigs(map[string]string{
			// Dropping the last record of a log would let its offsets begin again at 0 after a crash, so kfake drops nothing by age.
			"log.retention.ms": "-1",
			// A group's offsets are forgotten a week after its last member went: a server that was off for longer would begin again.
			"offsets.retention.minutes": "5256000",
			// One for each fifty mailboxes followed, and some to spare.
			"max.incremental.fetch.session.cache.slots": "4000",
		}),
	}, more...)...)
}

// Config is the bus's settings for these brokers.
func (b *Brokers) Config() bus.Config {
	return bus.Config{
		In:           []string{fmt.Sprintf("localhost:%d", inPort)},
		Mailboxes:    []string{fmt.Sprintf("localhost:%d", boxesPort)},
		InPartitions: b.opts.InPartitions,
		OwnRetention: true,
		Dial:         b.net.DialContext,
		Flush:        b.flush,
		Room:         b.room,
		Logger:       b.opts.Logger,
	}
}

// LostTail says that the machine stopped under a run, and that TailHeeded has not been called since: mailboxes may lack their newest records.
func (b *Brokers) LostTail() bool { return b.lostTail }

// TailHeeded ends LostTail, for later runs too. Call it when what trusts the old offsets has been put right, durably, and before anybody is served.
func (b *Brokers) TailHeeded() error {
	if err := heeded(b.opts.Dir); err != nil {
		return fmt.Errorf("note that the lost tail was heeded: %w", err)
	}
	b.lostTail = false
	return nil
}

// Close stops the brokers; close the bus first.
func (b *Brokers) Close() error {
	return b.stop()
}

func (b *Brokers) stop() error {
	started := b.in != nil && b.boxes != nil
	for _, c := range []*kfake.Cluster{b.in, b.boxes} {
		if c != nil {
			c.Close()
		}
	}
	b.in, b.boxes = nil, nil
	var err error
	if started { // kfake does not sync mailboxes when it closes: a stop is clean once they are on disk
		if err = b.flushNow(); err == nil {
			err = closed(b.opts.Dir, b.lostTail)
		}
	}
	if b.lock != nil {
		err = errors.Join(err, b.lock.Close())
		b.lock = nil
	}
	return err
}

// flush brings what the mailbox broker has written to disk. The directories too, which kfake never syncs.
func (b *Brokers) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return b.flushNow()
}

func (b *Brokers) flushNow() error {
	if b.opts.NoSync {
		return nil
	}
	return flushDir(b.opts.Dir)
}
