package embedded

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"folkmoot/messaging/bus"
)

func TestMailboxesAreBoundedByOpenFiles(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got := MaxMailboxes(); got < 0 || uint64(2*got+500) > max(limit.Cur, 500) {
		t.Errorf("%d mailboxes with %d files", got, limit.Cur)
	}
}

// On a disk of 16 MB: appends are refused in words while there is still room to stop cleanly, and what was taken is there after.
func TestFullDiskRefusesAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("no small disk to fill: %v (run as root)", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	brokers := start(t, dir)
	b := openBus(t, brokers.Config())
	if err := b.MakeMailboxes(t.Context(), []string{box}); err != nil {
		t.Fatal(err)
	}
	taken := map[bus.Log]int64{}
	var refused error
	for i := 0; refused == nil; i++ {
		to := []bus.Log{bus.Mailbox(box), bus.In(int32(i / 2 % InPartitions))}[i%2]
		if _, refused = b.Append(t.Context(), to, bus.Record{Value: make([]byte, 60<<10)}); refused == nil {
			taken[to]++
		}
	}
	if !errors.Is(refused, bus.ErrUnavailable) || !strings.Contains(refused.Error(), "the disk is nearly full") {
		t.Error(refused)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	stop(t, brokers)
	brokers = start(t, dir)
	b = openBus(t, brokers.Config())
	for log, want := range taken {
		if page, err := b.Read(t.Context(), log, want-1, 1); err != nil || page.End != want {
			t.Errorf("%v: %d taken, %d there, %v", log, want, page.End, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	stop(t, brokers)
}
