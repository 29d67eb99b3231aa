package identity_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
)

// withKey is a process that opens the book with a key of this letter.
func withKey(db *database.DB, letter string) *identity.Accounts {
	return identity.NewAccounts(db, nil, bytes.Repeat([]byte(letter), 32), time.Now)
}

func TestAProcessWithAnotherKeyIsToldSo(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		for _, process := range []struct {
			key  string
			want error
		}{{"a", nil}, {"a", nil}, {"b", identity.ErrOtherKey}, {"a", nil}} {
			if err := withKey(db, process.key).SameKey(t.Context()); !errors.Is(err, process.want) {
				t.Errorf("key %s: got %v, want %v", process.key, err, process.want)
			}
		}
	})
}

func TestOfTwoKeysThatComeTogetherOneStays(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		var all sync.WaitGroup
		answers := make([]error, 8)
		for i := range answers {
			all.Go(func() { answers[i] = withKey(db, string(rune('a'+i%2))).SameKey(t.Context()) })
		}
		all.Wait()
		if (answers[0] == nil) == (answers[1] == nil) {
			t.Errorf("one key must stay: %v", answers)
		}
		for i, err := range answers {
			if same := answers[i%2]; (err == nil) != (same == nil) || err != nil && !errors.Is(err, identity.ErrOtherKey) {
				t.Errorf("process %d: got %v, another with its key %v", i, err, same)
			}
		}
	})
}
