-- +goose Up
-- The instant of the last commit that changed a record or a user. Each such
-- commit takes a later one, so that what was there at an instant stays knowable.
CREATE TABLE clock (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last BIGINT  NOT NULL
);
INSERT INTO clock (id, last) SELECT 1, max(
    coalesce((SELECT max(updated) FROM records), 0),
    coalesce((SELECT max(updated) FROM users), 0));

CREATE INDEX records_by_updated ON records (tenant, user_id, updated);
