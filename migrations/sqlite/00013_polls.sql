-- The board and its seats; polls on paper, their count, what is certified of them, and challenges.

-- +goose Up

-- Who holds a seat of a class, from when until when (days, of which the last is still theirs). Seats of a class are numbered from 1. way is how
-- they came to it. ended is the last day of one that ended early.
CREATE TABLE board_seats (
    id           TEXT     NOT NULL PRIMARY KEY,
    class        TEXT     NOT NULL,
    seat         INTEGER  NOT NULL,
    member       TEXT     NOT NULL REFERENCES members (id),
    name         TEXT     NOT NULL,
    interests    TEXT     NOT NULL,
    way          TEXT     NOT NULL,
    election     TEXT     NOT NULL,
    minute       TEXT     NOT NULL,
    since        TEXT     NOT NULL,
    until        TEXT     NOT NULL,
    recorded_by  TEXT     NOT NULL,
    recorded_at  DATETIME NOT NULL,
    ended        TEXT     NOT NULL,
    ended_why    TEXT     NOT NULL,
    ended_by     TEXT     NOT NULL,
    ended_at     DATETIME
);
CREATE INDEX board_seats_member ON board_seats (member);

-- certified_at is when the last signature that is needed was given to the newest certificate; seated_at is when its people took their seats.
ALTER TABLE elections ADD COLUMN certified_at DATETIME;
ALTER TABLE elections ADD COLUMN seated_at DATETIME;

-- A roll that is being made: who was looked up, and the class they vote in, '' for none. Its lines go when the roll is there.
CREATE TABLE roll_drafts (
    election TEXT NOT NULL REFERENCES elections (id),
    member   TEXT NOT NULL REFERENCES members (id),
    class    TEXT NOT NULL,
    PRIMARY KEY (election, member)
);

-- Somebody else for a duty in an election, as two officers decide. successor has the duty from then on.
CREATE TABLE duty_replacements (
    id           TEXT     NOT NULL PRIMARY KEY,
    election     TEXT     NOT NULL REFERENCES elections (id),
    whom         TEXT     NOT NULL,
    successor    TEXT     NOT NULL,
    why          TEXT     NOT NULL,
    proposed_by  TEXT     NOT NULL,
    proposed_at  DATETIME NOT NULL,
    confirmed_by TEXT     NOT NULL,
    confirmed_at DATETIME,
    dropped_by   TEXT     NOT NULL,
    dropped_at   DATETIME
);
CREATE UNIQUE INDEX duty_replacements_open ON duty_replacements (election, whom) WHERE confirmed_at IS NULL AND dropped_at IS NULL;

-- What a class is asked once the poll is open: outcome is whether there is a poll; ceased
-- is how many on the roll are no members any more. manifest is the file that says all of it, and its hash is part
-- of every lot. beacon is what the beacon published; papers is how many were found in the envelopes.
CREATE TABLE contests (
    election      TEXT     NOT NULL REFERENCES elections (id),
    class         TEXT     NOT NULL,
    seats         INTEGER  NOT NULL,
    outcome       TEXT     NOT NULL,
    ceased        INTEGER  NOT NULL,
    manifest      TEXT     NOT NULL,
    manifest_hash TEXT     NOT NULL,
    opened_at     DATETIME NOT NULL,
    beacon        TEXT     NOT NULL,
    beacon_by     TEXT     NOT NULL,
    beacon_at     DATETIME,
    papers        INTEGER  NOT NULL,
    emptied_by    TEXT     NOT NULL,
    emptied_why   TEXT     NOT NULL,
    emptied_at    DATETIME,
    PRIMARY KEY (election, class)
);

-- Who is on the paper, numbered from 1 in its order. nomination is '' for the choice to re-open nominations. Struck: after the poll opened.
CREATE TABLE contest_candidates (
    election   TEXT     NOT NULL REFERENCES elections (id),
    class      TEXT     NOT NULL,
    number     INTEGER  NOT NULL,
    nomination TEXT     NOT NULL,
    name       TEXT     NOT NULL,
    struck_by  TEXT     NOT NULL,
    struck_why TEXT     NOT NULL,
    struck_at  DATETIME,
    PRIMARY KEY (election, class, number)
);

