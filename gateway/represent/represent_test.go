package represent_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// shelf is a store in memory of one user.
type shelf struct {
	user     store.User
	days     []store.DayRevision
	records  []store.Stored
	revision int64
	asked    []string // "user", and the first and last day of each read
}

func (s *shelf) User(context.Context, string, string) (store.User, error) {
	s.asked = append(s.asked, "user")
	return s.user, nil
}

func (s *shelf) Revision(context.Context, string, string) (int64, error) { return s.revision, nil }

func (s *shelf) Days(context.Context, string, string, []record.Kind, record.Date, record.Date) ([]store.DayRevision, error) {
	return s.days, nil
}

func (s *shelf) Records(_ context.Context, q store.Query) (store.Page, error) {
	s.asked = append(s.asked, string(q.From)+".."+string(q.To))
	var p store.Page
	for _, r := range s.records {
		if r.Day >= q.From && r.Day <= q.To {
			p.Records = append(p.Records, r)
		}
	}
	return p, nil
}

// tags is a format that writes each record's note, and counts what it does.
type tags struct {
	encoded, checked *int
	bad              string // the document that Check refuses
}

func (f tags) Encode(_ record.Subject, day []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	var docs []mapping.Document
	for _, r := range day {
		*f.encoded++
		docs = append(docs, mapping.Document{Type: "tag", ID: r.ID, Day: r.Day, Body: []byte(r.Note.Text)})
	}
	return docs, []mapping.Issue{{Sort: mapping.Lost, Path: "note", Reason: "always"}}, nil
}

func (f tags) Check(d mapping.Document) error {
	*f.checked++
	if string(d.Body) == f.bad {
		return errors.New("refused")
	}
	return nil
}

func newShelf(days int) *shelf {
	s := &shelf{user: store.User{Tenant: "t", ID: "u", Version: 1}, revision: 1}
	for i := range days {
		day := record.Date("2026-01-01").AddDays(i)
		s.days = append(s.days, store.DayRevision{Day: day, Revision: 1})
		s.records = append(s.records, store.Stored{User: "u", Record: record.Record{
			ID: fmt.Sprint("r", i), Version: 1, Kind: record.KindNote, Day: day, Note: &record.Note{Text: fmt.Sprint("note ", i)},
		}})
	}
	return s
}

