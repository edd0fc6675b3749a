package export_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping"
)

// source has a number of resources of each type for each person.
type source struct {
	each    int
	text    string                    // in each resource
	deleted int                       // addresses of each type and person
	before  func(w export.Want) error // called before a person's are given; may be nil
}

func (s *source) Resources(_ context.Context, w export.Want, each func([]byte) error) ([]mapping.Issue, error) {
	if s.before != nil {
		if err := s.before(w); err != nil {
			return nil, err
		}
	}
	var line []byte
	for i := range s.each {
		line = fmt.Appendf(line[:0], `{"resourceType":%q,"id":"%s-%d","text":%q}`, w.Type.Name, w.User.Reference, i, s.text)
		if err := each(line); err != nil {
			return nil, err
		}
	}
	return []mapping.Issue{{Sort: mapping.Lost, Path: "a.b", Reason: "no place for it"}}, nil
}

func (s *source) Deleted(_ context.Context, w export.Want, each func(string) error) error {
	for i := range s.deleted {
		if err := each(fmt.Sprintf("%s/%s-%d", w.Type.Name, w.User.Reference, i)); err != nil {
			return err
		}
	}
	return nil
}

// world is a store with a tenant, and a folder for exports.
type world struct {
	testing.TB
	*sqlite.Store
	dir string
	mu  sync.Mutex
	at  time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func newWorld(t testing.TB, people ...string) *world {
	t.Helper()
	w := &world{TB: t, dir: filepath.Join(t.TempDir(), "exports"), at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), w.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w.Store = st
	if err := st.PutTenant(t.Context(), "clinic"); err != nil {
		t.Fatal(err)
	}
	for _, name := range people {
		w.person(name)
	}
	w.forward(time.Second)
	return w
}

func (w *world) person(name string) store.User {
	w.Helper()
	u, err := w.PutUser(w.Context(), store.User{Tenant: "clinic", Reference: name, Active: true})
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func (w *world) engine(st export.Store, src export.Source) *export.Engine {
	w.Helper()
	e, err := export.New(export.Deps{
		Store: st, Source: src, Dir: w.dir, Log: slog.New(slog.DiscardHandler), Now: w.now, Keep: time.Hour, Poll: time.Millisecond,
	})
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// ask is for two types of everybody.
func ask() *export.Ask {
	return &export.Ask{
		Grant: grant.Grant{Tenant: "clinic", All: true}, Types: []export.Type{{Name: "Patient"}, {Name: "Observation"}},
	}
}

func (w *world) start(e *export.Engine, a *export.Ask) store.Export {
	w.Helper()
	job, err := e.Start(w.Context(), "app", "https://example.org/fhir/$export", a)
	if err != nil {
		w.Fatal(err)
	}
	return job
}

// run runs the engine until what holds comes true.
func (w *world) run(e *export.Engine, what string, holds func() bool) {
	w.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(w.Context()))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			w.Errorf("run: %v", err)
		}
	}()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.Fatalf("never: %s", what)
}

func (w *world) state(id, state string) func() bool {
	return func() bool {
		job, err := w.Export(w.Context(), "clinic", id)
		return err == nil && job.State == state
	}
}

// lines are those of an export's files, by list.
func (w *world) lines(e *export.Engine, id string) map[string][]string {
	w.Helper()
	job, err := w.Export(w.Context(), "clinic", id)
	if err != nil {
		w.Fatal(err)
	}
	p, err := export.ProgressOf(&job)
	if err != nil {
		w.Fatal(err)
	}
	all := map[string][]string{}
	for _, f := range p.Files {
		opened, _, err := e.Open(&job, f.Name)
		if err != nil {
			w.Fatal(err)
		}
		body := make([]byte, f.Bytes)
		if _, err := opened.ReadAt(body, 0); err != nil {
			w.Fatal(err)
		}
		_ = opened.Close()
		some := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
		if int64(len(some)) != f.Count {
			w.Errorf("%s has %d lines and says %d", f.Name, len(some), f.Count)
		}
		all[f.List] = append(all[f.List], some...)
	}
	return all
}

