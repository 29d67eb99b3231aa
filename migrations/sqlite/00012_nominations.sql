-- Who stands for the board, who supports them, and what they are asked.

-- +goose Up

-- A nomination: of oneself, or of somebody who then accepts. name is the candidate's on the paper; interests is the declaration of conflicts.
CREATE TABLE nominations (
    id           TEXT     NOT NULL PRIMARY KEY,
    election     TEXT     NOT NULL REFERENCES elections (id),
    class        TEXT     NOT NULL,
    candidate    TEXT     NOT NULL REFERENCES members (id),
    proposer     TEXT     NOT NULL REFERENCES members (id),
    name         TEXT     NOT NULL,
    statement    TEXT     NOT NULL,
    interests    TEXT     NOT NULL,
    proposed_at  DATETIME NOT NULL,
    accepted_at  DATETIME,
    withdrawn_at DATETIME
);
CREATE UNIQUE INDEX nominations_open ON nominations (election, candidate) WHERE withdrawn_at IS NULL;

CREATE TABLE nomination_seconders (
    nomination  TEXT     NOT NULL REFERENCES nominations (id),
    member      TEXT     NOT NULL REFERENCES members (id),
    seconded_at DATETIME NOT NULL,
    PRIMARY KEY (nomination, member)
);
CREATE INDEX nomination_seconders_member ON nomination_seconders (member);

-- A question to all candidates of a class. Who asked is kept and not shown; hidden_why is told in its place.
CREATE TABLE hustings_questions (
    id         TEXT     NOT NULL PRIMARY KEY,
    election   TEXT     NOT NULL REFERENCES elections (id),
    class      TEXT     NOT NULL,
    member     TEXT     NOT NULL REFERENCES members (id),
    words      TEXT     NOT NULL,
    asked_at   DATETIME NOT NULL,
    hidden_by  TEXT     NOT NULL,
    hidden_why TEXT     NOT NULL,
    hidden_at  DATETIME
);
CREATE INDEX hustings_questions_election ON hustings_questions (election, class, asked_at);

CREATE TABLE hustings_answers (
    question    TEXT     NOT NULL REFERENCES hustings_questions (id),
    nomination  TEXT     NOT NULL REFERENCES nominations (id),
    words       TEXT     NOT NULL,
    answered_at DATETIME NOT NULL,
    PRIMARY KEY (question, nomination)
);
