-- Merged work and who is credited with it; who runs what; which class somebody votes in.

-- +goose Up

-- How many days before a record date merged work counts.
ALTER TABLE rule_book ADD COLUMN contribution_window INTEGER NOT NULL DEFAULT 365;

-- Repositories whose merged work counts. subject is the forge's own number, '' for one without a forge; clone is where git fetches it.
CREATE TABLE work_repositories (
    id          TEXT     NOT NULL PRIMARY KEY,
    forge       TEXT     NOT NULL,
    subject     TEXT     NOT NULL,
    path        TEXT     NOT NULL,
    clone       TEXT     NOT NULL,
    listed_by   TEXT     NOT NULL,
    listed_why  TEXT     NOT NULL,
    listed_at   DATETIME NOT NULL,
    delisted_by TEXT     NOT NULL,
    delisted_at DATETIME
);
CREATE UNIQUE INDEX work_repositories_path ON work_repositories (forge, path) WHERE delisted_at IS NULL;
CREATE INDEX work_repositories_subject ON work_repositories (forge, subject);

-- Merged changes. number is the forge's, or a commit's hash where there is none. ignored says why one does not count by itself.
CREATE TABLE merged_changes (
    id          TEXT     NOT NULL PRIMARY KEY,
    repository  TEXT     NOT NULL REFERENCES work_repositories (id),
    number      TEXT     NOT NULL,
    merged_at   DATETIME NOT NULL,
    title       TEXT     NOT NULL,
    sha         TEXT     NOT NULL,
    source      TEXT     NOT NULL,
    ignored     TEXT     NOT NULL,
    evidence    TEXT     NOT NULL,
    recorded_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX merged_changes_number ON merged_changes (repository, number);

-- Who is credited with a change: an account at a forge by its number, or the address that a commit names.
CREATE TABLE change_credits (
    change      TEXT     NOT NULL REFERENCES merged_changes (id),
    forge       TEXT     NOT NULL,
    subject     TEXT     NOT NULL,
    login       TEXT     NOT NULL,
    part        TEXT     NOT NULL,
    recorded_at DATETIME NOT NULL,
    PRIMARY KEY (change, forge, subject)
);
CREATE INDEX change_credits_subject ON change_credits (forge, subject);

-- Deliveries of webhooks that were done. One is done once.
CREATE TABLE forge_deliveries (
    forge       TEXT     NOT NULL,
    id          TEXT     NOT NULL,
    outcome     TEXT     NOT NULL,
    received_at DATETIME NOT NULL,
    PRIMARY KEY (forge, id)
);
CREATE INDEX forge_deliveries_received ON forge_deliveries (received_at);

-- How far the nightly look at a repository has come to its end.
CREATE TABLE forge_marks (
    repository TEXT     NOT NULL REFERENCES work_repositories (id),
    source     TEXT     NOT NULL,
    upto       DATETIME NOT NULL,
    PRIMARY KEY (repository, source)
);

-- Which member has proved to be whom at a forge, or to have an address. An ended line stays.
CREATE TABLE contributor_links (
    id          TEXT     NOT NULL PRIMARY KEY,
    forge       TEXT     NOT NULL,
    subject     TEXT     NOT NULL,
    member      TEXT     NOT NULL REFERENCES members (id),
    login       TEXT     NOT NULL,
    linked_at   DATETIME NOT NULL,
    unlinked_at DATETIME
);
CREATE UNIQUE INDEX contributor_links_open ON contributor_links (forge, subject) WHERE unlinked_at IS NULL;
CREATE INDEX contributor_links_member ON contributor_links (member);

-- Somebody who was sent to a forge to sign in there, and is awaited back.
CREATE TABLE forge_sign_ins (
    state    TEXT     NOT NULL PRIMARY KEY,
    forge    TEXT     NOT NULL,
    member   TEXT     NOT NULL,
    verifier TEXT     NOT NULL,
    made_at  DATETIME NOT NULL
);

-- The name under which somebody is on the public roll. '' is a wish to be on it no longer. The last line holds.
CREATE TABLE contributor_names (
    id      INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    member  TEXT     NOT NULL REFERENCES members (id),
    name    TEXT     NOT NULL,
    said_at DATETIME NOT NULL
);
CREATE INDEX contributor_names_member ON contributor_names (member, id);

-- What two officers decided against the rule: a change counts, or does not, or somebody is a contributor without one.
CREATE TABLE work_exceptions (
    id           TEXT     NOT NULL PRIMARY KEY,
    kind         TEXT     NOT NULL,
    change       TEXT     NOT NULL,
    member       TEXT     NOT NULL,
    first        TEXT     NOT NULL,
    last         TEXT     NOT NULL,
    why          TEXT     NOT NULL,
    proposed_by  TEXT     NOT NULL,
    proposed_at  DATETIME NOT NULL,
    confirmed_by TEXT     NOT NULL,
    confirmed_at DATETIME,
    ended_by     TEXT     NOT NULL,
    ended_why    TEXT     NOT NULL,
    ended_at     DATETIME
);
CREATE UNIQUE INDEX work_exceptions_open ON work_exceptions (kind, change, member) WHERE ended_at IS NULL;

-- Members who work full time on the project, as they declared and the secretary confirmed. Days are London's.
CREATE TABLE full_time (
    id           TEXT     NOT NULL PRIMARY KEY,
    member       TEXT     NOT NULL REFERENCES members (id),
    words        TEXT     NOT NULL,
    first        TEXT     NOT NULL,
    last         TEXT     NOT NULL,
    declared_at  DATETIME NOT NULL,
    confirmed_by TEXT     NOT NULL,
    confirmed_at DATETIME,
    ended_by     TEXT     NOT NULL,
    ended_why    TEXT     NOT NULL,
    ended_at     DATETIME
);
CREATE INDEX full_time_member ON full_time (member);

-- Who runs what. minute is that of the board; without one it takes two officers. Of each thing that a member runs there is one open line.
CREATE TABLE operators (
    id           TEXT     NOT NULL PRIMARY KEY,
    member       TEXT     NOT NULL REFERENCES members (id),
    name         TEXT     NOT NULL,
    runs         TEXT     NOT NULL,
    since        TEXT     NOT NULL,
    minute       TEXT     NOT NULL,
    why          TEXT     NOT NULL,
    proposed_by  TEXT     NOT NULL,
    proposed_at  DATETIME NOT NULL,
    confirmed_by TEXT     NOT NULL,
    held_from    DATETIME,
    end_asked_by TEXT     NOT NULL,
    end_why      TEXT     NOT NULL,
    ended_by     TEXT     NOT NULL,
    ended_at     DATETIME
);
CREATE UNIQUE INDEX operators_open ON operators (member, runs) WHERE ended_at IS NULL;

-- Which class somebody in several votes in. The last line before a record date holds.
CREATE TABLE class_choices (
    id        INTEGER  NOT NULL PRIMARY KEY AUTOINCREMENT,
    member    TEXT     NOT NULL REFERENCES members (id),
    class     TEXT     NOT NULL,
    chosen_at DATETIME NOT NULL
);
CREATE INDEX class_choices_member ON class_choices (member, id);
