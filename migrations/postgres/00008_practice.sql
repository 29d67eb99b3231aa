-- +goose Up

-- What the look-alikes of the payment providers remember, for practice only. body is the object as its provider's API would show it.
-- about is what it belongs to (a subscription's invoices, a mandate's payments); number is its place in the order of making.
CREATE TABLE practice_objects (
    provider   TEXT     NOT NULL,
    id         TEXT     NOT NULL,
    kind       TEXT     NOT NULL,
    about      TEXT     NOT NULL,
    number     BIGINT   NOT NULL,
    body       TEXT     NOT NULL,
    made_at    TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, id)
);
CREATE UNIQUE INDEX practice_objects_number ON practice_objects (provider, number);
CREATE INDEX practice_objects_kind ON practice_objects (provider, kind, number);
CREATE INDEX practice_objects_about ON practice_objects (provider, about, kind, number);

-- What was answered to a request with an idempotency key; request is a mark of what was asked.
CREATE TABLE practice_keys (
    provider TEXT     NOT NULL,
    name     TEXT     NOT NULL,
    request  TEXT     NOT NULL,
    status   BIGINT   NOT NULL,
    answer   TEXT     NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, name)
);

-- Events, in the order in which they happened, each told by a webhook until it is taken.
CREATE TABLE practice_events (
    provider TEXT     NOT NULL,
    id       TEXT     NOT NULL,
    number   BIGINT   NOT NULL,
    kind     TEXT     NOT NULL,
    about    TEXT     NOT NULL,
    body     TEXT     NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL,
    sent_at  TIMESTAMPTZ,
    PRIMARY KEY (provider, id)
);
CREATE UNIQUE INDEX practice_events_number ON practice_events (provider, number);
CREATE INDEX practice_events_made ON practice_events (provider, made_at);
