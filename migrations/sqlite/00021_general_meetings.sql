-- General meetings: their call and notices, motions with amendments, who is present, votes, minutes, and what is to be done.

-- +goose Up

-- How many clear days of notice a general meeting needs, its quorum (so many members at least, and so many in a hundred), and how many of those
-- present can have a motion put to a secret ballot.
ALTER TABLE rule_book ADD COLUMN meeting_days INTEGER NOT NULL DEFAULT 14;
ALTER TABLE rule_book ADD COLUMN quorum_least INTEGER NOT NULL DEFAULT 3;
ALTER TABLE rule_book ADD COLUMN quorum_percent INTEGER NOT NULL DEFAULT 10;
ALTER TABLE rule_book ADD COLUMN ballot_askers INTEGER NOT NULL DEFAULT 5;

-- A meeting. place and link are for members alone. noticed is the day on which it was called; ordered_at is when the order paper was made. present
-- and quorum are how many were there when it was opened, and how many it took; opened_name and signed_name are who was in the chair then.
CREATE TABLE meetings (
    id            TEXT     NOT NULL PRIMARY KEY,
    kind          TEXT     NOT NULL,
    title         TEXT     NOT NULL,
    why           TEXT     NOT NULL,
    meets_at      DATETIME NOT NULL,
    place         TEXT     NOT NULL,
    link          TEXT     NOT NULL,
    motions_by    DATETIME NOT NULL,
    amendments_by DATETIME NOT NULL,
    chair         TEXT     NOT NULL REFERENCES members (id),
    chair_name    TEXT     NOT NULL,
    minutes       TEXT     NOT NULL REFERENCES members (id),
    minutes_name  TEXT     NOT NULL,
    proposed_by   TEXT     NOT NULL,
    proposed_at   DATETIME NOT NULL,
    confirmed_by  TEXT     NOT NULL,
    confirmed_at  DATETIME,
    ordered_at    DATETIME,
    adjourned     INTEGER  NOT NULL,
    opened_at     DATETIME,
    opened_name   TEXT     NOT NULL,
    present       INTEGER  NOT NULL,
    quorum        INTEGER  NOT NULL,
    closed_at     DATETIME,
    ended_by      TEXT     NOT NULL,
    ended_why     TEXT     NOT NULL,
    ended_at      DATETIME,
    signed_at     DATETIME,
    signed_name   TEXT     NOT NULL
);

-- Who took the chair, or the minutes, of a meeting that was open or over already.
CREATE TABLE meeting_seats (
    meeting      TEXT     NOT NULL REFERENCES meetings (id),
    nth          INTEGER  NOT NULL,
    chair_name   TEXT     NOT NULL,
    minutes_name TEXT     NOT NULL,
    given_at     DATETIME NOT NULL,
    PRIMARY KEY (meeting, nth)
);

-- One line for each member whom a meeting's notice goes to, and again when it is called off or adjourned.
CREATE TABLE meeting_notices (
    meeting     TEXT     NOT NULL REFERENCES meetings (id),
    what        TEXT     NOT NULL,
    member      TEXT     NOT NULL REFERENCES members (id),
    mailed_at   DATETIME,
    bounced_at  DATETIME,
    bounced_why TEXT     NOT NULL,
    posted      TEXT     NOT NULL,
    PRIMARY KEY (meeting, what, member)
);

-- A motion. shown_as is the name that its proposer chose to be shown with, '' for none; from_board is the office in which somebody moved it for the
-- board, '' for a member's. number is its place on the order paper, 0 while it has none. outcome is '' until it is decided.
CREATE TABLE meeting_motions (
    id          TEXT     NOT NULL PRIMARY KEY,
    meeting     TEXT     NOT NULL REFERENCES meetings (id),
    proposer    TEXT     NOT NULL,
    shown_as    TEXT     NOT NULL,
    from_board  TEXT     NOT NULL,
    title       TEXT     NOT NULL,
    reasons     TEXT     NOT NULL,
    needs       TEXT     NOT NULL,
    version     INTEGER  NOT NULL,
    made_at     DATETIME NOT NULL,
    seconder    TEXT     NOT NULL,
    seconded_at DATETIME,
    gone_at     DATETIME,
    ruled_by    TEXT     NOT NULL,
    ruled_why   TEXT     NOT NULL,
    number      INTEGER  NOT NULL,
    outcome     TEXT     NOT NULL,
    decided_at  DATETIME,
    election    TEXT     NOT NULL,
    ballot_yes  INTEGER  NOT NULL,
    ballot_no   INTEGER  NOT NULL
);
CREATE INDEX meeting_motions_meeting ON meeting_motions (meeting, made_at);

-- The words of a motion; amendment is the one that changed them, '' for its proposer's own.
CREATE TABLE meeting_versions (
    motion    TEXT     NOT NULL REFERENCES meeting_motions (id),
    number    INTEGER  NOT NULL,
    words     TEXT     NOT NULL,
    amendment TEXT     NOT NULL,
    made_at   DATETIME NOT NULL,
    PRIMARY KEY (motion, number)
);

