-- The annual notice: who wants it, the campaign of each year, and what became of each notice.

-- +goose Up

-- How somebody wants to hear how far they are from somebody who pays. No line, or neither chat nor mail: no degree is worked out for them.
CREATE TABLE notice_wishes (
    account   TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    chat      BOOLEAN NOT NULL,
    mail      BOOLEAN NOT NULL,
    card      BOOLEAN NOT NULL, -- is shown to who wants neither, unless they switched it off
    counted   BOOLEAN NOT NULL, -- their contacts may be told that one of their contacts pays
    put_away  BIGINT  NOT NULL, -- the year whose card they have put away; 0: none yet
    since     DATETIME NOT NULL
);

-- One campaign a year. attempt is who is working the degrees out: a second attempt takes it over, and the first can keep nothing more.
CREATE TABLE notice_campaigns (
    year          BIGINT NOT NULL PRIMARY KEY,
    day           TEXT   NOT NULL,
    prepared_by   TEXT   NOT NULL,
    prepared_at   DATETIME NOT NULL,
    attempt       TEXT   NOT NULL,
    worked_out_at DATETIME,
    released_by   TEXT   NOT NULL,
    released_at   DATETIME
);

-- How many people are told what. -1 is "three or more".
CREATE TABLE notice_histogram (
    year   BIGINT NOT NULL REFERENCES notice_campaigns (year),
    told   BIGINT NOT NULL,
    people BIGINT NOT NULL,
    PRIMARY KEY (year, told)
);

-- One line for each notice, of whom there is one a person and year. told is forgotten when the next campaign is worked out, and with it guarded:
-- what is told instead, as if nobody had agreed, once somebody has taken that back.
CREATE TABLE notices (
    year       BIGINT  NOT NULL REFERENCES notice_campaigns (year),
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    told       BIGINT,
    guarded    BIGINT,
    chat       TEXT    NOT NULL, -- '', queued, said, dropped
    mail       TEXT    NOT NULL, -- '', queued, claimed, sent, failed, dropped
    unsettled  BOOLEAN NOT NULL, -- chat or mail is queued
    tries      BIGINT  NOT NULL,
    next_at    DATETIME NOT NULL,
    said_at    DATETIME,
    claimed_at DATETIME,
    mailed_at  DATETIME,
    PRIMARY KEY (year, account)
);
CREATE INDEX notices_unsettled ON notices (year, unsettled, next_at);
CREATE INDEX notices_by_account ON notices (account);