-- The marked register: who was issued a paper, and whose envelope came back. Nothing says which paper is whose.
CREATE TABLE marked_register (
    election    TEXT     NOT NULL REFERENCES elections (id),
    member      TEXT     NOT NULL REFERENCES members (id),
    class       TEXT     NOT NULL,
    issued_at   DATETIME NOT NULL,
    received_by TEXT     NOT NULL,
    received_at DATETIME,
    PRIMARY KEY (election, member)
);
CREATE INDEX marked_register_class ON marked_register (election, class);

-- What people read on each paper, two of them without each other. Papers are numbered when they are out of their envelopes, and mixed.
CREATE TABLE paper_entries (
    election   TEXT     NOT NULL REFERENCES elections (id),
    class      TEXT     NOT NULL,
    paper      INTEGER  NOT NULL,
    entered_by TEXT     NOT NULL,
    marks      TEXT     NOT NULL,
    rejected   TEXT     NOT NULL,
    entered_at DATETIME NOT NULL,
    PRIMARY KEY (election, class, paper, entered_by)
);

-- How the returning officer decided where two people read different things.
CREATE TABLE paper_rulings (
    election TEXT     NOT NULL REFERENCES elections (id),
    class    TEXT     NOT NULL,
    paper    INTEGER  NOT NULL,
    marks    TEXT     NOT NULL,
    rejected TEXT     NOT NULL,
    why      TEXT     NOT NULL,
    ruled_by TEXT     NOT NULL,
    ruled_at DATETIME NOT NULL,
    PRIMARY KEY (election, class, paper)
);

-- What is certified of an election, as it is signed; papers are the contests' files, in JSON by class.
CREATE TABLE certificates (
    election TEXT     NOT NULL REFERENCES elections (id),
    version  INTEGER  NOT NULL,
    body     TEXT     NOT NULL,
    papers   TEXT     NOT NULL,
    why      TEXT     NOT NULL,
    made_by  TEXT     NOT NULL,
    made_at  DATETIME NOT NULL,
    PRIMARY KEY (election, version)
);

CREATE TABLE certificate_signatures (
    election  TEXT     NOT NULL REFERENCES elections (id),
    version   INTEGER  NOT NULL,
    account   TEXT     NOT NULL,
    duty      TEXT     NOT NULL,
    name      TEXT     NOT NULL,
    signed_at DATETIME NOT NULL,
    PRIMARY KEY (election, version, account)
);

-- What members say is wrong with a result, and how the board decided.
CREATE TABLE election_challenges (
    id         TEXT     NOT NULL PRIMARY KEY,
    election   TEXT     NOT NULL REFERENCES elections (id),
    member     TEXT     NOT NULL REFERENCES members (id),
    words      TEXT     NOT NULL,
    made_at    DATETIME NOT NULL,
    outcome    TEXT     NOT NULL,
    answer     TEXT     NOT NULL,
    minute     TEXT     NOT NULL,
    decided_by TEXT     NOT NULL,
    decided_at DATETIME
);
CREATE INDEX election_challenges_election ON election_challenges (election, made_at);
CREATE UNIQUE INDEX election_challenges_open ON election_challenges (election, member) WHERE decided_at IS NULL;

-- Nobody changes what was certified, or who signed it.
-- +goose StatementBegin
CREATE TRIGGER certificates_no_update BEFORE UPDATE ON certificates
BEGIN SELECT RAISE(ABORT, 'certificates is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificates_no_delete BEFORE DELETE ON certificates
BEGIN SELECT RAISE(ABORT, 'certificates is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_signatures_no_update BEFORE UPDATE ON certificate_signatures
BEGIN SELECT RAISE(ABORT, 'certificate_signatures is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER certificate_signatures_no_delete BEFORE DELETE ON certificate_signatures
BEGIN SELECT RAISE(ABORT, 'certificate_signatures is only ever added to'); END;
-- +goose StatementEnd
