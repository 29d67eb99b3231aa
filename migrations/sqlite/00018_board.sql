-- The board's work in public: what its members declare, where they were, what they decided, and what members ask them.

-- +goose Up

-- What somebody who sits declares after they took their seat; the seat has their first words. Only added to: the last one holds.
CREATE TABLE board_interests (
    id          TEXT     NOT NULL PRIMARY KEY,
    member      TEXT     NOT NULL REFERENCES members (id),
    words       TEXT     NOT NULL,
    declared_at DATETIME NOT NULL
);
CREATE INDEX board_interests_member ON board_interests (member, declared_at);

-- A meeting of the board, and who of those who sat was there. corrects is the entry that this one takes the place of, or ''.
CREATE TABLE board_meetings (
    id          TEXT     NOT NULL PRIMARY KEY,
    held        TEXT     NOT NULL,
    minute      TEXT     NOT NULL,
    corrects    TEXT     NOT NULL,
    recorded_by TEXT     NOT NULL,
    recorded_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX board_meetings_corrected ON board_meetings (corrects) WHERE corrects <> '';

CREATE TABLE board_attendance (
    meeting TEXT NOT NULL REFERENCES board_meetings (id),
    seat    TEXT NOT NULL REFERENCES board_seats (id),
    here    TEXT NOT NULL,
    PRIMARY KEY (meeting, seat)
);

-- A decision of the board, and how each who sat voted.
CREATE TABLE board_decisions (
    id          TEXT     NOT NULL PRIMARY KEY,
    decided     TEXT     NOT NULL,
    minute      TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    reasons     TEXT     NOT NULL,
    corrects    TEXT     NOT NULL,
    recorded_by TEXT     NOT NULL,
    recorded_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX board_decisions_corrected ON board_decisions (corrects) WHERE corrects <> '';

CREATE TABLE board_votes (
    decision TEXT NOT NULL REFERENCES board_decisions (id),
    seat     TEXT NOT NULL REFERENCES board_seats (id),
    vote     TEXT NOT NULL,
    PRIMARY KEY (decision, seat)
);

-- A question to the board. shown_as is the name that whoever asked chose to be shown with, '' for none; due is the last day for an answer.
CREATE TABLE board_questions (
    id         TEXT     NOT NULL PRIMARY KEY,
    member     TEXT     NOT NULL REFERENCES members (id),
    shown_as   TEXT     NOT NULL,
    words      TEXT     NOT NULL,
    asked_at   DATETIME NOT NULL,
    due        TEXT     NOT NULL,
    hidden_by  TEXT     NOT NULL,
    hidden_why TEXT     NOT NULL,
    hidden_at  DATETIME
);
CREATE INDEX board_questions_asked ON board_questions (asked_at);
CREATE INDEX board_questions_member ON board_questions (member, asked_at);

-- Answers in public: seat is whose, '' for the secretary's.
CREATE TABLE board_answers (
    id          TEXT     NOT NULL PRIMARY KEY,
    question    TEXT     NOT NULL REFERENCES board_questions (id),
    seat        TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    answered_by TEXT     NOT NULL,
    answered_at DATETIME NOT NULL
);
CREATE INDEX board_answers_question ON board_answers (question, answered_at);

-- What was recorded is corrected by a further entry, and by nothing else.
-- +goose StatementBegin
CREATE TRIGGER board_interests_no_update BEFORE UPDATE ON board_interests
BEGIN SELECT RAISE(ABORT, 'board_interests is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_interests_no_delete BEFORE DELETE ON board_interests
BEGIN SELECT RAISE(ABORT, 'board_interests is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_meetings_no_update BEFORE UPDATE ON board_meetings
BEGIN SELECT RAISE(ABORT, 'board_meetings is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_meetings_no_delete BEFORE DELETE ON board_meetings
BEGIN SELECT RAISE(ABORT, 'board_meetings is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_attendance_no_update BEFORE UPDATE ON board_attendance
BEGIN SELECT RAISE(ABORT, 'board_attendance is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_attendance_no_delete BEFORE DELETE ON board_attendance
BEGIN SELECT RAISE(ABORT, 'board_attendance is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_decisions_no_update BEFORE UPDATE ON board_decisions
BEGIN SELECT RAISE(ABORT, 'board_decisions is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_decisions_no_delete BEFORE DELETE ON board_decisions
BEGIN SELECT RAISE(ABORT, 'board_decisions is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_votes_no_update BEFORE UPDATE ON board_votes
BEGIN SELECT RAISE(ABORT, 'board_votes is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_votes_no_delete BEFORE DELETE ON board_votes
BEGIN SELECT RAISE(ABORT, 'board_votes is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_answers_no_update BEFORE UPDATE ON board_answers
BEGIN SELECT RAISE(ABORT, 'board_answers is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER board_answers_no_delete BEFORE DELETE ON board_answers
BEGIN SELECT RAISE(ABORT, 'board_answers is only ever added to'); END;
-- +goose StatementEnd