-- An amendment: the whole new words, and the version that they are made from. floor is 1 for one that the chair took at the meeting.
CREATE TABLE meeting_amendments (
    id          TEXT     NOT NULL PRIMARY KEY,
    motion      TEXT     NOT NULL REFERENCES meeting_motions (id),
    version     INTEGER  NOT NULL,
    proposer    TEXT     NOT NULL,
    shown_as    TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    reasons     TEXT     NOT NULL,
    floor       INTEGER  NOT NULL,
    made_at     DATETIME NOT NULL,
    seconder    TEXT     NOT NULL,
    seconded_at DATETIME,
    gone_at     DATETIME,
    ruled_by    TEXT     NOT NULL,
    ruled_why   TEXT     NOT NULL,
    outcome     TEXT     NOT NULL,
    decided_at  DATETIME
);
CREATE INDEX meeting_amendments_motion ON meeting_amendments (motion, made_at);

-- Who is present: way is whether they checked in by themselves or are in the room without a device. Forgotten when the minutes are signed, or 60 days after the meeting.
CREATE TABLE meeting_attendance (
    meeting TEXT     NOT NULL REFERENCES meetings (id),
    member  TEXT     NOT NULL REFERENCES members (id),
    way     TEXT     NOT NULL,
    came_at DATETIME NOT NULL,
    left_at DATETIME,
    PRIMARY KEY (meeting, member)
);

-- A vote that the chair opened, on a motion or on an amendment of it; one at a time. room_* are the hands in the room while it is open; yes, no and abstain are the
-- totals, once it is closed.
CREATE TABLE meeting_votes (
    id           TEXT     NOT NULL PRIMARY KEY,
    meeting      TEXT     NOT NULL REFERENCES meetings (id),
    motion       TEXT     NOT NULL REFERENCES meeting_motions (id),
    amendment    TEXT     NOT NULL,
    version      INTEGER  NOT NULL,
    opened_at    DATETIME NOT NULL,
    room_yes     INTEGER  NOT NULL,
    room_no      INTEGER  NOT NULL,
    room_abstain INTEGER  NOT NULL,
    closed_at    DATETIME,
    yes          INTEGER  NOT NULL,
    no           INTEGER  NOT NULL,
    abstain      INTEGER  NOT NULL,
    carried      INTEGER  NOT NULL
);
CREATE UNIQUE INDEX meeting_votes_open ON meeting_votes (meeting) WHERE closed_at IS NULL;
CREATE INDEX meeting_votes_motion ON meeting_votes (motion);

-- How each who is present votes while a vote is open. Deleted when it is counted.
CREATE TABLE meeting_choices (
    vote   TEXT NOT NULL REFERENCES meeting_votes (id),
    member TEXT NOT NULL REFERENCES members (id),
    choice TEXT NOT NULL,
    PRIMARY KEY (vote, member)
);

-- Who of those present asks for a secret ballot. Forgotten when the minutes are signed, or 60 days after the meeting.
CREATE TABLE meeting_ballot_askers (
    motion TEXT NOT NULL REFERENCES meeting_motions (id),
    member TEXT NOT NULL REFERENCES members (id),
    PRIMARY KEY (motion, member)
);

-- What the minutes say of an item, and with item '' of the meeting as a whole.
CREATE TABLE meeting_notes (
    meeting  TEXT     NOT NULL REFERENCES meetings (id),
    item     TEXT     NOT NULL,
    words    TEXT     NOT NULL,
    noted_at DATETIME NOT NULL,
    PRIMARY KEY (meeting, item)
);

-- Corrections after the minutes were signed. Only added to.
CREATE TABLE meeting_additions (
    id       TEXT     NOT NULL PRIMARY KEY,
    meeting  TEXT     NOT NULL REFERENCES meetings (id),
    words    TEXT     NOT NULL,
    added_by TEXT     NOT NULL,
    added_as TEXT     NOT NULL,
    added_at DATETIME NOT NULL
);
CREATE INDEX meeting_additions_meeting ON meeting_additions (meeting, added_at);

-- What is to be done, by whom and until when.
CREATE TABLE meeting_actions (
    id       TEXT     NOT NULL PRIMARY KEY,
    meeting  TEXT     NOT NULL REFERENCES meetings (id),
    words    TEXT     NOT NULL,
    who      TEXT     NOT NULL,
    due      TEXT     NOT NULL,
    made_by  TEXT     NOT NULL,
    made_at  DATETIME NOT NULL,
    done_by  TEXT     NOT NULL,
    done_at  DATETIME,
    note     TEXT     NOT NULL
);
CREATE INDEX meeting_actions_due ON meeting_actions (due);

-- +goose StatementBegin
CREATE TRIGGER meeting_versions_no_update BEFORE UPDATE ON meeting_versions
BEGIN SELECT RAISE(ABORT, 'meeting_versions is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER meeting_versions_no_delete BEFORE DELETE ON meeting_versions
BEGIN SELECT RAISE(ABORT, 'meeting_versions is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER meeting_additions_no_update BEFORE UPDATE ON meeting_additions
BEGIN SELECT RAISE(ABORT, 'meeting_additions is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER meeting_additions_no_delete BEFORE DELETE ON meeting_additions
BEGIN SELECT RAISE(ABORT, 'meeting_additions is only ever added to'); END;
-- +goose StatementEnd
