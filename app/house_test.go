package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The machine lost power. The first start after it fails, for a wrong setting say; the second must still know.
func TestALostTailIsRememberedUntilItWasHeeded(t *testing.T) {
	dir := t.TempDir()
	begin := func(inPartitions int32) (*house, error) {
		c := &Config{Data: dir, Log: "text", MailboxStock: 2, InPartitions: inPartitions}
		if err := c.settle(); err != nil {
			t.Fatal(err)
		}
		return build(t.Context(), c, make([]byte, 32), time.Now)
	}
	h, err := begin(4)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(dir, "kafka", "state.json")
	if err := os.WriteFile(state, []byte(`{"clean":false,"boot":"the one before the power cut"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err = begin(8); err == nil {
		t.Fatal("`in` has 4 partitions", h.close())
	}
	for _, which := range []string{"that went well", "after it"} {
		if h, err = begin(4); err != nil {
			t.Fatal(err)
		}
		var got []int32
		if err := h.db.Read(t.Context()).Table("mailboxes").Where("ready").Pluck("incarnation", &got).Error; err != nil {
			t.Error(err)
		}
		if want := []int32{2, 2}; !slices.Equal(got, want) {
			t.Errorf("the start %s finds mailboxes, which may lack their tail, in incarnations %v; want %v", which, got, want)
		}
		if err := h.close(); err != nil {
			t.Error(err)
		}
	}
}