// expected is what the source gives of the people, each once.
func expected(each int, people ...string) []string {
	var all []string
	for _, typ := range []string{"Patient", "Observation"} {
		for _, name := range people {
			for i := range each {
				all = append(all, fmt.Sprintf(`{"resourceType":%q,"id":"%s-%d","text":""}`, typ, name, i))
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestExport(t *testing.T) {
	w := newWorld(t, "anna", "ben", "cleo")
	e := w.engine(w.Store, &source{each: 3})
	job := w.start(e, ask())
	w.run(e, "done", w.state(job.ID, store.ExportDone))
	got := w.lines(e, job.ID)
	t.Run("writes each resource once", func(t *testing.T) {
		slices.Sort(got[export.Output])
		if !slices.Equal(got[export.Output], expected(3, "anna", "ben", "cleo")) {
			t.Errorf("got %d lines: %v", len(got[export.Output]), got[export.Output])
		}
	})
	t.Run("tells what could not be carried, once", func(t *testing.T) {
		if len(got[export.Errors]) != 1 || !strings.Contains(got[export.Errors][0], "a.b: no place for it") {
			t.Errorf("got %v", got[export.Errors])
		}
	})
	t.Run("tells of no deletions unless it is asked what is new", func(t *testing.T) {
		if len(got[export.Deleted]) != 0 {
			t.Errorf("got %v", got[export.Deleted])
		}
	})
	t.Run("its files go with it", func(t *testing.T) {
		w.forward(2 * time.Hour)
		w.run(e, "no files", func() bool {
			left, err := os.ReadDir(w.dir)
			return err == nil && len(left) == 0
		})
		if _, err := w.Export(t.Context(), "clinic", job.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatIsAskedFor(t *testing.T) {
	w := newWorld(t, "a-anna", "a-ben", "b-cleo")
	anna, err := w.UserByReference(t.Context(), "clinic", "a-anna")
	if err != nil {
		t.Fatal(err)
	}
	e := w.engine(w.Store, &source{each: 1})
	for name, tt := range map[string]struct {
		change func(a *export.Ask)
		want   []string
	}{
		"people by their ids":            {func(a *export.Ask) { a.People = []string{anna.ID} }, expected(1, "a-anna")},
		"people by how they are called":  {func(a *export.Ask) { a.Prefix = "a-" }, expected(1, "a-anna", "a-ben")},
		"the person whom a token is for": {func(a *export.Ask) { a.Grant.Patient = anna.ID }, expected(1, "a-anna")},
		"nobody, if nobody has the id":   {func(a *export.Ask) { a.People = []string{"x"} }, nil},
		"what is nobody's, once": {func(a *export.Ask) { a.Types = []export.Type{{Name: "CodeSystem", Shared: true}} }, []string{
			`{"resourceType":"CodeSystem","id":"-0","text":""}`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask()
			tt.change(a)
			job := w.start(e, a)
			w.run(e, "done", w.state(job.ID, store.ExportDone))
			got := w.lines(e, job.ID)[export.Output]
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("who came after the export was asked for is not in it", func(t *testing.T) {
		job := w.start(e, ask())
		w.forward(time.Second)
		w.person("a-late")
		w.run(e, "done", w.state(job.ID, store.ExportDone))
		if got := w.lines(e, job.ID)[export.Output]; len(got) != 6 {
			t.Errorf("got %v", got)
		}
	})
}

func TestDeletions(t *testing.T) {
	w := newWorld(t, "anna", "ben")
	since := w.now()
	w.forward(time.Second)
	anna, err := w.UserByReference(t.Context(), "clinic", "anna")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Deauthenticate(t.Context(), store.Event{Tenant: "clinic", User: anna.ID, Type: "deauth"}); err != nil {
		t.Fatal(err)
	}
	w.forward(time.Second)
	e := w.engine(w.Store, &source{deleted: 101})
	a := ask()
	a.Since = since
	job := w.start(e, a)
	w.run(e, "done", w.state(job.ID, store.ExportDone))
	got := w.lines(e, job.ID)[export.Deleted]
	want := []string{
		`{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/` + anna.ID + `"}}]}`,
		`{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/ben-100"}}]}`,
	}
	// Two lines a type for ben, and one for anna, of whom nothing else is known.
	if len(got) != 5 || got[0] != want[0] || got[2] != want[1] {
		t.Errorf("got %d lines: %.300v", len(got), got)
	}
}

// killed is a store whose process ends when it is told how far an export has come.
type killed struct {
	*sqlite.Store
	left int // advances that are stored before
}

var errKilled = errors.New("killed")

func (k *killed) AdvanceExport(ctx context.Context, e store.Export, people []string) error {
	if k.left == 0 {
		panic(errKilled)
	}
	k.left--
	return k.Store.AdvanceExport(ctx, e, people)
}

// A kill leaves what was written since the store was last told: the next
// process has to write it once more, and nobody may see it twice.
func TestKills(t *testing.T) {
	people := []string{"anna", "ben", "cleo", "dora"}
	for kills := range 6 {
		t.Run(fmt.Sprintf("after %d slices", kills), func(t *testing.T) {
			w := newWorld(t, people...)
			src := &source{each: 2, text: ""}
			src.before = func(export.Want) error {
				w.forward(3 * time.Second) // each person is a slice
				return nil
			}
			job := w.start(w.engine(w.Store, src), ask())
			for left := kills; left > 0; left-- {
				w.kill(w.engine(&killed{w.Store, 1}, src))
				w.forward(time.Minute) // its lease ends
			}
			last := w.engine(w.Store, src)
			w.run(last, "done", w.state(job.ID, store.ExportDone))
			got := w.lines(last, job.ID)[export.Output]
			slices.Sort(got)
			if !slices.Equal(got, expected(2, people...)) {
				t.Errorf("got %d lines: %v", len(got), got)
			}
		})
	}
}

// kill runs an engine until its process would end.
func (w *world) kill(e *export.Engine) {
	w.Helper()
	defer func() {
		if r := recover(); r != nil && r != errKilled { //nolint:errorlint // it is that value and no other
			panic(r)
		}
	}()
	ctx, stop := context.WithTimeout(w.Context(), time.Minute)
	defer stop()
	w.Errorf("was not killed: %v", e.Run(ctx))
}

func TestErased(t *testing.T) {
	w := newWorld(t, "anna", "ben")
	anna, err := w.UserByReference(t.Context(), "clinic", "anna")
	if err != nil {
		t.Fatal(err)
	}
	erase := func() {
		if err := w.Deauthenticate(t.Context(), store.Event{Tenant: "clinic", User: anna.ID, Type: "deauth"}); err != nil {
			t.Error(err)
		}
	}
	t.Run("while being written, a person is in no file", func(t *testing.T) {
		once := sync.OnceFunc(erase)
		src := &source{each: 1}
		src.before = func(want export.Want) error {
			if want.User.ID == anna.ID {
				once()
			}
			return nil
		}
		e := w.engine(w.Store, src)
		job := w.start(e, ask())
		w.run(e, "done", w.state(job.ID, store.ExportDone))
		for _, line := range w.lines(e, job.ID)[export.Output] {
			if strings.Contains(line, "anna") {
				t.Error(line)
			}
		}
	})
	t.Run("later, the files that had the person are gone", func(t *testing.T) {
		w, src := newWorld(t, "anna", "ben"), &source{each: 1}
		e := w.engine(w.Store, src)
		job := w.start(e, ask())
		w.run(e, "done", w.state(job.ID, store.ExportDone))
		ben, err := w.UserByReference(t.Context(), "clinic", "ben")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Deauthenticate(t.Context(), store.Event{Tenant: "clinic", User: ben.ID, Type: "deauth"}); err != nil {
			t.Fatal(err)
		}
		failed, err := w.Export(t.Context(), "clinic", job.ID)
		if err != nil || failed.State != store.ExportFailed || failed.Class != store.PersonErased {
			t.Fatalf("got %s %s, %v", failed.State, failed.Class, err)
		}
		p, err := export.ProgressOf(&job)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Files {
			if _, _, err := e.Open(&failed, f.Name); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s: got %v", f.Name, err)
			}
		}
		w.run(e, "no files", func() bool {
			left, err := os.ReadDir(w.dir)
			return err == nil && len(left) == 0
		})
	})
}

func TestFailures(t *testing.T) {
	t.Run("what cannot be written is left out and told, and the rest goes on", func(t *testing.T) {
		w := newWorld(t, "anna", "ben")
		src := &source{each: 1}
		src.before = func(want export.Want) error {
			if want.User.Reference == "anna" && want.Type.Name == "Observation" {
				return errors.New("a secret of anna's")
			}
			return nil
		}
		e := w.engine(w.Store, src)
		job := w.start(e, ask())
		w.run(e, "done", w.state(job.ID, store.ExportDone))
		got := w.lines(e, job.ID)
		if len(got[export.Output]) != 3 || len(got[export.Errors]) != 2 {
			t.Errorf("got %v", got)
		}
		if all := strings.Join(got[export.Errors], ""); !strings.Contains(all, "type Observation of Patient/") || strings.Contains(all, "secret") {
			t.Errorf("told is %s", all)
		}
	})
	t.Run("a store that cannot be asked now is asked again", func(t *testing.T) {
		w := newWorld(t, "anna")
		src, left := &source{each: 1}, 8
		src.before = func(export.Want) error {
			if left--; left > 0 {
				return fault.New(fault.Unavailable, "later")
			}
			return nil
		}
		e := w.engine(w.Store, src)
		job := w.start(e, ask())
		w.run(e, "done", w.state(job.ID, store.ExportDone))
		if got := w.lines(e, job.ID)[export.Output]; len(got) != 2 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a folder that cannot be written fails the export, with a class", func(t *testing.T) {
		w := newWorld(t, "anna")
		e := w.engine(w.Store, &source{each: 1})
		job := w.start(e, ask())
		if err := os.MkdirAll(w.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.dir, job.ID), nil, 0o600); err != nil { // where its folder belongs
			t.Fatal(err)
		}
		w.run(e, "failed", w.state(job.ID, store.ExportFailed))
		if got, err := w.Export(t.Context(), "clinic", job.ID); err != nil || got.Class != "files" {
			t.Errorf("got %q, %v", got.Class, err)
		}
	})
	t.Run("a client has four at once", func(t *testing.T) {
		w := newWorld(t, "anna")
		e := w.engine(w.Store, &source{})
		for range 4 {
			w.start(e, ask())
		}
		if _, err := e.Start(t.Context(), "app", "", ask()); fault.KindOf(err) != fault.RateLimited {
			t.Errorf("got %v", err)
		}
	})
}

func TestLines(t *testing.T) {
	w := newWorld(t, "anna")
	e := w.engine(w.Store, pretty{})
	a := ask()
	a.Types = a.Types[:1]
	job := w.start(e, a)
	w.run(e, "done", w.state(job.ID, store.ExportDone))
	if got := w.lines(e, job.ID)[export.Output]; len(got) != 1 || got[0] != `{"resourceType":"Patient","id":"a"}` {
		t.Errorf("got %q", got)
	}
}

// pretty gives a resource of several lines.
type pretty struct{ none }

// none has deleted nothing.
type none struct{}

func (none) Deleted(context.Context, export.Want, func(string) error) error { return nil }

func (pretty) Resources(_ context.Context, _ export.Want, each func([]byte) error) ([]mapping.Issue, error) {
	return nil, each([]byte("{\n \"resourceType\": \"Patient\",\n \"id\": \"a\"\n}"))
}
