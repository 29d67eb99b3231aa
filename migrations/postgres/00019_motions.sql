-- +goose Up
-- A ballot that fills no seats: what is moved, which majority it needs, and what it decides, '' for nothing that waits for it.
ALTER TABLE elections ADD COLUMN motion TEXT NOT NULL DEFAULT '';
ALTER TABLE elections ADD COLUMN needs TEXT NOT NULL DEFAULT '';
ALTER TABLE elections ADD COLUMN about TEXT NOT NULL DEFAULT '';
