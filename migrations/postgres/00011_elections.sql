-- Elections to the board: what was called, who was told, and the roll of each with all its versions.

-- +goose Up

-- An election. Days are London's; rule is the counting rule's name, rule_book the version in force on the day of the notice.
-- It is called when a second officer has confirmed it. noticed_at is when the notices were written.
CREATE TABLE elections (
    id                TEXT     NOT NULL PRIMARY KEY,
    title             TEXT     NOT NULL,
    rule              TEXT     NOT NULL,
    rule_book         INTEGER  NOT NULL,
    minute            TEXT     NOT NULL,
    notice            TEXT     NOT NULL,
    nominations_open  TIMESTAMPTZ NOT NULL,
    nominations_close TIMESTAMPTZ NOT NULL,
    record            TEXT     NOT NULL,
    objections_close  TIMESTAMPTZ NOT NULL,
    hustings_open     TIMESTAMPTZ NOT NULL,
    hustings_close    TIMESTAMPTZ NOT NULL,
    poll_opens        TIMESTAMPTZ NOT NULL,
    poll_closes       TIMESTAMPTZ NOT NULL,
    count_on          TEXT     NOT NULL,
    terms_begin       TEXT     NOT NULL,
    proposed_by       TEXT     NOT NULL,
    proposed_at       TIMESTAMPTZ NOT NULL,
    confirmed_by      TEXT     NOT NULL,
    confirmed_at      TIMESTAMPTZ,
    noticed_at        TIMESTAMPTZ,
    ended_by          TEXT     NOT NULL,
    ended_why         TEXT     NOT NULL,
    ended_at          TIMESTAMPTZ
);

-- How many seats of each class are filled.
CREATE TABLE election_seats (
    election TEXT    NOT NULL REFERENCES elections (id),
    class    TEXT    NOT NULL,
    seats    INTEGER NOT NULL,
    PRIMARY KEY (election, class)
);

-- Who runs it and who watches: one returning officer, and scrutineers.
CREATE TABLE election_duties (
    election TEXT NOT NULL REFERENCES elections (id),
    account  TEXT NOT NULL,
    duty     TEXT NOT NULL,
    PRIMARY KEY (election, account)
);

-- One notice to each member. posted is the day on which a letter went out instead of a mail that came back.
CREATE TABLE election_notices (
    election    TEXT     NOT NULL REFERENCES elections (id),
    member      TEXT     NOT NULL REFERENCES members (id),
    mailed_at   TIMESTAMPTZ,
    bounced_at  TIMESTAMPTZ,
    bounced_why TEXT     NOT NULL,
    posted      TEXT     NOT NULL,
    PRIMARY KEY (election, member)
);
CREATE INDEX election_notices_bounced ON election_notices (election, bounced_at);

-- The versions of an election's roll. sizes are told by class; hash is over the lines of the whole version.
CREATE TABLE rolls (
    election     TEXT     NOT NULL REFERENCES elections (id),
    version      INTEGER  NOT NULL,
    ordinary     INTEGER  NOT NULL,
    operators    INTEGER  NOT NULL,
    contributors INTEGER  NOT NULL,
    hash         TEXT     NOT NULL,
    correction   TEXT     NOT NULL,
    made_at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (election, version)
);

-- What each version says anew: a member's class from that version on, '' for nobody's vote.
CREATE TABLE roll_entries (
    election TEXT    NOT NULL REFERENCES elections (id),
    member   TEXT    NOT NULL REFERENCES members (id),
    version  INTEGER NOT NULL,
    class    TEXT    NOT NULL,
    PRIMARY KEY (election, member, version)
);

-- Corrections of a roll: two officers' words, and the version that came of them.
CREATE TABLE roll_corrections (
    id           TEXT     NOT NULL PRIMARY KEY,
    election     TEXT     NOT NULL REFERENCES elections (id),
    member       TEXT     NOT NULL REFERENCES members (id),
    class        TEXT     NOT NULL,
    why          TEXT     NOT NULL,
    proposed_by  TEXT     NOT NULL,
    proposed_at  TIMESTAMPTZ NOT NULL,
    confirmed_by TEXT     NOT NULL,
    confirmed_at TIMESTAMPTZ,
    dropped_by   TEXT     NOT NULL,
    dropped_at   TIMESTAMPTZ
);
CREATE UNIQUE INDEX roll_corrections_open ON roll_corrections (election, member) WHERE confirmed_at IS NULL AND dropped_at IS NULL;

-- What members say is wrong with a roll, and what they were answered.
CREATE TABLE roll_objections (
    id          TEXT     NOT NULL PRIMARY KEY,
    election    TEXT     NOT NULL REFERENCES elections (id),
    member      TEXT     NOT NULL REFERENCES members (id),
    words       TEXT     NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    answer      TEXT     NOT NULL,
    answered_by TEXT     NOT NULL,
    answered_at TIMESTAMPTZ
);
CREATE INDEX roll_objections_election ON roll_objections (election, made_at);
CREATE UNIQUE INDEX roll_objections_open ON roll_objections (election, member) WHERE answered_at IS NULL;

-- No version of a roll is ever changed.
CREATE TRIGGER rolls_no_change BEFORE UPDATE OR DELETE ON rolls FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rolls_no_truncate BEFORE TRUNCATE ON rolls FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER roll_entries_no_change BEFORE UPDATE OR DELETE ON roll_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER roll_entries_no_truncate BEFORE TRUNCATE ON roll_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
