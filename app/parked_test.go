package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/internal/database"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
)

func TestTheListOfWhatIsParkedIsNewestFirst(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		long := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		verdicts := messaging.NewVerdicts(db, nil, func() time.Time { return long.Add(time.Minute) })
		envelope := messaging.Parked{Position: messaging.Position{Incarnation: 1, Partition: 2, Offset: 3}, Recipient: "ben", Reason: "no such log", Record: []byte("four")}
		if err := verdicts.Keep(t.Context(), nil, nil, []messaging.Parked{envelope}); err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{long, long.Add(2 * time.Minute)} {
			err := db.Write(t.Context(), func(tx *gorm.DB) error {
				return tx.Exec(`INSERT INTO outbox (account, kind, subject, queued_at, parked_at, reason)
					VALUES ('ann', 'riddle', 'sphinx', ?, ?, 'unknown kind')`, long, at).Error
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		want := []string{
			"WHAT RECIPIENT PARKED BYTES REASON",
			"outbox:2 ann 2026-01-02 03:06:05 - unknown kind",
			"1:2:3 ben 2026-01-02 03:05:05 4 no such log",
			"outbox:1 ann 2026-01-02 03:04:05 - unknown kind",
		}
		for _, most := range []int{3, 2} {
			var out bytes.Buffer
			if err := (&Parked{Most: most}).list(t.Context(), db, &out); err != nil {
				t.Fatal(err)
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			if strings.Join(got, "\n") != strings.Join(want[:most+1], "\n") {
				t.Errorf("the newest %d are listed as\n%s", most, out.String())
			}
		}
	})
}
