package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source/file"
	"nutrigate/gateway/source/folder"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// newInbox returns what takes in the files that somebody puts below root.
func newInbox(root string, st *sqlite.Store) *folder.Watcher {
	return &folder.Watcher{
		Root: root, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Import: func(ctx context.Context, tenant, user, path string) error {
			u, err := userOf(ctx, st, tenant, user)
			if err != nil {
				return err
			}
			err = takeIn(ctx, st, u, path)
			if fault.KindOf(err) == fault.Unreadable {
				// The person, or their program, has to export again.
				err = errors.Join(err, st.Fail(ctx, store.Event{
					Tenant: u.Tenant, User: u.ID, Type: "connection_error",
					Detail: []byte(`{"reason":"unreadable","message":"A file in the user's folder cannot be read"}`),
				}))
			}
			return err
		},
	}
}

// takeIn imports one file, or what is in an archive, as import does.
func takeIn(ctx context.Context, st *sqlite.Store, u store.User, path string) error {
	asOf, err := today(u.Zone)
	if err != nil {
		return err
	}
	docs, release, err := file.OnDisk(archives()...).Expand(filepath.Base(path), path, "")
	defer func() { _ = release() }() // what is left behind is only space
	if err != nil {
		return err
	}
	_, err = ingest.Run(ctx, st, reader(), u, docs, ingest.Options{AsOf: asOf})
	return err
}
