-- +goose Up

-- An account is closed until somebody has proved an address of it; another
-- person's contact request may have made it before that.
CREATE TABLE accounts (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    language TEXT NOT NULL,
    since    DATETIME NOT NULL,
    opened   DATETIME
);

CREATE TABLE addresses (
    scheme   TEXT NOT NULL,
    value    TEXT NOT NULL,
    typed    TEXT NOT NULL,
    account  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    since    DATETIME NOT NULL,
    verified DATETIME,
    PRIMARY KEY (scheme, value)
);
CREATE INDEX addresses_by_account ON addresses (account);

-- No code is here: it is a keyed hash of the id. The source is hashed too.
CREATE TABLE challenges (
    id       TEXT NOT NULL PRIMARY KEY,
    scheme   TEXT NOT NULL,
    value    TEXT NOT NULL,
    typed    TEXT NOT NULL,
    language TEXT NOT NULL,
    source   BLOB NOT NULL,
    since    DATETIME NOT NULL,
    expires  DATETIME NOT NULL,
    tries    BIGINT NOT NULL,
    spent    DATETIME
);
CREATE INDEX challenges_by_address ON challenges (scheme, value, since);
CREATE INDEX challenges_by_source ON challenges (source, since);
CREATE INDEX challenges_by_age ON challenges (since);

-- A revoked device forgets its secret, so that the browser comes back as a new one.
CREATE TABLE devices (
    id      TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    secret  BLOB,
    since   DATETIME NOT NULL,
    seen    DATETIME NOT NULL,
    revoked DATETIME
);
CREATE INDEX devices_by_account ON devices (account);
CREATE UNIQUE INDEX devices_by_secret ON devices (secret);

CREATE TABLE sessions (
    token   BLOB NOT NULL PRIMARY KEY,
    device  TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    renewed DATETIME NOT NULL,
    expires DATETIME NOT NULL
);
CREATE UNIQUE INDEX sessions_by_device ON sessions (device);
CREATE INDEX sessions_by_age ON sessions (expires);
