package election_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/ballot"
	"folkmoot/governance/ballot/box"
	"folkmoot/internal/database"
)

const secretVoters = 16

// TestNothingJoinsAVoterToABallot has the whole database in hand, and a backup of it from every stage. It covers: columns that name a voter and a
// ballot in one row; bytes of a signed question that turn up with a ballot; times and sizes; the order of rows as they lie in the tables and in
// the public log against every order of voters; and what was added or changed between two backups, in any row that names somebody. It does not
// cover somebody who watches both hosts while people vote, nor voters who have their key signed and vote at once: the page says what that weakens.
// The write-ahead log holds the same rows in the order in which they came, which is the order of casting; that no voter is known by, because
// no row that names somebody changes while people vote.
func TestNothingJoinsAVoterToABallot(t *testing.T) {
	seed := rand.Uint64() //nolint:gosec // dice
	t.Logf("seed %d", seed)
	each(t, func(s *society) {
		dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // order
		var names []string
		for i := range secretVoters {
			names = append(names, fmt.Sprintf("voter%02d", i))
		}
		s.joins("ann", "bob")
		s.joins(names...)
		o := s.final("ann", "bob")
		before := s.backup()
		signed := slices.Clone(names)
		dice.Shuffle(len(signed), func(i, j int) { signed[i], signed[j] = signed[j], signed[i] })
		voters := map[string]*voter{}
		for _, name := range signed {
			s.now = s.now.Add(time.Duration(dice.IntN(90)) * time.Minute)
			voters[name] = o.key(name)
			s.must(s.polls.KeepRecovery(t.Context(), s.people[name], o.ID, []byte("sealed"))) // and never after a cast: the client's tests hold that
		}
		s.until(o.Timetable.PollOpens)
		keyed, named := s.backup(), s.named()
		order := slices.Clone(names)
		dice.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, name := range order {
			s.now = s.now.Add(time.Duration(dice.IntN(90)) * time.Minute)
			voters[name].votes(1+dice.IntN(2), 3)
		}
		after := s.named() // before anything is done at the close
		for table, was := range named {
			if after[table] != was {
				t.Errorf("while people voted, something changed in %s, which names people: what changed beside a cast would tell whose it is", table)
			}
		}
		o.closes()
		cast := s.backup()

		for table, columns := range s.columns() {
			for _, who := range []string{"member", "account", "device", "address"} {
				if slices.Contains(columns, who) && (slices.Contains(columns, "key_hash") || slices.Contains(columns, "contest") && slices.Contains(columns, "entry")) {
					t.Errorf("table %s names a voter (%s) and a ballot in one row", table, who)
				}
			}
			if table == "casts" || table == "peeled_casts" || table == "opened_casts" {
				for _, c := range columns {
					if strings.HasSuffix(c, "_at") || strings.Contains(c, "time") || strings.Contains(c, "address") {
						t.Errorf("%s has a column %s", table, c)
					}
				}
			}
		}
		s.nothingInCommon()
		s.oneSize()
		s.noOrderTells(o, voters, names, signed)

		if diff := added(keyed, cast, "marked_register"); diff != 0 {
			t.Errorf("between the opening and the close %d keys were signed: a backup from between would tell whose", diff)
		}
		if before["casts"]+keyed["casts"] != 0 || cast["casts"] != secretVoters {
			t.Errorf("casts in the backups: %d, %d, %d", before["casts"], keyed["casts"], cast["casts"])
		}
		for table, n := range cast { // nothing grew with the votes but the box, and what the clock writes down of the poll
			if n > keyed[table] && table != "casts" && table != "issued_statements" && table != "audit_log" && !strings.HasPrefix(table, "river") {
				t.Errorf("while people voted, %s grew from %d rows to %d", table, keyed[table], n)
			}
		}
	})
}

