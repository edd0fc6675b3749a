-- Jobs that write what a tenant has into files of the data folder.

-- +goose Up
CREATE TABLE exports (
    tenant     TEXT   NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    export     TEXT   NOT NULL,
    client     TEXT   NOT NULL, -- who asked for it
    request    TEXT   NOT NULL,
    ask        TEXT   NOT NULL, -- JSON: what is asked for
    place      TEXT   NOT NULL, -- JSON: how far it has come
    as_of      BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    class      TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    worked     BIGINT NOT NULL, -- when it was last taken: who waits longest is next
    holder     TEXT   NOT NULL, -- the process that works for it, until held_until
    held_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, export)
) WITHOUT ROWID;
CREATE INDEX exports_waiting ON exports (worked, created) WHERE state = 'waiting';
CREATE INDEX exports_by_end ON exports (expires);

-- Of whom the files of an export have something. Who is erased takes these
-- exports along.
CREATE TABLE export_people (
    tenant  TEXT NOT NULL,
    user_id TEXT NOT NULL,
    export  TEXT NOT NULL,
    PRIMARY KEY (tenant, user_id, export),
    FOREIGN KEY (tenant, export) REFERENCES exports (tenant, export) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX export_people_by_export ON export_people (tenant, export);
