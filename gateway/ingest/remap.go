package ingest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Archive is a store that can give back what it was given.
type Archive interface {
	Store
	// Documents lists the user's raw documents in the order in which they came.
	Documents(ctx context.Context, tenant, user string) ([]store.RawDocument, error)
	// Document opens one of them.
	Document(ctx context.Context, tenant, user, id string) (io.ReadSeekCloser, error)
}

// Remap reads the user's raw documents again, as they were read when they came
// (zone and AsOf), and replaces the days whose last source they are: what a
// better mapping makes of them gets new versions, and all else stays. It is one
// transaction. Documents that no day comes from any more are not read.
func Remap(ctx context.Context, st Archive, read source.Reader, user store.User, progress func(file string, rows int, bytes int64)) (Report, error) {
	docs, err := st.Documents(ctx, user.Tenant, user.ID)
	if err != nil {
		return Report{}, err
	}
	im, err := st.Begin(ctx, user.Tenant, user.ID)
	if err != nil {
		return Report{}, err
	}
	defer im.Rollback()
	sources := im.Sources()
	used := slices.Collect(maps.Values(sources))
	var report Report
	for _, raw := range docs {
		if !slices.Contains(used, raw.ID) {
			continue
		}
		file, err := again(ctx, st, read, im, user, raw, sources, progress)
		if err != nil {
			return Report{}, err
		}
		report.Files = append(report.Files, file)
		report.Tally = report.Tally.Plus(file.Tally)
	}
	if err := im.Commit(); err != nil {
		return Report{}, err
	}
	return report, nil
}

// again replaces the days whose source raw is.
func again(ctx context.Context, st Archive, read source.Reader, im store.Import, user store.User, raw store.RawDocument,
	sources map[store.KindDay]string, progress func(string, int, int64),
) (File, error) {
	body, err := st.Document(ctx, user.Tenant, user.ID, raw.ID)
	if err != nil {
		return File{}, fmt.Errorf("open %s again: %w", raw.Name, err)
	}
	defer body.Close()
	f, err := open(read, raw, body, progress)
	if err != nil {
		return File{}, err
	}
	left := maps.Clone(sources)
	maps.DeleteFunc(left, func(_ store.KindDay, document string) bool { return document != raw.ID })
	file, err := f.store(ctx, func(s step) (store.Tally, error) {
		s = own(s, raw.ID, sources)
		for _, kind := range s.Kinds {
			delete(left, store.KindDay{Kind: kind, Day: s.Day, Source: s.Source})
		}
		return im.Replace(ctx, s.Source, raw.ID, s.Kinds, s.Day, s.encoded)
	})
	if err != nil {
		return File{}, err
	}
	for at := range left { // days that the document is no longer read to tell of
		tally, err := im.Replace(ctx, at.Source, raw.ID, []record.Kind{at.Kind}, at.Day, nil)
		if err != nil {
			return File{}, err
		}
		file.Tally = file.Tally.Plus(tally)
	}
	return file, nil
}

// own leaves of s the kinds whose source is the document, or that have none yet.
func own(s step, document string, sources map[store.KindDay]string) step {
	foreign := func(kind record.Kind) bool {
		by, known := sources[store.KindDay{Kind: kind, Day: s.Day, Source: s.Source}]
		return known && by != document
	}
	s.Kinds = slices.DeleteFunc(slices.Clone(s.Kinds), foreign)
	s.encoded = slices.DeleteFunc(s.encoded, func(r record.Encoded) bool { return foreign(r.Kind) })
	return s
}