func TestDays(t *testing.T) {
	s := newShelf(70)
	var encoded, checked int
	m := represent.New(s, 1<<20)
	f := represent.Format{Name: "tags", Format: tags{encoded: &encoded, checked: &checked}}
	days := func() represent.Set {
		t.Helper()
		set, err := m.Days(t.Context(), f, s.user, []record.Kind{record.KindNote}, "2026-01-01", "2026-12-31")
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	t.Run("are read some at a time and encoded and checked once each", func(t *testing.T) {
		set := days()
		if len(set.Documents) != 70 || encoded != 70 || checked != 70 || len(s.asked) != 3 {
			t.Errorf("%d documents, %d encoded, %d checked, asked %v", len(set.Documents), encoded, checked, s.asked)
		}
	})
	t.Run("come in the order of the days, with each issue once", func(t *testing.T) {
		set := days()
		sorted := slices.IsSortedFunc(set.Documents, func(a, b mapping.Document) int { return strings.Compare(string(a.Day), string(b.Day)) })
		if !sorted || len(set.Issues) != 1 {
			t.Errorf("sorted: %v, issues %v", sorted, set.Issues)
		}
	})
	t.Run("are kept while they do not change", func(t *testing.T) {
		s.asked = nil
		days()
		if len(s.asked) != 0 || encoded != 70 {
			t.Errorf("asked %v, %d encoded", s.asked, encoded)
		}
	})
	t.Run("a changed day alone is made again", func(t *testing.T) {
		s.days[5].Revision, s.records[5].Note = 2, &record.Note{Text: "edited"}
		set := days()
		if string(set.Documents[5].Body) != "edited" || encoded != 71 || !slices.Equal(s.asked, []string{"2026-01-06..2026-01-06"}) {
			t.Errorf("%s, %d encoded, asked %v", set.Documents[5].Body, encoded, s.asked)
		}
	})
	t.Run("a changed user changes all", func(t *testing.T) {
		s.user.Version = 2
		days()
		if encoded != 141 {
			t.Errorf("%d encoded", encoded)
		}
	})
}

func TestRecords(t *testing.T) {
	s := newShelf(3)
	var encoded, checked int
	m := represent.New(s, 1<<20)
	f := represent.Format{Name: "tags", Format: tags{encoded: &encoded, checked: &checked}}
	for range 2 {
		if set, err := m.Records(f, "t", s.records); err != nil || len(set.Documents) != 3 || encoded != 3 {
			t.Fatalf("%d documents, %d encoded (%v)", len(set.Documents), encoded, err)
		}
	}
	s.records[1].Version, s.records[1].Note = 2, &record.Note{Text: "edited"}
	if set, err := m.Records(f, "t", s.records); err != nil || string(set.Documents[1].Body) != "edited" || encoded != 4 {
		t.Errorf("a new version was not made: %s, %d encoded (%v)", set.Documents[1].Body, encoded, err)
	}
}

func TestNothingUncheckedLeaves(t *testing.T) {
	s := newShelf(3)
	var n int
	m := represent.New(s, 1<<20)
	f := represent.Format{Name: "tags", Format: tags{encoded: &n, checked: &n, bad: "note 1"}}
	if set, err := m.Days(t.Context(), f, s.user, nil, "", ""); err == nil || len(set.Documents) > 0 {
		t.Errorf("days: %d documents, error %v", len(set.Documents), err)
	}
	if set, err := m.Records(f, "t", s.records); err == nil || len(set.Documents) > 0 {
		t.Errorf("records: %d documents, error %v", len(set.Documents), err)
	}
}

func TestUser(t *testing.T) {
	s := newShelf(0)
	m := represent.New(s, 1<<20)
	for _, revision := range []int64{1, 1, 2} {
		s.revision = revision
		if u, got, err := m.User(t.Context(), "t", "u"); err != nil || u != s.user || got != revision {
			t.Errorf("got %v at %d (%v)", u, got, err)
		}
	}
	if len(s.asked) != 2 {
		t.Errorf("looked the user up %d times for two revisions", len(s.asked))
	}
}

func TestPage(t *testing.T) {
	m := represent.New(newShelf(0), 1<<20)
	made := 0
	build := func() (*represent.Page, error) {
		made++
		if made == 1 {
			return nil, errors.New("not yet")
		}
		return represent.NewPage("text/plain", []byte("body")), nil
	}
	if _, err := m.Page("name", build); err == nil {
		t.Error("an error was lost")
	}
	for range 3 {
		if p, err := m.Page("name", build); err != nil || string(p.Body) != "body" {
			t.Error(err)
		}
	}
	if made != 2 {
		t.Errorf("made %d times: once in vain and once to keep is 2", made)
	}
}

func TestPageTags(t *testing.T) {
	long := []byte(strings.Repeat("words and words ", 200))
	strong := represent.NewPage("text/plain", long)
	weak := represent.NewVersion("text/plain", long, 3, time.Time{})
	if a, b := strong.ETag("identity"), strong.ETag("gzip"); a == b || !strings.HasPrefix(a, `"`) || !strings.HasSuffix(b, `-gzip"`) {
		t.Errorf("strong tags %s and %s", a, b)
	}
	if a, b := weak.ETag("identity"), weak.ETag("gzip"); a != b || a != `W/"3"` {
		t.Errorf("weak tags %s and %s", a, b)
	}
	if a, b := strong.ETag("identity"), represent.NewPage("text/plain", []byte("other")).ETag("identity"); a == b {
		t.Error("other bytes have the same tag")
	}
}
