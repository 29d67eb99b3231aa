package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
)

func TestTheServerKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	data := t.TempDir()
	made, err := serverKey(data, "")
	if err != nil || len(made) != keySize {
		t.Fatalf("made %d bytes, %v", len(made), err)
	}
	file := filepath.Join(data, "server.key")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info, err)
	}
	for _, named := range []string{"", file} {
		if again, err := serverKey(data, named); err != nil || !bytes.Equal(again, made) {
			t.Errorf("read from %q: another key, %v", named, err)
		}
	}
	if err := keepKey(file, make([]byte, keySize)); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over the key that is there: %v", err)
	}
	if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, made) { //nolint:gosec // our own
		t.Errorf("the key has changed, %v", err)
	}
}

func TestAKeyThatWasNamedIsNotMadeUp(t *testing.T) {
	file := filepath.Join(t.TempDir(), "absent.key")
	if _, err := serverKey(t.TempDir(), file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
}

// Two machines, one PostgreSQL: unless told of one key, each makes its own, and codes of one are wrong at the other.
func TestASecondMachineWithItsOwnKeyIsRefused(t *testing.T) {
	database := testdb.PostgresURL(t)
	begin := func() error {
		c := &Config{Data: t.TempDir(), Database: database, Log: "text", MailboxStock: 1}
		if err := c.settle(); err != nil {
			t.Fatal(err)
		}
		key, err := serverKey(c.Data, "")
		if err != nil {
			t.Fatal(err)
		}
		h, err := build(t.Context(), c, key, time.Now)
		if err == nil {
			err = h.close()
		}
		return err
	}
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	err := begin()
	if !errors.Is(err, identity.ErrOtherKey) || !strings.Contains(err.Error(), "--key-file") {
		t.Errorf("got %v, want a refusal that says how to mend it", err)
	}
}
