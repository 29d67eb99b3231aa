-- Who belongs to the society, who acts for it, and what those who act have done.

-- +goose Up

-- Every act of an officer, with who and why. account is "" when a command, the clock or the person concerned acted: of those, the
-- line must not tell which account is which member.
CREATE TABLE audit (
    id      BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account TEXT     NOT NULL,
    role    TEXT     NOT NULL,
    what    TEXT     NOT NULL,
    about   TEXT     NOT NULL,
    why     TEXT     NOT NULL,
    at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_about ON audit (about);

-- Members, former members and applicants. Days are London's; '' is no day. A former member stays.
-- The keys find the same person twice: a name and an address without what people write differently. sought is the name to search in.
CREATE TABLE members (
    id          TEXT     NOT NULL PRIMARY KEY,
    state       TEXT     NOT NULL,
    name        TEXT     NOT NULL,
    address     TEXT     NOT NULL,
    postcode    TEXT     NOT NULL,
    email       TEXT     NOT NULL,
    age         INTEGER  NOT NULL,
    sought      TEXT     NOT NULL,
    name_key    TEXT     NOT NULL,
    address_key TEXT     NOT NULL,
    place_key   TEXT     NOT NULL,
    email_key   TEXT     NOT NULL,
    applied_at  TIMESTAMPTZ NOT NULL,
    decided_at  TIMESTAMPTZ,
    decided_by  TEXT     NOT NULL,
    refused_why TEXT     NOT NULL,
    entered     TEXT     NOT NULL,
    ceased      TEXT     NOT NULL,
    ending      TEXT     NOT NULL,
    ended_why   TEXT     NOT NULL
);
CREATE INDEX members_name ON members (name_key, place_key);
CREATE INDEX members_address ON members (address_key);
CREATE INDEX members_email ON members (email_key);
CREATE INDEX members_state ON members (state, applied_at);

-- The one share of a member. wish says what becomes of it at the end.
CREATE TABLE shares (
    member  TEXT NOT NULL PRIMARY KEY REFERENCES members (id),
    issued  TEXT NOT NULL,
    paid    TEXT NOT NULL,
    wish    TEXT NOT NULL,
    settled TEXT NOT NULL
);

-- Which account is which member: the only place that knows. An erased account leaves no line, its member stays.
CREATE TABLE member_accounts (
    member  TEXT    NOT NULL PRIMARY KEY REFERENCES members (id),
    account TEXT    NOT NULL,
    latest  BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX member_accounts_latest ON member_accounts (account) WHERE latest;

-- Who looked: one line a day for each purpose and person looked up. account is "" when the program or the person looked for themself.
CREATE TABLE register_access (
    day     TEXT     NOT NULL,
    account TEXT     NOT NULL,
    purpose TEXT     NOT NULL,
    member  TEXT     NOT NULL,
    at      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (day, account, purpose, member)
);
CREATE INDEX register_access_member ON register_access (member, day);

-- What the rule book leaves to settings. The last line holds.
CREATE TABLE rule_book (
    id                 BIGINT   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    admit_on_payment   BOOLEAN  NOT NULL,
    minimum_age        INTEGER  NOT NULL,
    minimum_membership INTEGER  NOT NULL,
    account            TEXT     NOT NULL,
    why                TEXT     NOT NULL,
    at                 TIMESTAMPTZ NOT NULL
);

-- The way to an expulsion: a charge that cites a rule, notice of it, the right to reply, the board's decision.
CREATE TABLE charges (
    id          TEXT     NOT NULL PRIMARY KEY,
    member      TEXT     NOT NULL REFERENCES members (id),
    rule        TEXT     NOT NULL,
    words       TEXT     NOT NULL,
    brought_by  TEXT     NOT NULL,
    brought_at  TIMESTAMPTZ NOT NULL,
    served      TEXT     NOT NULL,
    reply_until TEXT     NOT NULL,
    reply       TEXT     NOT NULL,
    replied_at  TIMESTAMPTZ,
    decision    TEXT     NOT NULL,
    minute      TEXT     NOT NULL,
    decided_by  TEXT     NOT NULL,
    decided_at  TIMESTAMPTZ
);
CREATE INDEX charges_member ON charges (member);
CREATE UNIQUE INDEX charges_open ON charges (member) WHERE decision = '';

-- Who asked to see the register, why, and what they were shown.
CREATE TABLE inspections (
    id          TEXT     NOT NULL PRIMARY KEY,
    who         TEXT     NOT NULL,
    why         TEXT     NOT NULL,
    asked       TEXT     NOT NULL,
    answer      TEXT     NOT NULL,
    shown       TEXT     NOT NULL,
    noted_by    TEXT     NOT NULL,
    answered_by TEXT     NOT NULL,
    answered_at TIMESTAMPTZ
);
CREATE INDEX inspections_answer ON inspections (answer, asked);

-- The register of officers, with the proposals on the way to it. Of each office that an account holds there is one open line.
CREATE TABLE offices (
    id           TEXT     NOT NULL PRIMARY KEY,
    account      TEXT     NOT NULL,
    role         TEXT     NOT NULL,
    why          TEXT     NOT NULL,
    proposed_by  TEXT     NOT NULL,
    proposed_at  TIMESTAMPTZ NOT NULL,
    confirmed_by TEXT     NOT NULL,
    held_from    TIMESTAMPTZ,
    end_asked_by TEXT     NOT NULL,
    end_why      TEXT     NOT NULL,
    ended_by     TEXT     NOT NULL,
    ended_at     TIMESTAMPTZ
);
CREATE UNIQUE INDEX offices_open ON offices (account, role) WHERE ended_at IS NULL;

-- What is written in these is never changed, and no member is struck from the register.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_book_no_change BEFORE UPDATE OR DELETE ON rule_book FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER rule_book_no_truncate BEFORE TRUNCATE ON rule_book FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER register_access_no_change BEFORE UPDATE OR DELETE ON register_access FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER register_access_no_truncate BEFORE TRUNCATE ON register_access FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER members_stay BEFORE DELETE ON members FOR EACH ROW WHEN (old.state IN ('admitted', 'ended')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER members_no_truncate BEFORE TRUNCATE ON members FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
