-- What those who sit on the board say of how its records have them voting.

-- +goose Up

-- One word for each who sat, by themselves: that it is so, or that it is not, and what was. Entries that correct another begin anew.
CREATE TABLE board_vouchers (
    decision TEXT NOT NULL REFERENCES board_decisions (id),
    seat     TEXT NOT NULL REFERENCES board_seats (id),
    holds    BOOLEAN NOT NULL,
    words    TEXT NOT NULL,
    said_at  DATETIME NOT NULL,
    PRIMARY KEY (decision, seat)
);

-- +goose StatementBegin
CREATE TRIGGER board_vouchers_no_update BEFORE UPDATE ON board_vouchers
BEGIN SELECT RAISE(ABORT, 'board_vouchers is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_vouchers_no_delete BEFORE DELETE ON board_vouchers
BEGIN SELECT RAISE(ABORT, 'board_vouchers is only ever added to'); END;
-- +goose StatementEnd