// columns are those of every table.
func (s *society) columns() map[string][]string {
	s.Helper()
	var rows []struct{ T, C string }
	ask := "SELECT m.name AS t, c.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
	if s.db.Dialect() == database.Postgres {
		ask = "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public'"
	}
	s.must(s.db.Read(s.Context()).Raw(ask).Scan(&rows).Error)
	all := map[string][]string{}
	for _, r := range rows {
		all[r.T] = append(all[r.T], r.C)
	}
	return all
}

// backup is what somebody with a copy of the database sees of it: how many rows each table has, and of the marked register how many keys are signed.
func (s *society) backup() map[string]int {
	s.Helper()
	rows := map[string]int{}
	for table := range s.columns() {
		var n int
		s.must(s.db.Read(s.Context()).Raw(`SELECT count(*) FROM "` + table + `"`).Scan(&n).Error)
		rows[table] = n
	}
	var n int
	s.must(s.db.Read(s.Context()).Raw("SELECT count(*) FROM marked_register WHERE length(blinded) > 0").Scan(&n).Error)
	rows["marked_register"] = n
	return rows
}

// named is all that stands in tables that name people, by table, but what officers and jobs write down.
func (s *society) named() map[string]string {
	s.Helper()
	all := map[string]string{}
	for table, columns := range s.columns() {
		if !slices.Contains(columns, "member") && !slices.Contains(columns, "account") {
			continue
		}
		all[table] = strings.Join(s.lines(table), "\n")
	}
	return all
}

// lines are all rows of a table, in words.
func (s *society) lines(table string) (lines []string) {
	s.Helper()
	rows, err := s.db.Read(s.Context()).Raw(`SELECT * FROM "` + table + `"`).Rows()
	s.must(err)
	defer func() { s.must(errors.Join(rows.Err(), rows.Close())) }()
	columns, err := rows.Columns()
	s.must(err)
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		s.must(rows.Scan(into...))
		lines = append(lines, fmt.Sprint(values...))
	}
	slices.Sort(lines)
	return lines
}

func added(before, after map[string]int, table string) int { return after[table] - before[table] }

// nothingInCommon looks for any part of what voters asked and were answered in what was cast.
func (s *society) nothingInCommon() {
	s.Helper()
	var asked []struct{ Blinded, BlindSignature []byte }
	s.must(s.db.Read(s.Context()).Raw("SELECT blinded, blind_signature FROM marked_register WHERE length(blinded) > 0").Scan(&asked).Error)
	var cast []string
	s.must(s.db.Read(s.Context()).Raw("SELECT statement || sealed || key_hash || entry FROM casts").Scan(&cast).Error)
	if len(asked) != secretVoters || len(cast) != secretVoters {
		s.Fatalf("%d asked and %d cast", len(asked), len(cast))
	}
	const window = 12
	for _, a := range asked {
		for _, b := range [][]byte{a.Blinded, a.BlindSignature} {
			for i := 0; i+window <= len(b); i += 3 {
				for _, c := range cast {
					if strings.Contains(c, hex.EncodeToString(b[i:i+window])) || strings.Contains(c, base64.StdEncoding.EncodeToString(b[i:i+window])) {
						s.Fatal("part of what a voter asked is in a cast")
					}
				}
			}
		}
	}
}

// oneSize: no ballot is known by its length.
func (s *society) oneSize() {
	s.Helper()
	var sizes int
	s.must(s.db.Read(s.Context()).Raw("SELECT count(DISTINCT length(statement) * 100000 + length(sealed)) FROM casts").Scan(&sizes).Error)
	if sizes != 1 {
		s.Errorf("casts have %d sizes", sizes)
	}
}

