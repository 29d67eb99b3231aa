// Package testkafka gives tests their brokers: the embedded ones, and a real Apache Kafka where the machine has one.
package testkafka

import (
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
)

// Cluster says which brokers a test runs on. One Apache Kafka serves many tests, so each has a prefix of its own.
type Cluster struct {
	Addrs  []string // empty: the embedded brokers
	Prefix string   // for every topic and group
}

// Embedded says that the test starts embedded brokers of its own.
func (c Cluster) Embedded() bool { return len(c.Addrs) == 0 }

// Setting names a running Apache Kafka for tests, host:port with commas between; without it tests start one from the jars of `make kafka`.
const Setting = "FOLKMOOT_TEST_KAFKA"

// Each runs a test on the embedded brokers, and on Apache Kafka or not at all, in words.
func Each(t *testing.T, test func(t *testing.T, c Cluster)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, Cluster{Prefix: prefix()}) })
	t.Run("apache", func(t *testing.T) { test(t, Cluster{Addrs: Shared(t), Prefix: prefix()}) })
}

func prefix() string { return "t" + strings.ToLower(rand.Text()[:10]) + "-" }

var shared struct {
	once   sync.Once
	apache *Apache
	dir    string
	err    error
}

// Shared is the Apache Kafka that the tests of this process share.
func Shared(t testing.TB) []string {
	t.Helper()
	if addrs := os.Getenv(Setting); addrs != "" {
		return strings.Split(addrs, ",")
	}
	Need(t)
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "folkmoot-kafka-"); shared.err == nil {
			shared.apache, shared.err = StartApache(shared.dir)
		}
	})
	if shared.err != nil {
		t.Fatalf("start Apache Kafka: %v", shared.err)
	}
	return []string{shared.apache.Addr()}
}

// Run is for TestMain: it runs the tests and then stops the Apache Kafka that they shared. Without it the broker dies with the process,
// where the system can do that, and leaves its folder behind.
func Run(m *testing.M) int {
	defer func() {
		if shared.apache != nil {
			shared.apache.Kill()
		}
		if shared.dir != "" {
			_ = os.RemoveAll(shared.dir)
		}
	}()
	return m.Run()
}

// Need skips a test on a machine that cannot run Apache Kafka.
func Need(t testing.TB) {
	t.Helper()
	if why := Missing(); why != "" {
		t.Skipf("Apache Kafka is left out: %s", why)
	}
}
