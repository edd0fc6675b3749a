-- +goose Up
-- Since when what the person sends cannot be read; 0: it can. An import ends it.
ALTER TABLE users ADD COLUMN failed_at BIGINT NOT NULL DEFAULT 0;
