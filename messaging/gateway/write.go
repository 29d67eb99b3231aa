package gateway

import (
	"errors"
	"time"

	"github.com/lxzan/gws"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"folkmoot/messaging"
	"folkmoot/messaging/bus"
	"folkmoot/messaging/wire"
)

// start reads a Hello's cursor: from where to read, and what gap to tell. No cursor is the start of the log.
func start(box messaging.Mailbox, raw []byte) (from int64, gap wire.GapReason, err error) {
	if len(raw) == 0 {
		return 0, wire.GapReason_GAP_REASON_UNSPECIFIED, nil
	}
	cursor, err := messaging.DecodeCursor(raw)
	switch {
	case err != nil:
		return 0, 0, err
	case cursor.Mailbox != box.ID:
		return 0, wire.GapReason_GAP_REASON_FOREIGN, nil
	case cursor.Incarnation != box.Incarnation:
		return 0, wire.GapReason_GAP_REASON_REBUILT, nil
	}
	return cursor.Next, wire.GapReason_GAP_REASON_UNSPECIFIED, nil
}

// write is the socket's writer: it pages until it has caught up, then follows, and pages again whenever the reader fell behind.
func (s *socket) write(from int64, presented []byte, gap wire.GapReason) {
	defer s.cancel()
	next, err := s.welcome(from, presented, gap)
	for first := true; err == nil; first = false {
		if next, err = s.page(next); err != nil {
			break
		}
		if first {
			err = s.put(&wire.ServerFrame{Frame: &wire.ServerFrame_CaughtUp{CaughtUp: &wire.CaughtUp{Cursor: s.cursor(next)}}})
		}
		if err == nil {
			next, err = s.follow(next)
		}
	}
	if s.ctx.Err() == nil {
		s.gateway.log.WarnContext(s.ctx, "socket ended", "error", err)
		s.close(closeUnavailable, "the mailbox cannot be read now; come back in a moment")
	}
}

func (s *socket) welcome(from int64, presented []byte, gap wire.GapReason) (int64, error) {
	err := s.put(&wire.ServerFrame{Frame: &wire.ServerFrame_Welcome{Welcome: &wire.Welcome{
		Account: string(s.session.Account), Device: string(s.session.Device), Now: time.Now().UnixMilli(),
		MaxFrame: MaxFrame, MaxBody: messaging.MaxBody, SendsPerSecond: SendsPerSecond, Burst: SendBurst,
	}}})
	if err != nil || gap == wire.GapReason_GAP_REASON_UNSPECIFIED {
		return from, err
	}
	page, err := s.gateway.bus.Read(s.ctx, s.box.Log, 0, 0)
	var out *bus.OutOfRangeError
	switch {
	case errors.As(err, &out):
		from = out.Start
	case err != nil:
		return from, err
	default:
		from = page.Start
	}
	return from, s.tellGap(presented, from, gap)
}

func (s *socket) tellGap(from []byte, to int64, reason wire.GapReason) error {
	return s.put(&wire.ServerFrame{Frame: &wire.ServerFrame_Gap{Gap: &wire.Gap{From: from, To: s.cursor(to), Reason: reason}}})
}

// page reads until nothing is left, answering the client between pages.
func (s *socket) page(from int64) (int64, error) {
	for {
		page, err := s.gateway.bus.Read(s.ctx, s.box.Log, from, pageSize)
		if out, ok := errors.AsType[*bus.OutOfRangeError](err); ok {
			if err := s.jump(from, out); err != nil {
				return from, err
			}
			from = out.Start
			continue
		}
		if err != nil || len(page.Records) == 0 {
			return from, err
		}
		if from, err = s.deliver(page.Records); err != nil {
			return from, err
		}
		if err := s.answer(); err != nil {
			return from, err
		}
	}
}

// jump tells of records that are gone. From the start of the log on a first visit nothing is missing.
func (s *socket) jump(from int64, out *bus.OutOfRangeError) error {
	switch {
	case from == 0 && !s.visited:
		return nil
	case from > out.End:
		return s.tellGap(s.cursor(from), out.Start, wire.GapReason_GAP_REASON_REBUILT)
	default:
		return s.tellGap(s.cursor(from), out.Start, wire.GapReason_GAP_REASON_EXPIRED)
	}
}

