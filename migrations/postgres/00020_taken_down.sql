-- What officers take down: whole proposals, and answers for the board.

-- +goose Up

-- A proposal that an officer took down, and why, which everybody reads. Its words are deleted in all versions, and in the search.
ALTER TABLE proposals ADD COLUMN taken_down_by TEXT NOT NULL DEFAULT '';
ALTER TABLE proposals ADD COLUMN taken_down_why TEXT NOT NULL DEFAULT '';
ALTER TABLE proposals ADD COLUMN taken_down_at TIMESTAMPTZ;

-- An answer for the board that an officer took down, and why. The answer itself is only ever added to.
CREATE TABLE board_answers_hidden (
    answer     TEXT     NOT NULL PRIMARY KEY REFERENCES board_answers (id),
    hidden_by  TEXT     NOT NULL,
    hidden_why TEXT     NOT NULL,
    hidden_at  TIMESTAMPTZ NOT NULL
);
