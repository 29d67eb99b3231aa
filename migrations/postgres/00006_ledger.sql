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
    recorded_at TIMESTAMPTZ NOT NULL,
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
    closed_at TIMESTAMPTZ NOT NULL,
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
    imported_at TIMESTAMPTZ NOT NULL,
    entry       TEXT     REFERENCES entries (source_key),
    matched_by  TEXT     NOT NULL,
    matched_at  TIMESTAMPTZ,
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
    counted_at TIMESTAMPTZ NOT NULL
);

-- A volatile function sees what was committed before each of its statements; the lock makes it wait for whoever is closing a month.
-- +goose StatementBegin
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE months IN ROW SHARE MODE;
    IF NEW.month <= (SELECT max(month) FROM months) THEN
        RAISE EXCEPTION 'ledger: that month is closed';
    END IF;
    IF (SELECT count(*) FROM postings WHERE entry = NEW.source_key) <> NEW.lines THEN
        RAISE EXCEPTION 'ledger: not as many postings as the entry says';
    END IF;
    IF (SELECT sum(amount) FROM postings WHERE entry = NEW.source_key) <> 0 THEN
        RAISE EXCEPTION 'ledger: the postings do not sum to zero';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER entries_seal BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION ledger_seal();

-- +goose StatementBegin
CREATE FUNCTION ledger_before_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entries WHERE source_key = NEW.entry) THEN
        RAISE EXCEPTION 'ledger: that entry is sealed';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER postings_before_seal BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION ledger_before_seal();

-- Another transaction may have sealed the entry since; whoever ends second is held against what the first has left.
-- +goose StatementBegin
CREATE FUNCTION ledger_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM entries e JOIN postings p ON p.entry = e.source_key
        WHERE e.source_key = NEW.entry GROUP BY e.lines HAVING sum(p.amount) = 0 AND count(*) = e.lines
    ) THEN
        RAISE EXCEPTION 'ledger: the postings of % do not make up its entry', NEW.entry;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER postings_sum AFTER INSERT ON postings DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_sum();

-- +goose StatementBegin
CREATE FUNCTION ledger_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % are never changed or deleted', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER entries_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_kept();
CREATE TRIGGER postings_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION ledger_kept();
CREATE TRIGGER months_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON months FOR EACH STATEMENT EXECUTE FUNCTION ledger_kept();

-- +goose StatementBegin
CREATE FUNCTION ledger_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE months IN EXCLUSIVE MODE; -- waits for entries that are being written
    IF NEW.month <= (SELECT max(month) FROM months) THEN
        RAISE EXCEPTION 'ledger: that month is closed';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER months_in_turn BEFORE INSERT ON months FOR EACH ROW EXECUTE FUNCTION ledger_in_turn();
