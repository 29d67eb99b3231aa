// Package bustest opens a bus for tests, on the embedded brokers and on Apache Kafka.
package bustest

import (
	"context"
	"testing"

	"folkmoot/internal/testkafka"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/embedded"
)

// Each runs a test on embedded brokers and on Apache Kafka, with settings that keep it apart from other tests.
func Each(t *testing.T, test func(t *testing.T, conf bus.Config)) {
	t.Helper()
	testkafka.Each(t, func(t *testing.T, c testkafka.Cluster) {
		if c.Embedded() {
			test(t, Embedded(t, t.TempDir()))
			return
		}
		test(t, bus.Config{In: c.Addrs, Mailboxes: c.Addrs, InPartitions: 4, Prefix: c.Prefix})
	})
}

// Embedded starts embedded brokers that end with the test.
func Embedded(t testing.TB, dir string) bus.Config {
	t.Helper()
	brokers, err := embedded.Start(t.Context(), embedded.Options{Dir: dir, InPartitions: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := brokers.Close(); err != nil {
			t.Error(err)
		}
	})
	return brokers.Config()
}

// sweep drops the mailboxes that a test leaves on a cluster it shares with others: a thousand here and there add up.
func sweep(t testing.TB, b *bus.Bus) {
	ctx := context.WithoutCancel(t.Context())
	topics, err := b.MailboxTopics(ctx)
	if err == nil {
		err = b.DropMailboxes(ctx, topics)
	}
	if err != nil {
		t.Logf("mailboxes are left: %v", err)
	}
}

// Open opens a bus that is closed before the test's brokers are.
func Open(t testing.TB, conf bus.Config) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if conf.Prefix != "" {
			sweep(t, b)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}
