-- Proposals of members and the board's answers, the search over them, the roadmap, and the quarterly ballots of priorities.

-- +goose Up

-- How many members have to support a proposal: so many at least, and so many in a thousand. And within how many days the board answers.
ALTER TABLE rule_book ADD COLUMN support_least INTEGER NOT NULL DEFAULT 5;
ALTER TABLE rule_book ADD COLUMN support_permille INTEGER NOT NULL DEFAULT 10;
ALTER TABLE rule_book ADD COLUMN answer_days INTEGER NOT NULL DEFAULT 28;

-- What members propose. shown_as is the name that the author chose to be shown with, '' for none. version is the latest one. threshold and
-- supporters are how many it took and how many there were when it was reached; answer_due is the last day for the board's answer, '' while none
-- is due. told is how far the board has been told of it. outcome is the latest answer's, '' without one, or that the author withdrew it.
CREATE TABLE proposals (
    id           TEXT     NOT NULL PRIMARY KEY,
    author       TEXT     NOT NULL REFERENCES members (id),
    shown_as     TEXT     NOT NULL,
    version      INTEGER  NOT NULL,
    made_at      TIMESTAMPTZ NOT NULL,
    reached_at   TIMESTAMPTZ,
    threshold    INTEGER  NOT NULL,
    supporters   INTEGER  NOT NULL,
    answer_due   TEXT     NOT NULL,
    told         TEXT     NOT NULL,
    outcome      TEXT     NOT NULL,
    closed_at    TIMESTAMPTZ
);
CREATE INDEX proposals_made ON proposals (made_at);
CREATE INDEX proposals_author ON proposals (author);

CREATE TABLE proposal_versions (
    proposal    TEXT     NOT NULL REFERENCES proposals (id),
    number      INTEGER  NOT NULL,
    title       TEXT     NOT NULL,
    problem     TEXT     NOT NULL,
    change      TEXT     NOT NULL,
    affected    TEXT     NOT NULL,
    cost        TEXT     NOT NULL,
    why         TEXT     NOT NULL,
    substantial BOOLEAN  NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (proposal, number)
);

-- Who supports what, without the time. seen is the version that they supported or said yes to since. Rows go when the answer is old.
CREATE TABLE proposal_supporters (
    proposal TEXT    NOT NULL REFERENCES proposals (id),
    member   TEXT    NOT NULL REFERENCES members (id),
    seen     INTEGER NOT NULL,
    PRIMARY KEY (proposal, member)
);
CREATE INDEX proposal_supporters_member ON proposal_supporters (member);

CREATE TABLE proposal_comments (
    id         TEXT     NOT NULL PRIMARY KEY,
    proposal   TEXT     NOT NULL REFERENCES proposals (id),
    member     TEXT     NOT NULL REFERENCES members (id),
    shown_as   TEXT     NOT NULL,
    words      TEXT     NOT NULL,
    made_at    TIMESTAMPTZ NOT NULL,
    hidden_by  TEXT     NOT NULL,
    hidden_why TEXT     NOT NULL,
    hidden_at  TIMESTAMPTZ
);
CREATE INDEX proposal_comments_proposal ON proposal_comments (proposal, made_at);

-- The board's answers, in public. due is the last day that it had for this one.
CREATE TABLE proposal_answers (
    id          TEXT     NOT NULL PRIMARY KEY,
    proposal    TEXT     NOT NULL REFERENCES proposals (id),
    version     INTEGER  NOT NULL,
    outcome     TEXT     NOT NULL,
    reasons     TEXT     NOT NULL,
    minute      TEXT     NOT NULL,
    due         TEXT     NOT NULL,
    answered_by TEXT     NOT NULL,
    acted_as    TEXT     NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX proposal_answers_proposal ON proposal_answers (proposal, answered_at);

-- The latest words of a proposal, folded, for the search: the one table that each database has in its own way.
CREATE TABLE proposals_fts (
    proposal TEXT NOT NULL PRIMARY KEY,
    title    TEXT NOT NULL,
    body     TEXT NOT NULL,
    words    TSVECTOR NOT NULL GENERATED ALWAYS AS (setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', body), 'D')) STORED
);
CREATE INDEX proposals_fts_words ON proposals_fts USING gin (words);

-- The roadmap: an item as it is, and all that it ever was. Costs are in pence, NULL while nobody knows.
CREATE TABLE roadmap_items (
    id       TEXT     NOT NULL PRIMARY KEY,
    version  INTEGER  NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE roadmap_versions (
    item       TEXT     NOT NULL REFERENCES roadmap_items (id),
    number     INTEGER  NOT NULL,
    title      TEXT     NOT NULL,
    words      TEXT     NOT NULL,
    status     TEXT     NOT NULL,
    owner      TEXT     NOT NULL,
    proposal   TEXT     REFERENCES proposals (id),
    minute     TEXT     NOT NULL,
    estimate   BIGINT,
    actual     BIGINT,
    why        TEXT     NOT NULL,
    changed_by TEXT     NOT NULL,
    acted_as   TEXT     NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (item, number)
);
CREATE INDEX roadmap_versions_changed ON roadmap_versions (changed_at);

-- Quarterly ballots of priorities. take is how many items the board will take up; members is how many there were when it opened; seed is what
-- lots were drawn from when it was counted, in hex.
CREATE TABLE priority_ballots (
    id         TEXT     NOT NULL PRIMARY KEY,
    quarter    TEXT     NOT NULL UNIQUE,
    take       INTEGER  NOT NULL,
    members    INTEGER  NOT NULL,
    opened_by  TEXT     NOT NULL,
    opened_at  TIMESTAMPTZ NOT NULL,
    closes_at  TIMESTAMPTZ NOT NULL,
    counted_at TIMESTAMPTZ,
    seed       TEXT     NOT NULL
);

-- What is on the paper: the item as it stood on the day.
CREATE TABLE priority_choices (
    ballot TEXT    NOT NULL REFERENCES priority_ballots (id),
    number INTEGER NOT NULL,
    item   TEXT    NOT NULL REFERENCES roadmap_items (id),
    title  TEXT    NOT NULL,
    PRIMARY KEY (ballot, number)
);

-- Who ranked what while a ballot is open: numbers with spaces between. All rows of a ballot go in the transaction that counts it.
CREATE TABLE priority_votes (
    ballot  TEXT NOT NULL REFERENCES priority_ballots (id),
    member  TEXT NOT NULL REFERENCES members (id),
    class   TEXT NOT NULL,
    ranking TEXT NOT NULL,
    PRIMARY KEY (ballot, member)
);

-- What was counted, in an order made by chance. class is '' where the class is too small to be told apart.
CREATE TABLE priority_rankings (
    ballot  TEXT    NOT NULL REFERENCES priority_ballots (id),
    number  INTEGER NOT NULL,
    class   TEXT    NOT NULL,
    ranking TEXT    NOT NULL,
    PRIMARY KEY (ballot, number)
);

-- What the count put first: overall, with class '', and by class. ballots is of how many.
CREATE TABLE priority_results (
    ballot  TEXT    NOT NULL REFERENCES priority_ballots (id),
    class   TEXT    NOT NULL,
    ballots INTEGER NOT NULL,
    places  TEXT    NOT NULL,
    PRIMARY KEY (ballot, class)
);
