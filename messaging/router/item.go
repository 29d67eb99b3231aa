package router

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

type ask = messaging.Ask

// item is one envelope on its way through a batch.
type item struct {
	at       messaging.Position
	record   bus.Record
	envelope *wire.Envelope // nil when it cannot be read
	faulty   string         // why it is parked whole
	roster   messaging.Conversation
	verdicts []messaging.Verdict
	to       []mailbox // of a message: beside its verdicts, nil where there is no copy
	own      *bus.Log  // the sender's mailbox
	blank    bool      // nobody gets a copy, and the sender must not know
	first    *ask      // whose request, still in the database, must be in the mailbox before this
	request  bool
	forward  bool
}

// read parses what lies in `in`. Whatever cannot be an envelope of ours is parked, never a reason to stop.
func read(record bus.Record, at messaging.Position) *item {
	it := &item{at: at, record: record}
	envelope := &wire.Envelope{}
	if err := proto.Unmarshal(record.Value, envelope); err != nil {
		it.faulty = "not an envelope: " + err.Error()
		return it
	}
	if err := check(envelope); err != nil {
		it.faulty = err.Error()
		return it
	}
	it.envelope = envelope
	return it
}

// check holds an envelope against what a gateway lets through. The router trusts no gateway to have done so.
func check(e *wire.Envelope) error {
	switch {
	case e.Version != 1:
		return fmt.Errorf("envelope of version %d", e.Version)
	case !messaging.ValidID(e.Id), !messaging.ValidID(e.Conversation):
		return fmt.Errorf("an id that is not one of ours")
	case !messaging.ValidID(e.SenderAccount), !messaging.ValidID(e.SenderDevice):
		return fmt.Errorf("no sender stamped")
	case e.Kind != wire.Kind_KIND_MESSAGE && e.Kind != wire.Kind_KIND_WATERMARK:
		return fmt.Errorf("kind %d", e.Kind)
	case e.Protection != wire.Protection_PROTECTION_PLAIN:
		return fmt.Errorf("protection %d", e.Protection)
	case len(e.Body) > messaging.MaxBody:
		return fmt.Errorf("body of %d bytes", len(e.Body))
	case len(e.Participants) > messaging.MaxParticipantsSent:
		return fmt.Errorf("claims %d participants", len(e.Participants))
	}
	return nil
}

// undecide forgets what a first attempt at deciding said.
func (it *item) undecide() {
	it.verdicts, it.to, it.own, it.request, it.forward, it.blank, it.first = nil, nil, nil, false, false, false, nil
}

func (it *item) sender() identity.AccountID { return identity.AccountID(it.envelope.SenderAccount) }

func (it *item) key() messaging.MessageKey {
	return messaging.MessageKey{Device: identity.DeviceID(it.envelope.SenderDevice), Message: it.envelope.Id}
}

func (it *item) isMessage() bool { return it.envelope.Kind == wire.Kind_KIND_MESSAGE }

// recordFor writes the copy for recipients, or the sender's own with the verdicts in it.
func (it *item) recordFor(verdicts []*wire.Verdict) (bus.Record, error) {
	value, err := proto.Marshal(&wire.MailboxRecord{What: &wire.MailboxRecord_Copy{Copy: &wire.Copy{
		Envelope: it.envelope, Position: it.at.Wire(), Request: it.request && verdicts == nil, Verdicts: verdicts,
	}}})
	return bus.Record{Value: value, Headers: []bus.Header{messaging.PositionHeader(it.at)}}, err
}

// blankRecord is as large as a copy would be, and says nothing.
func (it *item) blankRecord() (bus.Record, error) {
	copied, err := it.recordFor(nil)
	return bus.Record{Value: make([]byte, len(copied.Value)), Headers: copied.Headers}, err
}

// claimTrue reports whether an envelope's own list of participants, if it has one, is the roster.
func (it *item) claimTrue() bool {
	for _, p := range it.envelope.Participants {
		if !it.roster.Has(identity.AccountID(p)) {
			return false
		}
	}
	return len(it.envelope.Participants) == 0 || len(it.envelope.Participants) == len(it.roster.Participants)
}
