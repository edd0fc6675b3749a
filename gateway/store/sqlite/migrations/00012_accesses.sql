-- Who has asked for whose data.

-- +goose Up
CREATE TABLE accesses (
    tenant      TEXT   NOT NULL,
    access      TEXT   NOT NULL, -- begins with the time
    at          BIGINT NOT NULL,
    interaction TEXT   NOT NULL,
    client      TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    user_id     TEXT   NOT NULL, -- empty: several people, or nobody
    resource    TEXT   NOT NULL,
    query       TEXT   NOT NULL, -- names of parameters, without their values
    outcome     TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    PRIMARY KEY (tenant, access)
) WITHOUT ROWID;
CREATE INDEX accesses_by_user ON accesses (tenant, user_id, access);
