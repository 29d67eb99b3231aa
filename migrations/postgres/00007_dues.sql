-- What members owe and paid: terms, methods, attempts, payments as the providers have them, and what their money was for.

-- +goose Up

-- Whose dues have begun, and who left. joined is the day on which the first period begins; '' is no day, here and below.
CREATE TABLE dues_members (
    member TEXT     NOT NULL PRIMARY KEY,
    joined TEXT     NOT NULL,
    gone   BOOLEAN  NOT NULL,
    since  TIMESTAMPTZ NOT NULL
);

-- What each chose to pay, from a period on.
CREATE TABLE dues_terms (
    member      TEXT     NOT NULL,
    n           BIGINT   NOT NULL,
    amount      BIGINT   NOT NULL,
    paid        TEXT     NOT NULL,
    from_period BIGINT   NOT NULL,
    chosen_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (member, n),
    CHECK (amount >= 0)
);

-- All that a standing follows from. Only ever added to.
CREATE TABLE dues_facts (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member      TEXT     NOT NULL,
    kind        TEXT     NOT NULL,
    period      BIGINT   NOT NULL,
    day         TEXT     NOT NULL,
    provider    TEXT     NOT NULL,
    payment     TEXT     NOT NULL,
    account     TEXT     NOT NULL,
    why         TEXT     NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX dues_facts_member ON dues_facts (member, id, kind);
CREATE INDEX dues_facts_lapsed ON dues_facts (member) WHERE kind = 'lapsed';
CREATE INDEX dues_facts_reopened ON dues_facts (day) WHERE kind = 'reopened';

-- Pages of a provider on which somebody authorises dues. id is '' until the provider has answered.
CREATE TABLE dues_flows (
    key      TEXT     NOT NULL PRIMARY KEY,
    provider TEXT     NOT NULL,
    id       TEXT     NOT NULL,
    member   TEXT     NOT NULL,
    amount   BIGINT   NOT NULL,
    paid     TEXT     NOT NULL,
    share    BIGINT   NOT NULL,
    starts   TEXT     NOT NULL,
    url      TEXT     NOT NULL,
    state    TEXT     NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX dues_flows_member ON dues_flows (member, made_at);
CREATE UNIQUE INDEX dues_flows_id ON dues_flows (provider, id) WHERE id <> '';

-- Authorities to collect. A member wants one at most; the others are being ended, or have.
CREATE TABLE dues_methods (
    provider    TEXT     NOT NULL,
    ref         TEXT     NOT NULL,
    member      TEXT     NOT NULL,
    state       TEXT     NOT NULL,
    description TEXT     NOT NULL,
    customer    TEXT     NOT NULL,
    paid_to     TEXT     NOT NULL,
    replaced_by TEXT     NOT NULL,
    wanted      BOOLEAN  NOT NULL,
    version     BIGINT   NOT NULL,
    made_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, ref)
);
CREATE UNIQUE INDEX dues_methods_wanted ON dues_methods (member) WHERE wanted;
CREATE INDEX dues_methods_member ON dues_methods (member, made_at);

-- Payments that we ask for. The id is the provider's key too. One of a period is live at most.
CREATE TABLE dues_attempts (
    id        TEXT     NOT NULL PRIMARY KEY,
    member    TEXT     NOT NULL,
    period    BIGINT   NOT NULL,
    periods   BIGINT   NOT NULL,
    attempt   BIGINT   NOT NULL,
    provider  TEXT     NOT NULL,
    method    TEXT     NOT NULL,
    amount    BIGINT   NOT NULL,
    share     BIGINT   NOT NULL,
    charge_on TEXT     NOT NULL,
    state     TEXT     NOT NULL,
    live      BOOLEAN  NOT NULL,
    payment   TEXT     NOT NULL,
    reason    TEXT     NOT NULL,
    made_at   TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX dues_attempts_live ON dues_attempts (member, period) WHERE live;
CREATE INDEX dues_attempts_member ON dues_attempts (member, period);
CREATE INDEX dues_attempts_refused ON dues_attempts (made_at) WHERE state = 'failed' AND payment = '';

-- Payments as the provider had them when we last looked. version grows with each change; entries counts those in the books;
-- the booked amounts are what those hold.
CREATE TABLE dues_payments (
    provider        TEXT     NOT NULL,
    ref             TEXT     NOT NULL,
    member          TEXT     NOT NULL,
    attempt         TEXT     NOT NULL,
    method          TEXT     NOT NULL,
    state           TEXT     NOT NULL,
    amount          BIGINT   NOT NULL,
    share           BIGINT   NOT NULL,
    periods         BIGINT   NOT NULL,
    fee             BIGINT,
    refunded        BIGINT   NOT NULL,
    disputed        BOOLEAN  NOT NULL,
    made_at         TIMESTAMPTZ NOT NULL,
    paid_at         TIMESTAMPTZ,
    charge_on       TEXT     NOT NULL,
    next_try        TEXT     NOT NULL,
    action          TEXT     NOT NULL,
    reason          TEXT     NOT NULL,
    payout          TEXT     NOT NULL,
    version         BIGINT   NOT NULL,
    entries         BIGINT   NOT NULL,
    booked          BIGINT   NOT NULL,
    booked_fee      BIGINT   NOT NULL,
    booked_disputed BIGINT   NOT NULL,
    booked_lost     BIGINT   NOT NULL,
    PRIMARY KEY (provider, ref)
);
CREATE INDEX dues_payments_member ON dues_payments (member, made_at);
CREATE INDEX dues_payments_state ON dues_payments (state, made_at);
CREATE INDEX dues_payments_disputed ON dues_payments (made_at) WHERE disputed;

-- What the money of each payment is for now; whole is what the part was at first. released: it is income; otherwise dues in advance, until the month begins.
CREATE TABLE dues_parts (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider TEXT    NOT NULL,
    payment  TEXT    NOT NULL,
    member   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    period   BIGINT  NOT NULL,
    month    TEXT    NOT NULL,
    amount   BIGINT  NOT NULL,
    whole    BIGINT  NOT NULL,
    released BOOLEAN NOT NULL,
    CHECK (amount BETWEEN 0 AND whole)
);
CREATE INDEX dues_parts_payment ON dues_parts (provider, payment);
CREATE INDEX dues_parts_member ON dues_parts (member);
CREATE INDEX dues_parts_advance ON dues_parts (month, id) WHERE NOT released AND amount > 0;
-- Nobody pays twice for a period.
CREATE UNIQUE INDEX dues_parts_period ON dues_parts (member, period) WHERE kind = 'period' AND amount > 0;

CREATE TABLE dues_receipts (
    year      BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    member    TEXT   NOT NULL,
    provider  TEXT   NOT NULL,
    payment   TEXT   NOT NULL,
    amount    BIGINT NOT NULL,
    share     BIGINT NOT NULL,
    issued_on TEXT   NOT NULL,
    PRIMARY KEY (year, n)
);
CREATE UNIQUE INDEX dues_receipts_payment ON dues_receipts (provider, payment);
CREATE INDEX dues_receipts_member ON dues_receipts (member);

-- What webhooks told. Their bodies are not kept: the object is read again.
CREATE TABLE dues_inbox (
    provider    TEXT     NOT NULL,
    event       TEXT     NOT NULL,
    kind        TEXT     NOT NULL,
    about_kind  TEXT     NOT NULL,
    about       TEXT     NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    state       TEXT     NOT NULL,
    tries       BIGINT   NOT NULL,
    reason      TEXT     NOT NULL,
    PRIMARY KEY (provider, event)
);
CREATE INDEX dues_inbox_state ON dues_inbox (state, received_at) WHERE state <> 'done';

-- Refunds that were ordered. The id is the provider's key too.
CREATE TABLE dues_refunds (
    id       TEXT     NOT NULL PRIMARY KEY,
    provider TEXT     NOT NULL,
    payment  TEXT     NOT NULL,
    member   TEXT     NOT NULL,
    amount   BIGINT   NOT NULL,
    total    BIGINT   NOT NULL,
    account  TEXT     NOT NULL,
    role     TEXT     NOT NULL,
    why      TEXT     NOT NULL,
    state    TEXT     NOT NULL,
    ref      TEXT     NOT NULL,
    reason   TEXT     NOT NULL,
    made_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX dues_refunds_payment ON dues_refunds (provider, payment);
CREATE UNIQUE INDEX dues_refunds_open ON dues_refunds (provider, payment) WHERE state = 'ordered';

CREATE TABLE dues_payouts (
    provider TEXT   NOT NULL,
    ref      TEXT   NOT NULL,
    amount   BIGINT NOT NULL,
    arrives  TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    words    TEXT   NOT NULL,
    trouble  TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    entries  BIGINT NOT NULL,
    booked   BIGINT NOT NULL,
    PRIMARY KEY (provider, ref)
);
CREATE TABLE dues_payout_items (
    provider TEXT   NOT NULL,
    payout   TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    payment  TEXT   NOT NULL,
    amount   BIGINT NOT NULL,
    PRIMARY KEY (provider, payout, n)
);
CREATE INDEX dues_payout_items_payment ON dues_payout_items (provider, payment);

-- What an officer decided to leave as it is, since a day; why is in the audit log. With another trouble it waits again.
CREATE TABLE dues_put_aside (
    matter   TEXT NOT NULL,
    provider TEXT NOT NULL,
    ref      TEXT NOT NULL,
    trouble  TEXT NOT NULL,
    day      TEXT NOT NULL,
    PRIMARY KEY (matter, provider, ref, trouble)
);

-- Notices that were sent, by the day on which the member stopped being current.
CREATE TABLE dues_notices (
    member  TEXT     NOT NULL,
    since   TEXT     NOT NULL,
    n       BIGINT   NOT NULL,
    due_at  TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    PRIMARY KEY (member, since, n)
);

-- Up to when each provider was looked through for what webhooks missed.
CREATE TABLE dues_marks (
    provider TEXT     NOT NULL PRIMARY KEY,
    upto     TIMESTAMPTZ NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION dues_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME; END $$;
-- +goose StatementEnd
CREATE TRIGGER dues_facts_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON dues_facts
    FOR EACH STATEMENT EXECUTE FUNCTION dues_added_to();
CREATE TRIGGER dues_receipts_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON dues_receipts
    FOR EACH STATEMENT EXECUTE FUNCTION dues_added_to();
