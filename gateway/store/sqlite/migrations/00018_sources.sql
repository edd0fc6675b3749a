-- +goose Up
-- The source that says what a record says; empty for Cronometer, which was the
-- only one before. What one source says of a day is replaced apart from others.
ALTER TABLE records ADD COLUMN source TEXT NOT NULL DEFAULT '';

CREATE TABLE days_of_sources (
    tenant   TEXT   NOT NULL,
    user_id  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    day      TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT   NOT NULL,
    PRIMARY KEY (tenant, user_id, kind, day, source),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);
INSERT INTO days_of_sources SELECT tenant, user_id, kind, day, '', revision, document FROM days;
DROP TABLE days;
ALTER TABLE days_of_sources RENAME TO days;
