package messaging

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
	"folkmoot/messaging/bus/bustest"
)

// Ann and Bob have each other, Cat and Dan as well, but Dan blocks Cat; Ann has Eve, who has not answered; Fay was removed by Bob.
func TestMutualContactsAreThoseWhoHaveEachOtherAndDoNotBlock(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		quiet, ctx := slog.New(slog.DiscardHandler), t.Context()
		queue, err := jobs.New(db, quiet)
		if err != nil {
			t.Fatal(err)
		}
		accounts, outbox := identity.NewAccounts(db, queue, make([]byte, 32), time.Now), NewOutbox(db, time.Now)
		boxes := NewMailboxes(db, bustest.Open(t, bustest.Embedded(t, t.TempDir())), outbox, 8, 0, quiet, time.Now)
		if err := boxes.Restock(ctx); err != nil {
			t.Fatal(err)
		}
		contacts := NewContacts(db, accounts, boxes, outbox, 4, time.Now)
		is := map[string]identity.AccountID{}
		add := func(who, whom string) {
			t.Helper()
			to, err := identity.ParseAddress(whom + "@example.org")
			if err == nil {
				_, err = contacts.Add(ctx, is[who], to)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"ann", "bob", "cat", "dan", "eve", "fay"} {
			to, err := identity.ParseAddress(name + "@example.org")
			if err != nil {
				t.Fatal(err)
			}
			if is[name], err = accounts.Reserve(ctx, to); err != nil {
				t.Fatal(err)
			}
		}
		for _, pair := range [][2]string{{"ann", "bob"}, {"bob", "ann"}, {"cat", "dan"}, {"dan", "cat"}, {"ann", "eve"}, {"bob", "fay"}, {"fay", "bob"}} {
			add(pair[0], pair[1])
		}
		if _, err := contacts.Block(ctx, is["dan"], is["cat"]); err != nil {
			t.Fatal(err)
		}
		if _, err := contacts.Remove(ctx, is["bob"], is["fay"]); err != nil {
			t.Fatal(err)
		}
		named := map[identity.AccountID]string{}
		for name, id := range is {
			named[id] = name
		}
		err = contacts.Mutual(ctx, func(pairs func(yield func(a, b identity.AccountID) bool) error) error {
			for i := range 2 {
				found := map[string]bool{}
				err := pairs(func(a, b identity.AccountID) bool {
					found[fmt.Sprint(min(named[a], named[b]), " ", max(named[a], named[b]))] = true
					return true
				})
				if got := slices.Sorted(maps.Keys(found)); err != nil || !slices.Equal(got, []string{"ann bob"}) {
					t.Errorf("read %d: %v %v", i+1, got, err)
				}
				add("eve", "ann") // after the first: the second sees the same moment
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
