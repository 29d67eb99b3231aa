-- +goose Up

-- A row of the outbox that can never be relayed is parked: it stays, with the reason, and the rows after it go on.
ALTER TABLE outbox ADD COLUMN parked_at DATETIME;
ALTER TABLE outbox ADD COLUMN reason TEXT NOT NULL DEFAULT '';
