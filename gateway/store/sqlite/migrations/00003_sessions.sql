-- How people connect, and what becomes of users who no longer are.

-- +goose Up
-- When the person last connected through a session; 0: never.
ALTER TABLE users ADD COLUMN connected BIGINT NOT NULL DEFAULT 0;
-- When the user was deauthenticated; 0: never. Of such a user nothing is kept
-- but this row, and another user may have the reference.
ALTER TABLE users ADD COLUMN left_at BIGINT NOT NULL DEFAULT 0;
-- A user may have no reference.
DROP INDEX users_by_reference;
CREATE UNIQUE INDEX users_by_reference ON users (tenant, reference) WHERE reference <> '' AND left_at = 0;

-- Whether requests that do not say are answered with the data, although there
-- is an endpoint.
ALTER TABLE tenants ADD COLUMN direct BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE sessions (
    tenant       TEXT   NOT NULL REFERENCES tenants (tenant) ON DELETE CASCADE,
    session_hash TEXT   NOT NULL, -- SHA-256 in hexadecimal; the id itself is kept nowhere
    user_id      TEXT   NOT NULL, -- empty: whoever has the reference, or someone new
    reference    TEXT   NOT NULL,
    success      TEXT   NOT NULL, -- where the person goes afterwards
    failure      TEXT   NOT NULL,
    expires      BIGINT NOT NULL,
    used         BIGINT NOT NULL, -- 0: not yet
    PRIMARY KEY (tenant, session_hash)
);
CREATE UNIQUE INDEX sessions_by_hash ON sessions (session_hash);
CREATE INDEX sessions_by_end ON sessions (tenant, expires);
