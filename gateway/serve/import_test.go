package serve_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

const csvType = "text/csv"

func (w *world) upload(t testing.TB, query, contentType string, body io.Reader) (int, importAnswer) {
	t.Helper()
	r := w.do(t, call{method: http.MethodPost, url: "/v2/import?" + query, header: map[string]string{"Content-Type": contentType}, body: body})
	return r.Code, decode[importAnswer](t, r)
}

// importAnswer is what tests read of a report or a problem.
type importAnswer struct {
	Status string
	User   struct {
		UserID      string `json:"user_id"`
		ReferenceID string `json:"reference_id"`
	}
	Report ingest.Report

	Detail, File, Column, Advice string
	Line                         int
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	t.Run("a file makes a new user under the tenant's own name", func(t *testing.T) {
		code, a := w.upload(t, "reference_id=dora&zone=Europe/Berlin&name=biometrics.csv", csvType, strings.NewReader(biometricsCSV))
		if code != http.StatusOK || a.User.ReferenceID != "dora" || a.Report.Tally != (store.Tally{Added: 5}) || a.Report.Files[0].Name != "biometrics.csv" {
			t.Errorf("got %d %+v", code, a)
		}
	})
	t.Run("the same file again changes nothing", func(t *testing.T) {
		code, a := w.upload(t, "reference_id=dora&name=biometrics.csv", csvType, strings.NewReader(biometricsCSV))
		if code != http.StatusOK || a.Report.Tally != (store.Tally{Kept: 5}) {
			t.Errorf("got %d %+v", code, a.Report.Tally)
		}
	})
	t.Run("several files in a form", func(t *testing.T) {
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		for name, content := range map[string]string{`C:\export\biometrics.csv`: biometricsCSV, "fasts.csv": fastsCSV} {
			part, err := m.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(part, content)
		}
		m.Close()
		code, a := w.upload(t, "reference_id=emil", m.FormDataContentType(), &form)
		if code != http.StatusOK || len(a.Report.Files) != 2 || a.Report.Tally.Added != 7 {
			t.Errorf("got %d %+v", code, a)
		}
	})
	t.Run("a ZIP of the files", func(t *testing.T) {
		var b bytes.Buffer
		if err := demo.WriteZIP(&b, demo.Options{Seed: 3, Days: 2, End: lastDay}); err != nil {
			t.Fatal(err)
		}
		code, a := w.upload(t, "reference_id=fritz", "application/zip", &b)
		if code != http.StatusOK || len(a.Report.Files) < 5 {
			t.Errorf("got %d %+v", code, a)
		}
	})
	t.Run("a broken file is a problem with its place, and changes nothing", func(t *testing.T) {
		before, err := w.store.Revision(t.Context(), "demo", w.ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		broken := strings.Replace(biometricsCSV, "2026-01-10,8:00 AM", "10th of January,8:00 AM", 1)
		code, a := w.upload(t, "user_id="+w.ann.ID+"&name=biometrics.csv", csvType, strings.NewReader(broken))
		if code != http.StatusUnprocessableEntity || a.File != "biometrics.csv" || a.Line != 5 || a.Column != "Day" || a.Advice == "" || a.Status != "error" {
			t.Errorf("got %d %+v", code, a)
		}
		if after, err := w.store.Revision(t.Context(), "demo", w.ann.ID); err != nil || after != before {
			t.Errorf("the revision went from %d to %d (%v)", before, after, err)
		}
	})
	t.Run("with NDJSON a line for progress may come, and the report is the last", func(t *testing.T) {
		r := w.do(t, call{
			method: http.MethodPost, url: "/v2/import?reference_id=dora&name=biometrics.csv",
			header: map[string]string{"Content-Type": csvType, "Accept": "application/x-ndjson"}, body: strings.NewReader(biometricsCSV),
		})
		lines := strings.Split(strings.TrimSpace(r.Body.String()), "\n")
		var a importAnswer
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &a); err != nil || a.Status != "success" || r.Header().Get("Content-Type") != "application/x-ndjson" {
			t.Errorf("got %q (%v)", lines, err)
		}
	})
	t.Run("a user without a zone gets that of the first import that succeeds", func(t *testing.T) {
		u, err := w.store.PutUser(t.Context(), store.User{Tenant: "demo", Reference: "gerda", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ body, want string }{{"a,b\n1,2\n", ""}, {biometricsCSV, "Europe/Berlin"}} {
			w.upload(t, "reference_id=gerda&zone=Europe/Berlin", csvType, strings.NewReader(c.body))
			if u, err = w.store.User(t.Context(), "demo", u.ID); err != nil || u.Zone != c.want {
				t.Errorf("zone %q, want %q (%v)", u.Zone, c.want, err)
			}
		}
	})
	t.Run("two uploads at once make one user", func(t *testing.T) {
		codes := make(chan int)
		for range 4 {
			go func() {
				codes <- w.do(t, call{
					method: http.MethodPost, url: "/v2/import?reference_id=hugo&name=b.csv",
					header: map[string]string{"Content-Type": csvType}, body: strings.NewReader(biometricsCSV),
				}).Code
			}()
		}
		for range 4 {
			if code := <-codes; code != http.StatusOK {
				t.Errorf("got %d", code)
			}
		}
	})
	t.Run("nothing stays in the folder for uploads", func(t *testing.T) {
		left, err := os.ReadDir(filepath.Join(w.data, "tmp"))
		if err != nil || len(left) > 0 {
			t.Errorf("%d files are left (%v)", len(left), err)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	w := newWorld(t)
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	if _, err := z.Create("notes.txt"); err != nil {
		t.Fatal(err)
	}
	z.Close()
	for _, c := range []struct {
		name, query, contentType string
		body                     io.Reader
		status                   int
		detail                   string
	}{
		{"a body over its limit", "reference_id=x", csvType, &endless{left: 65 << 20}, 413, "64 MiB"},
		{"a form over its limit", "reference_id=x", "multipart/form-data; boundary=b", io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=f; filename=a.csv\r\n\r\n"), &endless{left: 65 << 20}), 413, "64 MiB"},
		{"a media type that is none of ours", "reference_id=x", "application/json", strings.NewReader("{}"), 415, "text/csv"},
		{"an empty form", "reference_id=x", "multipart/form-data; boundary=b", strings.NewReader("--b--\r\n"), 400, "no file"},
		{"a form that breaks off", "reference_id=x", "multipart/form-data; boundary=b", strings.NewReader("--b\r\nContent-Disposition: form-data; name=f; filename=a.csv\r\n\r\nDay"), 400, "breaks off"},
		{"a form without a boundary", "reference_id=x", "multipart/form-data", strings.NewReader("--b--"), 400, "Content-Type"},
		{"a file that is no export", "reference_id=x", csvType, strings.NewReader("a,b\n1,2\n"), 422, ""},
		{"an empty file", "reference_id=x", csvType, strings.NewReader(""), 422, ""},
		{"an archive without a file of ours", "reference_id=x", "application/zip", &bomb, 422, ""},
		{"an archive that is none", "reference_id=x", "application/zip", strings.NewReader("PK\x03\x04 not really"), 422, ""},
		{"no user", "", csvType, strings.NewReader(biometricsCSV), 400, "user_id or reference_id"},
		{"a user who is not there", "user_id=nobody", csvType, strings.NewReader(biometricsCSV), 404, ""},
		{"another tenant's user", "user_id=" + w.bob.ID, csvType, strings.NewReader(biometricsCSV), 404, ""},
		{"a zone that is none", "reference_id=x&zone=Moon/Crater", csvType, strings.NewReader(biometricsCSV), 400, "zone"},
		{"a date that is none", "reference_id=x&as_of=today", csvType, strings.NewReader(biometricsCSV), 400, "as_of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, a := w.upload(t, c.query, c.contentType, c.body)
			if code != c.status || !strings.Contains(a.Detail, c.detail) || a.Status != "error" {
				t.Errorf("got %d %q, want %d %q", code, a.Detail, c.status, c.detail)
			}
		})
	}
	t.Run("no user was made", func(t *testing.T) {
		if got := w.get(t, "/v2/userInfo?reference_id=x"); got.Code != http.StatusNotFound {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
	t.Run("nothing stays in the folder for uploads", func(t *testing.T) {
		left, err := os.ReadDir(filepath.Join(w.data, "tmp"))
		if err != nil || len(left) > 0 {
			t.Errorf("%d files are left (%v)", len(left), err)
		}
	})
}

// endless gives so many bytes, of which nobody knows the number beforehand.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range n {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

func TestAnImportDoesNotWaitForeverForAnother(t *testing.T) {
	w := newWorld(t)
	impatient, err := sqlite.Open(t.Context(), filepath.Join(w.data, "nutrigate.db"), w.now, sqlite.Patience(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	busy := *w
	busy.store = impatient
	busy.handler = busy.serve(t, io.Discard)
	long, err := impatient.Begin(t.Context(), "other", w.bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	upload := call{method: http.MethodPost, url: "/v2/import?name=biometrics.csv&user_id=" + w.ann.ID, header: map[string]string{"Content-Type": csvType}}
	upload.body = strings.NewReader(biometricsCSV)
	got := busy.do(t, upload)
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "busy with an import") {
		t.Errorf("got %d %v %s", got.Code, got.Header(), got.Body)
	}
	long.Rollback()
	upload.body = strings.NewReader(biometricsCSV)
	if got := busy.do(t, upload); got.Code != http.StatusOK {
		t.Errorf("afterwards: got %d %s", got.Code, got.Body)
	}
}
