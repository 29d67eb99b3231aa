package router

import (
	"testing"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/internal/testdb"
	"folkmoot/messaging"
	"folkmoot/messaging/wire"
)

// society is who speaks when the society does.
var society = person{account: messaging.SocietyAccount, device: identity.DeviceID(messaging.SocietyAccount)}

// knowsTheSociety has been told something before.
func (c *town) knowsTheSociety(people ...person) {
	c.t.Helper()
	for _, p := range people {
		if err := c.society.Tell(c.t.Context(), p.account, "welcome", "welcome"); err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestEverybodyHearsTheSocietyUnlessTheyBlockIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, ben := c.settler("ann"), c.settler("ben")
		c.knowsTheSociety(ann, ben)
		if _, err := c.contacts.Block(t.Context(), ben.account, messaging.SocietyAccount); err != nil {
			t.Fatal(err)
		}
		news := society.says(ann, "one")
		c.forward(at(t, 1, news, society.says(ben, "unheard"), society.says(ann, "two")))
		c.forward(at(t, 9, news)) // the relay did not know that it had said it
		c.holdsInOrder(ann, "one", "two")
		c.holds(ben)
		if _, err := c.contacts.Unblock(t.Context(), ben.account, messaging.SocietyAccount); err != nil {
			t.Fatal(err)
		}
		c.forward(at(t, 10, society.says(ben, "heard")))
		c.holds(ben, "heard")
	})
}

// A gateway refuses it before; the router trusts no gateway.
func TestNobodyReadsAnswersToTheSociety(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann := c.settler("ann")
		c.knowsTheSociety(ann)
		c.forward(at(t, 1, ann.says(society, "thank you")))
		c.holds(ann, "thank you OUTCOME_REFUSED REASON_NO_ANSWERS")
	})
}

// What somebody has read of the society's is told to their own devices only.
func TestTheSocietyIsNotToldWhoReadsIt(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann := c.settler("ann")
		c.knowsTheSociety(ann)
		seen := ann.says(society, "seen")
		seen.Kind = wire.Kind_KIND_WATERMARK
		c.forward(at(t, 1, seen))
		c.holds(ann, "seen")
		if left := c.mailbox(c.nobody); len(left) > 0 {
			t.Errorf("nobody got %q", left)
		}
	})
}

func TestWhoSaysThatTheyAreTheSocietyIsNot(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *database.DB) {
		c := newTown(t, db)
		ann, eve := c.settler("ann"), c.settler("eve")
		c.knowsTheSociety(ann)
		if err := c.accounts.Rename(t.Context(), eve.account, messaging.SocietyName); err != nil {
			t.Fatal(err)
		}
		intruding := eve.says(ann, "I am the society")
		intruding.Conversation = messaging.DirectID(ann.account, messaging.SocietyAccount)
		c.forward(at(t, 1, intruding))
		c.holds(ann)
		c.holds(eve, "I am the society OUTCOME_REFUSED REASON_NOT_A_PARTICIPANT")
	})
}
