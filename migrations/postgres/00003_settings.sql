-- +goose Up

-- What all processes on this database must agree on; server_key is a mark that tells which key they have, and not the key.
-- Whoever gives them another key deletes the line: the next process to start writes it anew.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
