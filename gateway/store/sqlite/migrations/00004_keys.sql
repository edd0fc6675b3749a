-- +goose Up
-- How a key begins, so that its owner knows which it is. It stays empty for keys
-- that were not made here: a short one would be given away by its beginning.
ALTER TABLE keys ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
