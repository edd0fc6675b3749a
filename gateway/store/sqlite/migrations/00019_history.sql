-- +goose Up
-- What users were before: of each version that another replaced what the person's
-- Patient is made from. Versions before this migration were not kept.
CREATE TABLE user_versions (
    tenant  TEXT    NOT NULL,
    user_id TEXT    NOT NULL,
    version INTEGER NOT NULL,
    active  BOOLEAN NOT NULL,
    updated BIGINT  NOT NULL,
    PRIMARY KEY (tenant, user_id, version),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, user_id) ON DELETE CASCADE
);

-- History goes from the newest change back; within one commit it goes by the
-- row's number, which such an index has at its end.
CREATE INDEX record_versions_by_updated ON record_versions (tenant, user_id, updated);
