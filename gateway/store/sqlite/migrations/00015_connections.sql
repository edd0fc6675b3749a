-- How a user's diary is fetched from where it is logged, and how far it is.

-- +goose Up
CREATE TABLE connections (
    tenant        TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    route         TEXT    NOT NULL,
    account       TEXT    NOT NULL, -- its id at the source; may be empty
    state         TEXT    NOT NULL,
    sealed        BLOB,             -- what the route needs to get in
    every         BIGINT  NOT NULL, -- milliseconds
    cap           INTEGER NOT NULL, -- exports in 24 hours; 0: any number
    spent         TEXT    NOT NULL, -- when the last of them were, as a JSON list of milliseconds
    since         TEXT    NOT NULL, -- the first day that is wanted
    covered_from  TEXT    NOT NULL, -- all days from here
    covered_to    TEXT    NOT NULL, -- to here have been fetched
    history       TEXT    NOT NULL, -- '', or 'paused': what lies before is not fetched now
    digest        TEXT    NOT NULL, -- of what the newest days said
    next_at       BIGINT  NOT NULL, -- 0: never
    asks          BIGINT  NOT NULL, -- how often somebody wanted it at once
    tried         BIGINT  NOT NULL,
    synced        BIGINT  NOT NULL,
    class         TEXT    NOT NULL, -- why the last try failed; empty: it did not
    reason        TEXT    NOT NULL,
    failures      INTEGER NOT NULL, -- one after the other
    failing_since BIGINT  NOT NULL,
    told          BOOLEAN NOT NULL, -- whether the tenant knows that it fails
    created       BIGINT  NOT NULL,
    holder        TEXT    NOT NULL, -- the process that works for it, until held_until
    held_until    BIGINT  NOT NULL,
    PRIMARY KEY (tenant, user_id),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);
CREATE INDEX connections_due ON connections (next_at) WHERE next_at > 0;
CREATE INDEX connections_by_account ON connections (route, account) WHERE account <> '';

-- When each sort of document last came, and what came.
CREATE TABLE connection_types (
    tenant   TEXT    NOT NULL,
    user_id  TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    synced   BIGINT  NOT NULL,
    changed  BIGINT  NOT NULL, -- when it last changed anything; 0: never
    rows     INTEGER NOT NULL,
    added    INTEGER NOT NULL,
    altered  INTEGER NOT NULL,
    gone     INTEGER NOT NULL,
    kept     INTEGER NOT NULL,
    PRIMARY KEY (tenant, user_id, type),
    FOREIGN KEY (tenant, user_id) REFERENCES connections (tenant, user_id) ON DELETE CASCADE
);
