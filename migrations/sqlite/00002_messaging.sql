-- Messaging: mailboxes, conversations, address books, verdicts, the outbox between SQL and Kafka.

-- +goose Up

-- One row a cell: which `in` this database belongs to. The incarnation grows when `in` is made anew.
CREATE TABLE in_logs (
    cell        TEXT     NOT NULL PRIMARY KEY,
    identity    TEXT     NOT NULL,
    incarnation INTEGER  NOT NULL
);

-- A mailbox without an account is a spare. It may be taken once its topic is there (ready).
CREATE TABLE mailboxes (
    id          TEXT     NOT NULL PRIMARY KEY,
    cell        TEXT     NOT NULL,
    topic       TEXT     NOT NULL UNIQUE,
    partition   INTEGER  NOT NULL,
    incarnation INTEGER  NOT NULL,
    ready       BOOLEAN  NOT NULL,
    account     TEXT     UNIQUE,
    made_at     DATETIME NOT NULL
);
CREATE INDEX mailboxes_spare ON mailboxes (ready, made_at) WHERE account IS NULL;

CREATE TABLE conversations (
    id        TEXT     NOT NULL PRIMARY KEY,
    kind      TEXT     NOT NULL,
    cell      TEXT     NOT NULL,
    partition INTEGER  NOT NULL,
    made_at   DATETIME NOT NULL
);

CREATE TABLE participants (
    conversation TEXT NOT NULL REFERENCES conversations (id),
    account      TEXT NOT NULL,
    PRIMARY KEY (conversation, account)
);
CREATE INDEX participants_account ON participants (account);

-- owner has account in the address book, as the owner typed the address.
CREATE TABLE contacts (
    owner    TEXT     NOT NULL,
    account  TEXT     NOT NULL,
    address  TEXT     NOT NULL,
    added_at DATETIME NOT NULL,
    PRIMARY KEY (owner, account)
);
CREATE INDEX contacts_account ON contacts (account);

-- Who was added when, kept for the limit by the hour even when the line in the address book is gone again.
CREATE TABLE additions (
    id       INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    owner    TEXT     NOT NULL,
    added_at DATETIME NOT NULL
);
CREATE INDEX additions_owner ON additions (owner, added_at);

CREATE TABLE blocks (
    owner      TEXT     NOT NULL,
    account    TEXT     NOT NULL,
    blocked_at DATETIME NOT NULL,
    PRIMARY KEY (owner, account)
);

-- The one message that somebody who is no contact may send until the recipient answers.
-- copy is kept only while the recipient has no mailbox yet.
CREATE TABLE requests (
    recipient       TEXT     NOT NULL,
    sender          TEXT     NOT NULL,
    conversation    TEXT     NOT NULL,
    pos_incarnation INTEGER  NOT NULL,
    pos_partition   INTEGER  NOT NULL,
    pos_offset      BIGINT   NOT NULL,
    state           TEXT     NOT NULL,
    copy            BLOB,
    asked_at        DATETIME NOT NULL,
    PRIMARY KEY (recipient, sender)
);

-- What became of each message for each recipient, by the sending device and its message id. nth counts the recipients of one
-- message from 0, so that a message id means one message, wherever it was sent.
CREATE TABLE verdicts (
    device          TEXT     NOT NULL,
    message         TEXT     NOT NULL,
    nth             INTEGER  NOT NULL,
    recipient       TEXT     NOT NULL,
    pos_incarnation INTEGER  NOT NULL,
    pos_partition   INTEGER  NOT NULL,
    pos_offset      BIGINT   NOT NULL,
    outcome         TEXT     NOT NULL,
    reason          TEXT     NOT NULL,
    judged_at       DATETIME NOT NULL,
    PRIMARY KEY (device, message, nth)
);
CREATE INDEX verdicts_judged ON verdicts (judged_at);

-- Envelopes that could not be read or copied, with the reason. recipient is '' when nobody could have it.
CREATE TABLE parked (
    pos_incarnation INTEGER  NOT NULL,
    pos_partition   INTEGER  NOT NULL,
    pos_offset      BIGINT   NOT NULL,
    recipient       TEXT     NOT NULL,
    reason          TEXT     NOT NULL,
    record          BLOB     NOT NULL,
    parked_at       DATETIME NOT NULL,
    PRIMARY KEY (pos_incarnation, pos_partition, pos_offset, recipient)
);

-- What devices must see, in order, written with the change itself. Rows name facts; the relay reads them afresh.
CREATE TABLE outbox (
    id        INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    account   TEXT     NOT NULL,
    kind      TEXT     NOT NULL,
    subject   TEXT     NOT NULL,
    queued_at DATETIME NOT NULL
);

CREATE TABLE invitations (
    token_hash BLOB     NOT NULL PRIMARY KEY,
    account    TEXT     NOT NULL,
    uses_left  INTEGER  NOT NULL,
    made_at    DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX invitations_account ON invitations (account);

-- How far a device said that it has stored its mailbox.
CREATE TABLE cursors (
    device      TEXT     NOT NULL PRIMARY KEY,
    mailbox     TEXT     NOT NULL,
    incarnation INTEGER  NOT NULL,
    next_offset BIGINT   NOT NULL,
    acked_at    DATETIME NOT NULL
);

-- Who may do what only one process may do at a time.
CREATE TABLE leases (
    name   TEXT     NOT NULL PRIMARY KEY,
    holder TEXT     NOT NULL,
    until  DATETIME NOT NULL
);
