package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/testkafka"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/bus/bustest"
	"folkmoot/messaging/bus/embedded"
)

// A process of its own that a test can kill: this very program, told by its environment to be one.
const (
	childJob  = "FOLKMOOT_BUS_CHILD"
	childDir  = "FOLKMOOT_BUS_CHILD_DIR"
	childBox  = "FOLKMOOT_BUS_CHILD_MAILBOX"
	childAddr = "FOLKMOOT_BUS_CHILD_KAFKA"
)

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		beChild(job)
	}
	os.Exit(testkafka.Run(m))
}

func tell(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }

// beChild never returns. It tells on its output what is durable.
func beChild(job string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			tell("failed:", err)
			os.Exit(1)
		}
	}
	conf := bus.Config{In: []string{os.Getenv(childAddr)}, Mailboxes: []string{os.Getenv(childAddr)}, InPartitions: 4, Prefix: os.Getenv(childDir)}
	if conf.In[0] == "" {
		brokers, err := embedded.Start(ctx, embedded.Options{Dir: os.Getenv(childDir), InPartitions: 4})
		fail(err)
		conf = brokers.Config()
	}
	b, err := bus.Open(ctx, conf)
	fail(err)
	box := bus.Mailbox(os.Getenv(childBox))
	fail(b.MakeMailboxes(ctx, []string{box.Topic}))
	switch job {
	case "append": // to `in` for ever
		for i := 0; ; i++ {
			_, err := b.Append(ctx, bus.In(0), text(strconv.Itoa(i)))
			fail(err)
			tell(i)
		}
	case "forward": // `in` to the mailbox for ever
		fail(b.Consume(ctx, "router", "one", 10, func(ctx context.Context, _ int32, batch []bus.Record) error {
			for _, r := range batch {
				if _, err := b.Append(ctx, box, r); err != nil {
					return err
				}
				tell(string(r.Value))
			}
			return nil
		}))
	case "trim": // everything is past its time
		for i := range 5 {
			_, err := b.Append(ctx, box, text(strconv.Itoa(i)))
			fail(err)
		}
		fail(b.Trim(ctx, "router", time.Now().Add(100*24*time.Hour), []bus.Log{box}))
		tell("trimmed")
		select {}
	}
	os.Exit(1)
}

// killAfter starts a child, waits for so many lines of its output, and kills it without warning. It returns the last line.
func killAfter(t *testing.T, lines int, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, last := bufio.NewScanner(out), ""
	for n := 0; n < lines && said.Scan(); n++ {
		last = said.Text()
		if strings.HasPrefix(last, "failed") {
			t.Fatal(last)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for said.Scan() { // what it still said before it died
		last = said.Text()
	}
	_ = cmd.Wait() // "killed": we know
	return last
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestKilledProcessLosesNothingItHadAcked(t *testing.T) {
	dir, box := t.TempDir(), mailboxName()
	last := number(t, killAfter(t, 200, childJob+"=append", childDir+"="+dir, childBox+"="+box))
	b := bustest.Open(t, bustest.Embedded(t, dir))
	records := readAll(t, b, bus.In(0))
	if len(records) < last+1 {
		t.Fatalf("%d was acked, %d are there", last, len(records))
	}
	whole(t, records, 0)
	topics, err := b.MailboxTopics(t.Context())
	if err != nil || len(topics) != 1 || topics[0] != box {
		t.Errorf("mailboxes: %v, %v", topics, err)
	}
	appendAll(t, b, bus.In(0), strconv.Itoa(len(records)))
	whole(t, readAll(t, b, bus.In(0)), 0)
}

func TestKilledRouterGoesOnWhereItWas(t *testing.T) {
	dir, box := t.TempDir(), mailboxName()
	last := number(t, killAfter(t, 300, childJob+"=append", childDir+"="+dir, childBox+"="+box))
	forwarded := number(t, killAfter(t, 100, childJob+"=forward", childDir+"="+dir, childBox+"="+box))
	b := bustest.Open(t, bustest.Embedded(t, dir))
	began := time.Now()
	e := newEar()
	stop := member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { e.sink(batch); return nil })
	first := e.await(t, 1)[0]
	t.Logf("the first came %s after the start", time.Since(began))
	if int(first.Offset) > forwarded+1 {
		t.Errorf("goes on at %d, but only %d was forwarded", first.Offset, forwarded)
	}
	whole(t, e.await(t, last+1-int(first.Offset)), first.Offset)
	stop()
	for i, r := range readAll(t, b, bus.Mailbox(box)) {
		if string(r.Value) != strconv.Itoa(i) {
			t.Fatalf("copy %d is %s", i, r.Value)
		}
	}
}

func TestKilledMemberIsLetBackInAtOnceOnApache(t *testing.T) {
	prefix := mailboxName() + "-"
	addrs := testkafka.Shared(t)
	b := bustest.Open(t, bus.Config{In: addrs, Mailboxes: addrs, InPartitions: 4, Prefix: prefix})
	fill(t, b, 50)
	killAfter(t, 20, childJob+"=forward", childDir+"="+prefix, childBox+"="+mailboxName(), childAddr+"="+addrs[0])
	began := time.Now()
	e := newEar()
	stop := member(t, b, "one", func(_ context.Context, _ int32, batch []bus.Record) error { e.sink(batch); return nil })
	e.await(t, 1)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("waited %s, as long as for a stranger's session to run out", took)
	} else {
		t.Logf("took %s", took)
	}
	stop()
}

// kfake would count from 0 again after a crash if a log had been emptied, and cursors would point at records to come.
func TestTrimmedMailboxCountsOnAfterAKill(t *testing.T) {
	dir, box := t.TempDir(), mailboxName()
	killAfter(t, 1, childJob+"=trim", childDir+"="+dir, childBox+"="+box)
	b := bustest.Open(t, bustest.Embedded(t, dir))
	offset, err := b.Append(t.Context(), bus.Mailbox(box), text("next"))
	if err != nil || offset != 5 {
		t.Errorf("appended at %d, %v", offset, err)
	}
}
