package bulletin_test

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"

	"folkmoot/governance/bulletin"
)

// checkpoint reads one as a stranger's program does.
func checkpoint(t *testing.T, key bulletin.Key, raw []byte) bulletin.Checkpoint {
	t.Helper()
	by, err := note.NewVerifier(key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	c, _, _, err := log.ParseCheckpoint(raw, by.Name(), by)
	if err != nil {
		t.Fatal(err)
	}
	return bulletin.Checkpoint{Text: string(raw), Size: c.Size, Root: c.Hash}
}

// lines reads whole lines to the end, and tells of each batch that was asked for.
func lines(t *testing.T, from io.Reader, asked func(batches int)) (all []string) {
	t.Helper()
	batches := 0
	for in := bufio.NewReader(from); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return all
		}
		all = append(all, strings.TrimSuffix(line, "\n"))
		if strings.HasPrefix(line, "asked") {
			batches++
			asked(batches)
		}
	}
}
