package work

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"folkmoot/governance/member"
	"folkmoot/governance/participation"
	"folkmoot/internal/database"
	"folkmoot/internal/jobs"
	"folkmoot/internal/testdb"
)

// breaks has the database refuse every message to a member until it is mended.
func (o *office) breaks(m member.ID) (mend func()) {
	o.Helper()
	account, has, err := o.Members.AccountOf(o.Context(), m, member.ForNotice)
	o.must(err)
	if !has {
		o.Fatal("the member has no account")
	}
	do := func(all ...string) {
		o.must(o.db.Write(o.Context(), func(tx *gorm.DB) error {
			for _, one := range all {
				if err := tx.Exec(one).Error; err != nil {
					return err
				}
			}
			return nil
		}))
	}
	if o.db.Dialect() == database.SQLite {
		do("CREATE TRIGGER broken BEFORE INSERT ON society_messages WHEN NEW.told = '" + string(account) + "' BEGIN SELECT RAISE(ABORT, 'broken'); END")
		return func() { do("DROP TRIGGER broken") }
	}
	do("CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN IF NEW.told = '"+string(account)+"' THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
		"CREATE TRIGGER broken BEFORE INSERT ON society_messages FOR EACH ROW EXECUTE FUNCTION broken()")
	return func() { do("DROP TRIGGER broken ON society_messages") }
}

// TestOneMemberWhoCannotBeToldKeepsNobodyWaiting: a member's mailbox cannot be had when their turn comes.
func TestOneMemberWhoCannotBeToldKeepsNobodyWaiting(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		o, ctx := newOffice(t, db), t.Context()
		at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
		o.proposes(&at)
		queue, err := jobs.New(o.db, slog.New(slog.DiscardHandler))
		o.must(err)
		officers := member.NewOfficers(o.db, func() time.Time { return at })
		o.must(officers.Appoint(ctx, "stew", member.Steward, "the first meeting"))
		o.PrivacyChanges = participation.NewPrivacyChanges(o.db, queue, o.Members, officers, nil, o.Board, func() time.Time { return at })
		id, err := o.PrivacyChanges.Draft(ctx, "sec", participation.Notice{Title: "Less", Was: "All", Becomes: "Half", Why: "Less lies about", Risk: "None"})
		o.must(err)
		change, err := o.PrivacyChanges.Get(ctx, id)
		o.must(err)
		o.must(o.PrivacyChanges.Publish(ctx, "stew", id, change.Mark()))

		all, err := o.Members.Everybody(ctx, member.ForNotice)
		o.must(err)
		first := all[0]
		mend := o.breaks(first)
		twice(o, o.tellPrivacyChange)
		var told int64
		o.must(db.Read(ctx).Raw("SELECT count(*) FROM society_messages").Scan(&told).Error)
		if int(told) != len(all)-1 {
			t.Fatalf("%d of %d members are told, and one cannot be", told, len(all))
		}
		var again []string
		o.must(db.Read(ctx).Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = 'privacy_change_again'").Scan(&again).Error)
		if again = slices.Compact(again); len(again) != 1 {
			t.Fatalf("to be told later: %v", again)
		}
		mend()
		twice(o, o.tellOneOfChange)
		twice(o, o.tellPrivacyChange)
		o.must(db.Read(ctx).Raw("SELECT count(*) FROM society_messages").Scan(&told).Error)
		if int(told) != len(all) {
			t.Errorf("%d messages to %d members", told, len(all))
		}
	})
}
