-- What endpoints are sent: each is a cursor over the log of events, and its
-- deliveries are what came of the events, with the bytes that are sent.

-- +goose Up
-- Events that are about no records (a connection, a request for data) have
-- their particulars here, as JSON without health values.
ALTER TABLE events ADD COLUMN detail TEXT;
-- Ties an event to the request that caused it, and so its deliveries.
ALTER TABLE events ADD COLUMN reference TEXT;

CREATE TABLE endpoints (
    tenant      TEXT    NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    endpoint    TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    description TEXT    NOT NULL,
    types       TEXT    NOT NULL, -- JSON list; empty: all
    payload     TEXT    NOT NULL,
    format      TEXT    NOT NULL,
    ordered     BOOLEAN NOT NULL,
    rate        REAL    NOT NULL, -- requests a second; 0: no limit
    concurrency INTEGER NOT NULL,
    timeout     BIGINT  NOT NULL, -- milliseconds
    schedule    TEXT    NOT NULL, -- JSON list of milliseconds
    state       TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    created     BIGINT  NOT NULL,
    updated     BIGINT  NOT NULL,
    seq         BIGINT  NOT NULL, -- the last event that was made into deliveries
    slow_until  BIGINT  NOT NULL, -- nothing is sent before: the receiver said that it has too much
    holder      TEXT    NOT NULL, -- the process that works for it, until held_until
    held_until  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, endpoint)
);

CREATE TABLE endpoint_secrets (
    tenant   TEXT    NOT NULL,
    endpoint TEXT    NOT NULL,
    number   INTEGER NOT NULL, -- counted from 1
    sealed   BLOB    NOT NULL,
    created  BIGINT  NOT NULL,
    expires  BIGINT, -- null: it is the newest
    PRIMARY KEY (tenant, endpoint, number),
    FOREIGN KEY (tenant, endpoint) REFERENCES endpoints (tenant, endpoint) ON DELETE CASCADE
);

-- The ids grow with time. next_at is null where a delivery is not to be sent, or
-- not before another of the same user.
CREATE TABLE deliveries (
    tenant    TEXT    NOT NULL,
    delivery  TEXT    NOT NULL,
    endpoint  TEXT    NOT NULL,
    user_id   TEXT    NOT NULL,
    type      TEXT    NOT NULL,
    state     TEXT    NOT NULL,
    attempts  INTEGER NOT NULL,
    next_at   BIGINT,
    created   BIGINT  NOT NULL, -- milliseconds: what receivers order by
    last_at   BIGINT  NOT NULL, -- of the last attempt; 0: none
    class     TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    trace     TEXT    NOT NULL,
    parent    TEXT    NOT NULL, -- the delivery that was too large, of which this is a part
    size      INTEGER NOT NULL,
    PRIMARY KEY (tenant, delivery),
    FOREIGN KEY (tenant, endpoint) REFERENCES endpoints (tenant, endpoint) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (tenant, endpoint, next_at, delivery) WHERE next_at IS NOT NULL;
-- The state is in it so that SQLite counts what waits without reading the rows.
CREATE INDEX deliveries_waiting ON deliveries (tenant, endpoint, user_id, delivery, state) WHERE state = 'waiting';
CREATE INDEX deliveries_by_endpoint ON deliveries (tenant, endpoint, delivery);
CREATE INDEX deliveries_by_user ON deliveries (tenant, user_id, delivery);

-- The bytes lie apart, so that a change of state does not write them again.
CREATE TABLE delivery_bodies (
    tenant     TEXT NOT NULL,
    delivery   TEXT NOT NULL,
    media_type TEXT NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (tenant, delivery),
    FOREIGN KEY (tenant, delivery) REFERENCES deliveries (tenant, delivery) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE attempts (
    tenant   TEXT    NOT NULL,
    delivery TEXT    NOT NULL,
    n        INTEGER NOT NULL, -- counted from 1
    at       BIGINT  NOT NULL,
    status   INTEGER NOT NULL, -- 0: no answer
    took     BIGINT  NOT NULL, -- milliseconds
    class    TEXT    NOT NULL,
    PRIMARY KEY (tenant, delivery, n),
    FOREIGN KEY (tenant, delivery) REFERENCES deliveries (tenant, delivery) ON DELETE CASCADE
) WITHOUT ROWID;
