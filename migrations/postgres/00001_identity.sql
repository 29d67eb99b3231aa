-- +goose Up

-- An account is closed until somebody has proved an address of it; another
-- person's contact request may have made it before that.
CREATE TABLE accounts (
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    language TEXT NOT NULL,
    since    TIMESTAMPTZ NOT NULL,
    opened   TIMESTAMPTZ
);

CREATE TABLE addresses (
    scheme   TEXT NOT NULL,
    value    TEXT NOT NULL,
    typed    TEXT NOT NULL,
    account  TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    since    TIMESTAMPTZ NOT NULL,
    verified TIMESTAMPTZ,
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
    source   BYTEA NOT NULL,
    since    TIMESTAMPTZ NOT NULL,
    expires  TIMESTAMPTZ NOT NULL,
    tries    BIGINT NOT NULL,
    spent    TIMESTAMPTZ
);
CREATE INDEX challenges_by_address ON challenges (scheme, value, since);
CREATE INDEX challenges_by_source ON challenges (source, since);
CREATE INDEX challenges_by_age ON challenges (since);

-- A revoked device forgets its secret, so that the browser comes back as a new one.
CREATE TABLE devices (
    id      TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    secret  BYTEA,
    since   TIMESTAMPTZ NOT NULL,
    seen    TIMESTAMPTZ NOT NULL,
    revoked TIMESTAMPTZ
);
CREATE INDEX devices_by_account ON devices (account);
CREATE UNIQUE INDEX devices_by_secret ON devices (secret);

CREATE TABLE sessions (
    token   BYTEA NOT NULL PRIMARY KEY,
    device  TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    renewed TIMESTAMPTZ NOT NULL,
    expires TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX sessions_by_device ON sessions (device);
CREATE INDEX sessions_by_age ON sessions (expires);
