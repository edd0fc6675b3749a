-- +goose Up
-- The last event that asks for data and was announced before its data was read.
ALTER TABLE endpoints ADD COLUMN announced BIGINT NOT NULL DEFAULT 0;
