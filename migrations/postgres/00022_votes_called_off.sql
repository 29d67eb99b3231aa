-- Votes at general meetings that the chair opened by mistake.

-- +goose Up

-- Why the chair called a vote off, which everybody reads in the minutes; '' for one that is open or was counted. Nothing of it is counted.
ALTER TABLE meeting_votes ADD COLUMN off_why TEXT NOT NULL DEFAULT '';