// follow writes live records and replies until the reader is too slow (then it returns where to page from) or the socket ends.
func (s *socket) follow(next int64) (int64, error) {
	s.live.take()
	follower, err := s.gateway.bus.Follow(s.box.Log, next, s.live.put)
	if err != nil {
		return next, err
	}
	defer follower.Close()
	for {
		select {
		case <-s.ctx.Done():
			return next, s.ctx.Err()
		case raw := <-s.replies:
			err = s.writeRaw(raw)
		case <-s.pinged:
			err = s.writePing()
		case <-s.live.wake:
			next, err = s.deliverLive(next)
		case <-follower.Done():
			return s.overtaken(next, follower)
		}
		if err != nil {
			return next, err
		}
	}
}

// overtaken is what happens when the follower ended: write what it had still given, then page.
func (s *socket) overtaken(next int64, follower *bus.Follower) (int64, error) {
	var out *bus.OutOfRangeError
	if err := follower.Err(); err != nil && !errors.As(err, &out) {
		return next, err
	}
	s.gateway.meters.behind.Inc()
	return s.deliverLive(next)
}

func (s *socket) deliverLive(next int64) (int64, error) {
	records := s.live.take()
	if len(records) == 0 {
		return next, nil
	}
	return s.deliver(records)
}

// answer writes the replies that wait, without waiting for more.
func (s *socket) answer() error {
	for {
		select {
		case raw := <-s.replies:
			if err := s.writeRaw(raw); err != nil {
				return err
			}
		case <-s.pinged:
			if err := s.writePing(); err != nil {
				return err
			}
		default:
			return s.ctx.Err()
		}
	}
}

// deliver writes records and returns the offset after the last. A record that revokes this very device ends the socket.
func (s *socket) deliver(records []bus.Record) (next int64, err error) {
	for _, record := range records {
		next = record.Offset + 1
		if err := s.writeRaw(deliveryFrame(s.cursor(next), record.Value)); err != nil {
			return next, err
		}
		s.gateway.meters.frames.Inc()
		if s.revokedBy(record.Value) {
			s.close(closeDeviceRevoked, "this device was removed from its account")
			return next, errRevoked
		}
	}
	return next, nil
}

var errRevoked = errors.New("device revoked")

// deliveryFrame is a ServerFrame with a Delivery, made around the record's bytes as they lie in the mailbox.
func deliveryFrame(cursor, record []byte) []byte {
	inner := 2 + protowire.SizeBytes(len(cursor)) + protowire.SizeBytes(len(record))
	b := make([]byte, 0, inner+8)
	b = protowire.AppendTag(b, 4, protowire.BytesType) // ServerFrame.delivery
	b = protowire.AppendVarint(b, uint64(inner))       //nolint:gosec // a length
	b = protowire.AppendTag(b, 1, protowire.BytesType) // Delivery.cursor
	b = protowire.AppendBytes(b, cursor)
	b = protowire.AppendTag(b, 2, protowire.BytesType) // Delivery.record
	return protowire.AppendBytes(b, record)
}

// deviceRevokedTag is how a MailboxRecord with field 3 begins.
const deviceRevokedTag = 3<<3 | byte(protowire.BytesType)

// revokedBy looks into the few records that tell of a revoked device; others are known by their first byte.
func (s *socket) revokedBy(raw []byte) bool {
	if len(raw) == 0 || raw[0] != deviceRevokedTag {
		return false
	}
	record := &wire.MailboxRecord{}
	return proto.Unmarshal(raw, record) == nil && record.GetDeviceRevoked().GetDevice() == string(s.session.Device)
}

func (s *socket) cursor(next int64) []byte {
	return messaging.Cursor{Mailbox: s.box.ID, Incarnation: s.box.Incarnation, Next: next}.Encode()
}

func (s *socket) put(frame *wire.ServerFrame) error {
	raw, err := proto.Marshal(frame)
	if err != nil {
		return err
	}
	return s.writeRaw(raw)
}

func (s *socket) writePing() error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WritePing(nil)
}

func (s *socket) writeRaw(raw []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.conn.WriteMessage(gws.OpcodeBinary, raw)
}
