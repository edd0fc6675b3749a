-- +goose Up
-- When the endpoint was last due for a healthcheck; 0: never.
ALTER TABLE endpoints ADD COLUMN checked BIGINT NOT NULL DEFAULT 0;
