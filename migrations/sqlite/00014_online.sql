-- Ballots that are cast online: the keys of an election, which voters had a key signed, the ballot box, what was opened. And, in a database
-- of its own, what the scrutineers' signer keeps.

-- +goose Up

ALTER TABLE elections ADD COLUMN ballots TEXT NOT NULL DEFAULT 'paper';

-- The public log of a contest as it stood when the poll had closed and every cast was in it: how many entries, the tree's root in hex, and the
-- sums of its files as SHA256SUMS has them. 0 and '' until then. log_home is the directory that keeps the log: there is only one.
ALTER TABLE contests ADD COLUMN log_home TEXT NOT NULL DEFAULT '';
ALTER TABLE contests ADD COLUMN log_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE contests ADD COLUMN log_root TEXT NOT NULL DEFAULT '';
ALTER TABLE contests ADD COLUMN log_sums TEXT NOT NULL DEFAULT '';

-- The blinded voter key that the society signed for a voter, and its answer; NULL or empty until it did. Not when: rows are there before, and stay.
ALTER TABLE marked_register ADD COLUMN blinded BLOB;
ALTER TABLE marked_register ADD COLUMN blind_signature BLOB;

-- The scrutineers' signer of an election: the hash of the token by which it is known, and what it told when it came: where voters reach it, and
-- the key with which it says how many keys it signed.
CREATE TABLE election_signers (
    election   TEXT     NOT NULL PRIMARY KEY REFERENCES elections (id),
    token_hash BLOB     NOT NULL UNIQUE,
    linked_by  TEXT     NOT NULL,
    linked_at  DATETIME NOT NULL,
    address    TEXT     NOT NULL,
    issuer     BLOB
);

-- A class's signing keys: the scrutineers' signer's public one from when it came, the society's from when the roll is final.
CREATE TABLE election_keys (
    election    TEXT NOT NULL REFERENCES elections (id),
    class       TEXT NOT NULL,
    scrutineers BLOB NOT NULL,
    society     BLOB,
    PRIMARY KEY (election, class)
);

-- Scrutineers' keys to open ballots with. number is the place in the manifest, from 0; NULL until the roll is final. token_hash is of the token
-- with which a scrutineer opens by command line; NULL or empty without one.
CREATE TABLE opening_keys (
    election TEXT     NOT NULL REFERENCES elections (id),
    account  TEXT     NOT NULL,
    number   INTEGER,
    public   BLOB     NOT NULL,
    made_at  DATETIME NOT NULL,
    token_hash BLOB,
    PRIMARY KEY (election, account)
);

-- What voters need to vote from another device, sealed with a code that never comes here. It goes when the poll closes.
CREATE TABLE voter_recoveries (
    election   TEXT NOT NULL REFERENCES elections (id),
    member     TEXT NOT NULL REFERENCES members (id),
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (election, member)
);

-- Ballots of voters who lost their key: issued once by the returning officer, with a reason, and set aside sealed.
CREATE TABLE tendered_ballots (
    election   TEXT     NOT NULL REFERENCES elections (id),
    member     TEXT     NOT NULL REFERENCES members (id),
    class      TEXT     NOT NULL,
    why        TEXT     NOT NULL,
    issued_by  TEXT     NOT NULL,
    issued_at  DATETIME NOT NULL,
    commitment TEXT     NOT NULL,
    sealed     TEXT     NOT NULL,
    PRIMARY KEY (election, member)
);

-- How many keys the scrutineers' signer says that it signed, after the close.
CREATE TABLE issued_statements (
    election  TEXT    NOT NULL REFERENCES elections (id),
    class     TEXT    NOT NULL,
    voters    INTEGER NOT NULL,
    issued    INTEGER NOT NULL,
    signature BLOB    NOT NULL,
    PRIMARY KEY (election, class)
);

-- The ballot box. Rows lie in the order of the keys' hashes, and say neither when they came nor from where. logged: the public log has the
-- entry. sealed is '' once a later cast with the same key has come.
CREATE TABLE casts (
    contest   TEXT    NOT NULL,
    key_hash  TEXT    NOT NULL,
    sequence  BIGINT  NOT NULL,
    entry     TEXT    NOT NULL UNIQUE,
    statement TEXT    NOT NULL,
    sealed    TEXT    NOT NULL,
    logged    BOOLEAN NOT NULL,
    PRIMARY KEY (contest, key_hash, sequence)
) WITHOUT ROWID;

-- What the first scrutineer of a pair peeled, for the second; empty for what could not be peeled.
CREATE TABLE peeled_casts (
    contest TEXT    NOT NULL,
    entry   TEXT    NOT NULL,
    pair    INTEGER NOT NULL,
    peeled  BLOB,
    PRIMARY KEY (contest, entry, pair)
);

-- Opened ballots, by the pair that opened them. spoiled: the pair could not; another may.
CREATE TABLE opened_casts (
    contest TEXT    NOT NULL,
    entry   TEXT    NOT NULL,
    pair    INTEGER NOT NULL,
    spoiled BOOLEAN NOT NULL,
    opening TEXT    NOT NULL,
    PRIMARY KEY (contest, entry, pair)
);

-- What follows is kept by the scrutineers' signer, in its own database: its keys, its copy of the roll, and whose key it signed.
CREATE TABLE signer_elections (
    election    TEXT     NOT NULL PRIMARY KEY,
    title       TEXT     NOT NULL,
    poll_closes DATETIME NOT NULL,
    roll_hash   TEXT     NOT NULL
);

-- contest is '' until the roll is final, and where there is no vote. told: the society has our count.
CREATE TABLE signer_contests (
    election TEXT    NOT NULL REFERENCES signer_elections (election),
    class    TEXT    NOT NULL,
    private  BLOB    NOT NULL,
    contest  TEXT    NOT NULL,
    told     BOOLEAN NOT NULL,
    PRIMARY KEY (election, class)
);

CREATE TABLE signer_voters (
    election        TEXT    NOT NULL REFERENCES signer_elections (election),
    member          TEXT    NOT NULL,
    class           TEXT    NOT NULL,
    address         TEXT    NOT NULL,
    mailed          BOOLEAN NOT NULL,
    blinded         BLOB,
    blind_signature BLOB,
    PRIMARY KEY (election, member)
);
CREATE INDEX signer_voters_unmailed ON signer_voters (election, mailed);
