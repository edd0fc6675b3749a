-- Instants are milliseconds since 1970 in UTC. Every key starts with the
-- tenant, and where there is one the user, so that the tables can be divided by them.

-- +goose Up
CREATE TABLE tenants (
    tenant  TEXT   NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL
);

CREATE TABLE keys (
    tenant   TEXT   NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    dev_id   TEXT   NOT NULL,
    key_hash TEXT   NOT NULL, -- SHA-256 in hexadecimal; the key itself is kept nowhere
    created  BIGINT NOT NULL,
    PRIMARY KEY (tenant, dev_id, key_hash)
);
CREATE UNIQUE INDEX keys_by_hash ON keys (dev_id, key_hash);

CREATE TABLE users (
    tenant    TEXT    NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    user_id   TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    zone      TEXT    NOT NULL,
    active    BOOLEAN NOT NULL,
    created   BIGINT  NOT NULL,
    version   INTEGER NOT NULL,
    updated   BIGINT  NOT NULL,
    PRIMARY KEY (tenant, user_id)
);
CREATE UNIQUE INDEX users_by_reference ON users (tenant, reference);

CREATE TABLE documents (
    tenant   TEXT   NOT NULL,
    user_id  TEXT   NOT NULL,
    document TEXT   NOT NULL, -- SHA-256 of the bytes in hexadecimal
    name     TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    zone     TEXT   NOT NULL,
    as_of    TEXT   NOT NULL,
    received BIGINT NOT NULL,
    size     BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id, document),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);

-- A chunk is one MiB of the document, except the last, compressed on its own
-- with Zstandard (RFC 8878): any part can be read without those before it.
CREATE TABLE document_chunks (
    tenant   TEXT    NOT NULL,
    user_id  TEXT    NOT NULL,
    document TEXT    NOT NULL,
    chunk    INTEGER NOT NULL, -- counted from 0
    body     BLOB    NOT NULL,
    PRIMARY KEY (tenant, user_id, document, chunk),
    FOREIGN KEY (tenant, user_id, document) REFERENCES documents (tenant, user_id, document) ON DELETE CASCADE
);

-- The newest version of each record, tombstones included. content is
-- record.Content; slot is written so that numbered slots sort as numbers.
CREATE TABLE records (
    tenant   TEXT    NOT NULL,
    user_id  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    metric   TEXT    NOT NULL,
    slot     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    deleted  BOOLEAN NOT NULL,
    document TEXT    NOT NULL,
    line     INTEGER NOT NULL,
    updated  BIGINT  NOT NULL,
    content  BLOB    NOT NULL,
    PRIMARY KEY (tenant, user_id, kind, day, metric, slot),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX records_by_id ON records (tenant, id);
CREATE INDEX records_by_metric ON records (tenant, user_id, kind, metric, day, slot) WHERE metric <> '';

-- What records were before, one row for each version that another replaced.
CREATE TABLE record_versions (
    tenant   TEXT    NOT NULL,
    user_id  TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    metric   TEXT    NOT NULL,
    slot     TEXT    NOT NULL,
    deleted  BOOLEAN NOT NULL,
    document TEXT    NOT NULL,
    line     INTEGER NOT NULL,
    updated  BIGINT  NOT NULL,
    content  BLOB    NOT NULL,
    PRIMARY KEY (tenant, user_id, id, version),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);

-- What is replaced as a whole: when it last changed (an event's number) and
-- the document that was last read for it. The day of undated kinds is empty.
CREATE TABLE days (
    tenant   TEXT   NOT NULL,
    user_id  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    day      TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, user_id, kind, day),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);

-- The log of what changed, appended in the transaction that changes it.
-- The kind "user" announces a change of the user itself.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    day     TEXT    NOT NULL,
    added   INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    gone    INTEGER NOT NULL,
    at      BIGINT  NOT NULL
);
CREATE INDEX events_by_tenant ON events (tenant, seq);
CREATE INDEX events_by_user ON events (tenant, user_id, seq);
