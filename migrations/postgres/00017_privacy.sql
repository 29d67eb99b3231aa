-- Changes of what the service holds about people, and how: notice, comments, the decision.

-- +goose Up

-- For how many days members comment on a privacy change, and for how many an emergency holds after that unless it is ratified.
ALTER TABLE rule_book ADD COLUMN comment_days INTEGER NOT NULL DEFAULT 28;
ALTER TABLE rule_book ADD COLUMN emergency_days INTEGER NOT NULL DEFAULT 28;

-- A privacy change. Days are London's; '' is no day. drafted_by wrote the words last; another publishes them. comments_until is the last day for
-- comments, decide_by the board's last to decide in time, expires the last on which an emergency holds that nobody ratified. changes is what the board
-- changed in it. election is the one by which members vote on a major one; carried is NULL until they have.
CREATE TABLE privacy_changes (
    id             TEXT     NOT NULL PRIMARY KEY,
    title          TEXT     NOT NULL,
    was            TEXT     NOT NULL,
    becomes        TEXT     NOT NULL,
    why            TEXT     NOT NULL,
    risk           TEXT     NOT NULL,
    major          BOOLEAN  NOT NULL,
    emergency      BOOLEAN  NOT NULL,
    urgency        TEXT     NOT NULL,
    drafted_by     TEXT     NOT NULL,
    drafted_at     TIMESTAMPTZ NOT NULL,
    published_by   TEXT     NOT NULL,
    published_at   TIMESTAMPTZ,
    notice         TEXT     NOT NULL,
    comments_until TEXT     NOT NULL,
    decide_by      TEXT     NOT NULL,
    expires        TEXT     NOT NULL,
    withdrawn_by   TEXT     NOT NULL,
    withdrawn_why  TEXT     NOT NULL,
    withdrawn_at   TIMESTAMPTZ,
    outcome        TEXT     NOT NULL,
    changes        TEXT     NOT NULL,
    reasons        TEXT     NOT NULL,
    minute         TEXT     NOT NULL,
    decided_by     TEXT     NOT NULL,
    decided_at     TIMESTAMPTZ,
    election       TEXT     NOT NULL,
    called_by      TEXT     NOT NULL,
    called_at      TIMESTAMPTZ,
    carried        BOOLEAN,
    voted_at       TIMESTAMPTZ
);
CREATE INDEX privacy_changes_notice ON privacy_changes (notice);

-- What members say of it. member is kept to count and to answer, shown to nobody, and '' when it is long over. nth is the comment's place in its
-- change, by which it is known on the page.
CREATE TABLE privacy_comments (
    id         TEXT     NOT NULL PRIMARY KEY,
    change     TEXT     NOT NULL REFERENCES privacy_changes (id),
    nth        INTEGER  NOT NULL,
    member     TEXT     NOT NULL,
    words      TEXT     NOT NULL,
    said_on    TEXT     NOT NULL,
    hidden_by  TEXT     NOT NULL,
    hidden_as  TEXT     NOT NULL,
    hidden_why TEXT     NOT NULL,
    hidden_at  TIMESTAMPTZ
);
CREATE UNIQUE INDEX privacy_comments_nth ON privacy_comments (change, nth);
CREATE INDEX privacy_comments_member ON privacy_comments (member);

-- Who agrees with what others said, without the time, and the class they were in. Rows go, and are counted, when it is long over.
CREATE TABLE privacy_answers (
    comment TEXT NOT NULL REFERENCES privacy_comments (id),
    member  TEXT NOT NULL REFERENCES members (id),
    class   TEXT NOT NULL,
    answer  TEXT NOT NULL,
    PRIMARY KEY (comment, member)
);
CREATE INDEX privacy_answers_member ON privacy_answers (member);

-- What was counted of them.
CREATE TABLE privacy_counts (
    comment TEXT    NOT NULL REFERENCES privacy_comments (id),
    class   TEXT    NOT NULL,
    answer  TEXT    NOT NULL,
    members INTEGER NOT NULL,
    PRIMARY KEY (comment, class, answer)
);
