-- +goose Up
-- How long an endpoint has been failing, as store.Failing: the first and the
-- last failure that count, of which deliveries they were, and since when the
-- clock runs after which it is disabled. 0: not.
ALTER TABLE endpoints ADD COLUMN failed_first BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoints ADD COLUMN failed_first_of TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN failed_last BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoints ADD COLUMN failed_last_of TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0;

-- The public key of the pair that signs beside the secret; empty: none does.
ALTER TABLE endpoints ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
-- What a row of secrets is: a secret (v1 of Standard Webhooks) or a private key (v1a).
ALTER TABLE endpoint_secrets ADD COLUMN kind TEXT NOT NULL DEFAULT 'v1';

-- Header fields that are sent with each delivery: their names as a JSON list,
-- and, sealed, the whole as a JSON object.
ALTER TABLE endpoints ADD COLUMN header_names TEXT NOT NULL DEFAULT '[]';
ALTER TABLE endpoints ADD COLUMN headers BLOB;

-- The days that a delivery of changed data tells of as a whole, with commas
-- between them, together with the others of its batch.
ALTER TABLE deliveries ADD COLUMN days TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN batch TEXT NOT NULL DEFAULT '';
-- What is held or dead, with its size: it is kept within limits.
CREATE INDEX deliveries_kept ON deliveries (tenant, endpoint, delivery, size, state) WHERE state IN ('held', 'dead');
