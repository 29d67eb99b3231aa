-- The society's books, the bank's own statement of them, and how many people used the service.

-- +goose Up

-- An entry is written behind its postings and seals them: their number and that they sum to zero are checked then, and nothing is
-- added, changed or deleted afterwards. Postings whose entry never comes are refused when the transaction ends.
CREATE TABLE entries (
    source_key  TEXT     NOT NULL PRIMARY KEY,
    date        TEXT     NOT NULL,
    month       TEXT     NOT NULL,
    kind        TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    member      TEXT     NOT NULL,
    document    TEXT     NOT NULL,
    lines       BIGINT   NOT NULL,
    recorded_at DATETIME NOT NULL,
    CHECK (month = substr(date, 1, 7) AND length(date) = 10 AND source_key <> '' AND kind <> '' AND lines >= 2)
);
CREATE INDEX entries_by_month ON entries (month, kind);
CREATE INDEX entries_by_member ON entries (member, date);

CREATE TABLE postings (
    entry   TEXT   NOT NULL REFERENCES entries (source_key) DEFERRABLE INITIALLY DEFERRED,
    line    BIGINT NOT NULL,
    account TEXT   NOT NULL,
    amount  BIGINT NOT NULL,
    PRIMARY KEY (entry, line),
    CHECK (amount <> 0 AND account <> '')
);
CREATE INDEX postings_by_account ON postings (account, entry);

-- The months that are closed. bank is what the bank said on the last day.
CREATE TABLE months (
    month     TEXT     NOT NULL PRIMARY KEY,
    bank      BIGINT   NOT NULL,
    closed_by TEXT     NOT NULL,
    closed_at DATETIME NOT NULL,
    CHECK (length(month) = 7)
);

-- What the bank's statement says. entry is the one that tells the same; NULL: nobody has found it yet.
CREATE TABLE bank_lines (
    id          TEXT     NOT NULL PRIMARY KEY,
    nth         BIGINT   NOT NULL,
    date        TEXT     NOT NULL,
    month       TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    amount      BIGINT   NOT NULL,
    balance     BIGINT,
    imported_by TEXT     NOT NULL,
    imported_at DATETIME NOT NULL,
    entry       TEXT     REFERENCES entries (source_key),
    matched_by  TEXT     NOT NULL,
    matched_at  DATETIME,
    CHECK (month = substr(date, 1, 7) AND length(date) = 10 AND amount <> 0)
);
CREATE UNIQUE INDEX bank_lines_by_entry ON bank_lines (entry);
CREATE INDEX bank_lines_by_month ON bank_lines (month, nth);

-- What an entry of costs was for. over is how many months it serves, its own the first.
CREATE TABLE costs (
    entry    TEXT   NOT NULL PRIMARY KEY REFERENCES entries (source_key),
    account  TEXT   NOT NULL,
    amount   BIGINT NOT NULL,
    supplier TEXT   NOT NULL,
    invoice  TEXT   NOT NULL,
    over     BIGINT NOT NULL,
    CHECK (over BETWEEN 1 AND 120)
);

-- How many accounts had a device here within thirty days, as last counted in each month. Never who.
CREATE TABLE monthly_active (
    month      TEXT     NOT NULL PRIMARY KEY,
    people     BIGINT   NOT NULL,
    counted_at DATETIME NOT NULL
);

-- +goose StatementBegin
CREATE TRIGGER entries_seal BEFORE INSERT ON entries BEGIN
    -- Also against INSERT OR REPLACE, which would delete without asking the trigger below.
    SELECT RAISE(ABORT, 'ledger: that entry is there already') WHERE EXISTS (SELECT 1 FROM entries WHERE source_key = NEW.source_key);
    SELECT RAISE(ABORT, 'ledger: that month is closed') WHERE NEW.month <= (SELECT max(month) FROM months);
    SELECT RAISE(ABORT, 'ledger: not as many postings as the entry says')
        WHERE (SELECT count(*) FROM postings WHERE entry = NEW.source_key) <> NEW.lines;
    SELECT RAISE(ABORT, 'ledger: the postings do not sum to zero')
        WHERE (SELECT sum(amount) FROM postings WHERE entry = NEW.source_key) <> 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_kept BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'ledger: entries are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_fixed BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'ledger: entries are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_before_seal BEFORE INSERT ON postings BEGIN
    SELECT RAISE(ABORT, 'ledger: that entry is sealed') WHERE EXISTS (SELECT 1 FROM entries WHERE source_key = NEW.entry);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_kept BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'ledger: postings are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_fixed BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'ledger: postings are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER months_in_turn BEFORE INSERT ON months BEGIN
    SELECT RAISE(ABORT, 'ledger: that month is closed') WHERE NEW.month <= (SELECT max(month) FROM months);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER months_kept BEFORE DELETE ON months BEGIN SELECT RAISE(ABORT, 'ledger: a closed month stays closed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER months_fixed BEFORE UPDATE ON months BEGIN SELECT RAISE(ABORT, 'ledger: a closed month is never changed'); END;
-- +goose StatementEnd
