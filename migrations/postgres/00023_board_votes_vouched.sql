-- What those who sit on the board say of how its records have them voting.

-- +goose Up

-- One word for each who sat, by themselves: that it is so, or that it is not, and what was. Entries that correct another begin anew.
CREATE TABLE board_vouchers (
    decision TEXT NOT NULL REFERENCES board_decisions (id),
    seat     TEXT NOT NULL REFERENCES board_seats (id),
    holds    BOOLEAN NOT NULL,
    words    TEXT NOT NULL,
    said_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (decision, seat)
);

CREATE TRIGGER board_vouchers_no_change BEFORE UPDATE OR DELETE ON board_vouchers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER board_vouchers_no_truncate BEFORE TRUNCATE ON board_vouchers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
