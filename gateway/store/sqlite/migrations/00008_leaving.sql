-- +goose Up
-- What the session is for: to connect, or to disconnect.
ALTER TABLE sessions ADD COLUMN leaving BOOLEAN NOT NULL DEFAULT FALSE;
