package gateway

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	"folkmoot/internal/identity"
	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// refusal is why an envelope did not reach the log.
type refusal struct {
	reason wire.Reason
	text   string
	after  time.Duration // when trying again helps
}

// milliseconds rounds up: who is told to wait is never told to wait for nothing.
func milliseconds(d time.Duration) uint32 {
	return uint32((d + time.Millisecond - 1) / time.Millisecond) //nolint:gosec // seconds at most
}

// send stamps an envelope, appends it to its conversation's partition of `in` and acks it once it is durable there.
// The next frame of this device waits until then: n+1 never overtakes n.
func (s *socket) send(e *wire.Envelope) {
	position, no := s.offer(e)
	if no == nil {
		s.refused = 0
		s.gateway.meters.sends.WithLabelValues("sent").Inc()
		s.reply(&wire.ServerFrame{Frame: &wire.ServerFrame_Sent{Sent: &wire.Sent{Id: e.GetId(), Position: position.Wire()}}})
		return
	}
	s.gateway.meters.sends.WithLabelValues(no.reason.String()).Inc()
	s.reply(&wire.ServerFrame{Frame: &wire.ServerFrame_NotSent{NotSent: &wire.NotSent{
		Id: e.GetId(), Reason: no.reason, Text: no.text, RetryAfterMs: milliseconds(no.after),
	}}})
	if no.reason != wire.Reason_REASON_TOO_FAST {
		s.refused = 0
		return
	}
	if s.refused++; s.refused >= patience {
		s.fail(closeTooFast, "too_fast", "far more messages than this connection may send")
	}
}

func (s *socket) offer(e *wire.Envelope) (messaging.Position, *refusal) {
	var at messaging.Position
	if allowed := s.pace.sends.Reserve(); allowed.Delay() > 0 {
		after := allowed.Delay()
		allowed.Cancel()
		return at, &refusal{wire.Reason_REASON_TOO_FAST, "slow down", after}
	}
	if no := check(e); no != nil {
		return at, no
	}
	conversation, err := s.gateway.conversations.Of(s.ctx, s.session.Account, e.Conversation)
	switch {
	case errors.Is(err, messaging.ErrNoConversation):
		return at, &refusal{reason: wire.Reason_REASON_NO_CONVERSATION, text: "you are in no such conversation"}
	case err != nil:
		return at, s.unavailable(err)
	case e.Kind == wire.Kind_KIND_MESSAGE && conversation.Has(messaging.SocietyAccount):
		return at, &refusal{reason: wire.Reason_REASON_NO_ANSWERS, text: "this is where the society speaks; nobody reads answers here"}
	}
	return s.append(s.stamp(e), conversation)
}

// check refuses what cannot be an honest envelope before anything is asked of the database.
func check(e *wire.Envelope) *refusal {
	malformed := func(text string) *refusal { return &refusal{reason: wire.Reason_REASON_MALFORMED, text: text} }
	switch {
	case e == nil:
		return malformed("Send carries an envelope")
	case e.SenderAccount != "", e.SenderDevice != "", e.SentAt != 0:
		return &refusal{reason: wire.Reason_REASON_FORGED, text: "sender and time are stamped by the server; leave them out"}
	case e.Version != 1:
		return malformed("version is 1")
	case !messaging.ValidID(e.Id):
		return malformed("id is 26 lower-case letters and digits")
	case !messaging.ValidID(e.Conversation):
		return malformed("conversation is 26 lower-case letters and digits")
	case e.Kind != wire.Kind_KIND_MESSAGE && e.Kind != wire.Kind_KIND_WATERMARK:
		return malformed("unknown kind")
	case e.Protection != wire.Protection_PROTECTION_PLAIN:
		return malformed("unknown protection")
	case len(e.Body) == 0:
		return malformed("empty body")
	case len(e.Body) > messaging.MaxBody:
		return &refusal{reason: wire.Reason_REASON_TOO_LARGE, text: "a message has at most 16 KiB of text"}
	case len(e.Participants) > messaging.MaxParticipantsSent:
		return malformed("too many participants")
	}
	return nil
}

// stamp writes who really sends, and when.
func (s *socket) stamp(e *wire.Envelope) *wire.Envelope {
	return &wire.Envelope{
		Version: e.Version, Id: e.Id, Conversation: e.Conversation, Kind: e.Kind, Protection: e.Protection, Body: e.Body,
		Participants:  e.Participants,
		SenderAccount: string(s.session.Account), SenderDevice: string(s.session.Device), SentAt: time.Now().UnixMilli(),
	}
}

func (s *socket) append(e *wire.Envelope, conversation messaging.Conversation) (messaging.Position, *refusal) {
	value, err := proto.Marshal(e)
	if err != nil {
		return messaging.Position{}, &refusal{reason: wire.Reason_REASON_MALFORMED, text: "text that is not UTF-8"}
	}
	// Not bound to the socket: once on its way, the log's answer counts, whoever still listens.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), appendWithin)
	defer cancel()
	offset, err := s.gateway.bus.Append(ctx, bus.In(conversation.Partition), bus.Record{Key: []byte(e.Conversation), Value: value})
	if errors.Is(err, bus.ErrTooLarge) {
		return messaging.Position{}, &refusal{reason: wire.Reason_REASON_TOO_LARGE, text: "the envelope is too large"}
	}
	if err != nil {
		return messaging.Position{}, s.unavailable(err)
	}
	return messaging.Position{Incarnation: s.gateway.incarnation, Partition: conversation.Partition, Offset: offset}, nil
}

func (s *socket) unavailable(err error) *refusal {
	s.gateway.log.WarnContext(s.ctx, "send not taken", "error", err)
	return &refusal{wire.Reason_REASON_UNAVAILABLE, "the server cannot take messages at the moment; send it again with the same id", time.Second}
}

// tellVerdicts answers from the router's memory what became of this device's own messages.
func (s *socket) tellVerdicts(ids []string) {
	if len(ids) == 0 || len(ids) > maxAskedIDs {
		s.fail(closeProtocol, "too_many_ids", "AskVerdicts takes 1 to 200 ids")
		return
	}
	if !s.pace.asks.Allow() {
		s.fail(closeTooFast, "too_fast", "verdicts are asked for far too often")
		return
	}
	keys := make([]messaging.MessageKey, len(ids))
	for i, id := range ids {
		if !messaging.ValidID(id) {
			s.fail(closeProtocol, "malformed", "an id is 26 lower-case letters and digits")
			return
		}
		keys[i] = messaging.MessageKey{Device: s.session.Device, Message: id}
	}
	kept, err := s.gateway.verdicts.Kept(s.ctx, keys)
	if err != nil {
		s.gateway.log.WarnContext(s.ctx, "verdicts not read", "error", err)
		s.fail(closeUnavailable, "unavailable", "verdicts cannot be read now; come back in a moment")
		return
	}
	s.reply(&wire.ServerFrame{Frame: &wire.ServerFrame_Verdicts{Verdicts: toldVerdicts(keys, kept)}})
}

func toldVerdicts(keys []messaging.MessageKey, kept map[messaging.MessageKey][]messaging.Verdict) *wire.Verdicts {
	told := &wire.Verdicts{}
	for _, key := range keys {
		m := &wire.MessageVerdicts{Id: key.Message}
		for _, v := range kept[key] {
			m.Position = v.Position.Wire()
			m.Verdicts = append(m.Verdicts, v.Wire())
		}
		told.Messages = append(told.Messages, m)
	}
	return told
}

var _ Sessions = (*identity.Accounts)(nil)
