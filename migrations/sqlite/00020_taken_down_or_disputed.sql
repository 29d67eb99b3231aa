-- What officers take down: whole proposals.

-- +goose Up

-- A proposal that an officer took down, and why, which everybody reads. Its words are deleted in all versions, and in the search.
ALTER TABLE proposals ADD COLUMN taken_down_by TEXT NOT NULL DEFAULT '';
ALTER TABLE proposals ADD COLUMN taken_down_why TEXT NOT NULL DEFAULT '';
ALTER TABLE proposals ADD COLUMN taken_down_at DATETIME;