// noOrderTells holds every order in which casts lie against every order of voters. Of two that have nothing to do with each other hardly anybody
// stands at one place in both: of 16, eight do so once in 40,000 times.
func (s *society) noOrderTells(o *online, voters map[string]*voter, names, signed []string) {
	s.Helper()
	lie := map[string]string{"rows": "rowid", "members": "member"}
	casts := map[string]string{"keys": "key_hash", "entries": "entry"}
	if s.db.Dialect() == database.Postgres {
		lie["rows"], casts["rows"] = "ctid", "ctid"
	}
	people := map[string][]string{"signing": signed, "names": names}
	for called, by := range lie {
		var members []string
		s.must(s.db.Read(s.Context()).Raw("SELECT member FROM marked_register WHERE length(blinded) > 0 ORDER BY " + by).Scan(&members).Error)
		for _, m := range members {
			for name, id := range s.people {
				if string(id) == m {
					people[called] = append(people[called], name)
				}
			}
		}
	}
	ballots := map[string][]string{"log": s.logged(o)}
	for called, by := range casts {
		var entries []string
		s.must(s.db.Read(s.Context()).Raw("SELECT entry FROM casts ORDER BY " + by).Scan(&entries).Error)
		ballots[called] = entries
	}
	for voting, who := range people {
		for casting, entries := range ballots {
			together := 0
			for i, name := range who {
				standing, err := s.polls.Box().Standing(s.Context(), voters[name].Contest, box.KeyHash(voters[name].VoterKey.Public()))
				s.must(err)
				if entries[i] == standing.Entry.String() {
					together++
				}
			}
			if together >= secretVoters/2 {
				s.Errorf("the order of %s and the order of %s in the box put %d of %d voters beside their ballots", voting, casting, together, secretVoters)
			}
		}
	}
}

// logged are the entries in the order of the public log.
func (s *society) logged(o *online) []string {
	s.Helper()
	contest, _ := o.contest()
	var entries []string
	s.must(s.db.Read(s.Context()).Raw("SELECT entry FROM casts").Scan(&entries).Error)
	slices.SortFunc(entries, func(a, b string) int {
		at := func(e string) int {
			var d ballot.Digest
			s.must(d.UnmarshalText([]byte(e)))
			n, in, err := s.polls.Logged(s.Context(), contest, d)
			s.must(err)
			if !in {
				s.Fatal("a cast is not in the log")
			}
			return int(n) //nolint:gosec // of a few
		}
		return at(a) - at(b)
	})
	return entries
}

// TestWhoeverHoldsEveryStoreCannotReplaceACast: with both signers' keys and the box's they can make voters up, which the counts of issued keys show;
// but nobody casts with a voter's key except the voter, and a cast that is dropped is missed by its receipt.
func TestWhoeverHoldsEveryStoreCannotReplaceACast(t *testing.T) {
	each(t, func(s *society) {
		s.joins("ann", "bob", "cat")
		o := s.final("ann", "bob")
		cat, thief := o.key("cat"), o.key("bob")
		s.until(o.Timetable.PollOpens)
		c := cat.votes(1)
		contest, m := o.contest()
		for name, forge := range map[string]func() ballot.Cast{
			"a later number over the same ballot": func() ballot.Cast { f := c; f.Sequence++; return f },
			"another ballot under its signature": func() ballot.Cast {
				f := thief.ballot(2)
				f.Credential, f.Signature, f.Sequence = c.Credential, c.Signature, c.Sequence
				return f
			},
			"another ballot signed with another voter's key": func() ballot.Cast {
				thief.cast = 9
				return thief.Cast(cat.Credential, 10, c.Commitment, c.Sealed)
			},
		} {
			if _, err := s.polls.Box().Cast(t.Context(), forge()); !errors.Is(err, ballot.ErrForgedCast) {
				t.Errorf("%s: %v", name, err)
			}
		}
		receipt, err := s.polls.Box().Cast(t.Context(), c)
		s.must(err)
		s.must(s.db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM casts").Error })) // the box is emptied
		_, err = s.polls.Box().Standing(t.Context(), contest, box.KeyHash(cat.VoterKey.Public()))
		s.must(err, box.ErrNoCast)
		if err := receipt.Check(c.Statement, m.Online.Box); err != nil {
			t.Errorf("the receipt proves nothing: %v", err)
		}
		if bytes.Equal(receipt.Signature, c.Signature) {
			t.Error("the voter could have written the receipt")
		}
	})
}
