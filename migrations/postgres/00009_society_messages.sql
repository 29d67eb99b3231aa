-- What the society says to people, in their chats and by mail.

-- +goose Up

-- text is here until the relay has put it into `in`. id is made of the person and of what it is about, so that nothing is said twice.
CREATE TABLE society_messages (
    id      TEXT        NOT NULL PRIMARY KEY,
    told    TEXT        NOT NULL,
    text    TEXT,
    said_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX society_messages_said ON society_messages (said_at);

-- Which members are told what their dues did in a closed month: one line each, mailed_at set once the mail is out.
CREATE TABLE impact_told (
    month     TEXT NOT NULL,
    member    TEXT NOT NULL,
    mailed_at TIMESTAMPTZ,
    PRIMARY KEY (month, member)
);

-- Who has switched something of that off. No line: both are on.
CREATE TABLE impact_wishes (
    member   TEXT        NOT NULL PRIMARY KEY,
    mails    BOOLEAN     NOT NULL,
    messages BOOLEAN     NOT NULL,
    since    TIMESTAMPTZ NOT NULL
);
