package messaging

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"folkmoot/internal/database"
	"folkmoot/internal/identity"
	"folkmoot/messaging/bus"
)

type conversationRow struct {
	ID        string
	Kind      string
	Cell      string
	Partition int32
	MadeAt    time.Time
}

func (conversationRow) TableName() string { return "conversations" }

type participantRow struct {
	Conversation string
	Account      string
}

func (participantRow) TableName() string { return "participants" }

// Conversations finds conversations. A direct one never changes once it is made, so it is remembered.
type Conversations struct {
	db    *database.DB
	known memory[string, Conversation]
	mine  memory[membership, Conversation]
}

// NewConversations looks in db.
func NewConversations(db *database.DB) *Conversations {
	return &Conversations{db: db}
}

// membership is what a participant is remembered by.
type membership struct {
	conversation string
	account      identity.AccountID
}

// Of returns a conversation to one of its participants, and ErrNoConversation to everybody else. Only participants are remembered,
// and the question is asked by participant: whether two others talk changes neither the answer nor how long it takes.
func (c *Conversations) Of(ctx context.Context, account identity.AccountID, id string) (Conversation, error) {
	key := membership{id, account}
	if known, _ := c.mine.find(key); len(known) > 0 {
		return known[key], nil
	}
	var rows []rosterRow
	err := c.db.Read(ctx).Raw(`SELECT c.id, c.cell, c.partition, p.account FROM participants me
		JOIN conversations c ON c.id = me.conversation JOIN participants p ON p.conversation = me.conversation
		WHERE me.conversation = ? AND me.account = ? ORDER BY p.account`, id, account).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = ErrNoConversation
	}
	if err != nil {
		return Conversation{}, err
	}
	conversation := rosters(rows)[id]
	c.mine.keep(key, conversation)
	return conversation, nil
}

type rosterRow struct {
	ID, Cell  string
	Partition int32
	Account   string
}

func rosters(rows []rosterRow) map[string]Conversation {
	found := map[string]Conversation{}
	for _, r := range rows {
		conversation := found[r.ID]
		conversation.ID, conversation.Cell, conversation.Partition = r.ID, r.Cell, r.Partition
		conversation.Participants = append(conversation.Participants, identity.AccountID(r.Account))
		found[r.ID] = conversation
	}
	return found
}

// FindAll returns those of the conversations that exist, asking the database at most once.
func (c *Conversations) FindAll(ctx context.Context, ids []string) (map[string]Conversation, error) {
	found, missing := c.known.find(ids...)
	if len(missing) == 0 {
		return found, nil
	}
	var rows []rosterRow
	err := c.db.Read(ctx).Raw(`SELECT c.id, c.cell, c.partition, p.account FROM conversations c
		JOIN participants p ON p.conversation = c.id WHERE c.id IN ? ORDER BY c.id, p.account`, missing).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	for id, conversation := range rosters(rows) {
		found[id] = conversation
		c.known.keep(id, conversation)
	}
	return found, nil
}

// openDirect makes the conversation of two accounts unless they have one. Its partition is drawn once and kept:
// nothing hashes, so `in` may grow without moving anybody.
func openDirect(tx *gorm.DB, a, b identity.AccountID, partitions int32, at time.Time) error {
	id := DirectID(a, b)
	var there int64
	if err := tx.Model(&conversationRow{}).Where("id = ?", id).Count(&there).Error; err != nil || there > 0 {
		return err
	}
	row := conversationRow{ID: id, Kind: "direct", Cell: bus.LocalCell, Partition: rand.Int32N(partitions), MadeAt: at} //nolint:gosec // spreads load, guards nothing
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
		return err
	}
	people := []participantRow{{id, string(a)}, {id, string(b)}}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&people).Error
}

func found(err error) (bool, error) {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return err == nil, err
}
