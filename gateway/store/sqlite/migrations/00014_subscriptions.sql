-- Subscriptions of FHIR are endpoints that are told of resources.

-- +goose Up
-- JSON: what the client sent, and what is understood of it; null: no subscription.
ALTER TABLE endpoints ADD COLUMN subscription TEXT;
-- How far the subscription has come: store.Requested, Greeted, Active.
ALTER TABLE endpoints ADD COLUMN stage INTEGER NOT NULL DEFAULT 0;
-- How many events it was told of since it began.
ALTER TABLE endpoints ADD COLUMN told BIGINT NOT NULL DEFAULT 0;

-- How a delivery is sent where that is not by POST to the endpoint's address:
-- the method, and what follows that address.
ALTER TABLE deliveries ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN path TEXT NOT NULL DEFAULT '';
-- The numbers of the events that a notification tells of; 0: none.
ALTER TABLE deliveries ADD COLUMN first_event BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN last_event BIGINT NOT NULL DEFAULT 0;
CREATE INDEX deliveries_by_event ON deliveries (tenant, endpoint, last_event) WHERE last_event > 0;
